//! Where writes go, and the wait for it while a primary is missing (contract 8.4).

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::members::Members;
use super::view::{GroupView, Writes};
use crate::backend::pool::Pool;

/// No member may be written to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWriter {
    /// Two members take writes.
    #[error(
        "two servers of data source {group} take writes, and which of them is the primary cannot be told: \
         set all but one read-only; reads go on"
    )]
    TwoWriters {
        /// The group.
        group: Arc<str>,
    },
    /// None takes any, or none answers.
    #[error(
        "data source {group} has no primary that takes writes: it is being failed over, try again"
    )]
    Missing {
        /// The group.
        group: Arc<str>,
    },
}

impl Members {
    /// Where writes go now.
    ///
    /// # Errors
    /// [`NoWriter`]; for [`NoWriter::Missing`] see [`Members::writer_after`].
    pub fn writer(&self) -> Result<&Arc<Pool>, NoWriter> {
        // one look: another view's primary might be one of two writers
        let view = self.view.load();
        match view.writes {
            Writes::Taken | Writes::Lost => Ok(self.primary_of(&view)),
            Writes::TwoWriters => Err(self.two_writers()),
            Writes::ReadOnly | Writes::Doubtful => Err(self.missing()),
        }
    }

    /// Where writes go, as told by an answer to a probe sent after `moment`: the one that went there before was lost,
    /// or refused a write. Waits for it up to `failoverBufferMs` from the loss on, in a place of its own.
    ///
    /// # Errors
    /// [`NoWriter`]: no primary in time, or no place to wait.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn writer_after(&self, moment: Instant) -> Result<&Arc<Pool>, NoWriter> {
        let until = self.outage_since(moment) + self.care.failover_buffer;
        if !self.is_watched() || until <= Instant::now() {
            return Err(self.given_up());
        }
        let Ok(_place) = self.buffer.try_acquire() else {
            return Err(self.given_up());
        };
        self.counts.waited.fetch_add(1, Ordering::Relaxed);
        let mut epochs = self.epoch.subscribe();
        self.nudge();
        loop {
            let view = self.view();
            let is_new = view.primary_seen.is_some_and(|seen| seen > moment);
            match view.writes {
                Writes::TwoWriters => return Err(self.two_writers()),
                Writes::Taken if is_new => return Ok(self.primary_of(&view)),
                _ => {}
            }
            let changed = tokio::time::timeout_at(until.into(), epochs.changed()).await;
            if !matches!(changed, Ok(Ok(()))) {
                return Err(self.given_up());
            }
        }
    }

    /// The primary has just said that it is read-only: who it is now is asked at once.
    pub fn ask_again(&self) {
        self.nudge();
    }

    /// Waits until writes no longer go to `pool`; for ever if they do.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn deposed(&self, pool: &Arc<Pool>) {
        let mut epochs = self.epoch.subscribe();
        while Arc::ptr_eq(self.primary(), pool) {
            if epochs.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Waits until every member has been probed once, up to `patience`.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn met(&self, patience: Duration) {
        let mut epochs = self.epoch.subscribe();
        let all = async {
            while self.is_watched() && !self.record().is_complete() {
                if epochs.changed().await.is_err() {
                    return;
                }
            }
        };
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!(group = %self.care.group, "not every member has answered yet");
        }
    }

    /// When the primary was first missed.
    fn outage_since(&self, moment: Instant) -> Instant {
        let mut outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
        *outage.get_or_insert(moment)
    }

    pub(super) fn end_outage(&self, view: &GroupView) {
        let mut outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over =
            outage.is_some_and(|since| view.primary_seen.is_some_and(|seen| seen > since));
        if is_over && view.writes == Writes::Taken {
            *outage = None;
        }
    }

    fn given_up(&self) -> NoWriter {
        self.counts.gave_up.fetch_add(1, Ordering::Relaxed);
        self.missing()
    }

    fn missing(&self) -> NoWriter {
        NoWriter::Missing {
            group: Arc::clone(&self.care.group),
        }
    }

    fn two_writers(&self) -> NoWriter {
        NoWriter::TwoWriters {
            group: Arc::clone(&self.care.group),
        }
    }
}
