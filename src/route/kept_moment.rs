//! Where a row with a moment lies whose fraction its column does not keep.

use crate::model::{ColumnKind, ShardingValue};
use crate::rule::ShardedTable;

use super::scope::Bound;

/// What a row keeps of a moment with a fraction that its column does not hold, where its place does not hang on that.
pub fn kept_moment(
    target: &Bound<'_>,
    table: &ShardedTable,
    column: &str,
    value: &ShardingValue,
) -> Option<ShardingValue> {
    let ShardingValue::Text(text) = value else {
        return None;
    };
    let kind = target.kind(column)?;
    let is_moment = matches!(kind, ColumnKind::DateTime(_));
    let kept = is_moment.then(|| table.kept_moment(column, text))??;
    Some(ShardingValue::Text(kept)).filter(|kept| kind.holds(kept))
}
