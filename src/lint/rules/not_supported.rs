//! A statement that the proxy does not serve.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "not-supported",
    severity: Severity::Error,
    title: "A statement that the proxy does not serve.",
    why: "XA, CREATE DATABASE, GRANT and the like are for the servers themselves, or for the configuration.",
    check: Check::Refusal(RefusalCode::NotSupported),
    example: Example {
        kind: SourceKind::Sql,
        bad: "XA START 'order';",
        good: "START TRANSACTION;",
    },
};
