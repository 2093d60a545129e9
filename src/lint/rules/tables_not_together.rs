//! A write names several sharded tables that do not come to lie on one node.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "tables-not-together",
    severity: Severity::Error,
    title: "A write names several sharded tables that do not come to lie on one node.",
    why: "A join can be written only on the server that holds all of its rows.",
    check: Check::Refusal(RefusalCode::TablesNotTogether),
    example: Example {
        kind: SourceKind::Sql,
        bad: "UPDATE inv_stock s JOIN inv_reservation r ON r.warehouse_id = s.warehouse_id SET s.reserved = 0 WHERE s.sku_id = 1 AND s.warehouse_id = 1 AND r.sku_id = 2;",
        good: "UPDATE inv_stock s JOIN inv_reservation r ON r.sku_id = s.sku_id SET s.reserved = 0 WHERE s.sku_id = 1 AND s.warehouse_id = 1;",
    },
};
