//! CONSISTENT_HASH: a ring of virtual nodes, of which a new target takes its share and moves no other row.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::props::Props;
use super::{AlgorithmFault, Shard, Sharding, xxh3};
use crate::model::ShardingValue;

pub(super) const KEYS: &[&str] = &["sharding-count", "virtual-nodes", "seed"];

/// Virtual nodes of one target if nothing is said: shares then differ by some 8 percent.
const VIRTUAL_NODES: u64 = 160;
/// Points of the whole ring.
const MAX_POINTS: u64 = 4_000_000;

#[derive(Debug)]
struct ConsistentHash {
    count: u64,
    seed: u64,
    /// Where a virtual node ends and whose it is, ascending. A value belongs to the first that ends behind its hash.
    ring: Vec<(u64, u64)>,
}

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    let count = props.sharding_count()?;
    let kind = "a whole number from 1 to 100000";
    let virtual_nodes = props
        .number::<u64>("virtual-nodes", kind)?
        .unwrap_or(VIRTUAL_NODES);
    if !(1..=100_000).contains(&virtual_nodes) || count.saturating_mul(virtual_nodes) > MAX_POINTS {
        return Err(AlgorithmFault::new(
            "virtual-nodes",
            format!("{count} targets of {virtual_nodes} virtual nodes make no ring"),
            format!("write {kind}, and no more than {MAX_POINTS} over all targets"),
        ));
    }
    let seed = props
        .number("seed", "a whole number from 0 to 18446744073709551615")?
        .unwrap_or(0);
    let points = (0..count)
        .flat_map(|target| (0..virtual_nodes).map(move |copy| (point(seed, target, copy), target)));
    let mut ring: Vec<(u64, u64)> = points.collect();
    ring.sort_unstable();
    Ok(Arc::new(ConsistentHash { count, seed, ring }))
}

/// XXH3-64 with the seed of both numbers, each as 8 bytes little-endian: that of a target never changes.
fn point(seed: u64, target: u64, copy: u64) -> u64 {
    let mut bytes = [0; 16];
    let (left, right) = bytes.split_at_mut(8);
    left.copy_from_slice(&target.to_le_bytes());
    right.copy_from_slice(&copy.to_le_bytes());
    xxh3_64_with_seed(&bytes, seed)
}

impl Sharding for ConsistentHash {
    fn shard(&self, _columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        let hash = xxh3::hash(self.seed, values)?;
        let at = self.ring.partition_point(|(end, _)| *end < hash);
        let behind = self.ring.get(at).or_else(|| self.ring.first());
        behind
            .map(|(_, target)| Shard::Number(*target))
            .ok_or_else(|| "the ring is empty".to_owned())
    }

    fn count(&self) -> Option<u64> {
        Some(self.count)
    }

    fn is_multi_column(&self) -> bool {
        true
    }

    fn is_guessable(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::model::ShardingValue;
    use crate::rule::samples::{auto, by};
    use crate::rule::{Algorithm, ShardedTable};

    fn ring(props: &[(&str, &str)]) -> ShardedTable {
        auto("users", by(&["user_id"], "CONSISTENT_HASH", props))
    }

    fn node(table: &ShardedTable, value: i128) -> usize {
        table.place_row(&[ShardingValue::Int(value)]).unwrap()
    }

    #[test]
    fn a_target_more_takes_its_share_and_moves_no_other_row() {
        let (before, after) = (
            ring(&[("sharding-count", "16")]),
            ring(&[("sharding-count", "17")]),
        );
        let mut moved = 0;
        for user in 0..20_000 {
            let (old, new) = (node(&before, user), node(&after, user));
            if old != new {
                assert_eq!(new, 16, "user {user} moved from {old} to {new}");
                moved += 1;
            }
        }
        // a seventeenth is 1176
        assert!((900..1500).contains(&moved), "{moved} moved");
    }

    #[test]
    fn the_shares_differ_by_little() {
        let reach = ring(&[("sharding-count", "16")]).reachable();
        assert_eq!(
            (reach.reachable, reach.notes.len()),
            (16, 0),
            "{:?}",
            reach.notes
        );
    }

    #[test]
    fn where_rows_lie_is_the_same_in_every_version() {
        let table = ring(&[("sharding-count", "16")]);
        let nodes: Vec<usize> = [0, 1, 2, 12_345, -1, i64::MAX.into(), u64::MAX.into()]
            .map(|user| node(&table, user))
            .to_vec();
        assert_eq!(nodes, GOLDEN);
        let text = table.place_row(&[ShardingValue::Text("user-1".to_owned())]);
        assert_eq!(text.unwrap(), GOLDEN_TEXT);
        let other = ring(&[
            ("sharding-count", "16"),
            ("seed", "7"),
            ("virtual-nodes", "40"),
        ]);
        assert_eq!(node(&other, 12_345), GOLDEN_OTHER);
    }

    /// Computed with the C library libxxhash: the target of the first point behind each value's hash.
    const GOLDEN: [usize; 7] = [10, 5, 6, 1, 11, 13, 11];
    const GOLDEN_TEXT: usize = 8;
    const GOLDEN_OTHER: usize = 5;

    #[test]
    fn a_ring_without_points_or_with_too_many_is_a_fault() {
        for nodes in ["0", "100001", "x"] {
            let props = [("sharding-count", "64"), ("virtual-nodes", nodes)];
            let props = props
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into();
            let fault = Algorithm::build("CONSISTENT_HASH", &props).unwrap_err();
            assert_eq!(fault.key, "virtual-nodes", "{fault}");
        }
    }
}
