//! A row of an INSERT without column list has another width than the table.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "column-count",
    severity: Severity::Error,
    title: "A row of an INSERT without column list has another width than the table.",
    why: "Which value belongs to which column is not known. The columns come from `--schema`, or from `--online`.",
    check: Check::Refusal(RefusalCode::ColumnCount),
    example: Example {
        kind: SourceKind::Sql,
        bad: "INSERT INTO inv_stock VALUES (1, 2);",
        good: "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (1, 2, 0);",
    },
};
