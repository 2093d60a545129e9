//! One probe: the questions to a server and what its answers mean.

use std::time::Instant;

use super::observation::{Channel, Identity, Observation, Wsrep};
use super::position::Position;
use crate::backend::conn::Conn;
use crate::backend::error::ConnError;
use crate::backend::query::QueryResult;
use crate::backend::version::{Family, Version};

/// ER_SPECIFIC_ACCESS_DENIED_ERROR and its kin: the account lacks the right.
const NO_RIGHT: [u16; 4] = [1044, 1045, 1142, 1227];
/// ER_NO_SUCH_TABLE
const NO_TABLE: u16 = 1146;

/// What a probe does beside looking.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heartbeat<'a> {
    /// The table with its schema, quoted; `None` = no heartbeats.
    pub(super) table: Option<&'a str>,
    /// The number to write: this member is the primary.
    pub(super) writes: Option<u64>,
    /// Whose heartbeats they are: several proxies may write to one table.
    pub(super) writer: u64,
}

/// Asks one server everything.
///
/// # Errors
/// The connection is lost, or the server cannot answer even what every account may ask.
pub(super) async fn probe(
    conn: &mut Conn,
    heartbeat: Heartbeat<'_>,
) -> Result<Observation, ConnError> {
    let asked = Instant::now();
    let family = conn.family();
    let variables = conn.query(variables_of(family)).await?;
    let channels = channels(conn).await?;
    let wsrep = match (family, variables.text(0, 4)) {
        (Family::MariaDb(_), Some("1")) => Some(wsrep(&conn.query(WSREP).await?)),
        _ => None,
    };
    let has_gtids = match family {
        Family::MySql(_) => keeps_gtids(variables.text(0, 5)),
        Family::MariaDb(_) => true,
    };
    let position = |column| {
        if !has_gtids {
            return None;
        }
        let text = variables.text(0, column)?;
        let position = match family {
            Family::MySql(_) => Position::mysql(text),
            Family::MariaDb(_) => Position::mariadb(text),
        };
        position.filter(|position| !position.is_empty())
    };
    Ok(Observation {
        asked,
        identity: Identity {
            server_id: number(variables.text(0, 1)),
            uuid: match family {
                Family::MySql(_) => variables.text(0, 4).map(str::to_owned),
                Family::MariaDb(_) => None,
            },
        },
        is_read_only: is_read_only(variables.text(0, 0)),
        channels,
        executed: position(2),
        applied: position(3),
        wsrep,
        heartbeat: beat(conn, heartbeat).await?,
    })
}

/// Read-only, id, transactions executed and applied, and what only one family has. MySQL applies into the set that it
/// executes into; `super_read_only` switches `read_only` on.
fn variables_of(family: Family) -> &'static str {
    match family {
        Family::MySql(_) => {
            "SELECT @@global.read_only, @@global.server_id, @@global.gtid_executed, @@global.gtid_executed, @@global.server_uuid, \
             @@global.gtid_mode"
        }
        Family::MariaDb(_) => {
            "SELECT @@global.read_only, @@global.server_id, @@global.gtid_binlog_pos, @@global.gtid_slave_pos, @@global.wsrep_on"
        }
    }
}

/// Whether every new transaction has a GTID. Where not, the set of those that were executed stands still, and would say
/// of every replica that it has everything.
fn keeps_gtids(mode: Option<&str>) -> bool {
    matches!(mode, Some("ON" | "ON_PERMISSIVE"))
}

/// 0 and OFF are off; MariaDB 12 knows more values, all of them degrees of on.
fn is_read_only(value: Option<&str>) -> bool {
    !matches!(value, Some("0" | "OFF"))
}

