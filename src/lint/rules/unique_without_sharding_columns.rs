//! A UNIQUE key lacks a sharding column.

use crate::lint::rule::{Check, Example, Rule, Severity};
use crate::lint::source::SourceKind;
use crate::lint::table_rules::{Flaw, TableScene};

use super::sharded_keys::keys;

/// The rule.
pub const RULE: Rule = Rule {
    id: "unique-without-sharding-columns",
    severity: Severity::Error,
    title: "A UNIQUE key lacks a sharding column.",
    why: "Each actual table holds its own unique key. Two rows with one value and different sharding values lie in different tables, and neither server sees the other. Only a key with all sharding columns is unique as a whole; a column that the key generator fills is unique by itself.",
    check: Check::Table(check),
    example: Example {
        kind: SourceKind::Sql,
        bad: "CREATE TABLE inv_reservation (\n  id BIGINT NOT NULL PRIMARY KEY,\n  order_no VARCHAR(64) NOT NULL,\n  sku_id BIGINT NOT NULL,\n  UNIQUE KEY uk_order (order_no)\n);",
        good: "CREATE TABLE inv_reservation (\n  id BIGINT NOT NULL PRIMARY KEY,\n  order_no VARCHAR(64) NOT NULL,\n  sku_id BIGINT NOT NULL,\n  UNIQUE KEY uk_order_sku (order_no, sku_id)\n);",
    },
};

fn check(scene: &TableScene<'_>) -> Vec<Flaw> {
    let Some(table) = scene.sharded else {
        return Vec::new();
    };
    let generated = table.key.as_ref().map(|key| key.column.as_str());
    let has = |columns: &[String], name: &str| {
        columns
            .iter()
            .any(|column| column.eq_ignore_ascii_case(name))
    };
    let mut flaws = Vec::new();
    for key in keys(scene.target) {
        if generated.is_some_and(|column| has(&key.columns, column)) {
            continue;
        }
        let missing: Vec<&str> = table
            .columns
            .iter()
            .map(String::as_str)
            .filter(|column| !has(&key.columns, column))
            .collect();
        if missing.is_empty() {
            continue;
        }
        let message = format!(
            "{}: the unique key {} ({}) lacks {}: rows with equal values can lie in different actual tables; add it to the key, or shard by what is unique",
            table.name,
            key.name,
            key.columns.join(", "),
            missing.join(", ")
        );
        flaws.push(Flaw {
            message,
            tokens: key.tokens,
        });
    }
    flaws
}
