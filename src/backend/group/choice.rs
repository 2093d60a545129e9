//! Which of several replicas serves a read.

use std::sync::Arc;

use crate::backend::pool::Pool;

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

pub(super) fn nth_in_turn<'a>(
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
pub(super) fn least_used<'a>(
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

pub(super) fn weighted<'a>(
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
