//! How much each rule counts in a file.

use crate::config::{LintFile, LintLevel};

use super::pattern::matches;
use super::rule::{Rule, Severity};

/// Severities by rule and path.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    file: LintFile,
}

impl Settings {
    /// What a rules file says.
    #[must_use]
    pub fn new(file: LintFile) -> Self {
        Self { file }
    }

    /// The severity of a rule's findings in a file; `None` if they are not told.
    #[must_use]
    pub fn severity(&self, rule: &Rule, file: &str) -> Option<Severity> {
        let below = self
            .file
            .paths
            .iter()
            .filter(|(pattern, _)| matches(pattern, file));
        let levels = self
            .file
            .rules
            .iter()
            .chain(below.flat_map(|(_, levels)| levels));
        let level = levels
            .filter(|(id, _)| id == rule.id)
            .map(|(_, level)| *level)
            .next_back();
        match level {
            None => Some(rule.severity),
            Some(LintLevel::Off) => None,
            Some(LintLevel::Warning) => Some(Severity::Warning),
            Some(LintLevel::Error) => Some(Severity::Error),
        }
    }
}
