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

/// Steps of time, each with a date that names its tables; also what COMPLEX_INTERVAL walks.
#[derive(Debug)]
pub(super) struct Steps {
    pattern: DatePattern,
    /// Begin and suffix of each step, ascending.
    steps: Vec<(DateTime, String)>,
    /// End of the last step.
    end: DateTime,
}

#[derive(Debug)]
struct Interval(Steps);

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    Ok(Arc::new(Interval(Steps::from_props(props)?)))
}

impl Steps {
    /// Reads the properties of [`KEYS`].
    pub(super) fn from_props(props: &Props<'_>) -> Result<Self, AlgorithmFault> {
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
        Ok(Self {
            pattern,
            steps,
            end: at,
        })
    }
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

impl Steps {
    /// The suffix of the step that a value lies in: the last one that has begun.
    pub(super) fn suffix(&self, value: &ShardingValue) -> Result<&str, String> {
        let ShardingValue::Text(text) = value else {
            return Err("it is no date".to_owned());
        };
        let moment = self
            .pattern
            .read(text)
            .ok_or("it is no moment by datetime-pattern")?;
        self.steps
            .partition_point(|(begin, _)| *begin <= moment)
            .checked_sub(1)
            .filter(|_| moment < self.end)
            .and_then(|index| self.steps.get(index))
            .map(|(_, suffix)| suffix.as_str())
            .ok_or_else(|| "it lies outside datetime-lower and datetime-upper".to_owned())
    }

    /// The suffixes of the steps that a range meets; `None` if a bound is no moment. A bound counts as inclusive,
    /// except for an upper one that the pattern holds whole: one step more at most, never one less.
    pub(super) fn met(&self, range: &ValueSet) -> Option<impl Iterator<Item = &str>> {
        let ValueSet::Range { lower, upper } = range else {
            return None;
        };
        let lower = match lower {
            None => None,
            Some((bound, _)) => Some(self.moment(bound)?.0),
        };
        let upper = match upper {
            None => None,
            Some((bound, is_inclusive)) => {
                let (moment, is_whole) = self.moment(bound)?;
                Some((moment, *is_inclusive || !is_whole))
            }
        };
        let ends = self
            .steps
            .iter()
            .skip(1)
            .map(|(begin, _)| *begin)
            .chain([self.end]);
        let met = self
            .steps
            .iter()
            .zip(ends)
            .filter(move |((begin, _), end)| {
                let is_before_end = lower.is_none_or(|low| low < *end);
                let is_behind_begin = upper.is_none_or(|(high, is_inclusive)| {
                    high > *begin || (is_inclusive && high == *begin)
                });
                is_before_end && is_behind_begin
            });
        Some(met.map(|((_, suffix), _)| suffix.as_str()))
    }

    /// A bound as a moment, and whether the pattern holds all of its text.
    fn moment(&self, bound: &ShardingValue) -> Option<(DateTime, bool)> {
        let ShardingValue::Text(text) = bound else {
            return None;
        };
        let moment = self.pattern.read(text)?;
        let is_whole = self.pattern.write(moment) == *text
            || moment.strftime("%Y-%m-%d %H:%M:%S").to_string() == *text;
        Some((moment, is_whole))
    }

    /// Whether both moments, and so all between them, lie in one step.
    pub(super) fn are_one(&self, one: &str, other: &str) -> bool {
        let suffix = |text: &str| self.suffix(&ShardingValue::Text(text.to_owned())).ok();
        suffix(one).is_some_and(|found| suffix(other) == Some(found))
    }

    /// All suffixes, ascending.
    pub(super) fn suffixes(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|(_, suffix)| suffix.as_str())
    }
}

impl Sharding for Interval {
    fn shard(&self, _columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        let [value] = values else {
            return Err("INTERVAL takes one column".to_owned());
        };
        self.0
            .suffix(value)
            .map(|suffix| Shard::Suffix(suffix.to_owned()))
    }

    fn range(&self, range: &ValueSet) -> Option<Vec<Shard>> {
        let met = self.0.met(range)?;
        Some(met.map(|suffix| Shard::Suffix(suffix.to_owned())).collect())
    }

    fn supports_range(&self) -> bool {
        true
    }

    fn is_one_step(&self, _column: &str, one: &str, other: &str) -> bool {
        self.0.are_one(one, other)
    }

    fn suffixes(&self, _targets: &[String]) -> Vec<String> {
        self.0.suffixes().map(str::to_owned).collect()
    }
}
