//! Pools by data source, kept over reloads where nothing of them changed.

use std::collections::HashMap;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backend::{Endpoint, Members, Pool, PoolOptions, ReplicaChoice};
use crate::config::DatabaseConfig;
use crate::rule::{Balancer, Group};

/// One pool with the task that maintains it.
#[derive(Clone, Debug)]
struct Kept {
    pool: Arc<Pool>,
    stop: CancellationToken,
}

/// All pools of one published configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Pools(HashMap<(String, String), Kept>);

impl Pools {
    /// The pools that a configuration needs; those of `old` that are the same are kept.
    pub(super) fn next(
        old: &Self,
        databases: &[DatabaseConfig],
        tracker: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        let mut pools = HashMap::new();
        for database in databases {
            for source in &database.sources {
                let key = (
                    database.database.name.clone(),
                    source.endpoint.name.to_string(),
                );
                let kept = old
                    .0
                    .get(&key)
                    .filter(|kept| is_same(&kept.pool, &source.endpoint, source.pool));
                let kept = kept
                    .cloned()
                    .unwrap_or_else(|| start(&source.endpoint, source.pool, tracker, stop));
                pools.insert(key, kept);
            }
        }
        Self(pools)
    }

    /// Closes the pools that `next` no longer has; connections lent are closed when they come back.
    pub(super) fn close_all_but(&self, next: &Self) {
        for (key, kept) in &self.0 {
            let is_kept = next
                .0
                .get(key)
                .is_some_and(|other| Arc::ptr_eq(&other.pool, &kept.pool));
            if !is_kept {
                kept.stop.cancel();
                kept.pool.close();
            }
        }
    }

    /// The members of a group; `None` if one of its data sources is not declared.
    pub(super) fn members(&self, database: &str, group: &Group) -> Option<Members> {
        let pool = |name: &String| {
            Some(Arc::clone(
                &self.0.get(&(database.to_owned(), name.clone()))?.pool,
            ))
        };
        let replicas: Vec<_> = group.replicas.iter().map(pool).collect::<Option<_>>()?;
        let choice = match &group.balancer {
            Balancer::RoundRobin => ReplicaChoice::RoundRobin,
            Balancer::Random => ReplicaChoice::Random,
            Balancer::Weight(weights) => ReplicaChoice::Weight(weights.clone()),
            Balancer::LeastConnections => ReplicaChoice::LeastConnections,
        };
        Some(Members::new(pool(&group.primary)?, replicas, choice))
    }

    /// Every pool with its logical database.
    pub(super) fn list(&self) -> Vec<(String, Arc<Pool>)> {
        let mut all: Vec<_> = self
            .0
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
