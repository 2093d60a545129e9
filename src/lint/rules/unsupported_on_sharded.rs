//! A kind of statement that a table on several servers cannot have.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::route::RefusalCode;

/// The rule.
pub const RULE: Rule = Rule {
    id: "unsupported-on-sharded",
    severity: Severity::Error,
    title: "A kind of statement that a table on several servers cannot have.",
    why: "LOCK TABLES, HANDLER, LOAD DATA, views, routines and renaming speak of one table of one server. Dumps are full of LOCK TABLES: take them with `--skip-add-locks`.",
    check: Check::Refusal(RefusalCode::UnsupportedOnSharded),
    example: Example {
        kind: SourceKind::Sql,
        bad: "LOCK TABLES inv_stock WRITE;",
        good: "SELECT stock FROM inv_stock WHERE sku_id = 1 AND warehouse_id = 1 FOR UPDATE;",
    },
};
