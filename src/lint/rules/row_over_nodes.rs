//! A row of an INSERT computes its sharding value.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "row-over-nodes",
    severity: Severity::Error,
    title: "A row of an INSERT computes its sharding value.",
    why: "Where the row belongs is known only once the value is: the application has to compute it.",
    check: Check::Refusal(RefusalCode::RowOverNodes),
    example: Example {
        kind: SourceKind::Sql,
        bad: "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (1 + 1, 1, 0);",
        good: "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (2, 1, 0);",
    },
};
