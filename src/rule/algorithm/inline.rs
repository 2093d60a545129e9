//! INLINE: the target's name by an expression over one column.

use std::sync::Arc;

use super::props::Props;
use super::template::Template;
use super::{AlgorithmFault, Shard, Sharding};
use crate::model::ShardingValue;

/// Ranges never narrow an expression, so `allow-range-query-with-inline-sharding` says nothing
/// here: a range is "no value known" and `allowFullRoute` decides.
pub(super) const KEYS: &[&str] = &[
    "algorithm-expression",
    "allow-range-query-with-inline-sharding",
];

#[derive(Debug)]
struct Inline(Template);

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    props.flag("allow-range-query-with-inline-sharding")?;
    Ok(Arc::new(Inline(Template::from_props(props)?)))
}

impl Sharding for Inline {
    fn shard(&self, columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        self.0.name(columns, values).map(Shard::Name)
    }

    fn is_guessable(&self) -> bool {
        true
    }

    fn check_columns(&self, columns: &[String]) -> Result<(), AlgorithmFault> {
        self.0.check_columns(columns)
    }
}
