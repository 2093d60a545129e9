//! One member's probes, over a connection of their own that no traffic waits for.

use std::sync::Arc;
use std::time::SystemTime;

use super::members::Members;
use super::observation::Observation;
use super::probe::{Heartbeat, probe};
use super::view::Writes;
use crate::backend::conn::{Conn, Origin};
use crate::backend::connector::Connector;
use crate::backend::error::ConnError;

/// One member's probes.
pub(super) struct Prober<'a> {
    members: &'a Members,
    index: usize,
    connector: Connector,
    heartbeat_table: Option<String>,
    /// Open after a probe that succeeded.
    pub(super) conn: Option<Conn>,
}

impl<'a> Prober<'a> {
    pub(super) fn new(members: &'a Members, index: usize) -> Option<Self> {
        let endpoint = members.pools().get(index)?.endpoint();
        let table = members.care.heartbeat_table.as_ref();
        let heartbeat_table = table.map(|table| format!("`{}`.`{table}`", endpoint.schema));
        let mut endpoint = endpoint.clone();
        // what it looks at is the server, which has no schema
        endpoint.schema.clear();
        Some(Self {
            members,
            index,
            connector: Connector::new(Arc::new(endpoint)),
            heartbeat_table,
            conn: None,
        })
    }

    /// One probe, within its deadline; a connection that did not answer is not asked again.
    pub(super) async fn look(&mut self) -> Result<Observation, ConnError> {
        let timeout = self.members.care.probe_timeout;
        let outcome = match tokio::time::timeout(timeout, self.ask()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(ConnError::ConnectTimeout {
                source_name: Arc::clone(&self.connector.endpoint().name),
                timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
            }),
        };
        if outcome.is_err() {
            self.conn = None;
        }
        outcome
    }

    /// What the account may do, as the server lists it; nothing if it does not answer.
    pub(super) async fn grants(&mut self) -> Vec<String> {
        let Some(mut conn) = self.conn.take() else {
            return Vec::new();
        };
        let asked =
            tokio::time::timeout(self.members.care.probe_timeout, conn.query("SHOW GRANTS"));
        let Ok(Ok(answer)) = asked.await else {
            return Vec::new();
        };
        self.conn = Some(conn);
        let grants = (0..answer.rows.len()).filter_map(|row| answer.text(row, 0));
        grants.map(str::to_owned).collect()
    }

    async fn ask(&mut self) -> Result<Observation, ConnError> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => {
                let origin = Origin::apart();
                self.connector.connect(origin).await?
            }
        };
        let view = self.members.view();
        let is_primary = view.primary == self.index && view.writes == Writes::Taken;
        let heartbeat = Heartbeat {
            table: self.heartbeat_table.as_deref(),
            writes: is_primary.then(milliseconds),
            writer: self.members.care.heartbeat_writer,
        };
        let seen = probe(&mut conn, heartbeat).await?;
        self.conn = Some(conn);
        Ok(seen)
    }
}

/// Numbers of heartbeats go on over restarts.
fn milliseconds() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| u64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
