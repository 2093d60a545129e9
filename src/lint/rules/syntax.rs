//! The text is no statement: something is not closed.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "syntax",
    severity: Severity::Error,
    title: "The text is no statement: something is not closed.",
    why: "Every server would refuse it.",
    check: Check::Refusal(RefusalCode::Syntax),
    example: Example {
        kind: SourceKind::Sql,
        bad: "SELECT 'it''s not closed FROM inv_stock",
        good: "SELECT 'it''s closed' FROM inv_stock WHERE sku_id = 1 AND warehouse_id = 1;",
    },
};
