//! The user has no right to the hint or the DDL.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "no-right",
    severity: Severity::Error,
    title: "The user has no right to the hint or the DDL.",
    why: "Only told with `--user`: without it a statement is judged as that of a user who may do everything.",
    check: Check::Refusal(RefusalCode::NoRight),
    example: Example {
        kind: SourceKind::Sql,
        bad: "/* shardgate: data_source=rw_0 */ SELECT 1;",
        good: "SELECT 1;",
    },
};
