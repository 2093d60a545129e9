//! Workflow commands, which GitHub shows beside the lines of a change.

use super::times;
use crate::lint::linter::Report;

pub fn write(report: &Report) -> String {
    let findings = report.findings.iter().map(|finding| {
        let code = finding
            .code
            .map(|code| format!(" ({code})"))
            .unwrap_or_default();
        format!(
            "::{} file={},line={},col={},endLine={},endColumn={},title={}::{}\n",
            finding.severity.name(),
            property(&finding.file),
            finding.start.line,
            finding.start.column,
            finding.end.line,
            finding.end.column,
            property(&format!("{}{code}", finding.rule.id)),
            data(&format!("{}{}", finding.message, times(finding.count)))
        )
    });
    let problems = report.problems.iter().map(|problem| {
        let place = problem
            .place
            .map(|place| format!(",line={},col={}", place.line, place.column));
        let file = property(&problem.file);
        format!(
            "::error file={file}{}::{}\n",
            place.unwrap_or_default(),
            data(&problem.message)
        )
    });
    findings.chain(problems).collect()
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
