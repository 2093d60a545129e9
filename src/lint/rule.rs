//! What a rule is.

use crate::route::RefusalCode;

use super::source::SourceKind;
use super::table_rules::{Flaw, TableScene};

/// How much a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The statement may fail, or is not what was meant.
    Warning,
    /// The statement is refused, or the table cannot hold what its definition says.
    Error,
}

impl Severity {
    /// Its name in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What finds a rule's flaws.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// The router refuses the statement with this code.
    Refusal(RefusalCode),
    /// A definition of a table is looked at.
    Table(fn(&TableScene<'_>) -> Vec<Flaw>),
    /// The walk over sources finds them itself.
    Walk,
}

/// What a rule's page shows; a test lints both with `config/` and `examples/ecommerce.sql`.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What it is an example of.
    pub kind: SourceKind,
    /// The rule finds something.
    pub bad: &'static str,
    /// No rule finds anything.
    pub good: &'static str,
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name.
    pub id: &'static str,
    /// How much it counts unless a rules file says otherwise.
    pub severity: Severity,
    /// One line.
    pub title: &'static str,
    /// Why it is so, for its page.
    pub why: &'static str,
    /// What finds it.
    pub check: Check,
    /// For its page.
    pub example: Example,
}

impl Rule {
    /// The code that the proxy refuses with, if it is one that it refuses.
    #[must_use]
    pub fn code(&self) -> Option<RefusalCode> {
        match self.check {
            Check::Refusal(code) => Some(code),
            Check::Table(_) | Check::Walk => None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.code().map_or("", RefusalCode::remedy)
    }
}
