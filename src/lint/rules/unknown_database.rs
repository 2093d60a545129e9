//! A table is qualified with a database that is not there.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "unknown-database",
    severity: Severity::Error,
    title: "A table is qualified with a database that is not there.",
    why: "The name in front of a table is that of a logical database, never of a schema at a server.",
    check: Check::Refusal(RefusalCode::UnknownDatabase),
    example: Example {
        kind: SourceKind::Sql,
        bad: "SELECT stock FROM warehouse.inv_stock WHERE sku_id = 1 AND warehouse_id = 1;",
        good: "SELECT stock FROM ecommerce.inv_stock WHERE sku_id = 1 AND warehouse_id = 1;",
    },
};
