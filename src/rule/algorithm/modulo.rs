//! MOD: the value itself modulo the number of shards.

use std::sync::Arc;

use super::props::Props;
use super::{AlgorithmFault, Shard, Sharding};
use crate::model::ShardingValue;
use crate::rule::ValueSet;

pub(super) const KEYS: &[&str] = &[
    "sharding-count",
    "start-offset",
    "stop-offset",
    "zero-padding",
];

#[derive(Debug)]
struct Modulo {
    count: u64,
    start_offset: usize,
    stop_offset: usize,
    padding: usize,
}

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    let count = props.sharding_count()?;
    let offset = |key| {
        props
            .number::<usize>(key, "a whole number from 0")
            .map(Option::unwrap_or_default)
    };
    let padding = if props.flag("zero-padding")? {
        (count - 1).to_string().len()
    } else {
        0
    };
    Ok(Arc::new(Modulo {
        count,
        start_offset: offset("start-offset")?,
        stop_offset: offset("stop-offset")?,
        padding,
    }))
}

impl Modulo {
    fn has_offsets(&self) -> bool {
        self.start_offset > 0 || self.stop_offset > 0
    }

    /// The digits between the offsets, counted in UTF-16 units as Java's `substring` does.
    fn cut(&self, text: &str) -> Result<String, String> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let end = units.len().saturating_sub(self.stop_offset);
        match units.get(self.start_offset..end) {
            Some(inner) if !inner.is_empty() => Ok(String::from_utf16_lossy(inner)),
            _ => Err("it is shorter than start-offset and stop-offset together".to_owned()),
        }
    }

    fn of_text(&self, text: &str) -> Result<u64, String> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("MOD needs a whole number".to_owned());
        }
        let count = u128::from(self.count);
        let rest = digits.bytes().fold(0_u128, |rest, byte| {
            (rest * 10 + u128::from(byte - b'0')) % count
        });
        let rest = if is_negative && rest > 0 {
            count - rest
        } else {
            rest
        };
        u64::try_from(rest).map_err(|_| "it is out of range".to_owned())
    }

    /// ShardingSphere takes `longValue()`: the low 64 bits, signed.
    fn of_integer(&self, number: i128) -> u64 {
        let low = u64::try_from(number & i128::from(u64::MAX))
            .unwrap_or_default()
            .cast_signed();
        u64::try_from(i128::from(low).rem_euclid(i128::from(self.count))).unwrap_or_default()
    }
}

impl Sharding for Modulo {
    fn shard(&self, _columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        let [value] = values else {
            return Err("MOD takes one column".to_owned());
        };
        let number = match value {
            ShardingValue::Int(number) if self.has_offsets() => {
                self.of_text(&self.cut(&number.to_string())?)?
            }
            ShardingValue::Text(text) if self.has_offsets() => self.of_text(&self.cut(text)?)?,
            ShardingValue::Int(number) => self.of_integer(*number),
            ShardingValue::Text(text) => self.of_text(text)?,
        };
        Ok(Shard::Number(number))
    }

    fn range(&self, range: &ValueSet) -> Option<Vec<Shard>> {
        if self.has_offsets() {
            return None;
        }
        let (Some(low), Some(high)) = range.integer_bounds() else {
            return None;
        };
        let width = high.checked_sub(low)?;
        if width >= i128::from(self.count) - 1 {
            return None;
        }
        Some(
            (low..=high)
                .map(|number| Shard::Number(self.of_integer(number)))
                .collect(),
        )
    }

    fn is_guessable(&self) -> bool {
        true
    }

    fn count(&self) -> Option<u64> {
        Some(self.count)
    }

    fn padding(&self) -> usize {
        self.padding
    }

    fn supports_range(&self) -> bool {
        !self.has_offsets()
    }

    fn residue_family(&self) -> Option<String> {
        (!self.has_offsets()).then(|| "value".to_owned())
    }
}
