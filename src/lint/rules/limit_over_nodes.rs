//! An UPDATE or DELETE with LIMIT would hit several nodes.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "limit-over-nodes",
    severity: Severity::Error,
    title: "An UPDATE or DELETE with LIMIT would hit several nodes.",
    why: "Each node would apply the limit on its own, so that more rows change than the statement says.",
    check: Check::Refusal(RefusalCode::LimitOverNodes),
    example: Example {
        kind: SourceKind::Sql,
        bad: "DELETE FROM inv_stock WHERE sku_id = 1 LIMIT 1;",
        good: "DELETE FROM inv_stock WHERE sku_id = 1 AND warehouse_id = 1 LIMIT 1;",
    },
};
