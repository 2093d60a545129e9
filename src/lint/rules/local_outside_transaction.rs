//! A local table is read without saying where.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "local-outside-transaction",
    severity: Severity::Error,
    title: "A local table is read without saying where.",
    why: "A local table has other rows in each data source.",
    check: Check::Refusal(RefusalCode::LocalOutsideTransaction),
    example: Example {
        kind: SourceKind::Sql,
        bad: "SELECT id, payload FROM outbox WHERE status = 0;",
        good: "/* shardgate: data_source=rw_0 */ SELECT id, payload FROM outbox WHERE status = 0;",
    },
};
