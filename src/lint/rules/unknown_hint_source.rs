//! A hint names a data source that is not there.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "unknown-hint-source",
    severity: Severity::Error,
    title: "A hint names a data source that is not there.",
    why: "The statement is refused rather than sent anywhere else.",
    check: Check::Refusal(RefusalCode::HintDataSource),
    example: Example {
        kind: SourceKind::Sql,
        bad: "/* shardgate: data_source=rw_99 */ SELECT 1;",
        good: "/* shardgate: data_source=rw_0 */ SELECT 1;",
    },
};
