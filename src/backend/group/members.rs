//! The data sources of a read-write group at run time.

use std::hash::RandomState;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use arc_swap::ArcSwap;
use tokio::sync::{Notify, Semaphore, watch};

use super::care::Care;
use super::choice::ReplicaChoice;
use super::counts::GroupCounts;
use super::event::{Event, Events};
use super::member::Address;
use super::record::Record;
use super::view::{GroupView, MemberState, Writes};
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
    pub(super) choice: ReplicaChoice,
    /// Turns taken; also the source of chance.
    pub(super) turns: AtomicU64,
    pub(super) chance: RandomState,
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
    pub(super) events: Events,
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
            for (index, member) in view.members.iter_mut().enumerate() {
                if care.is_delayed(index) {
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
            events: Events::default(),
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

    /// What has happened to it lately, the oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.all()
    }

    pub(super) fn publish(&self, view: GroupView) {
        self.view.store(Arc::new(view));
        self.epoch.send_modify(|epoch| *epoch += 1);
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        // every change of the record is complete before anything could panic
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a read that the primary serves for want of a fresh replica.
    pub fn note_primary_read(&self) {
        self.counts.primary_reads.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a statement that is sent again to another member.
    pub fn note_repeated(&self) {
        self.counts.repeated.fetch_add(1, Ordering::Relaxed);
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
