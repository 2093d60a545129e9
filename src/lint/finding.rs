//! What lint tells.

use std::rc::Rc;

use super::passage::{Passage, Place};
use super::rule::{Rule, Severity};

/// One finding.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How much it counts here.
    pub severity: Severity,
    /// The number that the proxy refuses with.
    pub code: Option<u16>,
    /// What is wrong, where, what to do.
    pub message: String,
    /// The file as it is shown.
    pub file: Rc<str>,
    /// Where it begins.
    pub start: Place,
    /// Behind its last character.
    pub end: Place,
    /// The line that it begins on, and the column that this begins with.
    pub line: (String, usize),
    /// The statement's digest.
    pub digest: String,
    /// How often the same was found in a log.
    pub count: u64,
}

/// A file that could not be read as what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as it is shown.
    pub file: String,
    /// Where, if it is a place.
    pub place: Option<Place>,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if let Some(place) = self.place {
            write!(f, ":{}:{}", place.line, place.column)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// A flaw before it is told: offsets in its passage.
#[derive(Clone, Debug)]
pub struct Located {
    /// The rule.
    pub rule: &'static Rule,
    /// The number that the proxy refuses with.
    pub code: Option<u16>,
    /// What is wrong.
    pub message: String,
    /// First byte, and behind the last.
    pub source: (usize, usize),
}

impl Located {
    /// The finding in a file.
    #[must_use]
    pub fn told(
        self,
        severity: Severity,
        passage: &Passage,
        file: &Rc<str>,
        digest: &str,
    ) -> Finding {
        let (start, end) = self.source;
        Finding {
            rule: self.rule,
            severity,
            code: self.code,
            message: self.message,
            file: Rc::clone(file),
            start: passage.place(start),
            end: passage.place(end.max(start)),
            line: passage.line(start),
            digest: digest.to_owned(),
            count: 1,
        }
    }
}
