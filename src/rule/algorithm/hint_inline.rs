//! HINT_INLINE: the target's name by an expression over the value of a hint.

use std::sync::Arc;

use super::props::Props;
use super::template::Template;
use super::{AlgorithmFault, Shard, Sharding};
use crate::model::ShardingValue;

pub(super) const KEYS: &[&str] = &["algorithm-expression"];

/// What the expression calls the hint's value.
const VALUE: &str = "value";

#[derive(Debug)]
struct HintInline(Template);

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    let template = match props.text("algorithm-expression") {
        None => Template::parse("${value}")?,
        Some(_) => Template::from_props(props)?,
    };
    template.check_columns(&[VALUE.to_owned()])?;
    Ok(Arc::new(HintInline(template)))
}

impl Sharding for HintInline {
    fn shard(&self, _columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        self.0.name(&[VALUE.to_owned()], values).map(Shard::Name)
    }

    fn is_hint(&self) -> bool {
        true
    }
}