async fn channels(conn: &mut Conn) -> Result<Option<Vec<Channel>>, ConnError> {
    let statement = match conn.family() {
        Family::MySql(version) if version >= Version::new(8, 0, 22) => "SHOW REPLICA STATUS",
        Family::MySql(_) => "SHOW SLAVE STATUS",
        Family::MariaDb(_) => "SHOW ALL SLAVES STATUS",
    };
    match conn.query(statement).await {
        Ok(answer) => Ok(Some(channels_of(&answer))),
        Err(ConnError::Server { code, .. }) if NO_RIGHT.contains(&code) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Both spellings of every column: `Source_Host` since MySQL 8.0.22, `Master_Host` before and on MariaDB.
fn channels_of(answer: &QueryResult) -> Vec<Channel> {
    let column = |names: [&str; 2]| {
        answer.columns.iter().position(|column| {
            names
                .iter()
                .any(|name| column.name.eq_ignore_ascii_case(name.as_bytes()))
        })
    };
    let host = column(["Source_Host", "Master_Host"]);
    let port = column(["Source_Port", "Master_Port"]);
    let server_id = column(["Source_Server_Id", "Master_Server_Id"]);
    let uuid = column(["Source_UUID", "Master_UUID"]);
    let receiving = column(["Replica_IO_Running", "Slave_IO_Running"]);
    let applying = column(["Replica_SQL_Running", "Slave_SQL_Running"]);
    let receiving_error = column(["Last_IO_Errno", "Last_IO_Errno"]);
    let applying_error = column(["Last_SQL_Errno", "Last_SQL_Errno"]);
    let delay = column(["SQL_Delay", "SQL_Delay"]);
    let behind = column(["Seconds_Behind_Source", "Seconds_Behind_Master"]);
    (0..answer.rows.len())
        .map(|row| {
            let text = |column: Option<usize>| answer.text(row, column?);
            let uuid = text(uuid).filter(|uuid| !uuid.is_empty());
            Channel {
                source: Identity {
                    server_id: number(text(server_id)),
                    uuid: uuid.map(str::to_owned),
                },
                host: text(host).unwrap_or_default().to_owned(),
                port: text(port).and_then(|text| text.parse().ok()).unwrap_or(0),
                is_receiving: text(receiving) == Some("Yes"),
                is_applying: text(applying) == Some("Yes"),
                receiving_error: text(receiving_error)
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(0),
                applying_error: text(applying_error)
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(0),
                delay: number(text(delay)),
                seconds_behind: text(behind).and_then(|text| text.parse().ok()),
            }
        })
        .filter(|channel| !channel.host.is_empty())
        .collect()
}

const WSREP: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_cluster_state_uuid', 'wsrep_cluster_status', \
                     'wsrep_local_state_comment', 'wsrep_ready')";

fn wsrep(answer: &QueryResult) -> Wsrep {
    let value = |wanted: &str| {
        (0..answer.rows.len())
            .find(|row| {
                answer
                    .text(*row, 0)
                    .is_some_and(|name| name.eq_ignore_ascii_case(wanted))
            })
            .and_then(|row| answer.text(row, 1))
            .unwrap_or_default()
    };
    Wsrep {
        cluster: value("wsrep_cluster_state_uuid").to_owned(),
        state: format!(
            "{} in a {} component",
            value("wsrep_local_state_comment"),
            value("wsrep_cluster_status")
        ),
        is_ready: value("wsrep_cluster_status").eq_ignore_ascii_case("Primary")
            && value("wsrep_local_state_comment").eq_ignore_ascii_case("Synced")
            && value("wsrep_ready").eq_ignore_ascii_case("ON"),
    }
}

/// Writes the primary's next heartbeat, or reads what a replica has of them. A table that is missing or closed to the
/// account is as none: lag is then reckoned otherwise.
async fn beat(conn: &mut Conn, heartbeat: Heartbeat<'_>) -> Result<Option<u64>, ConnError> {
    let Some(table) = heartbeat.table else {
        return Ok(None);
    };
    let writer = heartbeat.writer;
    let outcome = match heartbeat.writes {
        Some(number) => {
            let row = format!("REPLACE INTO {table} (writer, beat) VALUES ({writer}, {number})");
            match conn.query(&row).await {
                Err(ConnError::Server { code: NO_TABLE, .. }) => {
                    let table = format!(
                        "CREATE TABLE IF NOT EXISTS {table} (writer BIGINT UNSIGNED PRIMARY KEY, beat BIGINT UNSIGNED NOT NULL)"
                    );
                    match conn.query(&table).await {
                        Ok(_) => conn.query(&row).await.map(|_| Some(number)),
                        Err(error) => Err(error),
                    }
                }
                other => other.map(|_| Some(number)),
            }
        }
        None => conn
            .query(&format!("SELECT beat FROM {table} WHERE writer = {writer}"))
            .await
            .map(|answer| answer.text(0, 0).and_then(|text| text.parse().ok())),
    };
    match outcome {
        Err(error) if error.is_fatal() => Err(error),
        Err(_) => Ok(None),
        Ok(beat) => Ok(beat),
    }
}

fn number(text: Option<&str>) -> u64 {
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}
