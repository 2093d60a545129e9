//! INTERVAL: tables by steps of time, named by a date at the end.

use std::sync::Arc;

use jiff::Span;
use jiff::civil::DateTime;

use super::date_pattern::DatePattern;
use super::props::Props;
use super::{AlgorithmFault, Shard, Sharding};
use crate::model::ShardingValue;
use crate::rule::ValueSet;

pub(super) const KEYS: &[&str] = &[
    "datetime-pattern",
    "datetime-lower",
    "datetime-upper",
    "sharding-suffix-pattern",
    "datetime-interval-amount",
    "datetime-interval-unit",
];

/// More steps than this are a slip of the pen.
const MAX_STEPS: usize = 100_000;

#[derive(Debug)]
struct Interval {
    pattern: DatePattern,
    /// Begin and suffix of each step, ascending.
    steps: Vec<(DateTime, String)>,
    /// End of the last step.
    end: DateTime,
}

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    let pattern = pattern(props, "datetime-pattern", "yyyy-MM-dd HH:mm:ss")?;
    let suffix = self::pattern(props, "sharding-suffix-pattern", "yyyyMM")?;
    let lower = moment(props, &pattern, "datetime-lower")?;
    let upper = moment(props, &pattern, "datetime-upper")?;
    let span = step(props)?;
    let mut steps = Vec::new();
    let mut at = lower;
    while at <= upper {
        steps.push((at, suffix.write(at)));
        let next = at
            .checked_add(span)
            .ok()
            .filter(|next| *next > at && steps.len() <= MAX_STEPS);
        at = next.ok_or_else(|| {
            let message =
                format!("more than {MAX_STEPS} steps from datetime-lower to datetime-upper");
            AlgorithmFault::new("datetime-interval-amount", message, "write longer steps")
        })?;
    }
    if steps.is_empty() {
        return Err(AlgorithmFault::new(
            "datetime-upper",
            "datetime-upper lies before datetime-lower",
            "write a later one",
        ));
    }
    Ok(Arc::new(Interval {
        pattern,
        steps,
        end: at,
    }))
}

fn pattern(props: &Props<'_>, key: &str, example: &str) -> Result<DatePattern, AlgorithmFault> {
    DatePattern::parse(props.required(key, example)?)
        .map_err(|message| AlgorithmFault::new(key, message, "use y M d H m s S and punctuation"))
}

/// `datetime-upper` is needed: without it ShardingSphere takes the moment of its start, so that
/// tables of later months would be unknown until a restart.
fn moment(props: &Props<'_>, pattern: &DatePattern, key: &str) -> Result<DateTime, AlgorithmFault> {
    let text = props.required(key, "\"2030-12-31 23:59:59\"")?;
    pattern.read(text).ok_or_else(|| {
        AlgorithmFault::new(
            key,
            format!("{text:?} is no moment by datetime-pattern"),
            "write it as the pattern says",
        )
    })
}

fn step(props: &Props<'_>) -> Result<Span, AlgorithmFault> {
    let key = "datetime-interval-amount";
    let amount: i64 = props.number(key, "a whole number from 1")?.unwrap_or(1);
    let span = match props
        .text("datetime-interval-unit")
        .unwrap_or("DAYS")
        .to_ascii_uppercase()
        .as_str()
    {
        "SECONDS" => Span::new().try_seconds(amount),
        "MINUTES" => Span::new().try_minutes(amount),
        "HOURS" => Span::new().try_hours(amount),
        "DAYS" => Span::new().try_days(amount),
        "WEEKS" => Span::new().try_weeks(amount),
        "MONTHS" => Span::new().try_months(amount),
        "YEARS" => Span::new().try_years(amount),
        other => {
            let message = format!("unknown datetime-interval-unit {other}");
            return Err(AlgorithmFault::new(
                "datetime-interval-unit",
                message,
                "write SECONDS, MINUTES, HOURS, DAYS, WEEKS, MONTHS or YEARS",
            ));
        }
    };
    span.ok().filter(|_| amount > 0).ok_or_else(|| {
        AlgorithmFault::new(
            key,
            format!("{key} {amount} is out of range"),
            "write a whole number from 1",
        )
    })
}

impl Interval {
    /// The step that a moment lies in: the last one that has begun.
    fn index(&self, moment: DateTime) -> Option<usize> {
        self.steps
            .partition_point(|(begin, _)| *begin <= moment)
            .checked_sub(1)
            .filter(|_| moment < self.end)
    }

    fn bound(&self, bound: Option<&(ShardingValue, bool)>) -> Option<Option<DateTime>> {
        match bound {
            None => Some(None),
            Some((ShardingValue::Text(text), _)) => self.pattern.read(text).map(Some),
            Some((ShardingValue::Int(_), _)) => None,
        }
    }
}

impl Sharding for Interval {
    fn shard(&self, _columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        let [ShardingValue::Text(text)] = values else {
            return Err("INTERVAL needs a date".to_owned());
        };
        let moment = self
            .pattern
            .read(text)
            .ok_or("it is no moment by datetime-pattern")?;
        let step = self.index(moment).and_then(|index| self.steps.get(index));
        let (_, suffix) = step.ok_or("it lies outside datetime-lower and datetime-upper")?;
        Ok(Shard::Suffix(suffix.clone()))
    }

    /// Bounds count as inclusive: one step more at most, never one less.
    fn range(&self, range: &ValueSet) -> Option<Vec<Shard>> {
        let ValueSet::Range { lower, upper } = range else {
            return None;
        };
        let (lower, upper) = (self.bound(lower.as_ref())?, self.bound(upper.as_ref())?);
        let ends = self
            .steps
            .iter()
            .skip(1)
            .map(|(begin, _)| *begin)
            .chain([self.end]);
        let met = self.steps.iter().zip(ends).filter(|((begin, _), end)| {
            lower.is_none_or(|low| low < *end) && upper.is_none_or(|high| high >= *begin)
        });
        Some(
            met.map(|((_, suffix), _)| Shard::Suffix(suffix.clone()))
                .collect(),
        )
    }

    fn supports_range(&self) -> bool {
        true
    }

    fn suffixes(&self) -> Vec<String> {
        self.steps
            .iter()
            .map(|(_, suffix)| suffix.clone())
            .collect()
    }
}
