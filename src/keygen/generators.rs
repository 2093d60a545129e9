//! All generators of the process.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::mark::Mark;
use super::snowflake::Shared;
use super::{Clock, KeyStatistics, MarkFault, Snowflake, SnowflakeSettings, WorkerId};

/// How often the marks are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// A mark that cannot be kept is tried again so often.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// All generators of the process, one state per worker and epoch whatever asks for it, and one mark per worker.
///
/// Asked when a configuration is published; statements keep the [`Snowflake`] they were given.
#[derive(Debug, Default)]
pub struct KeyGenerators {
    /// Where marks are kept; `None` for nowhere.
    folder: Option<PathBuf>,
    known: Mutex<Known>,
    /// Somebody waits for a mark.
    wake: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Known {
    states: BTreeMap<(WorkerId, u64), Arc<Shared>>,
    marks: BTreeMap<WorkerId, Arc<Mark>>,
}

impl KeyGenerators {
    /// Generators whose marks are kept in `folder`; those of [`Default`] keep none.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
            ..Self::default()
        }
    }

    /// Opens the marks of these workers, and tries those again that could not be kept. Waits for the disk.
    ///
    /// What else is wrong with a mark opens the fuse of its worker and is tried again.
    ///
    /// # Errors
    /// Another process has one of them: it would make the same ids.
    pub fn open(&self, workers: impl IntoIterator<Item = WorkerId>) -> Result<(), MarkFault> {
        let mut known = self.known();
        for worker in workers {
            if let Some(mark) = known.marks.get(&worker) {
                mark.tend(0, 0);
                continue;
            }
            let mark = self.new_mark(worker);
            if let Some(fault @ MarkFault::InUse { .. }) = mark.fault() {
                return Err(fault);
            }
            known.marks.insert(worker, Arc::new(mark));
        }
        Ok(())
    }

    /// The generator of these settings; one with the same worker and epoch shares its sequence,
    /// also over a reload that changes the rest.
    pub fn snowflake(&self, settings: SnowflakeSettings, clock: &impl Clock) -> Snowflake {
        let mut known = self.known();
        let mark = known
            .marks
            .entry(settings.worker)
            .or_insert_with(|| Arc::new(self.new_mark(settings.worker)));
        let mark = Arc::clone(mark);
        let state = known
            .states
            .entry((settings.worker, settings.epoch_ms))
            .or_insert_with(|| Arc::new(Shared::new(&settings, mark, clock.now_ms())));
        state.tolerate(settings.max_tolerate_ms);
        Snowflake::new(settings, Arc::clone(state))
    }

    /// Every generator, by worker and epoch; fuses open and close by the clock as they do when an id is drawn.
    #[must_use]
    pub fn statistics(&self, clock: &impl Clock) -> Vec<KeyStatistics> {
        let states = self.states();
        states.iter().map(|state| state.statistics(clock)).collect()
    }

    /// An operator's command: every fuse that the clock has opened closes, and ids go on from their marks, ahead of the
    /// clock until it is past them. They stay unique and increasing; their time is not the clock's. Returns how many.
    pub fn run_ahead_of_clock(&self) -> usize {
        let states = self.states();
        states
            .iter()
            .filter(|state| state.run_ahead_of_clock())
            .count()
    }

    /// Reserves ahead of need for as long as it is polled: runs beside those who draw ids.
    ///
    /// # Cancel safety
    /// A write under way is ended on its own thread.
    pub async fn keep(self: Arc<Self>, clock: impl Clock + Clone + Send + 'static) {
        let mut tried = Instant::now();
        loop {
            let retries = tried.elapsed() >= TRY_AGAIN;
            if retries {
                tried = Instant::now();
            }
            if self.is_due(&clock, retries) {
                let (generators, clock) = (Arc::clone(&self), clock.clone());
                let tend = move || generators.tend_due(&clock, retries);
                if let Err(error) = tokio::task::spawn_blocking(tend).await {
                    tracing::error!(error = %error, "the high-water marks were not tended");
                }
            }
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
            for state in self.states() {
                // the fuse tells of it
                let _open = state.look(clock.now_ms());
            }
        }
    }

    /// One round of [`KeyGenerators::keep`]: opens and reserves what is due. Waits for the disk.
    pub fn tend(&self, clock: &impl Clock) {
        self.tend_due(clock, true);
    }

    fn tend_due(&self, clock: &impl Clock, retries: bool) {
        for (mark, used_ms) in self.marks() {
            let now_ms = clock.now_ms();
            if mark.is_due(now_ms, used_ms, retries) {
                mark.tend(now_ms, used_ms);
            }
        }
    }

    /// Takes reservations back to what was used, so that the next start need not wait for the clock. For an orderly end:
    /// nobody may draw an id any more.
    pub fn rest(&self) {
        for (mark, used_ms) in self.marks() {
            mark.rest(used_ms);
        }
    }

    fn is_due(&self, clock: &impl Clock, retries: bool) -> bool {
        let marks = self.marks();
        marks
            .iter()
            .any(|(mark, used_ms)| mark.is_due(clock.now_ms(), *used_ms, retries))
    }

    /// Each mark with the latest millisecond of an id of its worker.
    fn marks(&self) -> Vec<(Arc<Mark>, u64)> {
        let known = self.known();
        let marks = known.marks.values().map(|mark| {
            let states = known.states.values();
            let used_ms = states
                .filter(|state| Arc::ptr_eq(state.mark(), mark))
                .map(|state| state.used_ms());
            (Arc::clone(mark), used_ms.max().unwrap_or_default())
        });
        marks.collect()
    }

    fn states(&self) -> Vec<Arc<Shared>> {
        self.known().states.values().cloned().collect()
    }

    fn new_mark(&self, worker: WorkerId) -> Mark {
        match &self.folder {
            Some(folder) => Mark::open(folder.clone(), worker, Arc::clone(&self.wake)),
            None => Mark::in_memory(worker),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn make_marks_read_only(&self) {
        for (mark, _) in self.marks() {
            mark.make_read_only();
        }
    }
}
