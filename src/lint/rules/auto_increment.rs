//! A sharded table has an AUTO_INCREMENT column.

use crate::lint::definition::Change;
use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::lint::table_rules::{Flaw, TableScene};

/// The rule.
pub const RULE: Rule = Rule {
    id: "auto-increment",
    severity: Severity::Error,
    title: "A sharded table has an AUTO_INCREMENT column.",
    why: "Each actual table would count by itself, so that rows of different tables get one id. Let a key generator fill the column (`keyGenerateStrategy`).",
    check: Check::Table(check),
    example: Example {
        kind: SourceKind::Sql,
        bad: "CREATE TABLE inv_stock (\n  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,\n  sku_id BIGINT NOT NULL,\n  warehouse_id INT NOT NULL\n);",
        good: "CREATE TABLE inv_stock (\n  id BIGINT NOT NULL PRIMARY KEY,\n  sku_id BIGINT NOT NULL,\n  warehouse_id INT NOT NULL\n);",
    },
};

fn check(scene: &TableScene<'_>) -> Vec<Flaw> {
    let Some(table) = scene.sharded else {
        return Vec::new();
    };
    let mut flaws = Vec::new();
    for change in &scene.target.changes {
        let (Change::AddColumn(column, _) | Change::Redefine(_, column, _)) = change else {
            continue;
        };
        if column.is_auto_increment {
            let message = format!(
                "{}.{}: each of the {} actual tables counts by itself, so ids repeat; leave AUTO_INCREMENT out and let keyGenerateStrategy fill it",
                table.name,
                column.name,
                table.nodes.len()
            );
            flaws.push(Flaw {
                message,
                tokens: column.tokens,
            });
        }
    }
    flaws
}
