//! How a group is watched.

use std::sync::Arc;
use std::time::Duration;

/// Times and bounds of a group's probes and failover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Care {
    /// The group's name, for messages.
    pub group: Arc<str>,
    /// Between two probes of a member; zero = members are not probed and the configuration is taken at its word.
    pub probe_interval: Duration,
    /// Deadline of a probe.
    pub probe_timeout: Duration,
    /// A replica further behind serves no reads; `None` = any lag will do.
    pub max_lag: Option<Duration>,
    /// Statements wait so long for the next primary, from the loss of the last one on.
    pub failover_buffer: Duration,
    /// Statements that may wait at once.
    pub failover_waiters: usize,
    /// Without a fresh replica reads are refused, not served by the primary.
    pub refuses_stale: bool,
    /// Which of the members, in their order, are behind on purpose.
    pub delayed: Vec<bool>,
    /// The table for heartbeats.
    pub heartbeat_table: Option<String>,
    /// Tells this process's heartbeats from those of others.
    pub heartbeat_writer: u64,
}

impl Care {
    /// Whether a member is behind on purpose, by its place.
    pub(super) fn is_delayed(&self, index: usize) -> bool {
        self.delayed.get(index).copied().unwrap_or(false)
    }
}

impl Default for Care {
    /// Nothing is probed.
    fn default() -> Self {
        Self {
            group: "?".into(),
            probe_interval: Duration::ZERO,
            probe_timeout: Duration::from_secs(1),
            max_lag: None,
            failover_buffer: Duration::ZERO,
            failover_waiters: 0,
            refuses_stale: false,
            delayed: Vec::new(),
            heartbeat_table: None,
            heartbeat_writer: 0,
        }
    }
}
