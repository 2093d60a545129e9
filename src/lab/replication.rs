//! One server following another, by GTID.

use super::distribution::Family;
use super::error::LabError;
use super::server::Server;

/// The account that replicas log in with.
const USER: &str = "lab_replication";
const PASSWORD: &str = "follow-the-leader";

/// Lets `replica` follow `primary` from the first transaction on and makes it read-only.
pub(super) fn follow(replica: &Server, primary: &Server) -> Result<(), LabError> {
    primary.sql(&format!(
        "CREATE USER IF NOT EXISTS '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\
         GRANT REPLICATION SLAVE ON *.* TO '{USER}'@'127.0.0.1'"
    ))?;
    let port = primary.port();
    let sql = match primary.family() {
        Family::Mariadb => format!(
            "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {port}, MASTER_USER = '{USER}',\
             MASTER_PASSWORD = '{PASSWORD}', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1;\
             START SLAVE; SET GLOBAL read_only = ON"
        ),
        Family::Mysql => format!(
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {port}, SOURCE_USER = '{USER}',\
             SOURCE_PASSWORD = '{PASSWORD}', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1, SOURCE_CONNECT_RETRY = 1;\
             START REPLICA; SET GLOBAL super_read_only = ON"
        ),
    };
    replica.sql(&sql)?;
    Ok(())
}

/// Waits until `replica` has all that `primary` has committed by now.
pub(super) fn catch_up(replica: &Server, primary: &Server, seconds: u32) -> Result<(), LabError> {
    let (position, wait, done) = match primary.family() {
        Family::Mariadb => ("SELECT @@global.gtid_binlog_pos", "MASTER_GTID_WAIT", "0"),
        Family::Mysql => (
            "SELECT REPLACE(@@global.gtid_executed, '\\n', '')",
            "WAIT_FOR_EXECUTED_GTID_SET",
            "0",
        ),
    };
    let position = primary.value(position)?;
    let answer = replica.value(&format!("SELECT {wait}('{position}', {seconds})"))?;
    if answer == done {
        return Ok(());
    }
    Err(LabError::Replication {
        port: replica.port(),
        detail: status(replica),
    })
}

/// What a replica says of its replication, in one line.
fn status(replica: &Server) -> String {
    let statement = match replica.family() {
        Family::Mariadb => "SHOW SLAVE STATUS",
        Family::Mysql => "SHOW REPLICA STATUS",
    };
    replica
        .sql(statement)
        .map_or_else(|error| error.to_string(), |rows| rows.concat().join(" "))
}
