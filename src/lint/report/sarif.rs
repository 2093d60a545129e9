//! SARIF 2.1.0, as code scanning services read it.

use serde_json::{Map, Value, json};

use super::times;
use crate::lint::finding::{Finding, Problem};
use crate::lint::linter::Report;
use crate::lint::page::rule_markdown;
use crate::lint::passage::Place;
use crate::lint::rule::Rule;
use crate::lint::rules;

pub fn write(report: &Report) -> String {
    let value = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "shardgate lint",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules::ALL.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": report.problems.is_empty(),
                "toolExecutionNotifications": report.problems.iter().map(notification).collect::<Vec<_>>(),
            }],
            "columnKind": "unicodeCodePoints",
            "results": report.findings.iter().map(result).collect::<Vec<_>>(),
        }],
    });
    format!("{value:#}\n")
}

fn descriptor(rule: &Rule) -> Value {
    let mut properties = Map::new();
    if let Some(code) = rule.code() {
        properties.insert("code".to_owned(), json!(code.number().0));
    }
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": rule.why },
        "help": { "text": format!("{} {}", rule.why, rule.remedy()).trim_end(), "markdown": rule_markdown(rule) },
        "defaultConfiguration": { "level": rule.severity.name() },
        "properties": properties,
    })
}

fn result(finding: &Finding) -> Value {
    let index = rules::ALL
        .iter()
        .position(|rule| rule.id == finding.rule.id);
    json!({
        "ruleId": finding.rule.id,
        "ruleIndex": index.unwrap_or_default(),
        "level": finding.severity.name(),
        "message": { "text": format!("{}{}", finding.message, times(finding.count)) },
        "locations": [location(&finding.file, Some((finding.start, finding.end)))],
        "partialFingerprints": { "statementDigest/v1": finding.digest },
        "occurrenceCount": finding.count,
    })
}

fn notification(problem: &Problem) -> Value {
    json!({
        "level": "error",
        "message": { "text": problem.message },
        "locations": [location(&problem.file, problem.place.map(|place| (place, place)))],
    })
}

fn location(file: &str, region: Option<(Place, Place)>) -> Value {
    let mut physical = Map::new();
    physical.insert("artifactLocation".to_owned(), json!({ "uri": uri(file) }));
    if let Some((start, end)) = region {
        physical.insert(
            "region".to_owned(),
            json!({
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            }),
        );
    }
    json!({ "physicalLocation": physical })
}

/// A path as a relative reference.
fn uri(path: &str) -> String {
    use std::fmt::Write;
    let mut uri = String::new();
    if path == "-" {
        return "stdin".to_owned();
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // writing to a String cannot fail
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
