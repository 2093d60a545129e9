//! Which replica serves a read now: fresh enough, up, and next by the group's choice.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::choice::{ReplicaChoice, least_used, nth_in_turn, weighted};
use super::members::{Freshness, Members};
use super::view::{MemberState, MemberView};
use crate::backend::pool::Pool;

impl Members {
    /// A replica for a read, other than `avoided`; `None` if none is fresh enough, which leaves the primary.
    #[must_use]
    pub fn reader(&self, freshness: Freshness, avoided: Option<&Arc<Pool>>) -> Option<&Arc<Pool>> {
        if !self.has_replicas() {
            return None;
        }
        let view = self.view.load();
        let primary = view.primary;
        let serves = |index: usize, pool: &Arc<Pool>| {
            index != primary
                && view
                    .members
                    .get(index)
                    .is_some_and(|member| is_fresh(member, freshness))
                // whatever its state: not even a read that takes anything is to be asked there
                && !(freshness == Freshness::Stale && self.care.is_delayed(index))
                && pool.is_available()
                && !avoided.is_some_and(|avoided| Arc::ptr_eq(avoided, pool))
        };
        let up = || {
            self.pools()
                .iter()
                .enumerate()
                .filter(|(index, pool)| serves(*index, pool))
        };
        match &self.choice {
            ReplicaChoice::RoundRobin => {
                nth_in_turn(up(), self.turns.fetch_add(1, Ordering::Relaxed))
            }
            ReplicaChoice::Random => nth_in_turn(up(), self.draw()),
            ReplicaChoice::Weight(weights) => {
                // the weights are the replicas', which follow the declared primary
                let weight = |index: usize| {
                    let weight = index.checked_sub(1).and_then(|index| weights.get(index));
                    u64::from(weight.copied().unwrap_or(1))
                };
                weighted(up(), weight, self.draw())
            }
            ReplicaChoice::LeastConnections => {
                least_used(up(), self.turns.fetch_add(1, Ordering::Relaxed))
            }
        }
    }

    fn draw(&self) -> u64 {
        self.chance
            .hash_one(self.turns.fetch_add(1, Ordering::Relaxed))
    }
}

fn is_fresh(member: &MemberView, freshness: Freshness) -> bool {
    match (member.state, freshness) {
        (MemberState::Serving, Freshness::Any | Freshness::Stale) => true,
        (MemberState::Serving, Freshness::Since(moment)) => {
            member.as_of.is_some_and(|as_of| as_of >= moment)
        }
        (
            MemberState::Lagging
            | MemberState::Stopped
            | MemberState::Recovering
            | MemberState::Unmeasured,
            Freshness::Stale,
        ) => true,
        _ => false,
    }
}
