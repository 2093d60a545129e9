//! What a primary had executed when: by it a replica's lag is measured without any clock but our own.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::observation::Observation;
use super::position::Position;

/// Marks kept: minutes at one probe a second, beyond which a replica is hopelessly late anyway.
const MARKS: usize = 256;

/// A primary's past, as its probes saw it.
#[derive(Debug, Default)]
pub(super) struct Timeline(VecDeque<Mark>);

#[derive(Debug)]
struct Mark {
    position: Option<Position>,
    heartbeat: Option<u64>,
    /// When it was first seen so.
    first: Instant,
    /// When it was last seen so.
    last: Instant,
}

impl Mark {
    /// `None` where the two cannot be compared.
    fn is_in(&self, replica: &Observation) -> Option<bool> {
        match (&self.position, &replica.applied) {
            (Some(position), Some(applied)) => Some(applied.includes(position)),
            (Some(_), None) => self.beat_is_in(replica).or(Some(false)),
            (None, _) => self.beat_is_in(replica),
        }
    }

    fn beat_is_in(&self, replica: &Observation) -> Option<bool> {
        Some(replica.heartbeat? >= self.heartbeat?)
    }
}

/// What a replica has of its primary's past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// It has all that the primary had answered before this moment.
    pub(super) as_of: Option<Instant>,
    /// For so long at least it had not yet what the primary had; measured at its own probe.
    pub(super) lag: Duration,
}

impl Timeline {
    /// Another primary has another past.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The primary was seen.
    pub(super) fn note(&mut self, seen: &Observation) {
        if seen.executed.is_none() && seen.heartbeat.is_none() {
            return;
        }
        if let Some(newest) = self.0.back_mut()
            && newest.position == seen.executed
            && newest.heartbeat == seen.heartbeat
        {
            newest.last = seen.asked;
            return;
        }
        if self.0.len() == MARKS {
            self.0.pop_front();
        }
        self.0.push_back(Mark {
            position: seen.executed.clone(),
            heartbeat: seen.heartbeat,
            first: seen.asked,
            last: seen.asked,
        });
    }

    /// What a replica has of it; `None` where that cannot be told by GTIDs or heartbeats.
    pub(super) fn held_by(&self, replica: &Observation) -> Option<Held> {
        let mut oldest_missing = None;
        for mark in self.0.iter().rev() {
            if mark.is_in(replica)? {
                return Some(Held {
                    as_of: Some(mark.last),
                    lag: since(oldest_missing, replica.asked),
                });
            }
            oldest_missing = Some(mark.first);
        }
        oldest_missing.map(|missing| Held {
            as_of: None,
            lag: since(Some(missing), replica.asked),
        })
    }
}

/// What was seen of the primary only after the replica was asked tells nothing against the replica.
fn since(missing: Option<Instant>, asked: Instant) -> Duration {
    missing.map_or(Duration::ZERO, |missing| {
        asked.saturating_duration_since(missing)
    })
}

#[cfg(test)]
mod tests {
    use super::super::observation::Identity;
    use super::*;

    fn seen(at: Instant, sequence: u64) -> Observation {
        Observation {
            asked: at,
            identity: Identity::default(),
            is_read_only: false,
            channels: Some(Vec::new()),
            executed: Position::mariadb(&format!("0-1-{sequence}")),
            applied: Position::mariadb(&format!("0-1-{sequence}")),
            wsrep: None,
            heartbeat: None,
        }
    }

    #[test]
    fn lag_is_the_age_of_the_oldest_thing_that_is_missing() {
        // contract 8.2
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut timeline = Timeline::default();
        for (second, sequence) in [(0, 10), (1, 20), (2, 30), (3, 30), (4, 40)] {
            timeline.note(&seen(at(second), sequence));
        }
        let held = |second, sequence| timeline.held_by(&seen(at(second), sequence)).unwrap();
        assert_eq!(held(5, 40).lag, Duration::ZERO);
        assert_eq!(held(5, 40).as_of, Some(at(4)));
        assert_eq!(held(5, 30).lag, Duration::from_secs(1));
        assert_eq!(
            held(5, 30).as_of,
            Some(at(3)),
            "an idle primary's mark grows old slowly"
        );
        assert_eq!(held(5, 15).lag, Duration::from_secs(4));
        assert_eq!(held(5, 5).as_of, None);
        assert_eq!(held(5, 5).lag, Duration::from_secs(5));
    }

    #[test]
    fn what_the_primary_did_after_the_replica_was_asked_is_no_lag() {
        let start = Instant::now();
        let mut timeline = Timeline::default();
        timeline.note(&seen(start, 1));
        timeline.note(&seen(start + Duration::from_secs(2), 2));
        let held = timeline
            .held_by(&seen(start + Duration::from_secs(1), 1))
            .unwrap();
        assert_eq!(held.lag, Duration::ZERO);
        assert_eq!(held.as_of, Some(start));
    }

    #[test]
    fn without_gtids_heartbeats_tell_and_without_either_nothing_does() {
        let start = Instant::now();
        let mut timeline = Timeline::default();
        let beat = |at, number: Option<u64>| Observation {
            executed: None,
            applied: None,
            heartbeat: number,
            ..seen(at, 0)
        };
        timeline.note(&beat(start, Some(1)));
        timeline.note(&beat(start + Duration::from_secs(1), Some(2)));
        let late = beat(start + Duration::from_secs(2), Some(1));
        assert_eq!(timeline.held_by(&late).unwrap().lag, Duration::from_secs(1));
        assert!(timeline.held_by(&beat(start, None)).is_none());
        assert!(Timeline::default().held_by(&late).is_none());
    }
}
