//! BOUNDARY_RANGE: shards between listed boundaries.

use std::sync::Arc;

use super::props::Props;
use super::{AlgorithmFault, Shard, Sharding};
use crate::model::ShardingValue;
use crate::rule::ValueSet;

pub(super) const KEYS: &[&str] = &["sharding-ranges"];

/// Sorted lower bounds of the shards 1..; also what VOLUME_RANGE becomes.
#[derive(Debug)]
pub(super) struct Boundaries(pub(super) Vec<i128>);

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    let text = props.required("sharding-ranges", "\"1,5,10\"")?;
    let mut bounds = Vec::new();
    for item in text.split(',').map(str::trim) {
        match item.parse::<i64>() {
            Ok(number) => bounds.push(i128::from(number)),
            Err(_) => {
                return Err(AlgorithmFault::new(
                    "sharding-ranges",
                    format!("{item:?} is not a whole number"),
                    "write whole numbers with commas between, such as 1,5,10",
                ));
            }
        }
    }
    bounds.sort_unstable();
    bounds.dedup();
    Ok(Arc::new(Boundaries(bounds)))
}

impl Boundaries {
    fn shard_of(&self, number: i128) -> u64 {
        u64::try_from(self.0.partition_point(|bound| *bound <= number)).unwrap_or(u64::MAX)
    }

    fn last(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }
}

/// The number in a value, as `Long.parseLong` of its text takes it.
pub(super) fn whole_number(values: &[&ShardingValue]) -> Result<i128, String> {
    match values {
        [ShardingValue::Int(number)] => Ok(*number),
        [ShardingValue::Text(text)] => text
            .parse::<i64>()
            .map(i128::from)
            .map_err(|_| "the algorithm needs a whole number".to_owned()),
        _ => Err("the algorithm takes one column".to_owned()),
    }
}

impl Sharding for Boundaries {
    fn shard(&self, _columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        whole_number(values).map(|number| Shard::Number(self.shard_of(number)))
    }

    fn range(&self, range: &ValueSet) -> Option<Vec<Shard>> {
        let ValueSet::Range { lower, upper } = range else {
            return None;
        };
        let is_text = |bound: &Option<(ShardingValue, bool)>| {
            matches!(bound, Some((ShardingValue::Text(_), _)))
        };
        if is_text(lower) || is_text(upper) {
            return None;
        }
        let (low, high) = range.integer_bounds();
        let first = low.map_or(0, |low| self.shard_of(low));
        let last = high.map_or(self.last(), |high| self.shard_of(high));
        Some((first..=last).map(Shard::Number).collect())
    }

    fn count(&self) -> Option<u64> {
        Some(self.last() + 1)
    }

    fn supports_range(&self) -> bool {
        true
    }
}
