//! Members that an operator takes out of the reads, and puts back.

use std::time::SystemTime;

use super::event::Subject;
use super::members::Members;
use super::view::MemberState;

impl Members {
    /// Takes a member out of the reads, or back, as `who` asked for; false if there is none of this name. A primary goes
    /// on to take writes, and is out of the reads when it becomes a replica.
    #[must_use]
    pub fn disable(&self, name: &str, is_disabled: bool, who: &str) -> bool {
        let found = self
            .pools()
            .iter()
            .position(|pool| pool.endpoint().name.eq_ignore_ascii_case(name));
        let Some(index) = found else { return false };
        let before = self.view();
        if self.is_watched() {
            let mut record = self.record();
            record.disable(index, is_disabled);
            self.publish(record.view(SystemTime::now()));
        } else {
            self.disable_unwatched(index, is_disabled);
        }
        if let Some(member) = self.view().members.get(index) {
            let from = before
                .members
                .get(index)
                .map_or("?", |old| old.state.name());
            let by = Some(format!("by {who}"));
            self.note_event(
                Subject::ByHand,
                Some(&member.name),
                from,
                member.state.name(),
                by,
            );
        }
        true
    }

    /// Nothing is probed: what the configuration says holds again.
    fn disable_unwatched(&self, index: usize, is_disabled: bool) {
        let mut view = (*self.view()).clone();
        if let Some(member) = view.members.get_mut(index) {
            let state = match (is_disabled, self.care.is_delayed(index)) {
                (true, _) => MemberState::Disabled,
                (false, true) => MemberState::Delayed,
                (false, false) => MemberState::Serving,
            };
            if member.state != state {
                member.since = SystemTime::now();
                member.state = state;
                member.changes += 1;
            }
        }
        self.publish(view);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::care::Care;
    use super::super::choice::ReplicaChoice;
    use super::super::event::Subject;
    use super::super::members::{Freshness, Members};
    use crate::backend::endpoint::Endpoint;
    use crate::backend::options::PoolOptions;
    use crate::backend::pool::Pool;

    fn group(delayed: Vec<bool>) -> Members {
        let pool = |name: &str| {
            let endpoint = Endpoint::new(name, "127.0.0.1", 9, "shop");
            Pool::new(Arc::new(endpoint), PoolOptions::default())
        };
        let care = Care {
            delayed,
            ..Care::default()
        };
        let choice = ReplicaChoice::default();
        Members::with_care(pool("ds_0"), vec![pool("ds_1")], choice, care)
    }

    #[test]
    fn a_member_nobody_probes_is_taken_out_and_put_back_once_each() {
        let members = group(Vec::new());
        assert!(members.reader(Freshness::Any, None).is_some());
        for _ in 0..2 {
            assert!(members.disable("DS_1", true, "oncall"));
            assert!(members.reader(Freshness::Any, None).is_none());
            assert!(members.reader(Freshness::Stale, None).is_none());
        }
        assert!(members.disable("ds_1", false, "oncall"));
        assert!(members.reader(Freshness::Any, None).is_some());
        assert!(!members.disable("ds_9", true, "oncall"));
        assert_eq!(members.view().members[1].changes, 2);
        let events = members.events();
        assert_eq!(events.len(), 3);
        assert!(events.iter().all(|event| event.subject == Subject::ByHand));
        assert_eq!(events[0].reason.as_deref(), Some("by oncall"));
    }

    #[test]
    fn a_delayed_member_that_is_enabled_is_delayed_and_never_read() {
        let members = group(vec![false, true]);
        for freshness in [Freshness::Any, Freshness::Stale] {
            assert!(members.reader(freshness, None).is_none());
            assert!(members.disable("ds_1", true, "oncall"));
            assert!(members.disable("ds_1", false, "oncall"));
            assert!(members.reader(freshness, None).is_none());
        }
        assert_eq!(members.view().members[1].state.name(), "delayed");
    }
}
