//! A suppression says no reason, and hides nothing.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "suppression-without-reason",
    severity: Severity::Warning,
    title: "A suppression says no reason, and hides nothing.",
    why: "Who reads it later has to know why the finding does not count here.",
    check: Check::Walk,
    example: Example {
        kind: SourceKind::Sql,
        bad: "-- shardgate-lint: ignore missing-sharding-value\nSELECT stock FROM inv_stock WHERE warehouse_id = 1;",
        good: "-- shardgate-lint: ignore missing-sharding-value nightly report on a replica of its own\nSELECT stock FROM inv_stock WHERE warehouse_id = 1;",
    },
};
