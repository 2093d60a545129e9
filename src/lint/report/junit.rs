//! JUnit's XML: a suite a file, a failed case a finding.

use std::collections::BTreeMap;
use std::fmt::Write;

use quick_xml::escape::escape;

use super::times;
use crate::lint::finding::Finding;
use crate::lint::linter::Report;

pub fn write(report: &Report) -> String {
    let mut files: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        files.entry(&finding.file).or_default().push(finding);
    }
    let failures = report.findings.len();
    let errors = report.problems.len();
    let tests = (failures + errors).max(1);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let mut put = |text: std::fmt::Arguments<'_>| {
        // writing to a String cannot fail
        let _ = writeln!(out, "{text}");
    };
    put(format_args!(
        "<testsuites name=\"shardgate lint\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">"
    ));
    for (file, findings) in &files {
        let count = findings.len();
        put(format_args!(
            "  <testsuite name=\"{}\" tests=\"{count}\" failures=\"{count}\" errors=\"0\">",
            clean(file)
        ));
        for finding in findings {
            put(format_args!("{}", case(finding)));
        }
        put(format_args!("  </testsuite>"));
    }
    for problem in &report.problems {
        let file = clean(&problem.file);
        put(format_args!(
            "  <testsuite name=\"{file}\" tests=\"1\" failures=\"0\" errors=\"1\">"
        ));
        put(format_args!(
            "    <testcase classname=\"{file}\" name=\"read\"><error message=\"{}\"/></testcase>",
            clean(&problem.to_string())
        ));
        put(format_args!("  </testsuite>"));
    }
    if failures + errors == 0 {
        put(format_args!(
            "  <testsuite name=\"all\" tests=\"1\" failures=\"0\" errors=\"0\">"
        ));
        put(format_args!(
            "    <testcase classname=\"shardgate.lint\" name=\"{} statements\"/>",
            report.counts.statements
        ));
        put(format_args!("  </testsuite>"));
    }
    put(format_args!("</testsuites>"));
    out
}

fn case(finding: &Finding) -> String {
    let place = finding.start;
    let message = clean(&format!("{}{}", finding.message, times(finding.count)));
    format!(
        "    <testcase classname=\"{}\" name=\"{} at {}:{}\"><failure type=\"{}\" message=\"{message}\">{}</failure></testcase>",
        clean(&finding.file),
        finding.rule.id,
        place.line,
        place.column,
        finding.severity.name(),
        clean(finding.line.0.trim())
    )
}

/// XML has no way to write most control characters.
fn clean(text: &str) -> String {
    let is_kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let kept: String = text.chars().filter(is_kept).collect();
    escape(kept.as_str()).into_owned()
}
