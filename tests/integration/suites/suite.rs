//! A suite: the script of `tests/suites` that runs it, and what its tests ended with.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::stage::Side;

/// Every suite, by the name of its script.
pub const SUITES: &[Suite] = &[
    Suite { name: "go" },
    Suite { name: "sqlalchemy" },
    Suite {
        name: "mysql_async",
    },
];

/// A public suite of a driver.
pub struct Suite {
    pub name: &'static str,
}

/// How a test ended. Where it is told twice (passed, then an error at its end), the worse counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Skip,
    Pass,
    Fail,
}

impl Outcome {
    fn of(word: &str) -> Option<Outcome> {
        [Outcome::Skip, Outcome::Pass, Outcome::Fail]
            .into_iter()
            .find(|outcome| outcome.word() == word)
    }

    /// As scripts report it.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Skip => "skip",
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
        }
    }
}

/// Every test of a run.
pub struct Outcomes(pub BTreeMap<String, Outcome>);

impl Outcomes {
    pub fn passed(&self) -> usize {
        self.count(Outcome::Pass)
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.0.values().filter(|one| **one == outcome).count()
    }
}

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [Outcome::Pass, Outcome::Fail, Outcome::Skip]
            .map(|outcome| format!("{} {}", self.count(outcome), outcome.word()));
        f.write_str(&counts.join(", "))
    }
}

impl Suite {
    /// Runs it on one side. What it said stays in `target/suites`.
    pub fn run(&self, family: &str, side: &Side) -> Outcomes {
        let store = store();
        fs::create_dir_all(&store).unwrap();
        let log = store.join(format!("{}-{}-{}.log", self.name, family, side.name));
        let errors = log.with_extension("errors");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suites");
        let output = Command::new(folder.join(format!("{}.sh", self.name)))
            .current_dir(&folder)
            .env("SUITE_STORE", &store)
            .env("SUITE_LOG", &log)
            .env("SUITE_SIDE", side.name)
            .env("DB_PORT", side.port.to_string())
            .env("DB_USER", &side.user)
            .env("DB_PASSWORD", &side.password)
            .stderr(File::create(&errors).unwrap())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let mut outcomes = BTreeMap::new();
        for (word, test) in text.lines().filter_map(|line| line.split_once('\t')) {
            let outcome = Outcome::of(word).unwrap();
            let known = outcomes.entry(test.to_owned()).or_insert(outcome);
            *known = outcome.max(*known);
        }
        let errors = fs::read_to_string(errors).unwrap();
        assert!(
            output.status.success(),
            "{} on {}: {}\n{errors}",
            self.name,
            side.name,
            output.status
        );
        Outcomes(outcomes)
    }
}

/// Where suites are fetched to and write.
fn store() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target"),
        PathBuf::from,
    );
    target.join("suites")
}
