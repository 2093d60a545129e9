//! Connections to MySQL and MariaDB: login, pools, health.
