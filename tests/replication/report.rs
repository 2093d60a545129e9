//! What clients saw of a fault, as a line of a table.

use std::time::Duration;

use serde_json::{Value, json};
use shardgate::lab::Family;

/// One fault on one family.
#[derive(Debug, Default)]
pub struct Outcome {
    pub fault: String,
    pub family: String,
    /// From the fault to the proxy's knowing of it.
    pub detected: Option<Duration>,
    /// Statements answered with an error.
    pub errors: u64,
    /// Of these, writes whose outcome the client was told is unknown.
    pub unknown: u64,
    /// Acknowledged writes that are not there.
    pub lost: u64,
    /// Refused writes that are there, and writes that are there twice, or on some of their nodes alone.
    pub doubled: u64,
    /// Reads older than promised.
    pub stale: u64,
    /// How old the oldest of the reads was that a fault of a replica did not keep from being answered.
    pub oldest: Option<Duration>,
    /// From the end of the fault to service as before.
    pub recovered: Option<Duration>,
    /// The 99th percentile of statements on another data source, before the fault and from then on.
    pub others_before: Option<Duration>,
    pub others_p99: Option<Duration>,
    /// An expectation was not met; what was measured is lost.
    pub is_broken: bool,
    /// Why the fault could not be made here.
    pub left_out: Option<String>,
}

impl Outcome {
    pub fn new(fault: &str, family: Family) -> Outcome {
        Outcome {
            fault: fault.to_owned(),
            family: match family {
                Family::Mariadb => "MariaDB",
                Family::Mysql => "MySQL",
            }
            .to_owned(),
            ..Outcome::default()
        }
    }

    pub fn line(&self) -> String {
        if let Some(why) = &self.left_out {
            return format!(
                "| {:46} | {:7} | LEFT OUT: {why} |",
                self.fault, self.family
            );
        }
        if self.is_broken {
            return format!(
                "| {:46} | {:7} | FAILED, see above |",
                self.fault, self.family
            );
        }
        let time = |time: Option<Duration>| match time {
            Some(time) => format!("{} ms", time.as_millis()),
            None => "-".to_owned(),
        };
        let fine = |time: Option<Duration>| {
            time.map_or("-".to_owned(), |time| {
                format!("{:.1}", time.as_secs_f64() * 1000.0)
            })
        };
        format!(
            "| {:46} | {:7} | {:>9} | {:>6} | {:>7} | {:>4} | {:>7} | {:>5} | {:>7} | {:>9} | {:>16} |",
            self.fault,
            self.family,
            time(self.detected),
            self.errors,
            self.unknown,
            self.lost,
            self.doubled,
            self.stale,
            time(self.oldest),
            time(self.recovered),
            format!("{} / {}", fine(self.others_before), fine(self.others_p99)),
        )
    }

    /// For another process.
    pub fn to_json(&self) -> Value {
        let micros =
            |time: Option<Duration>| time.map(|time| u64::try_from(time.as_micros()).unwrap());
        json!({
            "detected": micros(self.detected), "errors": self.errors, "unknown": self.unknown, "lost": self.lost,
            "doubled": self.doubled, "stale": self.stale, "oldest": micros(self.oldest),
            "recovered": micros(self.recovered), "others_before": micros(self.others_before),
            "others_p99": micros(self.others_p99),
        })
    }

    /// What [`Outcome::to_json`] has told.
    pub fn read(&mut self, value: &Value) {
        let count = |key: &str| value[key].as_u64().unwrap();
        let time = |key: &str| value[key].as_u64().map(Duration::from_micros);
        (self.errors, self.unknown) = (count("errors"), count("unknown"));
        (self.lost, self.doubled, self.stale) = (count("lost"), count("doubled"), count("stale"));
        (self.detected, self.recovered) = (time("detected"), time("recovered"));
        (self.others_before, self.others_p99) = (time("others_before"), time("others_p99"));
        self.oldest = time("oldest");
    }
}

pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| fault | servers | detected | errors | unknown | lost | doubled | stale | oldest | recovered | others' p99 ms: before / during |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for outcome in outcomes {
        text.push_str(&outcome.line());
        text.push('\n');
    }
    text
}
