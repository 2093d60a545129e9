//! A migration drops, renames or retypes a sharding column.

use crate::lint::definition::{Change, ColumnDefinition};
use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::lint::table_rules::{Flaw, TableScene};
use crate::model::ColumnKind;
use crate::rule::ShardedTable;

/// The rule.
pub const RULE: Rule = Rule {
    id: "sharding-column-dropped",
    severity: Severity::Error,
    title: "A migration drops, renames or retypes a sharding column.",
    why: "Rows lie where the value of the column put them, and the rule names the column. Another type may read or hash the same values otherwise.",
    check: Check::Table(check),
    example: Example {
        kind: SourceKind::Sql,
        bad: "ALTER TABLE inv_stock DROP COLUMN warehouse_id;",
        good: "ALTER TABLE inv_stock DROP COLUMN version;",
    },
};

fn check(scene: &TableScene<'_>) -> Vec<Flaw> {
    let Some(table) = scene.sharded else {
        return Vec::new();
    };
    let mut flaws = Vec::new();
    for change in &scene.target.changes {
        let (name, done, tokens) = match change {
            Change::DropColumn(name, at) => (name, "dropped", (*at, *at)),
            Change::RenameColumn(old, _) => (old, "renamed", (0, 0)),
            Change::Redefine(old, column, _) if !old.eq_ignore_ascii_case(&column.name) => {
                (old, "renamed", column.tokens)
            }
            Change::Redefine(old, column, _) if is_retyped(table, old, column) => {
                (old, "given another type", column.tokens)
            }
            _ => continue,
        };
        if table.column_index(name).is_some() {
            let message = format!(
                "{}.{name} is a sharding column and is {done}: rows would no longer be found; rows must be moved to a table with the new layout",
                table.name
            );
            flaws.push(Flaw { message, tokens });
        }
    }
    flaws
}

/// Integers of any width are read alike.
fn is_retyped(table: &ShardedTable, name: &str, column: &ColumnDefinition) -> bool {
    let is_integer = |kind: &ColumnKind| matches!(kind, ColumnKind::Integer { .. });
    let declared = table.declared.get(&name.to_lowercase());
    declared.is_some_and(|kind| is_integer(kind) != is_integer(&column.kind))
}
