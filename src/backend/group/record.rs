//! All that a group's probes have found so far, and the view that follows from it. Time is an argument.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::care::Care;
use super::observation::{Identity, Observation};
use super::standing::Standing;
use super::timeline::Timeline;
use super::topology::{Seen, Verdict, decide, leads_to};
use super::view::{GroupView, MemberRole, MemberState, MemberView, Writes};

/// Failures in a row after which a replica's lag is taken for unknown.
const FAILURES_TO_DOUBT: u32 = 2;
/// Failures in a row after which a member is down (contract 8.5).
pub(super) const FAILURES_TO_DROP: u32 = 3;

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

#[derive(Debug)]
struct Member {
    name: Arc<str>,
    host: String,
    port: u16,
    /// Who it was when it last answered.
    identity: Option<Identity>,
    /// The last probe's, if it succeeded.
    observation: Option<Observation>,
    failures: u32,
    is_probed: bool,
    is_disabled: bool,
    standing: Standing,
    lag: Option<Duration>,
    is_read_only: Option<bool>,
    /// State and since when, as last shown.
    shown: (MemberState, SystemTime),
}

/// A member's address and name.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) name: Arc<str>,
    pub(super) host: String,
    pub(super) port: u16,
}

impl Record {
    pub(super) fn new(addresses: Vec<Address>, now: SystemTime) -> Self {
        let members = addresses.into_iter().map(|address| Member {
            name: address.name,
            host: address.host,
            port: address.port,
            identity: None,
            observation: None,
            failures: 0,
            is_probed: false,
            is_disabled: false,
            standing: Standing::new(),
            lag: None,
            is_read_only: None,
            shown: (MemberState::Unseen, now),
        });
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

    /// Takes a member out of the reads by hand, or back.
    pub(super) fn disable(&mut self, index: usize, is_disabled: bool) {
        if let Some(member) = self.members.get_mut(index) {
            member.is_disabled = is_disabled;
        }
    }

    /// Takes in one probe's outcome; `None` = it failed.
    pub(super) fn note(
        &mut self,
        index: usize,
        outcome: Option<Observation>,
        care: &Care,
        now: Instant,
    ) {
        let Some(member) = self.members.get_mut(index) else {
            return;
        };
        member.is_probed = true;
        member.failures = match &outcome {
            Some(_) => 0,
            None => member.failures.saturating_add(1),
        };
        if let Some(seen) = &outcome {
            member.is_read_only = Some(seen.is_read_only);
            member.identity = Some(seen.identity.clone());
        }
        member.observation = outcome;
        if self.is_complete() {
            self.judge(now);
        }
        let primary = self.primary;
        if let Some(seen) = self
            .members
            .get(primary)
            .and_then(|member| member.observation.as_ref())
            && index == primary
        {
            self.timeline.note(seen);
        }
        if index != primary {
            self.grade(index, care);
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
            // it comes back to the reads like any replica that had left them
            member.standing = Standing::new();
            member.standing.note(MemberState::Astray);
        }
    }

    /// Whether a member that is not the primary serves reads.
    fn grade(&mut self, index: usize, care: &Care) {
        let is_delayed = care.delayed.get(index).copied().unwrap_or(false);
        let Some(member) = self.members.get(index) else {
            return;
        };
        let (found, lag) = match &member.observation {
            None if member.failures < FAILURES_TO_DOUBT => return,
            None => (MemberState::Down, None),
            Some(seen) => self.measured(seen, care),
        };
        let found = match found {
            MemberState::Serving | MemberState::Lagging if is_delayed => MemberState::Delayed,
            found => found,
        };
        if let Some(member) = self.members.get_mut(index) {
            member.lag = lag;
            member.standing.note(found);
        }
    }

    fn measured(&self, seen: &Observation, care: &Care) -> (MemberState, Option<Duration>) {
        let members: Vec<_> = self.members.iter().map(Member::seen).collect();
        let told = self.timeline.held_by(seen).map(|held| held.lag);
        let mut lag = told;
        if let Some(channels) = &seen.channels {
            let from_here: Vec<_> = channels
                .iter()
                .filter(|channel| members.iter().any(|member| leads_to(channel, member)))
                .collect();
            match &seen.wsrep {
                Some(node) if channels.is_empty() => {
                    let state = if node.is_ready {
                        MemberState::Serving
                    } else {
                        MemberState::Stopped
                    };
                    return (state, None);
                }
                _ if from_here.is_empty() => return (MemberState::Astray, None),
                _ => {}
            }
            if !from_here.iter().all(|channel| channel.is_running()) {
                let state = match care.max_lag {
                    Some(_) => MemberState::Stopped,
                    None => MemberState::Serving,
                };
                return (state, told);
            }
            lag = told.or_else(|| {
                let seconds = from_here.iter().map(|channel| channel.seconds_behind);
                let all: Option<Vec<u64>> = seconds.collect();
                all?.into_iter().max().map(Duration::from_secs)
            });
        }
        let state = match (lag, care.max_lag) {
            (_, None) => MemberState::Serving,
            (None, Some(_)) => MemberState::Unmeasured,
            (Some(lag), Some(most)) if lag > most => MemberState::Lagging,
            (Some(_), Some(_)) => MemberState::Serving,
        };
        (state, lag)
    }

    /// What follows from it all, to be published.
    pub(super) fn view(&mut self, now: SystemTime) -> GroupView {
        let seen: Vec<_> = self.members.iter().map(Member::seen).collect();
        let roles: Vec<_> = (0..self.members.len())
            .map(|index| role(&seen, index, self.primary))
            .collect();
        let (timeline, primary) = (&self.timeline, self.primary);
        let members = self
            .members
            .iter_mut()
            .zip(roles)
            .enumerate()
            .map(|(index, (member, role))| {
                let state = member.state(index == primary);
                if member.shown.0 != state {
                    member.shown = (state, now);
                }
                let held = member
                    .observation
                    .as_ref()
                    .and_then(|seen| timeline.held_by(seen));
                MemberView {
                    name: Arc::clone(&member.name),
                    role,
                    state,
                    since: member.shown.1,
                    lag: if index == primary { None } else { member.lag },
                    as_of: held.and_then(|held| held.as_of),
                    is_up: member.observation.is_some(),
                    is_read_only: member.is_read_only,
                }
            })
            .collect();
        GroupView {
            writes: self.writes,
            primary,
            primary_seen: self.primary_seen,
            is_trusted: self.is_trusted,
            members,
        }
    }
}

impl Member {
    fn seen(&self) -> Seen<'_> {
        Seen {
            host: &self.host,
            port: self.port,
            identity: self.identity.as_ref(),
            observation: self.observation.as_ref(),
        }
    }

