//! A foreign key points to rows on other nodes.

use crate::lint::definition::Change;
use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::lint::table_rules::{Flaw, TableScene};
use crate::rule::{ShardedTable, TableRule};

/// The rule.
pub const RULE: Rule = Rule {
    id: "cross-node-foreign-key",
    severity: Severity::Error,
    title: "A foreign key points to rows on other nodes.",
    why: "A server checks a foreign key against its own tables alone. It holds where the other table is a broadcast table, or where both are bound and the key pairs all of their sharding columns.",
    check: Check::Table(check),
    example: Example {
        kind: SourceKind::Sql,
        bad: "CREATE TABLE inv_reservation (\n  id BIGINT NOT NULL PRIMARY KEY,\n  sku_id BIGINT NOT NULL,\n  CONSTRAINT fk_stock FOREIGN KEY (sku_id) REFERENCES inv_stock (sku_id)\n);",
        good: "CREATE TABLE inv_reservation (\n  id BIGINT NOT NULL PRIMARY KEY,\n  sku_id BIGINT NOT NULL\n);",
    },
};

fn check(scene: &TableScene<'_>) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for (columns, table, referenced, tokens) in foreign_keys(scene) {
        let other = scene.database.table(table);
        let holds = match (scene.sharded, other) {
            (_, Some(TableRule::Broadcast { .. })) => true,
            (Some(own), Some(TableRule::Sharded(other))) => {
                scene.database.are_bound(&own.name, &other.name)
                    && pairs_all(own, other, columns, referenced)
            }
            (None, Some(TableRule::Sharded(_) | TableRule::Local { .. })) | (Some(_), _) => false,
            (None, _) => true,
        };
        if !holds {
            let message = format!(
                "{}: the foreign key to {table} cannot be checked, its rows lie on other nodes; leave it out and check in the application",
                scene.target.table
            );
            flaws.push(Flaw { message, tokens });
        }
    }
    flaws
}

type Found<'a> = (&'a [String], &'a str, &'a [String], (usize, usize));

fn foreign_keys<'a>(scene: &TableScene<'a>) -> Vec<Found<'a>> {
    let of_change = |change: &'a Change| match change {
        Change::AddForeignKey(key) => Some((
            key.columns.as_slice(),
            key.table.as_str(),
            key.referenced.as_slice(),
            key.tokens,
        )),
        Change::AddColumn(column, _) | Change::Redefine(_, column, _) => {
            let (table, referenced) = column.references.as_ref()?;
            Some((
                std::slice::from_ref(&column.name),
                table.as_str(),
                referenced.as_slice(),
                column.tokens,
            ))
        }
        _ => None,
    };
    scene.target.changes.iter().filter_map(of_change).collect()
}

/// Each sharding column of one table points to that of the other.
fn pairs_all(
    own: &ShardedTable,
    other: &ShardedTable,
    columns: &[String],
    referenced: &[String],
) -> bool {
    let has = |one: &str, two: &str| {
        let mut pairs = columns.iter().zip(referenced);
        pairs.any(|(column, target)| {
            column.eq_ignore_ascii_case(one) && target.eq_ignore_ascii_case(two)
        })
    };
    own.columns.len() == other.columns.len()
        && own
            .columns
            .iter()
            .zip(&other.columns)
            .all(|(one, two)| has(one, two))
}
