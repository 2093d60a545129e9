//! A story as lines of text: one step each.

use super::story::{Outcome, Routed, Story};
use crate::route::{CARRIED, ToldTable};

impl Story {
    /// Steps and their texts, in the order in which the statement is handled.
    #[must_use]
    pub fn steps(&self) -> Vec<(&'static str, String)> {
        let mut steps = vec![
            ("statement", format!("{} in {}", self.kind, self.database)),
            ("digest", format!("{} {}", self.digest, self.normalized)),
        ];
        steps.extend(self.tables.iter().map(|table| ("table", told(table))));
        steps.extend(self.notes.iter().map(|note| ("note", note.clone())));
        match &self.outcome {
            Outcome::Own => steps.push((
                "route",
                "the proxy answers it, or keeps it as state of the session".to_owned(),
            )),
            Outcome::Routed(routed) => steps.extend(routed.steps()),
            Outcome::Refused {
                code,
                sqlstate,
                message,
                remedy,
            } => {
                steps.push(("refused", format!("{code} ({sqlstate}): {message}")));
                if !remedy.is_empty() {
                    steps.push(("remedy", (*remedy).to_owned()));
                }
            }
        }
        steps
    }
}

impl Routed {
    fn steps(&self) -> Vec<(&'static str, String)> {
        let mut steps: Vec<_> = self
            .reasons
            .iter()
            .map(|reason| ("because", reason.clone()))
            .collect();
        let all = if self.is_full {
            ", every node for want of values"
        } else {
            ""
        };
        steps.push(("route", format!("{}{all}", self.target)));
        let role = if self.is_primary {
            "primary"
        } else {
            "a replica that is fresh enough, if the group has one, else the primary"
        };
        steps.push(("runs on", role.to_owned()));
        let sql = self
            .units
            .iter()
            .map(|unit| ("sends", format!("{}: {}", unit.source, unit.sql)));
        steps.extend(sql);
        steps
    }
}

fn told(table: &ToldTable) -> String {
    let alias = table
        .alias
        .as_deref()
        .map(|alias| format!(" as {alias}"))
        .unwrap_or_default();
    let name = &table.name;
    let mut text = match table.nodes {
        0 => format!("{name}{alias}: {}", table.kind),
        nodes => format!("{name}{alias}: {}, {nodes} nodes", table.kind),
    };
    for column in &table.columns {
        let known = column.known.as_deref().unwrap_or("no value known");
        let whence = if column.is_carried { CARRIED } else { "" };
        text.push_str(&format!("; {} {known}{whence}", column.name));
    }
    if let Some(fault) = &table.fault {
        text.push_str(&format!("; {fault}"));
    }
    if let Some(candidates) = &table.candidates {
        text.push_str(&format!(
            "; {} of its nodes can hold rows",
            candidates.count
        ));
        if !candidates.first.is_empty() {
            let more = if candidates.count > candidates.first.len() {
                ", ..."
            } else {
                ""
            };
            text.push_str(&format!(": {}{more}", candidates.first.join(", ")));
        }
    }
    text
}
