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
