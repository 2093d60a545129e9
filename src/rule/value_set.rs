//! What a statement says about one sharding column.

use crate::model::ShardingValue;

/// What a statement says about one sharding column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueSet {
    /// One of these values; empty = the condition matches nothing.
    Points(Vec<ShardingValue>),
    /// A range; bounds carry whether they are inclusive.
    Range {
        /// Lower bound.
        lower: Option<(ShardingValue, bool)>,
        /// Upper bound.
        upper: Option<(ShardingValue, bool)>,
    },
}

impl ValueSet {
    /// Whether no value at all satisfies the set.
    ///
    /// Bounds of text are never judged: only the column's collation knows their order.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Points(points) => points.is_empty(),
            Self::Range { lower, upper } => match (lower, upper) {
                (
                    Some((ShardingValue::Int(low), low_in)),
                    Some((ShardingValue::Int(high), high_in)),
                ) => low > high || (low == high && !(*low_in && *high_in)),
                _ => false,
            },
        }
    }

    /// The values, if they are known one by one.
    #[must_use]
    pub fn points(&self) -> Option<&[ShardingValue]> {
        match self {
            Self::Points(points) => Some(points),
            Self::Range { .. } => None,
        }
    }

    /// A range of integers as inclusive bounds, `None` where a bound is missing or is text.
    #[must_use]
    pub(super) fn integer_bounds(&self) -> (Option<i128>, Option<i128>) {
        let Self::Range { lower, upper } = self else {
            return (None, None);
        };
        let low = match lower {
            Some((ShardingValue::Int(value), true)) => Some(*value),
            Some((ShardingValue::Int(value), false)) => value.checked_add(1),
            _ => None,
        };
        let high = match upper {
            Some((ShardingValue::Int(value), true)) => Some(*value),
            Some((ShardingValue::Int(value), false)) => value.checked_sub(1),
            _ => None,
        };
        (low, high)
    }
}
