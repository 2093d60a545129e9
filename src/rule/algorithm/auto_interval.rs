//! AUTO_INTERVAL: numbered shards of equal length in time, and one on either side.

use std::sync::Arc;

use jiff::SpanRound;
use jiff::Unit;
use jiff::civil::DateTime;

use super::date_pattern::DatePattern;
use super::props::Props;
use super::{AlgorithmFault, Shard, Sharding};
use crate::model::ShardingValue;
use crate::rule::ValueSet;

pub(super) const KEYS: &[&str] = &["datetime-lower", "datetime-upper", "sharding-seconds"];

const PATTERN: &str = "yyyy-MM-dd HH:mm:ss";
const MAX_SHARDS: u64 = 100_000;

#[derive(Debug)]
struct AutoInterval {
    pattern: DatePattern,
    lower: DateTime,
    seconds: i32,
    count: u64,
}

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    let pattern =
        DatePattern::parse(PATTERN).map_err(|message| AlgorithmFault::new("", message, PATTERN))?;
    let moment = |key| {
        let text = props.required(key, "\"2024-01-01 00:00:00\"")?;
        let fault = || {
            AlgorithmFault::new(
                key,
                format!("{text:?} is no moment"),
                format!("write it as {PATTERN}"),
            )
        };
        pattern.read(text).ok_or_else(fault)
    };
    let (lower, upper) = (moment("datetime-lower")?, moment("datetime-upper")?);
    let key = "sharding-seconds";
    props.required(key, "86400")?;
    let seconds = props
        .number::<i32>(key, "a whole number from 1")?
        .filter(|seconds| *seconds > 0);
    let seconds = seconds.ok_or_else(|| {
        AlgorithmFault::new(
            key,
            format!("{key} is out of range"),
            "write a whole number from 1",
        )
    })?;
    let length = u64::try_from(seconds_between(lower, upper).unwrap_or(-1)).map_err(|_| {
        AlgorithmFault::new(
            "datetime-upper",
            "datetime-upper lies before datetime-lower",
            "write a later one",
        )
    })?;
    let count = length / u64::from(seconds.unsigned_abs()) + 2;
    if count > MAX_SHARDS {
        return Err(AlgorithmFault::new(
            key,
            format!("{count} shards are too many"),
            "write more seconds",
        ));
    }
    Ok(Arc::new(AutoInterval {
        pattern,
        lower,
        seconds,
        count,
    }))
}

fn seconds_between(from: DateTime, to: DateTime) -> Option<i64> {
    let span = from.until((Unit::Second, to)).ok()?;
    span.round(
        SpanRound::new()
            .smallest(Unit::Second)
            .mode(jiff::RoundMode::Trunc),
    )
    .ok()
    .map(|span| span.get_seconds())
}

impl AutoInterval {
    /// As ShardingSphere computes it: the ratio as a float, rounded to two decimals, then up. A
    /// second too early at a boundary is its answer too, and rows lie there.
    fn number(&self, text: &str) -> Option<u64> {
        let seconds = seconds_between(self.lower, self.pattern.read(text)?)?;
        if seconds <= 0 {
            return Some(0);
        }
        #[allow(
            clippy::cast_precision_loss,
            reason = "the loss is ShardingSphere's, and decides where rows lie"
        )]
        let ratio = seconds as f32 / self.seconds as f32;
        let rounded = format!("{:.2}", f64::from(ratio));
        let (whole, fraction) = rounded.split_once('.')?;
        let number = whole.parse::<u64>().ok()? + u64::from(fraction != "00");
        Some(number.min(self.count - 1))
    }
}

impl Sharding for AutoInterval {
    fn shard(&self, _columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        let [ShardingValue::Text(text)] = values else {
            return Err("AUTO_INTERVAL needs a date".to_owned());
        };
        self.number(text)
            .map(Shard::Number)
            .ok_or_else(|| format!("it is no moment as {PATTERN}"))
    }

    fn range(&self, range: &ValueSet) -> Option<Vec<Shard>> {
        let ValueSet::Range { lower, upper } = range else {
            return None;
        };
        let bound = |bound: &Option<(ShardingValue, bool)>, open: u64| match bound {
            None => Some(open),
            Some((ShardingValue::Text(text), _)) => self.number(text),
            Some((ShardingValue::Int(_), _)) => None,
        };
        let (first, last) = (bound(lower, 0)?, bound(upper, self.count - 1)?);
        (first <= last).then(|| (first..=last).map(Shard::Number).collect())
    }

    fn count(&self) -> Option<u64> {
        Some(self.count)
    }

    fn is_one_step(&self, _column: &str, one: &str, other: &str) -> bool {
        let number = self.number(one);
        number.is_some() && number == self.number(other)
    }

    fn supports_range(&self) -> bool {
        true
    }
}
