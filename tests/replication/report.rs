//! What clients saw of a fault, as a line of a table.

use std::time::Duration;

use shardgate::lab::Family;

/// One fault on one family.
#[derive(Debug, Default)]
pub struct Outcome {
    pub fault: String,
    pub family: &'static str,
    /// From the fault to the proxy's knowing of it.
    pub detected: Option<Duration>,
    /// Statements answered with an error.
    pub errors: u64,
    /// Of these, writes whose outcome the client was told is unknown.
    pub unknown: u64,
    /// Acknowledged writes that are not there.
    pub lost: u64,
    /// Refused writes that are there, and writes that are there twice.
    pub doubled: u64,
    /// Reads older than promised.
    pub stale: u64,
    /// From the end of the fault to service as before.
    pub recovered: Option<Duration>,
    /// Slowest of a hundred statements on another data source meanwhile.
    pub others_p99: Option<Duration>,
}

impl Outcome {
    pub fn new(fault: &str, family: Family) -> Outcome {
        Outcome {
            fault: fault.to_owned(),
            family: match family {
                Family::Mariadb => "MariaDB",
                Family::Mysql => "MySQL",
            },
            ..Outcome::default()
        }
    }

    pub fn line(&self) -> String {
        let time = |time: Option<Duration>| match time {
            Some(time) => format!("{} ms", time.as_millis()),
            None => "-".to_owned(),
        };
        format!(
            "| {:44} | {:7} | {:>9} | {:>6} | {:>7} | {:>4} | {:>7} | {:>5} | {:>9} | {:>10} |",
            self.fault,
            self.family,
            time(self.detected),
            self.errors,
            self.unknown,
            self.lost,
            self.doubled,
            self.stale,
            time(self.recovered),
            time(self.others_p99),
        )
    }
}

pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| fault                                        | servers | detected  | errors | unknown | lost | doubled | stale | recovered | others p99 |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for outcome in outcomes {
        text.push_str(&outcome.line());
        text.push('\n');
    }
    text
}
