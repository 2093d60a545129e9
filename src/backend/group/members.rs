//! The data sources of a read-write group at run time.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use arc_swap::ArcSwap;
use tokio::sync::{Notify, Semaphore, watch};

use super::care::Care;
use super::choice::{ReplicaChoice, least_used, nth_in_turn, weighted};
use super::record::{Address, Record};
use super::view::{GroupView, MemberState, MemberView, Writes};
use crate::backend::pool::Pool;

/// How fresh a read must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Within `maxReplicaLagMs`.
    Any,
    /// Within it, and with all that the primary had answered before this moment.
    Since(Instant),
    /// Whatever a replica has.
    Stale,
}

/// One primary and its replicas; a plain data source is a primary alone.
#[derive(Debug)]
pub struct Members {
    /// The declared primary first.
    pools: Vec<Arc<Pool>>,
    choice: ReplicaChoice,
    /// Turns taken; also the source of chance.
    turns: AtomicU64,
    chance: RandomState,
    pub(super) care: Care,
    pub(super) view: ArcSwap<GroupView>,
    pub(super) record: Mutex<Record>,
    /// Wakes each member's probe before its time.
    pub(super) nudges: Vec<Notify>,
    /// Counts up with each view.
    pub(super) epoch: watch::Sender<u64>,
    /// Places for statements that wait for a primary.
    pub(super) buffer: Semaphore,
    /// When the primary was first missed; `None` while it is there.
    pub(super) outage: Mutex<Option<Instant>>,
    pub(super) counts: GroupCounts,
}

/// What has happened to a group since the start.
#[derive(Debug, Default)]
pub struct GroupCounts {
    /// Another member became the primary.
    pub primary_changes: AtomicU64,
    /// Two writers were found.
    pub quarrels: AtomicU64,
    /// Probes that failed.
    pub failed_probes: AtomicU64,
    /// Statements that waited for a primary.
    pub waited: AtomicU64,
    /// Of these, those that waited in vain, or for which there was no room.
    pub gave_up: AtomicU64,
    /// Reads that the primary served for want of a fresh replica.
    pub primary_reads: AtomicU64,
    /// Statements sent again to another member.
    pub repeated: AtomicU64,
}

impl Members {
    /// A group that takes its configuration at its word: nothing is probed, every replica serves.
    #[must_use]
    pub fn new(primary: Arc<Pool>, replicas: Vec<Arc<Pool>>, choice: ReplicaChoice) -> Self {
        Self::with_care(primary, replicas, choice, Care::default())
    }

    /// A group whose members are probed, if `care` says so; see [`Members::watch`].
    #[must_use]
    pub fn with_care(
        primary: Arc<Pool>,
        replicas: Vec<Arc<Pool>>,
        choice: ReplicaChoice,
        care: Care,
    ) -> Self {
        let mut pools = replicas;
        pools.insert(0, primary);
        let is_probed = !care.probe_interval.is_zero();
        let names = pools.iter().map(|pool| Arc::clone(&pool.endpoint().name));
        let state = if is_probed {
            MemberState::Unseen
        } else {
            MemberState::Serving
        };
        let mut view = GroupView::declared(names, state);
        if !is_probed {
            for (member, is_delayed) in view.members.iter_mut().zip(&care.delayed) {
                if *is_delayed {
                    member.state = MemberState::Delayed;
                }
            }
        }
        let addresses = pools.iter().map(|pool| Address {
            name: Arc::clone(&pool.endpoint().name),
            host: pool.endpoint().host.clone(),
            port: pool.endpoint().port,
        });
        Self {
            record: Mutex::new(Record::new(addresses.collect(), SystemTime::now())),
            nudges: pools.iter().map(|_| Notify::new()).collect(),
            epoch: watch::Sender::new(0),
            buffer: Semaphore::new(care.failover_waiters),
            outage: Mutex::new(None),
            counts: GroupCounts::default(),
            view: ArcSwap::from_pointee(view),
            care,
            pools,
            choice,
            turns: AtomicU64::new(0),
            chance: RandomState::new(),
        }
    }

    /// A data source without replicas.
    #[must_use]
    pub fn alone(primary: Arc<Pool>) -> Self {
        Self::new(primary, Vec::new(), ReplicaChoice::default())
    }

    /// The primary, or who was it last: serves whatever a replica may not. Writes ask [`Members::writer`].
    #[must_use]
    pub fn primary(&self) -> &Arc<Pool> {
        self.primary_of(&self.view.load())
    }

    /// The primary of one view, for what is decided by the same view.
    pub(super) fn primary_of(&self, view: &GroupView) -> &Arc<Pool> {
        self.pools.get(view.primary).unwrap_or(&self.pools[0])
    }

    /// The members, the declared primary first.
    #[must_use]
    pub fn pools(&self) -> &[Arc<Pool>] {
        &self.pools
    }

    /// There are others beside the primary.
    #[must_use]
    pub fn has_replicas(&self) -> bool {
        self.pools.len() > 1
    }

    /// Its members are probed.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        !self.care.probe_interval.is_zero()
    }

    /// How it is watched.
    #[must_use]
    pub fn care(&self) -> &Care {
        &self.care
    }

    /// How reads choose.
    #[must_use]
    pub fn choice(&self) -> &ReplicaChoice {
        &self.choice
    }

    /// What is known of it now.
    #[must_use]
    pub fn view(&self) -> Arc<GroupView> {
        self.view.load_full()
    }

    /// What has happened to it.
    #[must_use]
    pub fn counts(&self) -> &GroupCounts {
        &self.counts
    }

    pub(super) fn publish(&self, view: GroupView) {
        self.view.store(Arc::new(view));
        self.epoch.send_modify(|epoch| *epoch += 1);
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        // every change of the record is complete before anything could panic
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a member out of the reads by hand, or back; false if there is none of this name.
    #[must_use]
    pub fn disable(&self, name: &str, is_disabled: bool) -> bool {
        let found = self
            .pools
            .iter()
            .position(|pool| pool.endpoint().name.eq_ignore_ascii_case(name));
        let Some(index) = found else { return false };
        if self.is_watched() {
            let mut record = self.record();
            record.disable(index, is_disabled);
            self.publish(record.view(SystemTime::now()));
        } else {
            let mut view = (*self.view()).clone();
            if let Some(member) = view.members.get_mut(index) {
                member.since = SystemTime::now();
                member.state = if is_disabled {
                    MemberState::Disabled
                } else {
                    MemberState::Serving
                };
            }
            self.publish(view);
        }
        true
    }

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
                && pool.is_available()
                && !avoided.is_some_and(|avoided| Arc::ptr_eq(avoided, pool))
        };
        let up = || {
            self.pools
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

    /// Counts a read that the primary serves for want of a fresh replica.
    pub fn note_primary_read(&self) {
        self.counts.primary_reads.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a statement that is sent again to another member.
    pub fn note_repeated(&self) {
        self.counts.repeated.fetch_add(1, Ordering::Relaxed);
    }

    fn draw(&self) -> u64 {
        self.chance
            .hash_one(self.turns.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether writes on `pool` go where the group's writes go now.
    #[must_use]
    pub fn is_writer(&self, pool: &Arc<Pool>) -> bool {
        let view = self.view.load();
        let is_primary = self
            .pools
            .get(view.primary)
            .is_some_and(|primary| Arc::ptr_eq(primary, pool));
        is_primary && !matches!(view.writes, Writes::TwoWriters | Writes::Doubtful)
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
