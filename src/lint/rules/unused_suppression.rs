//! A suppression hides nothing.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;

/// The rule.
pub const RULE: Rule = Rule {
    id: "unused-suppression",
    severity: Severity::Warning,
    title: "A suppression hides nothing.",
    why: "The finding that it was written for is gone, or the name of the rule is misspelled. Left in place it would hide the next one.",
    check: Check::Walk,
    example: Example {
        kind: SourceKind::Sql,
        bad: "-- shardgate-lint: ignore missing-sharding-value nightly report\nSELECT stock FROM inv_stock WHERE sku_id = 1 AND warehouse_id = 1;",
        good: "-- shardgate-lint: ignore missing-sharding-value nightly report on a replica of its own\nSELECT stock FROM inv_stock WHERE warehouse_id = 1;",
    },
};
