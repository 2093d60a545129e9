//! A hint has a key or a value that is not known.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "unknown-hint",
    severity: Severity::Error,
    title: "A hint has a key or a value that is not known.",
    why: "A misspelled hint is an error, not a silent nothing.",
    check: Check::Refusal(RefusalCode::UnknownHint),
    example: Example {
        kind: SourceKind::Sql,
        bad: "/* shardgate: primray */ SELECT stock FROM inv_stock WHERE sku_id = 1 AND warehouse_id = 1;",
        good: "/* shardgate: primary */ SELECT stock FROM inv_stock WHERE sku_id = 1 AND warehouse_id = 1;",
    },
};
