//! Pools by data source and groups of them, kept over reloads where nothing of them changed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backend::{Care, Endpoint, Members, Pool, PoolOptions, ReplicaChoice};
use crate::config::DatabaseConfig;
use crate::rule::{Balancer, Group, NoReplica};

/// One pool with the task that maintains it.
#[derive(Clone, Debug)]
struct Kept {
    pool: Arc<Pool>,
    stop: CancellationToken,
}

/// One group with the tasks that probe its members.
#[derive(Clone, Debug)]
struct KeptGroup {
    members: Arc<Members>,
    stop: CancellationToken,
}

/// A group's or a data source's name behind its logical database's.
type Key = (String, String);

/// A group's members with its logical database's name and its own.
pub(super) type NamedGroup = (String, String, Arc<Members>);

/// All pools and groups of one published configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Pools {
    pools: HashMap<Key, Kept>,
    groups: HashMap<Key, KeptGroup>,
}

impl Pools {
    /// What a configuration needs; what of `old` is the same is kept.
    pub(super) fn next(
        old: &Self,
        databases: &[DatabaseConfig],
        worker_id: u16,
        tracker: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        let mut next = Self::default();
        for database in databases {
            let name = &database.database.name;
            for source in &database.sources {
                let source_name = &source.endpoint.name;
                let options = PoolOptions {
                    tracks_gtids: tracks_gtids(&database.database.groups, source_name),
                    ..source.pool
                };
                let key = (name.clone(), source_name.to_string());
                let kept = old
                    .pools
                    .get(&key)
                    .filter(|kept| is_same(&kept.pool, &source.endpoint, options));
                let kept = kept
                    .cloned()
                    .unwrap_or_else(|| start(&source.endpoint, options, tracker, stop));
                next.pools.insert(key, kept);
            }
            for group in &database.database.groups {
                if let Some(kept) = next.group(old, name, group, worker_id, tracker, stop) {
                    next.groups.insert((name.clone(), group.name.clone()), kept);
                }
            }
        }
        next
    }

    /// `None` if one of its data sources is not declared.
    fn group(
        &self,
        old: &Self,
        database: &str,
        group: &Group,
        worker_id: u16,
        tracker: &TaskTracker,
        stop: &CancellationToken,
    ) -> Option<KeptGroup> {
        let pool = |name: &String| {
            let kept = self.pools.get(&(database.to_owned(), name.clone()))?;
            Some(Arc::clone(&kept.pool))
        };
        let primary = pool(&group.primary)?;
        let replicas: Vec<_> = group.replicas.iter().map(pool).collect::<Option<_>>()?;
        let (choice, care) = (choice_of(&group.balancer), care_of(group, worker_id));
        let is_same = |kept: &&KeptGroup| {
            let pools = std::iter::once(&primary).chain(&replicas);
            *kept.members.choice() == choice
                && *kept.members.care() == care
                && kept.members.pools().len() == replicas.len() + 1
                && kept
                    .members
                    .pools()
                    .iter()
                    .zip(pools)
                    .all(|(one, other)| Arc::ptr_eq(one, other))
        };
        let key = (database.to_owned(), group.name.clone());
        if let Some(kept) = old.groups.get(&key).filter(is_same) {
            return Some(kept.clone());
        }
        let members = Arc::new(Members::with_care(primary, replicas, choice, care));
        let stop = stop.child_token();
        if members.is_watched() {
            for index in 0..members.pools().len() {
                tracker.spawn(Arc::clone(&members).watch(index, stop.clone()));
            }
        }
        Some(KeptGroup { members, stop })
    }

    /// Waits until every member of every group has been probed once, up to `patience`.
    pub(super) async fn met(&self, patience: Duration) {
        let all = async {
            for kept in self.groups.values() {
                kept.members.met(patience).await;
            }
        };
        // whoever is late is late for all
        let _ = tokio::time::timeout(patience, all).await;
    }

