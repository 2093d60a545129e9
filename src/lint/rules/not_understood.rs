//! A statement on a sharded table is not understood with certainty.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "not-understood",
    severity: Severity::Error,
    title: "A statement on a sharded table is not understood with certainty.",
    why: "What is not understood is refused rather than run in a wrong place.",
    check: Check::Refusal(RefusalCode::NotUnderstood),
    example: Example {
        kind: SourceKind::Sql,
        bad: "SELECT stock FROM inv_stock PARTITION BY SYSTEM WHERE sku_id = 1;",
        good: "SELECT stock FROM inv_stock WHERE sku_id = 1 AND warehouse_id = 1;",
    },
};
