//! What a group's record makes of probes, without servers.

use std::time::{Duration, Instant, SystemTime};

use super::care::Care;
use super::member::Address;
use super::observation::{Channel, Identity, Observation};
use super::position::Position;
use super::record::Record;
use super::view::{GroupView, MemberRole, MemberState, Writes};

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
            applying_error: if server.is_running { 0 } else { 1062 },
            ..Channel::default()
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
        self.record.note(index, Ok(seen), &self.care, asked);
        self.record.view(SystemTime::now())
    }

    fn miss(&mut self, index: usize, ms: u64) -> GroupView {
        let now = self.at(ms);
        self.record
            .note(index, Err("it is gone".to_owned()), &self.care, now);
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
fn a_replica_whose_probe_has_no_answer_serves_nothing_until_it_answers_again() {
    // contract 8.2
    let waited = Duration::from_millis(500);
    let mut group = Group::of(2);
    group.see(0, primary(1, 10), 0);
    group.see(1, replica(2, 1, 10), 10);
    group.record.note_silence(0, waited, &group.care);
    group.record.note_silence(1, waited, &group.care);
    let view = group.record.view(SystemTime::now());
    assert_eq!(view.members[0].state, MemberState::Serving);
    assert_eq!(view.members[1].state, MemberState::Unmeasured);
    assert_eq!(
        view.members[1].reason.as_deref(),
        Some("its probe has had no answer for 500 ms")
    );
    // one that fails then is still out, and the good ones count from there
    assert_eq!(
        group.miss(1, 1000).members[1].state,
        MemberState::Unmeasured
    );
    for (ms, state) in [
        (2000, MemberState::Recovering),
        (3000, MemberState::Recovering),
        (4000, MemberState::Serving),
    ] {
        let view = group.see(1, replica(2, 1, 10), ms);
        assert_eq!(view.members[1].state, state, "{ms}");
    }
    // where any lag will do, nothing is asked of it
    group.care.max_lag = None;
    group.record.note_silence(1, waited, &group.care);
    let view = group.record.view(SystemTime::now());
    assert_eq!(view.members[1].state, MemberState::Serving);
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
