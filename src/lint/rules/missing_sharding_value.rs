//! A statement on a sharded table has no value for its sharding column.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "missing-sharding-value",
    severity: Severity::Error,
    title: "A statement on a sharded table has no value for its sharding column.",
    why: "The statement would run on every node. The proxy refuses it (20090) before any server sees it, unless the rule of the table says `allowFullRoute` or the statement has a hint. A value is one that is compared with `=` or `IN` and joined by AND, with an exact literal or a parameter; `<>`, `NOT`, functions, arithmetic and interpolated text are none.",
    check: Check::Refusal(RefusalCode::NoShardingValue),
    example: Example {
        kind: SourceKind::Sql,
        bad: "SELECT sku_id, stock FROM inv_stock WHERE warehouse_id = 1;",
        good: "SELECT sku_id, stock FROM inv_stock WHERE sku_id = 12345 AND warehouse_id = 1;",
    },
};
