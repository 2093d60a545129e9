//! One server following another, by GTID.

use super::distribution::Family;
use super::error::LabError;
use super::server::Server;

/// The account that replicas log in with.
const USER: &str = "lab_replication";
const PASSWORD: &str = "follow-the-leader";

/// Lets `replica` follow `primary` from the first transaction on and makes it read-only.
pub(super) fn follow(replica: &Server, primary: &Server) -> Result<(), LabError> {
    follow_from(replica, primary, "")
}

/// As [`follow`], from where it stands: what it has written itself, as a primary, it has.
pub(super) fn rejoin(replica: &Server, primary: &Server) -> Result<(), LabError> {
    follow_from(replica, primary, ", MASTER_DEMOTE_TO_SLAVE = 1")
}

fn follow_from(replica: &Server, primary: &Server, mariadb: &str) -> Result<(), LabError> {
    primary.sql(&format!(
        "CREATE USER IF NOT EXISTS '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\
         GRANT REPLICATION SLAVE ON *.* TO '{USER}'@'127.0.0.1'"
    ))?;
    let port = primary.port();
    let sql = match primary.family() {
        Family::Mariadb => format!(
            "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {port}, MASTER_USER = '{USER}',\
             MASTER_PASSWORD = '{PASSWORD}', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1{mariadb};\
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

/// Sets a server read-only, or lets it take writes.
pub(super) fn set_read_only(server: &Server, is_read_only: bool) -> Result<(), LabError> {
    let sql = match (server.family(), is_read_only) {
        (Family::Mariadb, true) => "SET GLOBAL read_only = ON",
        (Family::Mariadb, false) => "SET GLOBAL read_only = OFF",
        (Family::Mysql, true) => "SET GLOBAL super_read_only = ON",
        (Family::Mysql, false) => "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF",
    };
    server.sql(sql).map(drop)
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

/// Ends whatever a server follows, and forgets it; nothing to do for one that follows nobody.
pub(super) fn detach(server: &Server) -> Result<(), LabError> {
    say(
        server,
        [
            "STOP SLAVE; RESET SLAVE ALL",
            "STOP REPLICA; RESET REPLICA ALL",
        ],
    )
}

/// Waits until a replica has applied all that it has received; its source may be dead.
pub(super) fn drain(replica: &Server, seconds: u32) -> Result<(), LabError> {
    say(replica, ["STOP SLAVE IO_THREAD", "STOP REPLICA IO_THREAD"])?;
    let (statement, received) = match replica.family() {
        Family::Mariadb => ("SHOW SLAVE STATUS", None),
        Family::Mysql => (
            "SHOW REPLICA STATUS",
            Some(
                "SELECT WAIT_FOR_EXECUTED_GTID_SET((SELECT received_transaction_set FROM performance_schema.replication_connection_status LIMIT 1), 60)",
            ),
        ),
    };
    if let Some(received) = received
        && replica.value(received).is_ok_and(|answer| answer == "0")
    {
        return Ok(());
    }
    for _ in 0..seconds * 20 {
        let rows = replica.sql(statement)?.concat().join(" ");
        let has_all = [
            "has read all relay log; waiting for more updates",
            "Slave has read all relay log",
            "Replica has read all relay log",
        ];
        if has_all.iter().any(|words| rows.contains(words)) {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    Err(LabError::Replication {
        port: replica.port(),
        detail: status(replica),
    })
}

/// Lets a replica apply everything so many seconds late.
pub(super) fn delay(replica: &Server, seconds: u32) -> Result<(), LabError> {
    let sql = match replica.family() {
        Family::Mariadb => {
            format!("STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = {seconds}; START SLAVE")
        }
        Family::Mysql => format!(
            "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_DELAY = {seconds}; START REPLICA"
        ),
    };
    replica.sql(&sql).map(drop)
}

/// Runs MariaDB's or MySQL's wording.
pub(super) fn say(server: &Server, [mariadb, mysql]: [&str; 2]) -> Result<(), LabError> {
    let sql = match server.family() {
        Family::Mariadb => mariadb,
        Family::Mysql => mysql,
    };
    server.sql(sql).map(drop)
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