    /// Closes the pools that `next` no longer has; connections lent are closed when they come back.
    pub(super) fn close_all_but(&self, next: &Self) {
        for (key, kept) in &self.groups {
            let other = next.groups.get(key);
            if !other.is_some_and(|other| Arc::ptr_eq(&other.members, &kept.members)) {
                kept.stop.cancel();
            }
        }
        for (key, kept) in &self.pools {
            let other = next.pools.get(key);
            if !other.is_some_and(|other| Arc::ptr_eq(&other.pool, &kept.pool)) {
                kept.stop.cancel();
                kept.pool.close();
            }
        }
    }

    /// The members of a group; `None` if one of its data sources is not declared.
    pub(super) fn members(&self, database: &str, group: &Group) -> Option<Arc<Members>> {
        let kept = self
            .groups
            .get(&(database.to_owned(), group.name.clone()))?;
        Some(Arc::clone(&kept.members))
    }

    /// Every group, in order of their names.
    pub(super) fn groups(&self) -> Vec<NamedGroup> {
        let mut all: Vec<_> = self
            .groups
            .iter()
            .map(|((database, group), kept)| {
                (database.clone(), group.clone(), Arc::clone(&kept.members))
            })
            .collect();
        all.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
        all
    }

    /// Every pool with its logical database.
    pub(super) fn list(&self) -> Vec<(String, Arc<Pool>)> {
        let mut all: Vec<_> = self
            .pools
            .iter()
            .map(|((database, _), kept)| (database.clone(), Arc::clone(&kept.pool)))
            .collect();
        all.sort_by(|(one, a), (other, b)| {
            (one, &a.endpoint().name).cmp(&(other, &b.endpoint().name))
        });
        all
    }
}

fn start(
    endpoint: &Endpoint,
    options: PoolOptions,
    tracker: &TaskTracker,
    stop: &CancellationToken,
) -> Kept {
    let pool = Pool::new(Arc::new(endpoint.clone()), options);
    let stop = stop.child_token();
    tracker.spawn(Arc::clone(&pool).maintain(stop.clone()));
    Kept { pool, stop }
}

fn is_same(pool: &Pool, endpoint: &Endpoint, options: PoolOptions) -> bool {
    *pool.endpoint() == *endpoint && pool.options() == options
}

pub(super) fn choice_of(balancer: &Balancer) -> ReplicaChoice {
    match balancer {
        Balancer::RoundRobin => ReplicaChoice::RoundRobin,
        Balancer::Random => ReplicaChoice::Random,
        Balancer::Weight(weights) => ReplicaChoice::Weight(weights.clone()),
        Balancer::LeastConnections => ReplicaChoice::LeastConnections,
    }
}

pub(super) fn care_of(group: &Group, worker_id: u16) -> Care {
    let care = &group.care;
    let has_replicas = !group.replicas.is_empty();
    let is_delayed = |name: &String| care.delayed.contains(name);
    Care {
        group: group.name.as_str().into(),
        probe_interval: Duration::from_millis(care.probe_interval_ms),
        probe_timeout: Duration::from_millis(care.probe_timeout_ms),
        max_lag: care.max_replica_lag_ms.map(Duration::from_millis),
        failover_buffer: if has_replicas {
            Duration::from_millis(care.failover_buffer_ms)
        } else {
            Duration::ZERO
        },
        failover_waiters: care.failover_buffer_statements,
        refuses_stale: care.no_replica == NoReplica::Refuse,
        delayed: std::iter::once(false)
            .chain(group.replicas.iter().map(is_delayed))
            .collect(),
        heartbeat_table: care.heartbeat_table.clone().filter(|_| has_replicas),
        heartbeat_writer: u64::from(worker_id),
    }
}

/// Whether a session's writes on this data source are read back by their GTIDs.
fn tracks_gtids(groups: &[Group], source: &str) -> bool {
    groups.iter().any(|group| {
        let is_member = group.primary == source || group.replicas.iter().any(|name| name == source);
        is_member && group.care.gtid_wait_ms.is_some()
    })
}
