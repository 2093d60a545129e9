//! Findings as text, JSON, SARIF, GitHub annotations and JUnit.

mod github;
mod json;
mod junit;
mod sarif;
mod text;

use super::linter::Report;

/// A way to write what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people, with the line and carets.
    #[default]
    Text,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands of GitHub.
    Github,
    /// JUnit's XML.
    Junit,
}

impl Format {
    /// Every format with its name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("text", Self::Text),
        ("json", Self::Json),
        ("sarif", Self::Sarif),
        ("github", Self::Github),
        ("junit", Self::Junit),
    ];

    /// Writes a report.
    #[must_use]
    pub fn write(self, report: &Report) -> String {
        match self {
            Self::Text => text::write(report),
            Self::Json => json::write(report),
            Self::Sarif => sarif::write(report),
            Self::Github => github::write(report),
            Self::Junit => junit::write(report),
        }
    }
}

/// What stands behind a message that was found several times in a log.
fn times(count: u64) -> String {
    if count > 1 {
        format!(" ({count} times)")
    } else {
        String::new()
    }
}
