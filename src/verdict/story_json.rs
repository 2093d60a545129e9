//! A story as JSON, for programs.

use serde_json::{Value, json};

use super::story::{Outcome, Story};
use crate::route::ToldTable;

impl Story {
    /// The story as a JSON object.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "statement": self.kind,
            "database": self.database,
            "digest": self.digest.to_string(),
            "normalized": self.normalized,
            "tables": self.tables.iter().map(table).collect::<Vec<_>>(),
            "notes": self.notes,
            "verdict": outcome(&self.outcome),
        })
    }
}

fn table(table: &ToldTable) -> Value {
    let columns = table.columns.iter().map(
        |column| json!({"name": column.name, "known": column.known, "carried": column.is_carried}),
    );
    let candidates = table
        .candidates
        .as_ref()
        .map(|found| json!({"count": found.count, "first": found.first}));
    json!({
        "name": table.name,
        "alias": table.alias,
        "kind": table.kind,
        "nodes": table.nodes,
        "sharding_columns": columns.collect::<Vec<_>>(),
        "candidates": candidates,
        "fault": table.fault,
    })
}

fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Own => json!({"outcome": "own"}),
        Outcome::Refused {
            code,
            sqlstate,
            message,
            remedy,
        } => json!({
            "outcome": "refused",
            "code": code,
            "sqlstate": sqlstate,
            "message": message,
            "remedy": remedy,
        }),
        Outcome::Routed(routed) => json!({
            "outcome": "routed",
            "target": routed.target,
            "runs_on": if routed.is_primary { "primary" } else { "replica" },
            "full_route": routed.is_full,
            "reasons": routed.reasons,
            "units": routed.units.iter().map(|unit| json!({
                "data_source": unit.source,
                "tables": unit.tables,
                "sql": unit.sql,
            })).collect::<Vec<_>>(),
        }),
    }
}
