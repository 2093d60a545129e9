//! A statement names an actual table or schema.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "actual-name",
    severity: Severity::Error,
    title: "A statement names an actual table or schema.",
    why: "It would go around the rule, and break as soon as the table moves.",
    check: Check::Refusal(RefusalCode::ActualName),
    example: Example {
        kind: SourceKind::Sql,
        bad: "SELECT stock FROM inv_stock_3 WHERE sku_id = 1;",
        good: "SELECT stock FROM inv_stock WHERE sku_id = 1 AND warehouse_id = 1;",
    },
};
