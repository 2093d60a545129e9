-- The schemas of primary 1 and the proxy's account, run once when the server is created.
CREATE DATABASE ecom_4;
CREATE DATABASE ecom_5;
CREATE DATABASE ecom_6;
CREATE DATABASE ecom_7;
CREATE USER shardgate IDENTIFIED BY 'change-me';
GRANT ALL ON `ecom\_%`.* TO shardgate;
GRANT REPLICATION CLIENT, SLAVE MONITOR, PROCESS ON *.* TO shardgate;
