//! A read would have to be merged from several data sources.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "needs-merge",
    severity: Severity::Error,
    title: "A read would have to be merged from several data sources.",
    why: "Aggregates, ordering, grouping and limits over several data sources are not put together.",
    check: Check::Refusal(RefusalCode::NeedsMerge),
    example: Example {
        kind: SourceKind::Sql,
        bad: "SELECT SUM(stock) FROM inv_stock WHERE sku_id IN (1, 2, 3, 4, 5, 6, 7, 8);",
        good: "SELECT SUM(stock) FROM inv_stock WHERE sku_id = 1 AND warehouse_id = 1;",
    },
};
