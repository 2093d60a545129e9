//! HASH_MOD: hash of the value modulo the number of shards, Java's or XXH3, with or without slots.

use std::sync::Arc;

use super::props::Props;
use super::{AlgorithmFault, Shard, Sharding, java_hash, xxh3};
use crate::model::ShardingValue;

/// `normalize-numeric-int-range` is accepted without effect: integers hash by value here anyway.
pub(super) const KEYS: &[&str] = &[
    "sharding-count",
    "hash",
    "seed",
    "slot-count",
    "slot-columns",
    "numericText",
    "normalize-numeric-int-range",
];

/// Slots in front of the tables: a slot moves as a whole when a cluster grows.
#[derive(Clone, Debug)]
pub(in crate::rule) struct Slots {
    /// How many.
    pub(in crate::rule) count: u64,
    /// Tables of one slot.
    pub(in crate::rule) splits: u64,
    /// Columns that know the slot, lower-case.
    pub(in crate::rule) columns: Vec<String>,
    seed: u64,
}

impl Slots {
    /// The slot of one value per slot column.
    pub(in crate::rule) fn slot(&self, values: &[&ShardingValue]) -> Result<u64, String> {
        Ok(xxh3::hash(self.seed, values)? % self.count)
    }
}

#[derive(Debug)]
struct JavaHashMod {
    count: u64,
    numeric_text_java: bool,
}

#[derive(Debug)]
struct Xxh3HashMod {
    count: u64,
    seed: u64,
    slots: Option<Slots>,
}

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    let count = props.sharding_count()?;
    props.flag("normalize-numeric-int-range")?;
    match props.text("hash").unwrap_or("java") {
        "java" => java(props, count),
        "xxh3" => with_xxh3(props, count),
        other => Err(AlgorithmFault::new(
            "hash",
            format!("unknown hash {other:?}"),
            "write java or xxh3",
        )),
    }
}

fn java(props: &Props<'_>, count: u64) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    for key in ["seed", "slot-count", "slot-columns"] {
        if props.text(key).is_some() {
            return Err(AlgorithmFault::new(
                key,
                format!("{key} means nothing to hash: java"),
                "add hash: xxh3 or remove it",
            ));
        }
    }
    let numeric_text_java = match props.text("numericText") {
        None | Some("value") => false,
        Some("java_text") => true,
        Some(other) => {
            return Err(AlgorithmFault::new(
                "numericText",
                format!("numericText is {other:?}"),
                "write value or java_text",
            ));
        }
    };
    Ok(Arc::new(JavaHashMod {
        count,
        numeric_text_java,
    }))
}

fn with_xxh3(props: &Props<'_>, count: u64) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    if props
        .text("numericText")
        .is_some_and(|text| text != "value")
    {
        return Err(AlgorithmFault::new(
            "numericText",
            "numericText: java_text needs hash: java",
            "remove it or write hash: java",
        ));
    }
    let seed = props
        .number("seed", "a whole number from 0 to 18446744073709551615")?
        .unwrap_or(0);
    let slots = slots(props, count, seed)?;
    Ok(Arc::new(Xxh3HashMod { count, seed, slots }))
}

fn slots(props: &Props<'_>, count: u64, seed: u64) -> Result<Option<Slots>, AlgorithmFault> {
    let slot_count: Option<u64> = props.number("slot-count", "a whole number")?;
    let columns: Vec<String> = props
        .text("slot-columns")
        .map(split_names)
        .unwrap_or_default();
    match slot_count {
        None if columns.is_empty() => Ok(None),
        None => Err(AlgorithmFault::new(
            "slot-columns",
            "slot-columns without slot-count",
            "write slot-count: 64",
        )),
        Some(_) if columns.is_empty() => Err(AlgorithmFault::new(
            "slot-count",
            "slot-count without slot-columns",
            "name the columns that know the slot: slot-columns: sku_id",
        )),
        Some(slots) if slots == 0 || !count.is_multiple_of(slots) => Err(AlgorithmFault::new(
            "slot-count",
            format!("sharding-count {count} is not a multiple of slot-count {slots}"),
            "each slot holds the same number of tables: write a divisor of sharding-count",
        )),
        Some(slots) => Ok(Some(Slots {
            count: slots,
            splits: count / slots,
            columns,
            seed,
        })),
    }
}

fn split_names(text: &str) -> Vec<String> {
    text.split(',')
        .map(|name| name.trim().to_lowercase())
        .filter(|name| !name.is_empty())
        .collect()
}

impl Sharding for JavaHashMod {
    fn shard(&self, _columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        let [value] = values else {
            return Err("hash: java takes one column".to_owned());
        };
        Ok(Shard::Number(
            u64::from(java_hash::hash_code(value).unsigned_abs()) % self.count,
        ))
    }

    fn is_guessable(&self) -> bool {
        true
    }

    fn count(&self) -> Option<u64> {
        Some(self.count)
    }

    fn residue_family(&self) -> Option<String> {
        Some("java".to_owned())
    }

    fn is_numeric_text_java(&self) -> bool {
        self.numeric_text_java
    }

    fn hashes_numeric_text(&self) -> bool {
        true
    }
}

impl Sharding for Xxh3HashMod {
    fn shard(&self, columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        let Some(slots) = &self.slots else {
            return Ok(Shard::Number(xxh3::hash(self.seed, values)? % self.count));
        };
        let split = xxh3::hash(self.seed.wrapping_add(1), values)? % slots.splits;
        let value_of = |name: &String| {
            let index = columns.iter().position(|column| column == name)?;
            values.get(index).copied()
        };
        let slot = match slots.columns.as_slice() {
            [name] => match value_of(name) {
                Some(value) => slots.slot(&[value])?,
                None => slots.slot(&[])?,
            },
            several => {
                let of_slot: Vec<&ShardingValue> = several.iter().filter_map(value_of).collect();
                slots.slot(&of_slot)?
            }
        };
        Ok(Shard::Number(slot * slots.splits + split))
    }

    fn is_guessable(&self) -> bool {
        true
    }

    fn count(&self) -> Option<u64> {
        Some(self.count)
    }

    fn is_multi_column(&self) -> bool {
        true
    }

    fn slots(&self) -> Option<&Slots> {
        self.slots.as_ref()
    }

    fn residue_family(&self) -> Option<String> {
        self.slots
            .is_none()
            .then(|| format!("xxh3 seed {}", self.seed))
    }

    fn check_columns(&self, columns: &[String]) -> Result<(), AlgorithmFault> {
        let strangers = self
            .slots
            .iter()
            .flat_map(|slots| &slots.columns)
            .find(|name| !columns.contains(name));
        match strangers {
            Some(name) => Err(AlgorithmFault::new(
                "slot-columns",
                format!("slot-columns names {name}, which is not a sharding column"),
                format!("name some of {}", columns.join(", ")),
            )),
            None => Ok(()),
        }
    }
}
