//! What a new view of a group asks for: done, logged, and kept as events.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::event::{Event, Subject};
use super::members::Members;
use super::view::{GroupView, MemberState, MemberView, Writes};

impl Members {
    /// Does and says what a new view asks for.
    pub(super) fn follow(&self, before: &GroupView, after: &GroupView) {
        if before.primary != after.primary {
            self.follow_primary(before, after);
        }
        if after.is_trusted != before.is_trusted {
            self.tell_trust(after.is_trusted);
        }
        if before.writes != after.writes {
            self.tell_writes(before.writes, after.writes);
        }
        for (old, new) in before.members.iter().zip(&after.members) {
            if old.state != new.state {
                self.tell_state(old.state, new);
            }
            if new.is_writable_replica() && !old.is_writable_replica() {
                self.tell_writable(new);
            }
        }
        self.end_outage(after);
    }

    fn follow_primary(&self, before: &GroupView, after: &GroupView) {
        self.counts.primary_changes.fetch_add(1, Ordering::Relaxed);
        let old = before.members.get(before.primary);
        let new = after.members.get(after.primary);
        let name =
            |member: Option<&MemberView>| member.map_or("?", |member| &*member.name).to_owned();
        let (from, to) = (name(old), name(new));
        tracing::warn!(group = %self.care.group, from, to, "the group has another primary");
        self.note_event(Subject::Primary, None, from, to, None);
        let is_up = after
            .members
            .get(before.primary)
            .is_some_and(|member| member.is_up);
        if !is_up && let Some(pool) = self.pools().get(before.primary) {
            // nobody will answer what was sent there
            pool.cut_off();
        }
    }

    fn tell_trust(&self, is_trusted: bool) {
        let word = |is_trusted| if is_trusted { "trusted" } else { "seen" };
        let (from, to) = (word(!is_trusted), word(is_trusted));
        let reason = is_trusted.then(|| "the account may not see replication".to_owned());
        self.note_event(Subject::Trust, None, from, to, reason);
        if is_trusted {
            tracing::warn!(
                group = %self.care.group,
                "the account may not see replication: the declared primary is trusted and no promotion is followed; \
                 grant it REPLICATION CLIENT (MariaDB: SLAVE MONITOR)"
            );
        } else {
            tracing::info!(group = %self.care.group, "the account may see replication: promotions are followed");
        }
    }

    fn tell_writes(&self, before: Writes, writes: Writes) {
        self.note_event(Subject::Writes, None, before.name(), writes.name(), None);
        let group = &*self.care.group;
        match writes {
            Writes::Taken => tracing::info!(group, "the group takes writes"),
            Writes::Doubtful => {
                tracing::warn!(group, "two members may take writes: they are asked again");
            }
            Writes::ReadOnly => tracing::warn!(group, "every member of the group is read-only"),
            Writes::Lost => {
                tracing::error!(
                    group,
                    "the group's primary is lost and none has been promoted"
                );
            }
            Writes::TwoWriters => {
                self.counts.quarrels.fetch_add(1, Ordering::Relaxed);
                tracing::error!(
                    group,
                    "two members take writes: the group refuses them until all but one are read-only"
                );
            }
        }
    }

    fn tell_state(&self, from: MemberState, new: &MemberView) {
        let to = new.state;
        self.note_event(
            Subject::State,
            Some(&new.name),
            from.name(),
            to.name(),
            new.reason.clone(),
        );
        let (group, member) = (&*self.care.group, &*new.name);
        let reason = new.reason.as_deref().unwrap_or("-");
        let (from_name, to_name) = (from.name(), to.name());
        if to == MemberState::Serving || from == MemberState::Unseen {
            tracing::info!(
                group,
                member,
                from = from_name,
                to = to_name,
                reason,
                "a member's state has changed"
            );
        } else {
            tracing::warn!(
                group,
                member,
                from = from_name,
                to = to_name,
                reason,
                "a member's state has changed"
            );
        }
    }

    /// It is a replica all the same: it replicates from another member (contract 8.4).
    fn tell_writable(&self, member: &MemberView) {
        self.note_event(
            Subject::ReadOnly,
            Some(&member.name),
            "read-only",
            "takes writes",
            None,
        );
        tracing::warn!(
            group = %self.care.group,
            member = &*member.name,
            "a replica takes writes from whoever asks it: set it read_only, also in its configuration file"
        );
    }

    pub(super) fn note_event(
        &self,
        subject: Subject,
        member: Option<&Arc<str>>,
        from: impl Into<String>,
        to: impl Into<String>,
        reason: Option<String>,
    ) {
        self.events.add(Event {
            at: SystemTime::now(),
            subject,
            member: member.cloned(),
            from: from.into(),
            to: to.into(),
            reason,
        });
    }
}
