//! The differences that `docs/drivers.md` documents.

use crate::support::{covers_name, documented};

/// All of them: suite, servers, tests, cause.
pub struct Limits(Vec<[&'static str; 4]>);

impl Limits {
    /// Reads the table.
    pub fn documented() -> Limits {
        let rows = documented("### Differences");
        Limits(rows.map(|row| row.try_into().unwrap()).collect())
    }

    /// Why this test may differ, if it may.
    pub fn cause(&self, suite: &str, family: &str, test: &str) -> Option<&'static str> {
        let holds = |[of_suite, families, tests, _]: &&[&str; 4]| {
            *of_suite == suite && covers_name(families, family) && covers(tests, test)
        };
        self.0.iter().find(holds).map(|[.., cause]| *cause)
    }
}

/// A field is a test's name, or the beginning of several with a star behind it.
fn covers(field: &str, test: &str) -> bool {
    match field.strip_suffix('*') {
        Some(beginning) => test.starts_with(beginning),
        None => field == test,
    }
}
