//! Snowflake ids: 41 bits of milliseconds, 10 of worker, 12 of sequence.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::fuse::Fuse;
use super::mark::Mark;
use super::sequence::{Sequence, State};
use super::statistics::{Counters, KeyStatistics};
use super::{Clock, KeyError, SnowflakeSettings, WorkerId};

/// Most ids that one statement can have: the sequence of one millisecond (contract 9.3).
pub const MAX_RUN: usize = 4096;

const SEQUENCES: u64 = 4096;
/// A caller of [`Snowflake::take`] is put off at most so often, a millisecond or more each time.
const MAX_WAITS: u32 = 1000;
/// Ids of a table, and the mark of the last run, may be so far ahead of our clock, in ms (contract 9.1, 9.2).
const AHEAD_TOLERATED_MS: u64 = 1000;

/// What [`Snowflake::next`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The first of the consecutive ids.
    First(u64),
    /// Ask again after this long: the millisecond is used up, or the clock is a little behind.
    Wait(Duration),
}

/// A Snowflake generator: lock-free, strictly increasing per worker and epoch.
#[derive(Clone, Debug)]
pub struct Snowflake {
    settings: SnowflakeSettings,
    state: Arc<Shared>,
}

/// What all generators of one worker and epoch share, over reloads too.
#[derive(Debug)]
pub(super) struct Shared {
    worker: WorkerId,
    epoch_ms: u64,
    sequence: Sequence,
    /// Ids that others have made reach up to here: a node of a table holds one.
    found_ms: AtomicU64,
    /// The tolerance of the newest configuration, in ms.
    tolerate_ms: AtomicU64,
    mark: Arc<Mark>,
    fuse: Fuse,
    counters: Counters,
}

impl Shared {
    pub(super) fn new(settings: &SnowflakeSettings, mark: Arc<Mark>, now_ms: u64) -> Self {
        Self {
            worker: settings.worker,
            epoch_ms: settings.epoch_ms,
            sequence: Sequence::new(now_ms.max(mark.start_ms())),
            found_ms: AtomicU64::new(0),
            tolerate_ms: AtomicU64::new(settings.max_tolerate_ms),
            mark,
            fuse: Fuse::default(),
            counters: Counters::default(),
        }
    }

    pub(super) fn tolerate(&self, ms: u64) {
        self.tolerate_ms.store(ms, Ordering::Relaxed);
    }

    pub(super) fn mark(&self) -> &Arc<Mark> {
        &self.mark
    }

    /// The latest millisecond of an id of this run; 0 for none.
    pub(super) fn used_ms(&self) -> u64 {
        if self.counters.generated() == 0 {
            return 0;
        }
        self.sequence.load().last_ms
    }

    /// Ids that are not of this run may reach up to here.
    fn floor_ms(&self) -> u64 {
        self.mark
            .start_ms()
            .max(self.found_ms.load(Ordering::Acquire))
    }

    /// The state with everything up to the floor counted as used.
    fn above_floor(&self, old: State) -> State {
        let floor_ms = self.floor_ms();
        if old.last_ms > floor_ms {
            return old;
        }
        State {
            last_ms: floor_ms,
            sequence: SEQUENCES - 1,
            ..old
        }
    }

    /// The millisecond to number in; `None` to wait for the clock.
    fn trusted_ms(&self, last_ms: u64, now_ms: u64) -> Result<Option<u64>, KeyError> {
        if now_ms > last_ms {
            self.fuse.close(self.worker);
        }
        if now_ms >= last_ms && !self.fuse.is_open() {
            return Ok(Some(now_ms));
        }
        if self.fuse.runs_ahead() {
            return Ok(Some(last_ms));
        }
        let is_of_others = last_ms == self.floor_ms();
        let own_ms = self.tolerate_ms.load(Ordering::Relaxed);
        let tolerated_ms = if is_of_others {
            own_ms.max(AHEAD_TOLERATED_MS)
        } else {
            own_ms
        };
        if last_ms.saturating_sub(now_ms) <= tolerated_ms && !self.fuse.is_open() {
            return Ok(None);
        }
        let why = if is_of_others {
            KeyError::MarkAhead {
                mark_ms: last_ms,
                now_ms,
            }
        } else {
            KeyError::ClockMovedBack {
                last_ms,
                now_ms,
                tolerated_ms,
            }
        };
        self.fuse.open(self.worker, &why);
        Err(why)
    }

    /// Opens or closes the fuse by the clock, without anybody asking for an id.
    pub(super) fn look(&self, now_ms: u64) -> Option<KeyError> {
        let last_ms = self.above_floor(self.sequence.load()).last_ms;
        self.trusted_ms(last_ms, now_ms).err()
    }

    pub(super) fn statistics(&self, clock: &impl Clock) -> KeyStatistics {
        let by_clock = self.look(clock.now_ms()).map(|why| why.to_string());
        let by_mark = self.mark.fault().map(|fault| fault.to_string());
        let reserved_ms = Some(self.mark.reserved_ms()).filter(|ms| *ms < u64::MAX);
        KeyStatistics {
            worker: self.worker,
            epoch_ms: self.epoch_ms,
            generated: self.counters.generated(),
            waits: self.counters.waits(),
            fuse_openings: self.fuse.openings(),
            open_fuse: by_mark.or(by_clock),
            used_ms: self.used_ms().max(self.floor_ms()),
            reserved_ms,
            mark_writes: self.mark.writes(),
            mark_failures: self.mark.failures(),
        }
    }

    /// Closes an open fuse; ids go on from the last one, ahead of the clock.
    pub(super) fn run_ahead_of_clock(&self) -> bool {
        let is_open = self.fuse.is_open();
        if is_open {
            self.fuse.run_ahead(self.worker);
        }
        is_open
    }
}

