-- The schemas of primary 0 and the proxy's account, run once when the server is created.
CREATE DATABASE ecom_0;
CREATE DATABASE ecom_1;
CREATE DATABASE ecom_2;
CREATE DATABASE ecom_3;
CREATE USER shardgate IDENTIFIED BY 'change-me';
GRANT ALL ON `ecom\_%`.* TO shardgate;
GRANT REPLICATION CLIENT, SLAVE MONITOR, PROCESS ON *.* TO shardgate;
