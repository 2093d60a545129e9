//! A row of an INSERT has no sharding value, or NULL.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "key-missing",
    severity: Severity::Error,
    title: "A row of an INSERT has no sharding value, or NULL.",
    why: "A row without sharding value has no node.",
    check: Check::Refusal(RefusalCode::KeyMissing),
    example: Example {
        kind: SourceKind::Sql,
        bad: "INSERT INTO inv_stock (warehouse_id, stock) VALUES (1, 5);",
        good: "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (1, 1, 5);",
    },
};
