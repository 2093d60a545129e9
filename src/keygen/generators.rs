//! All generators of the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::snowflake::Shared;
use super::{Clock, KeyStatistics, Snowflake, SnowflakeSettings, WorkerId};

/// All generators of the process, one state per worker and epoch whatever asks for it.
///
/// Asked when a configuration is published; statements keep the [`Snowflake`] they were given.
/// A high-water mark on disk will be read and written here.
#[derive(Debug, Default)]
pub struct KeyGenerators {
    states: Mutex<HashMap<(WorkerId, u64), Arc<Shared>>>,
}

impl KeyGenerators {
    /// The generator of these settings; one with the same worker and epoch shares its sequence,
    /// also over a reload that changes the rest.
    pub fn snowflake(&self, settings: SnowflakeSettings, clock: &impl Clock) -> Snowflake {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let state = states
            .entry((settings.worker, settings.epoch_ms))
            .or_insert_with(|| Arc::new(Shared::new(clock.now_ms())));
        Snowflake::new(settings, Arc::clone(state))
    }

    /// Counters of every generator, by worker and epoch.
    #[must_use]
    pub fn statistics(&self) -> Vec<(WorkerId, KeyStatistics)> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = states
            .iter()
            .map(|((worker, _), state)| (*worker, state.statistics()))
            .collect();
        all.sort_by_key(|(worker, _)| *worker);
        all
    }

    /// An operator's command: every open fuse closes and ids go on from their marks.
    pub fn run_ahead_of_clock(&self) {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states
            .values()
            .filter(|state| state.statistics().is_fuse_open)
            .for_each(|state| state.run_ahead_of_clock());
    }
}
