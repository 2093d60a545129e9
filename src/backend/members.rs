//! The data sources of a read-write group at run time.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::pool::Pool;

/// How a replica is chosen for a read (contract 8.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReplicaChoice {
    /// In turn.
    #[default]
    RoundRobin,
    /// By chance, all alike.
    Random,
    /// By chance, in proportion to one weight per replica, in their order; a missing weight is 1,
    /// a replica of weight 0 is never chosen.
    Weight(Vec<u32>),
    /// The one with the fewest connections in use and requests waiting.
    LeastConnections,
}

/// One primary and its replicas; a plain data source is a primary alone.
#[derive(Debug)]
pub struct Members {
    primary: Arc<Pool>,
    replicas: Vec<Arc<Pool>>,
    choice: ReplicaChoice,
    /// Turns taken; also the source of chance.
    turns: AtomicU64,
    chance: RandomState,
}

impl Members {
    /// A group.
    #[must_use]
    pub fn new(primary: Arc<Pool>, replicas: Vec<Arc<Pool>>, choice: ReplicaChoice) -> Self {
        Self {
            primary,
            replicas,
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

    /// Takes writes and whatever must see them.
    #[must_use]
    pub fn primary(&self) -> &Arc<Pool> {
        &self.primary
    }

    /// The declared replicas.
    #[must_use]
    pub fn replicas(&self) -> &[Arc<Pool>] {
        &self.replicas
    }

    /// Primary and replicas.
    pub fn pools(&self) -> impl Iterator<Item = &Arc<Pool>> {
        std::iter::once(&self.primary).chain(&self.replicas)
    }

    /// A replica that is up, else the primary.
    #[must_use]
    pub fn reader(&self) -> &Arc<Pool> {
        let up = || {
            self.replicas
                .iter()
                .enumerate()
                .filter(|(_, pool)| pool.is_available())
        };
        let chosen = match &self.choice {
            ReplicaChoice::RoundRobin => {
                nth_in_turn(up(), self.turns.fetch_add(1, Ordering::Relaxed))
            }
            ReplicaChoice::Random => nth_in_turn(up(), self.draw()),
            ReplicaChoice::Weight(weights) => {
                let weight = |index: usize| u64::from(weights.get(index).copied().unwrap_or(1));
                weighted(up(), weight, self.draw())
            }
            ReplicaChoice::LeastConnections => {
                least_used(up(), self.turns.fetch_add(1, Ordering::Relaxed))
            }
        };
        chosen.unwrap_or(&self.primary)
    }

    fn draw(&self) -> u64 {
        self.chance
            .hash_one(self.turns.fetch_add(1, Ordering::Relaxed))
    }
}

fn nth_in_turn<'a>(
    up: impl Iterator<Item = (usize, &'a Arc<Pool>)> + Clone,
    turn: u64,
) -> Option<&'a Arc<Pool>> {
    let count = u64::try_from(up.clone().count())
        .ok()
        .filter(|count| *count > 0)?;
    let index = usize::try_from(turn % count).ok()?;
    up.map(|(_, pool)| pool).nth(index)
}

/// Of several that are used alike, the next in turn.
fn least_used<'a>(
    up: impl Iterator<Item = (usize, &'a Arc<Pool>)> + Clone,
    turn: u64,
) -> Option<&'a Arc<Pool>> {
    let count = up.clone().count();
    let start = usize::try_from(turn)
        .unwrap_or_default()
        .checked_rem(count)?;
    up.cycle()
        .skip(start)
        .take(count)
        .map(|(_, pool)| pool)
        .min_by_key(|pool| {
            let status = pool.status();
            status.in_use() + status.waiting
        })
}

fn weighted<'a>(
    mut up: impl Iterator<Item = (usize, &'a Arc<Pool>)> + Clone,
    weight: impl Fn(usize) -> u64,
    draw: u64,
) -> Option<&'a Arc<Pool>> {
    let total: u64 = up.clone().map(|(index, _)| weight(index)).sum();
    let mut left = draw.checked_rem(total)?;
    up.find(|(index, _)| match left.checked_sub(weight(*index)) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    })
    .map(|(_, pool)| pool)
}
