//! A write would hit several data sources, or give each copy of a broadcast table another value.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "write-over-nodes",
    severity: Severity::Error,
    title: "A write would hit several data sources, or give each copy of a broadcast table another value.",
    why: "It would not be atomic. `allowSplitWrite` in the rule of the table gives that up.",
    check: Check::Refusal(RefusalCode::WriteOverNodes),
    example: Example {
        kind: SourceKind::Sql,
        bad: "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (1, 1, 5), (2, 1, 5), (3, 1, 5), (4, 1, 5), (5, 1, 5);",
        good: "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (1, 1, 5);",
    },
};