    fn state(&self, is_primary: bool) -> MemberState {
        if self.is_disabled {
            MemberState::Disabled
        } else if !is_primary {
            self.standing.state()
        } else if self.failures >= FAILURES_TO_DROP {
            MemberState::Down
        } else {
            MemberState::Serving
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

#[cfg(test)]
mod tests {
    use super::super::observation::Channel;
    use super::super::position::Position;
    use super::*;

    struct Group {
        record: Record,
        care: Care,
        start: Instant,
    }

    #[derive(Clone, Copy)]
    struct Server {
        id: u64,
        is_read_only: bool,
        follows: Option<u64>,
        is_running: bool,
        sequence: u64,
    }

    fn primary(id: u64, sequence: u64) -> Server {
        Server {
            id,
            is_read_only: false,
            follows: None,
            is_running: true,
            sequence,
        }
    }

    fn replica(id: u64, of: u64, sequence: u64) -> Server {
        Server {
            id,
            is_read_only: true,
            follows: Some(of),
            is_running: true,
            sequence,
        }
    }

    impl Group {
        fn of(count: u16) -> Self {
            let addresses = (0..count).map(|index| Address {
                name: format!("ds_{index}").into(),
                host: "127.0.0.1".to_owned(),
                port: 3306 + index,
            });
            Self {
                record: Record::new(addresses.collect(), SystemTime::now()),
                care: Care {
                    max_lag: Some(Duration::from_millis(800)),
                    ..Care::default()
                },
                start: Instant::now(),
            }
        }

        fn at(&self, ms: u64) -> Instant {
            self.start + Duration::from_millis(ms)
        }

        fn see(&mut self, index: usize, server: Server, ms: u64) -> GroupView {
            let asked = self.at(ms);
            let position = Position::mariadb(&format!("0-1-{}", server.sequence));
            let channels = server.follows.map(|source| Channel {
                source: Identity {
                    server_id: source,
                    uuid: None,
                },
                host: "x".to_owned(),
                port: 1,
                is_receiving: server.is_running,
                is_applying: server.is_running,
                seconds_behind: server.is_running.then_some(0),
            });
            let seen = Observation {
                asked,
                identity: Identity {
                    server_id: server.id,
                    uuid: None,
                },
                is_read_only: server.is_read_only,
                channels: Some(channels.into_iter().collect()),
                executed: position.clone(),
                applied: position,
                wsrep: None,
                heartbeat: None,
            };
            self.record.note(index, Some(seen), &self.care, asked);
            self.record.view(SystemTime::now())
        }

        fn miss(&mut self, index: usize, ms: u64) -> GroupView {
            let now = self.at(ms);
            self.record.note(index, None, &self.care, now);
            self.record.view(SystemTime::now())
        }
    }

    #[test]
    fn a_replica_that_falls_behind_leaves_and_comes_back() {
        // contract 8.2
        let mut group = Group::of(2);
        group.see(0, primary(1, 10), 0);
        let view = group.see(1, replica(2, 1, 10), 10);
        assert_eq!(view.members[1].state, MemberState::Serving);
        assert_eq!(view.members[1].as_of, Some(group.at(0)));
        group.see(0, primary(1, 20), 1000);
        let view = group.see(1, replica(2, 1, 10), 2000);
        assert_eq!(view.members[1].state, MemberState::Lagging);
        assert_eq!(view.members[1].lag, Some(Duration::from_secs(1)));
        for (ms, state) in [
            (3000, MemberState::Recovering),
            (4000, MemberState::Recovering),
            (5000, MemberState::Serving),
        ] {
            let view = group.see(1, replica(2, 1, 20), ms);
            assert_eq!(view.members[1].state, state, "{ms}");
        }
    }

    #[test]
    fn stopped_replication_is_infinite_lag() {
        // contract 8.2
        let mut group = Group::of(2);
        group.see(0, primary(1, 10), 0);
        group.see(1, replica(2, 1, 10), 10);
        let stopped = Server {
            is_running: false,
            ..replica(2, 1, 10)
        };
        let view = group.see(1, stopped, 1000);
        assert_eq!(view.members[1].state, MemberState::Stopped);
    }

    #[test]
    fn a_promotion_is_followed_and_the_old_primary_is_no_replica_before_it_follows() {
        // contract 8.4
        let mut group = Group::of(3);
        group.see(0, primary(1, 10), 0);
        group.see(1, replica(2, 1, 10), 10);
        group.see(2, replica(3, 1, 10), 20);
        let view = group.miss(0, 1000);
        assert_eq!((view.writes, view.primary), (Writes::Taken, 0));
        let view = group.see(1, primary(2, 10), 1100);
        assert_eq!((view.writes, view.primary), (Writes::Taken, 1));
        assert_eq!(view.primary_seen, Some(group.at(1100)));
        assert_eq!(view.members[0].state, MemberState::Astray);
        // the other replica still follows the old one, which is dead
        let stopped = Server {
            is_running: false,
            ..replica(3, 1, 10)
        };
        assert_eq!(
            group.see(2, stopped, 1200).members[2].state,
            MemberState::Stopped
        );
        for ms in [2000, 3000, 4000] {
            group.see(0, replica(1, 2, 10), ms);
        }
        let view = group.see(2, replica(3, 2, 10), 4100);
        assert_eq!(view.members[0].state, MemberState::Serving);
        assert_eq!(view.members[0].role, MemberRole::Replica);
    }

    #[test]
    fn two_writers_are_asked_again_before_they_are_believed() {
        // contract 8.4
        let mut group = Group::of(2);
        group.see(0, primary(1, 10), 0);
        group.see(1, replica(2, 1, 10), 10);
        // the old one hangs: its last answer is from before
        let view = group.see(1, primary(2, 10), 1100);
        assert_eq!(view.writes, Writes::Doubtful);
        let view = group.miss(0, 2000);
        assert_eq!((view.writes, view.primary), (Writes::Taken, 1));
        // it comes back as it was
        group.see(0, primary(1, 10), 3000);
        group.see(0, primary(1, 10), 3100);
        let view = group.see(1, primary(2, 11), 3200);
        assert_eq!((view.writes, view.primary), (Writes::TwoWriters, 1));
        let quiet = Server {
            is_read_only: true,
            ..primary(1, 10)
        };
        let view = group.see(0, quiet, 4000);
        assert_eq!((view.writes, view.primary), (Writes::Taken, 1));
    }

    #[test]
    fn a_member_is_down_after_three_failures_and_doubted_after_two() {
        // contract 8.5
        let mut group = Group::of(2);
        group.see(0, primary(1, 10), 0);
        group.see(1, replica(2, 1, 10), 10);
        assert_eq!(group.miss(1, 1000).members[1].state, MemberState::Serving);
        assert_eq!(group.miss(1, 2000).members[1].state, MemberState::Down);
        group.miss(0, 1000);
        assert_eq!(group.miss(0, 2000).writes, Writes::Taken);
        assert_eq!(group.miss(0, 3000).writes, Writes::Lost);
        assert_eq!(group.see(0, primary(1, 10), 4000).writes, Writes::Taken);
    }

    #[test]
    fn a_declared_delayed_replica_is_never_read() {
        let mut group = Group::of(2);
        group.care.delayed = vec![false, true];
        group.see(0, primary(1, 10), 0);
        let view = group.see(1, replica(2, 1, 10), 10);
        assert_eq!(view.members[1].state, MemberState::Delayed);
    }
}
