//! COMPLEX_INLINE: the target's name by an expression over several columns.

use std::sync::Arc;

use super::props::Props;
use super::template::Template;
use super::{AlgorithmFault, Shard, Sharding};
use crate::model::ShardingValue;

pub(super) const KEYS: &[&str] = &[
    "algorithm-expression",
    "sharding-columns",
    "allow-range-query-with-inline-sharding",
];

#[derive(Debug)]
struct ComplexInline {
    template: Template,
    columns: Vec<String>,
}

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    props.flag("allow-range-query-with-inline-sharding")?;
    let columns = props.text("sharding-columns").unwrap_or_default();
    let columns = columns
        .split(',')
        .map(|name| name.trim().to_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    Ok(Arc::new(ComplexInline {
        template: Template::from_props(props)?,
        columns,
    }))
}

impl Sharding for ComplexInline {
    fn shard(&self, columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        self.template.name(columns, values).map(Shard::Name)
    }

    fn is_multi_column(&self) -> bool {
        true
    }

    fn is_guessable(&self) -> bool {
        true
    }

    fn check_columns(&self, columns: &[String]) -> Result<(), AlgorithmFault> {
        let is_declared = self.columns.iter().all(|name| columns.contains(name))
            && (self.columns.is_empty() || self.columns.len() == columns.len());
        if !is_declared {
            return Err(AlgorithmFault::new(
                "sharding-columns",
                format!(
                    "sharding-columns {} and the strategy's {} differ",
                    self.columns.join(", "),
                    columns.join(", ")
                ),
                "write the same columns in both, or remove sharding-columns",
            ));
        }
        self.template.check_columns(columns)
    }
}
