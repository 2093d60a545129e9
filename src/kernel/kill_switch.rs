//! What stops a session and its statement, and what others see of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::backend::{Bell, Listening};

/// What another session can pull to stop one.
#[derive(Debug)]
pub struct KillSwitch {
    pub(super) user: Arc<str>,
    /// Address and port.
    pub(super) host: Box<str>,
    pub(super) shown: Mutex<Shown>,
    /// Milliseconds of [`super::KillSwitches`]'s clock since the state began, times two; plus one while running.
    pub(super) since: AtomicU64,
    /// How often KILL was said.
    kills: AtomicU64,
    /// What `kills` was when the statement that runs now began.
    begun_at: AtomicU64,
    pub(super) bell: Bell,
    is_killed: AtomicBool,
    /// The process ends.
    is_draining: Arc<AtomicBool>,
}

/// What others may see of a session.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) database: Option<Arc<str>>,
    /// The beginning of the statement.
    pub(super) text: Vec<u8>,
}

/// No more of a statement is shown: copying it must not cost more than the statement.
const SHOWN_TEXT: usize = 1024;

impl KillSwitch {
    pub(super) fn new(user: &Arc<str>, host: &str, is_draining: &Arc<AtomicBool>) -> Self {
        Self {
            user: Arc::clone(user),
            host: host.into(),
            shown: Mutex::default(),
            since: AtomicU64::new(0),
            kills: AtomicU64::new(0),
            begun_at: AtomicU64::new(0),
            bell: Bell::default(),
            is_killed: AtomicBool::new(false),
            is_draining: Arc::clone(is_draining),
        }
    }

    /// A statement begins in this schema.
    pub(super) fn show(&self, database: Option<&Arc<str>>, text: &[u8]) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.database = database.cloned();
        shown.text.clear();
        shown
            .text
            .extend_from_slice(text.get(..SHOWN_TEXT).unwrap_or(text));
    }

    /// Nothing runs that could be shown.
    pub(super) fn rest(&self) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.text = Vec::new();
    }

    /// The session is in another schema now.
    pub(super) fn enter(&self, database: Option<&Arc<str>>) {
        self.shown
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .database = database.cloned();
    }

    /// A statement begins: a KILL QUERY that was said before it is lost, as on the server.
    pub fn begin(&self) {
        self.begun_at
            .store(self.kills.load(Ordering::Acquire), Ordering::Relaxed);
    }

    /// KILL was said since the statement that runs now began, or the connection is killed.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.is_killed()
            || self.kills.load(Ordering::Acquire) != self.begun_at.load(Ordering::Relaxed)
    }

    /// Resolves when KILL has been said since the statement that runs now began. A killed connection's statements are
    /// killed too.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn query_killed(&self) {
        self.bell.until(|| self.is_interrupted()).await;
    }

    /// As [`KillSwitch::query_killed`], for a future that waits for other things too; what is said is
    /// [`KillSwitch::is_interrupted`].
    #[must_use]
    pub fn listening(&self) -> Listening<'_> {
        self.bell.listening()
    }

    /// Somebody says KILL.
    pub(super) fn pull(&self, is_query: bool) {
        if !is_query {
            self.is_killed.store(true, Ordering::Release);
        }
        self.kills.fetch_add(1, Ordering::AcqRel);
        self.bell.ring();
    }

    /// KILL CONNECTION was said: the session ends as soon as it can.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.is_killed.load(Ordering::Acquire)
    }

    /// Resolves when KILL CONNECTION was said, also before somebody waited.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn connection_killed(&self) {
        self.bell.until(|| self.is_killed()).await;
    }

    /// The process ends: a session without a transaction ends with it.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Acquire)
    }

    /// Resolves when KILL CONNECTION was said, or, for a session that `may_end`, when the process ends.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn over(&self, may_end: bool) {
        let is_over = || self.is_killed() || may_end && self.is_draining();
        self.bell.until(is_over).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_kill_reaches_the_statement_that_runs_and_no_later_one() {
        // contract 3.3
        let switch = KillSwitch::new(&"u".into(), "h", &Arc::default());
        switch.pull(true);
        switch.begin();
        assert!(!switch.is_interrupted());
        switch.pull(true);
        // said before anybody waited
        switch.query_killed().await;
        switch.begin();
        assert!(!switch.is_interrupted());
        switch.pull(false);
        switch.begin();
        assert!(switch.is_interrupted() && switch.is_killed());
        switch.connection_killed().await;
    }
}
