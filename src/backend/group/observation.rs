//! What one probe saw of a member.

use std::time::Instant;

use super::position::Position;

/// A server's answers to one probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Just before the first question was sent: all that was answered to anybody before is included.
    pub asked: Instant,
    /// Who it is.
    pub identity: Identity,
    /// `read_only` or `super_read_only` is on.
    pub is_read_only: bool,
    /// From whom it replicates; `None` if the account may not see that.
    pub channels: Option<Vec<Channel>>,
    /// What it has written to its own binary log, or executed: where it is the primary.
    pub executed: Option<Position>,
    /// What it has applied of others' transactions: where it is a replica.
    pub applied: Option<Position>,
    /// Its state in a Galera cluster.
    pub wsrep: Option<Wsrep>,
    /// The number of the heartbeat in its table; `None` without table or row.
    pub heartbeat: Option<u64>,
}

/// By what a replica names its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `server_id`; 0 if it is not known.
    pub server_id: u64,
    /// `server_uuid` of MySQL.
    pub uuid: Option<String>,
}

/// One connection by which a server replicates from another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// The source as it knows it; empty parts are not known.
    pub source: Identity,
    /// The source's host, as the replica was told it.
    pub host: String,
    /// The source's port.
    pub port: u16,
    /// Events are received.
    pub is_receiving: bool,
    /// Events are applied.
    pub is_applying: bool,
    /// Why receiving stopped, as the server's error number; 0 = by no error.
    pub receiving_error: u32,
    /// Why applying stopped.
    pub applying_error: u32,
    /// Seconds that it is told to stay behind.
    pub delay: u64,
    /// Seconds behind the source, as the server reckons; `None` while it does not replicate.
    pub seconds_behind: Option<u64>,
}

impl Channel {
    /// Whether nothing of it stands still.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.is_receiving && self.is_applying
    }
}

/// A Galera node's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wsrep {
    /// The cluster that it is in.
    pub cluster: String,
    /// What it says of itself, such as `Donor/Desynced`.
    pub state: String,
    /// It is synced, and in the part of the cluster that may serve.
    pub is_ready: bool,
}
