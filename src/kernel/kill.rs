//! KILL by our own connection ids (contract 3.3).
//!
//! Whoever says KILL only counts up in the target's switch. It is the target's own task that sends KILL QUERY to a
//! server, while it holds the connection and a statement of its own runs on it, and it waits for the answer: no other
//! session can have got that connection in between.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::sql::{TokenKind, punct_is, word_is};

use super::error::Failure;
use super::kill_switch::KillSwitch;
use super::process_list::ProcessRow;
use super::session_context::SessionContext;
use super::user_variable;
use super::walk::{Job, Kernel};

#[derive(Debug, Default)]
struct Sessions {
    by_id: HashMap<u64, Arc<KillSwitch>>,
    /// How many each user has: in a storm of logins nobody counts them one by one.
    by_user: HashMap<Arc<str>, usize>,
}

impl Sessions {
    /// Sessions of the user but for the one of this id.
    fn others(&self, id: u64, user: &str) -> usize {
        let all = self.by_user.get(user).copied().unwrap_or(0);
        let own = self
            .by_id
            .get(&id)
            .is_some_and(|switch| *switch.user == *user);
        all.saturating_sub(usize::from(own))
    }

    fn insert(&mut self, id: u64, switch: &Arc<KillSwitch>) {
        self.remove(id);
        *self.by_user.entry(Arc::clone(&switch.user)).or_default() += 1;
        self.by_id.insert(id, Arc::clone(switch));
    }

    fn remove(&mut self, id: u64) {
        let Some(switch) = self.by_id.remove(&id) else {
            return;
        };
        if let Some(count) = self.by_user.get_mut(&switch.user) {
            *count -= 1;
            if *count == 0 {
                self.by_user.remove(&switch.user);
            }
        }
    }
}

/// The switches of all sessions.
#[derive(Debug)]
pub struct KillSwitches {
    sessions: Mutex<Sessions>,
    is_draining: Arc<AtomicBool>,
    started: Instant,
}

impl Default for KillSwitches {
    fn default() -> Self {
        Self {
            sessions: Mutex::default(),
            is_draining: Arc::default(),
            started: Instant::now(),
        }
    }
}

impl KillSwitches {
    /// Every session, by id.
    #[must_use]
    pub fn list(&self) -> Vec<ProcessRow> {
        let now = self.ms(Instant::now());
        let mut rows: Vec<_> = self
            .lock()
            .by_id
            .iter()
            .map(|(id, switch)| {
                let since = switch.since.load(Ordering::Relaxed);
                let shown = switch.shown.lock().unwrap_or_else(PoisonError::into_inner);
                let is_running = since & 1 == 1;
                ProcessRow {
                    id: *id,
                    user: Arc::clone(&switch.user),
                    host: switch.host.to_string(),
                    database: shown.database.clone(),
                    info: is_running.then(|| shown.text.clone()),
                    is_running,
                    seconds: now.saturating_sub(since >> 1) / 1000,
                }
            })
            .collect();
        rows.sort_by_key(|row| row.id);
        rows
    }

    /// Notes that a session's statement begins or has ended, `at` this instant.
    pub(super) fn mark(&self, switch: &KillSwitch, is_running: bool, at: Instant) {
        switch
            .since
            .store(self.ms(at) << 1 | u64::from(is_running), Ordering::Relaxed);
    }

    fn ms(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.started).as_millis())
            .unwrap_or(u64::MAX >> 1)
    }

    /// Adds a session, in the place of one with its id, unless its user has `most` others already.
    #[must_use]
    pub fn add(
        &self,
        id: u64,
        user: &Arc<str>,
        host: &str,
        most: usize,
    ) -> Option<Arc<KillSwitch>> {
        let switch = Arc::new(KillSwitch::new(user, host, &self.is_draining));
        self.mark(&switch, false, Instant::now());
        // counted and added at once: logins side by side are bounded, too
        let mut sessions = self.lock();
        if sessions.others(id, user) >= most {
            return None;
        }
        sessions.insert(id, &switch);
        Some(switch)
    }

    /// Removes a session.
    pub fn remove(&self, id: u64) {
        self.lock().remove(id);
    }

    /// Whether a session has this id.
    #[must_use]
    pub fn contains(&self, id: u64) -> bool {
        self.lock().by_id.contains_key(&id)
    }

    /// The process ends: every session is told.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Release);
        let all: Vec<_> = self.lock().by_id.values().cloned().collect();
        all.iter().for_each(|switch| switch.bell.ring());
    }

    /// Number of sessions.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().by_id.len()
    }

    fn get(&self, id: u64) -> Option<Arc<KillSwitch>> {
        self.lock().by_id.get(&id).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kernel {
    /// KILL [QUERY] id: own sessions, or everybody's for an admin. Who kills himself is told so.
    pub(super) fn kill(
        &self,
        session: &SessionContext,
        is_query: bool,
        id: Option<u64>,
    ) -> Result<(), Failure> {
        let Some(id) = id else {
            return Err(Failure::unsupported("KILL with an expression"));
        };
        let Some(switch) = self.switches.get(id) else {
            return Err(Failure::new(
                1094,
                "HY000",
                format!("Unknown thread id: {id}"),
            ));
        };
        if switch.user != session.user && !session.rights.is_admin {
            return Err(Failure::new(
                1095,
                "HY000",
                format!("You are not owner of thread {id}"),
            ));
        }
        switch.pull(is_query);
        if id == session.id {
            return Err(Failure::interrupted());
        }
        Ok(())
    }
}

/// The id that `KILL CONNECTION_ID()` or `KILL @id` means.
pub(super) fn computed_id(job: &Job<'_>, session: &SessionContext) -> Option<u64> {
    let last = job.lexed.tokens.len().checked_sub(1)?;
    if job.lexed.kind(last) == Some(TokenKind::UserVariable) {
        let names = user_variable::names(job.text, job.lexed, session.mode);
        return session.state.user(names.first()?)?.parse().ok();
    }
    let start = last.checked_sub(2)?;
    let is_own = word_is(job.text, job.lexed, start, "CONNECTION_ID")
        && punct_is(job.lexed, start + 1, b'(')
        && punct_is(job.lexed, last, b')');
    is_own.then_some(session.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_in_use_is_known() {
        let switches = KillSwitches::default();
        let _switch = switches.add(7, &"u".into(), "h", usize::MAX);
        assert!(switches.contains(7) && !switches.contains(8));
        switches.remove(7);
        assert!(!switches.contains(7));
    }

    #[test]
    fn a_user_has_no_more_sessions_than_allowed_whoever_comes_and_goes() {
        let switches = KillSwitches::default();
        let (app, other) = (Arc::from("app"), Arc::from("other"));
        let add = |id, user| switches.add(id, user, "h", 2).is_some();
        assert!(add(1, &app) && add(2, &app) && add(3, &other));
        assert!(!add(4, &app));
        // COM_CHANGE_USER to oneself takes one's own place
        assert!(add(2, &app) && !add(4, &app));
        // and to another user gives it up
        assert!(add(2, &other) && add(4, &app) && !add(5, &other));
        switches.remove(1);
        switches.remove(1);
        assert!(add(6, &app) && !add(7, &app));
        [2, 3, 4, 6].into_iter().for_each(|id| switches.remove(id));
        assert_eq!((switches.count(), switches.lock().by_user.len()), (0, 0));
    }
}
