//! What has happened to a group lately, for whoever looks afterwards.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Events kept of each group.
const KEPT: usize = 256;

/// One change of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it was seen.
    pub at: SystemTime,
    /// What changed.
    pub subject: Subject,
    /// The member that it is about; `None` = the whole group.
    pub member: Option<Arc<str>>,
    /// What it was.
    pub from: String,
    /// What it is.
    pub to: String,
    /// Why, where that can be told.
    pub reason: Option<String>,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Whether a member serves reads.
    State,
    /// Which member takes the writes.
    Primary,
    /// Whether writes are taken.
    Writes,
    /// Whether a promotion could be followed.
    Trust,
    /// Whether a replica is read-only.
    ReadOnly,
    /// A member was enabled or disabled.
    ByHand,
}

impl Subject {
    /// The word that tables use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Primary => "primary",
            Self::Writes => "writes",
            Self::Trust => "trust",
            Self::ReadOnly => "read-only",
            Self::ByHand => "by hand",
        }
    }
}

/// The last events, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Events(Mutex<VecDeque<Event>>);

impl Events {
    pub(super) fn add(&self, event: Event) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() == KEPT {
            events.pop_front();
        }
        events.push_back(event);
    }

    pub(super) fn all(&self) -> Vec<Event> {
        let events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_events_make_room() {
        let events = Events::default();
        for n in 0..KEPT + 3 {
            events.add(Event {
                at: SystemTime::UNIX_EPOCH,
                subject: Subject::State,
                member: None,
                from: String::new(),
                to: n.to_string(),
                reason: None,
            });
        }
        let all = events.all();
        assert_eq!(all.len(), KEPT);
        assert_eq!(all[0].to, "3");
        assert_eq!(all[KEPT - 1].to, (KEPT + 2).to_string());
    }
}
