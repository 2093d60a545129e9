//! INSERT ... SELECT into a sharded table.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "insert-select",
    severity: Severity::Error,
    title: "INSERT ... SELECT into a sharded table.",
    why: "Which nodes the rows belong to is known only after reading them.",
    check: Check::Refusal(RefusalCode::InsertSelect),
    example: Example {
        kind: SourceKind::Sql,
        bad: "INSERT INTO inv_stock (sku_id, warehouse_id, stock) SELECT sku_id, warehouse_id, stock FROM imported_stock;",
        good: "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (1, 1, 5);",
    },
};
