//! All that a group's probes have found so far, and the view that follows from it. Time is an argument.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::care::Care;
use super::grade::{Grade, grade};
use super::member::{Address, FAILURES_TO_DROP, Member};
use super::observation::Observation;
use super::timeline::Timeline;
use super::topology::{Seen, Verdict, decide, leads_to};
use super::view::{GroupView, MemberRole, MemberState, MemberView, Writes};

/// What is known of a group.
#[derive(Debug)]
pub(super) struct Record {
    members: Vec<Member>,
    timeline: Timeline,
    writes: Writes,
    primary: usize,
    primary_seen: Option<Instant>,
    is_trusted: bool,
    /// Two writers were seen first at this moment, and are asked again.
    doubt: Option<Instant>,
}

impl Record {
    pub(super) fn new(addresses: Vec<Address>, now: SystemTime) -> Self {
        let members = addresses
            .into_iter()
            .map(|address| Member::new(address, now));
        Self {
            members: members.collect(),
            timeline: Timeline::default(),
            writes: Writes::Taken,
            primary: 0,
            primary_seen: None,
            is_trusted: false,
            doubt: None,
        }
    }

    pub(super) fn is_doubtful(&self) -> bool {
        self.doubt.is_some()
    }

    /// Every member has been probed at least once.
    pub(super) fn is_complete(&self) -> bool {
        self.members.iter().all(|member| member.is_probed)
    }

    pub(super) fn failures(&self, index: usize) -> u32 {
        self.members.get(index).map_or(0, |member| member.failures)
    }

    /// The last probe's answers, if it succeeded.
    pub(super) fn observation(&self, index: usize) -> Option<&Observation> {
        self.members.get(index)?.observation.as_ref()
    }

    /// Takes a member out of the reads by hand, or back.
    pub(super) fn disable(&mut self, index: usize, is_disabled: bool) {
        if let Some(member) = self.members.get_mut(index) {
            member.is_disabled = is_disabled;
        }
    }

    /// Takes in one probe's outcome, or what it failed of.
    pub(super) fn note(
        &mut self,
        index: usize,
        outcome: Result<Observation, String>,
        care: &Care,
        now: Instant,
    ) {
        let Some(member) = self.members.get_mut(index) else {
            return;
        };
        member.note(outcome);
        if self.is_complete() {
            self.judge(now);
        }
        if index != self.primary {
            self.grade(index, care);
        } else if let Some(seen) = self
            .members
            .get(index)
            .and_then(|member| member.observation.as_ref())
        {
            self.timeline.note(seen);
        }
    }

    /// A probe of a member has had no answer for `waited`. What it said last is too old to tell that it is fresh.
    pub(super) fn note_silence(&mut self, index: usize, waited: Duration, care: &Care) {
        if index == self.primary || care.max_lag.is_none() || care.is_delayed(index) {
            return;
        }
        if let Some(member) = self.members.get_mut(index) {
            member.fall_silent(waited);
        }
    }

    /// Who may be written to.
    fn judge(&mut self, now: Instant) {
        let seen: Vec<_> = self.members.iter().map(Member::seen).collect();
        let verdict = decide(&seen, 0, self.primary);
        self.is_trusted = self.members.len() > 1 && matches!(verdict, Verdict::Trusted(_));
        if verdict != Verdict::TwoWriters {
            self.doubt = None;
        }
        match verdict {
            Verdict::Primary(index) | Verdict::Trusted(index) => {
                self.writes = Writes::Taken;
                self.become_primary(index);
            }
            Verdict::Unreachable(index) => {
                self.become_primary(index);
                self.writes = if self.failures(index) >= FAILURES_TO_DROP {
                    Writes::Lost
                } else {
                    Writes::Taken
                };
            }
            Verdict::ReadOnly => self.writes = Writes::ReadOnly,
            Verdict::TwoWriters => self.quarrel(now),
        }
    }

    /// What was seen before the doubt arose may be the past of a member that has hung or been set read-only since:
    /// only what is answered after it counts.
    fn quarrel(&mut self, now: Instant) {
        let since = *self.doubt.get_or_insert(now);
        let is_old = |member: &Member| {
            member
                .observation
                .as_ref()
                .is_some_and(|seen| !seen.is_read_only && seen.asked < since)
        };
        self.writes = if self.members.iter().any(is_old) {
            Writes::Doubtful
        } else {
            Writes::TwoWriters
        };
    }

    fn become_primary(&mut self, index: usize) {
        let old = std::mem::replace(&mut self.primary, index);
        let Some(member) = self.members.get(index) else {
            return;
        };
        if old != index {
            self.timeline.clear();
        }
        if let Some(seen) = &member.observation {
            self.primary_seen = Some(seen.asked);
            if old != index {
                self.timeline.note(seen);
            }
        }
        if old != index
            && let Some(member) = self.members.get_mut(old)
        {
            member.depose();
        }
    }

    /// Whether a member that is not the primary serves reads.
    fn grade(&mut self, index: usize, care: &Care) {
        let is_delayed = care.is_delayed(index);
        let Some(member) = self.members.get(index) else {
            return;
        };
        let found = match &member.observation {
            None if !member.is_in_doubt() => return,
            None => Grade::bad(MemberState::Down, "it does not answer"),
            Some(seen) => {
                let members: Vec<_> = self.members.iter().map(Member::seen).collect();
                grade(seen, &members, &self.timeline, care)
            }
        };
        let found = if is_delayed {
            found.of_delayed()
        } else {
            found
        };
        if let Some(member) = self.members.get_mut(index) {
            member.take_grade(found);
        }
    }

    /// What follows from it all, to be published.
    pub(super) fn view(&mut self, now: SystemTime) -> GroupView {
        let seen: Vec<_> = self.members.iter().map(Member::seen).collect();
        let roles: Vec<_> = (0..self.members.len())
            .map(|index| role(&seen, index, self.primary))
            .collect();
        let (timeline, primary) = (&self.timeline, self.primary);
        let members = self.members.iter_mut().zip(roles).enumerate();
        let members = members.map(|(index, (member, role))| {
            let is_primary = index == primary;
            let (state, since) = member.show(is_primary, now);
            let held = member
                .observation
                .as_ref()
                .and_then(|seen| timeline.held_by(seen));
            MemberView {
                name: Arc::clone(&member.address.name),
                role,
                state,
                since,
                reason: member.reason(state),
                changes: member.changes,
                lag: if is_primary { None } else { member.lag },
                as_of: held.and_then(|held| held.as_of),
                is_up: member.observation.is_some(),
                is_read_only: member.is_read_only,
            }
        });
        GroupView {
            writes: self.writes,
            primary,
            primary_seen: self.primary_seen,
            is_trusted: self.is_trusted,
            members: members.collect(),
        }
    }
}

fn role(members: &[Seen<'_>], index: usize, primary: usize) -> MemberRole {
    if index == primary {
        return MemberRole::Primary;
    }
    let channels = members
        .get(index)
        .and_then(|member| member.observation?.channels.as_ref());
    match channels {
        None => MemberRole::Unknown,
        Some(channels)
            if channels
                .iter()
                .any(|channel| members.iter().any(|member| leads_to(channel, member))) =>
        {
            MemberRole::Replica
        }
        Some(_) => MemberRole::Detached,
    }
}
