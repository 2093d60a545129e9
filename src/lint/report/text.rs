//! For people: the line, carets below, what to do.

use std::fmt::Write;

use super::times;
use crate::lint::finding::Finding;
use crate::lint::linter::{Counts, Report};
use crate::lint::rule::Severity;

/// Longest part of a line that is shown.
const WIDTH: usize = 160;

pub fn write(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        one(finding, &mut out);
    }
    for problem in &report.problems {
        line(&mut out, format_args!("{problem}"));
    }
    summary(report, &mut out);
    out
}

/// Writing to a String cannot fail.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = writeln!(out, "{text}");
}

fn one(finding: &Finding, out: &mut String) {
    let place = finding.start;
    let code = finding
        .code
        .map(|code| format!(" ({code})"))
        .unwrap_or_default();
    line(
        out,
        format_args!(
            "{}:{}:{}: {}[{}]{code}: {}{}",
            finding.file,
            place.line,
            place.column,
            finding.severity.name(),
            finding.rule.id,
            finding.message,
            times(finding.count)
        ),
    );
    let (text, first) = &finding.line;
    let begin = place.column.saturating_sub(*first);
    let length = if finding.end.line == place.line {
        finding.end.column.saturating_sub(place.column)
    } else {
        text.chars().count().saturating_sub(begin)
    };
    // the part of a long line that matters
    let cut = begin.saturating_sub(WIDTH / 2);
    let shown: String = text.chars().skip(cut).take(WIDTH).collect();
    let blanks: String = text
        .chars()
        .skip(cut)
        .take(begin - cut)
        .map(|c| if c == '\t' { '\t' } else { ' ' })
        .collect();
    let carets = "^".repeat(length.clamp(1, WIDTH.saturating_sub(begin - cut).max(1)));
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    line(out, format_args!("{margin} |"));
    line(out, format_args!("{number} | {shown}"));
    line(out, format_args!("{margin} | {blanks}{carets}"));
    let remedy = finding.rule.remedy();
    if !remedy.is_empty() {
        line(out, format_args!("{margin} = {remedy}"));
    }
    out.push('\n');
}

fn summary(report: &Report, out: &mut String) {
    let of = |severity| {
        report
            .findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let Counts {
        files,
        statements,
        suppressed,
        in_baseline,
        more,
    } = report.counts;
    let mut tail = String::new();
    if suppressed > 0 {
        let _ = write!(tail, ", {suppressed} suppressed");
    }
    if in_baseline > 0 {
        let _ = write!(tail, ", {in_baseline} in the baseline");
    }
    if more > 0 {
        let _ = write!(tail, ", {more} more not shown");
    }
    if !report.problems.is_empty() {
        let _ = write!(tail, ", {} files not read", report.problems.len());
    }
    line(
        out,
        format_args!(
            "errors: {}, warnings: {}, in {statements} statements of {files} files{tail}",
            of(Severity::Error),
            of(Severity::Warning)
        ),
    );
}
