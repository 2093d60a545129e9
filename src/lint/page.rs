//! The pages about rules, printed from the rules.

use std::fmt::Write;

use super::rule::{Check, Rule};
use super::rules;
use super::source::SourceKind;

const HEAD: &str = "\
# Lint rules

This page and those below are printed from `src/lint/rules`; a test keeps them equal
(`UPDATE_DOCS=1 cargo test --lib lint::` rewrites them). How to run it: [lint](lint-usage.md).

A refused statement is an error with the proxy's own number: lint asks the same router. Examples are judged with
`config/` and `examples/ecommerce.sql`.

| rule | number | severity | finds |
|---|---|---|---|
";

/// The table of all rules.
#[must_use]
pub fn index_markdown() -> String {
    let mut page = HEAD.to_owned();
    for rule in rules::ALL {
        let code = rule.code().map(|code| code.number().0.to_string());
        // writing to a String cannot fail
        let _ = writeln!(
            page,
            "| [{0}](lint/{0}.md) | {1} | {2} | {3} |",
            rule.id,
            code.unwrap_or_default(),
            rule.severity.name(),
            rule.title
        );
    }
    page.push_str("\nThese refusals need a session, a server or a list of the running process, and are told by none: ");
    let numbers: Vec<String> = rules::LIVE_ONLY
        .iter()
        .map(|code| code.number().0.to_string())
        .collect();
    let _ = writeln!(page, "{} ([refusals](refusals.md)).", numbers.join(", "));
    page
}

/// A rule's page.
#[must_use]
pub fn rule_markdown(rule: &Rule) -> String {
    let kind = match rule.check {
        Check::Refusal(code) => {
            let (number, sqlstate) = code.number();
            format!(
                "{}; the proxy answers {number} ({sqlstate})",
                rule.severity.name()
            )
        }
        Check::Table(_) => format!(
            "{}; the proxy carries the statement out",
            rule.severity.name()
        ),
        Check::Walk => rule.severity.name().to_owned(),
    };
    let language = if rule.example.kind == SourceKind::Mapper {
        "xml"
    } else {
        "sql"
    };
    let remedy = match rule.remedy() {
        "" => String::new(),
        remedy => format!("\n{remedy}\n"),
    };
    format!(
        "# {}\n\n{} ({kind})\n\n{}\n{remedy}\nFound:\n\n```{language}\n{}\n```\n\nRight:\n\n```{language}\n{}\n```\n\n\
         Not here: `-- shardgate-lint: ignore {} <reason>`\n",
        rule.id, rule.title, rule.why, rule.example.bad, rule.example.good, rule.id
    )
}
