//! Sizes and times of a pool, and the key that its connections differ by.

/// Sizes and times of a pool; the defaults are those of contract 11.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolOptions {
    /// Connections kept open without load.
    pub min: usize,
    /// Connections at most, over all keys.
    pub max: usize,
    /// Requests that may wait for a connection.
    pub max_waiters: usize,
    /// How long a request waits, in ms.
    pub wait_timeout_ms: u64,
    /// Connections above `min` that were unused for this long are closed, in ms; 0 = never.
    pub idle_timeout_ms: u64,
    /// Connections older than this are closed when they are idle, in ms; 0 = never.
    pub max_lifetime_ms: u64,
    /// Statements that one connection keeps prepared on its server, at most.
    pub max_prepared: usize,
    /// Answers to writes tell their GTIDs (MySQL; MariaDB's always do).
    pub tracks_gtids: bool,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            min: 2,
            max: 64,
            max_waiters: 10_000,
            wait_timeout_ms: 3000,
            idle_timeout_ms: 60_000,
            max_lifetime_ms: 30 * 60_000,
            max_prepared: 128,
            tracks_gtids: false,
        }
    }
}

/// What must be chosen at login and cannot be changed later: the capabilities in which
/// connections of one pool differ (contract 2.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PoolKey {
    /// CLIENT_FOUND_ROWS: affected rows count the rows found, not the rows changed.
    pub has_found_rows: bool,
}

impl PoolKey {
    pub(super) const COUNT: usize = 2;

    pub(super) fn index(self) -> usize {
        usize::from(self.has_found_rows)
    }
}
