//! VOLUME_RANGE: shards of one width between two bounds, and one on either side.

use std::sync::Arc;

use super::boundary_range::Boundaries;
use super::props::Props;
use super::{AlgorithmFault, Sharding};

pub(super) const KEYS: &[&str] = &["range-lower", "range-upper", "sharding-volume"];

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    let number = |key, example| -> Result<i128, AlgorithmFault> {
        props.required(key, example)?;
        Ok(props
            .number::<i64>(key, "a whole number")?
            .map(i128::from)
            .unwrap_or_default())
    };
    let lower = number("range-lower", "0")?;
    let upper = number("range-upper", "1000000")?;
    let volume = number("sharding-volume", "100000")?;
    if volume < 1 || upper - lower < volume {
        return Err(AlgorithmFault::new(
            "sharding-volume",
            format!(
                "sharding-volume {volume} does not fit between range-lower {lower} and range-upper {upper}"
            ),
            "write a volume from 1 to range-upper minus range-lower",
        ));
    }
    let shards = (upper - lower + volume - 1) / volume;
    if shards > 1_000_000 {
        return Err(AlgorithmFault::new(
            "sharding-volume",
            format!("{shards} shards are too many"),
            "write a larger volume",
        ));
    }
    let mut bounds: Vec<i128> = (0..shards).map(|index| lower + index * volume).collect();
    bounds.push(upper);
    Ok(Arc::new(Boundaries(bounds)))
}
