//! What a Snowflake generator is told.

use std::fmt;

/// A generator's number among all processes that write the same tables, 0 to 1023.
///
/// Decided by the configuration today; a lease may stand here later without another type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerId(u16);

impl WorkerId {
    /// The highest worker id.
    pub const MAX: u16 = 1023;

    /// A worker id, if `number` fits ten bits.
    #[must_use]
    pub fn new(number: u16) -> Option<Self> {
        (number <= Self::MAX).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a Snowflake generator is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnowflakeSettings {
    /// `worker-id`
    pub worker: WorkerId,
    /// `max-vibration-offset`, 0 to 4095: a new millisecond starts its sequence at 0, 1 .. this, in turn.
    pub max_vibration_offset: u16,
    /// How far back the clock may stand and be waited for, in ms.
    pub max_tolerate_ms: u64,
    /// Epoch in ms since 1970 UTC.
    pub epoch_ms: u64,
}

/// Why settings are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsFault {
    /// `max-vibration-offset` beyond the sequence.
    #[error("max-vibration-offset {offset} is more than 4095: write 0 to 4095")]
    Vibration {
        /// What was written.
        offset: u16,
    },
    /// `worker-id` beyond ten bits.
    #[error("worker-id {number} is more than 1023: write 0 to 1023, another one in each process")]
    Worker {
        /// What was written.
        number: u16,
    },
}

impl SnowflakeSettings {
    /// ShardingSphere's epoch in UTC, 2016-11-01 00:00:00.
    pub const DEFAULT_EPOCH_MS: u64 = 1_477_958_400_000;
    /// Tolerance if none is configured (contract 9.2).
    pub const DEFAULT_TOLERATE_MS: u64 = 5;

    /// Checks the numbers of the configuration.
    ///
    /// # Errors
    /// The first number out of range.
    pub fn new(
        worker: u16,
        max_vibration_offset: u16,
        max_tolerate_ms: u64,
        epoch_ms: u64,
    ) -> Result<Self, SettingsFault> {
        let worker = WorkerId::new(worker).ok_or(SettingsFault::Worker { number: worker })?;
        if max_vibration_offset > 4095 {
            return Err(SettingsFault::Vibration {
                offset: max_vibration_offset,
            });
        }
        Ok(Self {
            worker,
            max_vibration_offset,
            max_tolerate_ms,
            epoch_ms,
        })
    }
}
