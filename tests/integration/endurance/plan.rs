//! How large a run is.

use crate::oracle::setting;

/// The settings of one run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub clients: usize,
    /// Answered statements at least; refused ones do not count.
    pub statements: usize,
    /// KILLs that took effect, half of them KILL QUERY.
    pub kills: usize,
    /// Servers killed and started again.
    pub restarts: usize,
    pub seed: u64,
}

impl Plan {
    /// A few seconds unless the environment asks for more.
    pub fn from_environment(clients: usize) -> Plan {
        Plan {
            clients: setting("SHARDGATE_TEST_THREADS", clients).max(2),
            statements: setting("SHARDGATE_TEST_STATEMENTS", 6_000).max(1),
            kills: setting("SHARDGATE_TEST_KILLS", 20),
            restarts: setting("SHARDGATE_TEST_RESTARTS", 2),
            seed: u64::try_from(setting("SHARDGATE_TEST_SEED", 1)).unwrap(),
        }
    }

    /// KILL QUERY and KILL CONNECTION that must take effect.
    pub fn kills_of_each(&self) -> (usize, usize) {
        (self.kills.div_ceil(2), self.kills / 2)
    }
}