impl Snowflake {
    pub(super) fn new(settings: SnowflakeSettings, state: Arc<Shared>) -> Self {
        Self { settings, state }
    }

    /// What it was told.
    #[must_use]
    pub fn settings(&self) -> &SnowflakeSettings {
        &self.settings
    }

    /// The first of `count` consecutive ids, or how long to wait. Holds nothing while its caller waits.
    ///
    /// # Errors
    /// The clock moved back too far (and the fuse is open now), or the clock and the epoch do not
    /// fit, or more than [`MAX_RUN`] ids are asked for.
    pub fn next(&self, count: usize, clock: &impl Clock) -> Result<Next, KeyError> {
        let run = u64::try_from(count.max(1)).unwrap_or(u64::MAX);
        if run > SEQUENCES {
            return Err(KeyError::TooManyRows { rows: count });
        }
        loop {
            // the state first: a clock read after it is not behind what another thread has used
            let old = self.state.sequence.load();
            let now_ms = clock.now_ms();
            let used = self.state.above_floor(old);
            let trusted = self.state.trusted_ms(used.last_ms, now_ms)?;
            let Some(new) = trusted.and_then(|ms| self.advance(used, ms, run)) else {
                self.state.counters.count_wait();
                return Ok(Next::Wait(Duration::from_millis(
                    used.last_ms.saturating_sub(now_ms).max(1),
                )));
            };
            let first = self.id(new.last_ms, new.sequence + 1 - run)?;
            if new.last_ms > self.state.mark.reserved_ms() {
                return self.wait_for_mark(new.last_ms);
            }
            if self.state.sequence.replace(old, new) {
                self.state.counters.count_generated(run);
                return Ok(Next::First(first));
            }
        }
    }

    /// As [`Snowflake::next`], but waits.
    ///
    /// # Cancel safety
    /// Dropped while it waits, it has taken no id.
    ///
    /// # Errors
    /// As [`Snowflake::next`]; [`KeyError::Busy`] if waiting did not help.
    pub async fn take(&self, count: usize, clock: &impl Clock) -> Result<u64, KeyError> {
        let mut waited = Duration::ZERO;
        for _ in 0..MAX_WAITS {
            match self.next(count, clock)? {
                Next::First(id) => return Ok(id),
                Next::Wait(pause) => {
                    waited += pause;
                    tokio::time::sleep(pause).await;
                }
            }
        }
        Err(KeyError::Busy {
            waited_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// Compares with the greatest id that a table holds, before its first generated one.
    ///
    /// An id of the same worker that is a little ahead lifts the mark, so that it is never met again.
    ///
    /// # Errors
    /// The id lies more than a second ahead of the clock.
    pub fn check_above(&self, greatest: u64, clock: &impl Clock) -> Result<(), KeyError> {
        let found_ms = (greatest >> 22).saturating_add(self.settings.epoch_ms);
        let ahead_ms = found_ms.saturating_sub(clock.now_ms());
        if ahead_ms > AHEAD_TOLERATED_MS {
            return Err(KeyError::IdsAhead { found_ms, ahead_ms });
        }
        if (greatest >> 12) & 0x3FF == u64::from(self.settings.worker.get()) {
            self.state.found_ms.fetch_max(found_ms, Ordering::AcqRel);
        }
        Ok(())
    }

    /// Counters and the fuse.
    #[must_use]
    pub fn statistics(&self, clock: &impl Clock) -> KeyStatistics {
        self.state.statistics(clock)
    }

    /// The state after `run` more ids in `now_ms`; `None` if the millisecond has no room for them.
    fn advance(&self, old: State, now_ms: u64, run: u64) -> Option<State> {
        let sequence = old.sequence + run;
        if now_ms == old.last_ms && sequence < SEQUENCES {
            return Some(State { sequence, ..old });
        }
        let is_new = now_ms > old.last_ms;
        if !is_new && !self.state.fuse.runs_ahead() {
            return None;
        }
        let most = u64::from(self.settings.max_vibration_offset);
        let offset = if old.next_offset > most {
            0
        } else {
            old.next_offset
        };
        // a long run starts early enough to end in this millisecond: its ids are consecutive
        let start = offset.min(SEQUENCES - run);
        let next_offset = if offset >= most { 0 } else { offset + 1 };
        let last_ms = if is_new {
            now_ms
        } else {
            old.last_ms.saturating_add(1)
        };
        Some(State {
            last_ms,
            sequence: start + run - 1,
            next_offset,
        })
    }

    /// No id may be made before the disk knows of its millisecond.
    fn wait_for_mark(&self, ms: u64) -> Result<Next, KeyError> {
        let mark = &self.state.mark;
        mark.want(ms);
        if mark.fault().is_some() {
            return Err(KeyError::NoMark {
                worker: self.settings.worker,
            });
        }
        self.state.counters.count_wait();
        Ok(Next::Wait(Duration::from_millis(1)))
    }

    fn id(&self, ms: u64, sequence: u64) -> Result<u64, KeyError> {
        let epoch_ms = self.settings.epoch_ms;
        match ms.checked_sub(epoch_ms) {
            Some(since) if since < 1 << 41 && self.state.sequence.can_hold(ms) => {
                Ok(since << 22 | u64::from(self.settings.worker.get()) << 12 | sequence)
            }
            _ => Err(KeyError::OutsideEpoch {
                now_ms: ms,
                epoch_ms,
            }),
        }
    }

    #[cfg(test)]
    pub(super) fn set_state(&self, last_ms: u64, sequence: u64, next_offset: u64) {
        while !self.state.sequence.replace(
            self.state.sequence.load(),
            State {
                last_ms,
                sequence,
                next_offset,
            },
        ) {}
    }
}
