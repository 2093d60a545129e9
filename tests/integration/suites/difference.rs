//! A test that ends otherwise through the proxy than it does directly.

use std::fmt;

use super::suite::{Outcome, Outcomes};

/// One test and both of its outcomes; `None` where it was not run.
pub struct Difference {
    pub test: String,
    direct: Option<Outcome>,
    through: Option<Outcome>,
}

impl Difference {
    /// All of them, by the tests' names.
    pub fn between(direct: &Outcomes, through: &Outcomes) -> Vec<Difference> {
        let mut names: Vec<&String> = direct.0.keys().chain(through.0.keys()).collect();
        names.sort();
        names.dedup();
        names
            .into_iter()
            .map(|test| Difference {
                test: test.clone(),
                direct: direct.0.get(test).copied(),
                through: through.0.get(test).copied(),
            })
            .filter(|difference| difference.direct != difference.through)
            .collect()
    }
}

impl Difference {
    pub fn passed_directly(&self) -> bool {
        self.direct == Some(Outcome::Pass)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |outcome: Option<Outcome>| outcome.map_or("not run", Outcome::word);
        write!(
            f,
            "{}: {} directly, {} through",
            self.test,
            word(self.direct),
            word(self.through)
        )
    }
}
