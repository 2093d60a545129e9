//! One JSON object.

use serde_json::{Value, json};

use crate::lint::finding::{Finding, Problem};
use crate::lint::linter::Report;

pub fn write(report: &Report) -> String {
    let counts = report.counts;
    let value = json!({
        "version": 1,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "problems": report.problems.iter().map(problem).collect::<Vec<_>>(),
        "counts": {
            "files": counts.files,
            "statements": counts.statements,
            "suppressed": counts.suppressed,
            "inBaseline": counts.in_baseline,
            "more": counts.more,
        },
    });
    format!("{value:#}\n")
}

fn finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule.id,
        "severity": finding.severity.name(),
        "code": finding.code,
        "message": finding.message,
        "remedy": finding.rule.remedy(),
        "file": &*finding.file,
        "line": finding.start.line,
        "column": finding.start.column,
        "endLine": finding.end.line,
        "endColumn": finding.end.column,
        "digest": finding.digest,
        "count": finding.count,
    })
}

fn problem(problem: &Problem) -> Value {
    json!({
        "file": problem.file,
        "line": problem.place.map(|place| place.line),
        "column": problem.place.map(|place| place.column),
        "message": problem.message,
    })
}
