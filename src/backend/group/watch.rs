//! The care of a group: each member probed on its own schedule, and what follows from it done.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use tokio_util::sync::CancellationToken;

use super::member::FAILURES_TO_DROP;
use super::members::Members;
use super::observation::Observation;
use super::prober::Prober;
use super::record::Record;
use super::view::GroupView;
use crate::backend::error::ConnError;

/// Probes that are asked for before their time come no closer than this.
const LEAST_GAP: Duration = Duration::from_millis(50);
/// A probe may take so long for its answer without being taken for silent, however close probes are.
const LEAST_SILENCE: Duration = Duration::from_millis(250);

impl Members {
    /// Probes one member until `token` is canceled, by a connection of its own that no traffic waits for.
    ///
    /// # Cancel safety
    /// May be dropped at any time.
    pub async fn watch(self: Arc<Self>, index: usize, token: CancellationToken) {
        let Some(mut prober) = Prober::new(&self, index) else {
            return;
        };
        let look = async {
            loop {
                let started = Instant::now();
                let outcome = self.outcome(index, prober.look()).await;
                self.take_in(index, outcome);
                self.rest(index, started).await;
            }
        };
        tokio::select! {
            biased;
            () = token.cancelled() => {}
            () = look => {}
        }
    }

    /// What a probe comes to. While it has no answer for longer than probes are apart, the member serves no reads: a server
    /// may hang over just the question how far behind it is.
    async fn outcome(
        &self,
        index: usize,
        look: impl Future<Output = Result<Observation, ConnError>>,
    ) -> Result<Observation, ConnError> {
        let mut look = std::pin::pin!(look);
        let patience = self.care.probe_interval.max(LEAST_SILENCE);
        match tokio::time::timeout(patience, look.as_mut()).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let ((), before, after) =
                    self.change(|record| record.note_silence(index, patience, &self.care));
                self.follow(&before, &after);
                look.await
            }
        }
    }

    /// Changes what is known and publishes it; the views before and after, to be followed.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Record) -> T,
    ) -> (T, Arc<GroupView>, Arc<GroupView>) {
        let mut record = self.record();
        // within the lock, so that no change is told of by two
        let before = self.view();
        let told = change(&mut record);
        let view = record.view(SystemTime::now());
        // published under the lock, so that views come in the order of what they tell
        self.publish(view);
        (told, before, self.view())
    }

    /// Until the next probe is due, or wanted.
    async fn rest(&self, index: usize, started: Instant) {
        let due = tokio::time::sleep_until((started + self.care.probe_interval).into());
        let Some(nudge) = self.nudges.get(index) else {
            return due.await;
        };
        tokio::select! {
            () = due => {}
            () = nudge.notified() => {
                tokio::time::sleep_until((started + LEAST_GAP).into()).await;
            }
        }
    }

    /// Probes every member as soon as it can be: something was heard that the view does not know yet.
    pub(super) fn nudge(&self) {
        for nudge in &self.nudges {
            nudge.notify_one();
        }
    }

    fn take_in(&self, index: usize, outcome: Result<Observation, ConnError>) {
        let error = outcome.as_ref().err().cloned();
        if error.is_some() {
            self.counts.failed_probes.fetch_add(1, Ordering::Relaxed);
        }
        let ((failures, began_doubt), before, after) = self.change(|record| {
            let was_doubtful = record.is_doubtful();
            let outcome = outcome.map_err(|error| told(&error));
            record.note(index, outcome, &self.care, Instant::now());
            let began_doubt = record.is_doubtful() && !was_doubtful;
            (record.failures(index), began_doubt)
        });
        if began_doubt {
            self.nudge();
        }
        self.mind_pool(index, failures, error.as_ref());
        self.follow(&before, &after);
    }

    /// A hanging server is taken out of the way of what waits for it; one that answers again is tried at once.
    fn mind_pool(&self, index: usize, failures: u32, error: Option<&ConnError>) {
        let Some(pool) = self.pools().get(index) else {
            return;
        };
        match error {
            None => pool.hope(),
            Some(error) if failures == FAILURES_TO_DROP && !error.is_server_full() => {
                tracing::warn!(data_source = %pool.endpoint().name, %error, "three probes in a row failed");
                pool.trip(error);
            }
            Some(error) => {
                tracing::debug!(data_source = %pool.endpoint().name, %error, "a probe failed");
            }
        }
    }
}

/// What a probe failed of, for whoever may ask about members: what a server says in its own words may name accounts.
pub(super) fn told(error: &ConnError) -> String {
    match error {
        ConnError::Server { code, .. } => format!("its probe was answered with error {code}"),
        ConnError::Unreachable { reason, .. } => reason.clone(),
        ConnError::ConnectTimeout { timeout_ms, .. } => {
            format!("no answer within {timeout_ms} ms")
        }
        ConnError::LoginRefused { code, .. } => format!("it refused the login with error {code}"),
        other => other.to_string(),
    }
}
