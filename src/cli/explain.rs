//! `shardgate explain`: the live router on a statement, without any server.

use std::path::Path;
use std::process::ExitCode;

use crate::config::Config;
use crate::model::{Schema, SourceId};
use crate::route::{Refusal, Target};
use crate::rule::Database;
use crate::server;
use crate::sql::{ServerFamily, SqlMode};
use crate::verdict::{Grounds, Logical};

use super::output::print;

/// Read for a server that runs no version-gated comment.
const FAMILY: ServerFamily = ServerFamily::MySql(80_400);

pub(super) fn explain(folder: &Path, database: Option<&str>, text: &str) -> ExitCode {
    let config = match server::load(folder) {
        Ok(config) => config,
        Err(error) => {
            eprintln!(
                "shardgate explain: {error}; run: shardgate check --config {}",
                folder.display()
            );
            return ExitCode::FAILURE;
        }
    };
    let wanted = |known: &crate::config::DatabaseConfig| {
        database.is_none_or(|name| known.database.name.eq_ignore_ascii_case(name))
    };
    let Some(current) = config.databases.iter().position(wanted) else {
        eprintln!("shardgate explain: there is no such logical database");
        return ExitCode::FAILURE;
    };
    match told(&config, current, text.as_bytes()) {
        Ok(lines) => {
            print(&lines);
            ExitCode::SUCCESS
        }
        Err(line) => {
            print([line]);
            ExitCode::FAILURE
        }
    }
}

fn told(config: &Config, current: usize, text: &[u8]) -> Result<Vec<String>, String> {
    let refused = |refusal: Refusal| {
        let (code, sqlstate) = refusal.code.number();
        format!("refused: {code} ({sqlstate}): {refusal}")
    };
    let rules = config.databases.iter().map(|known| &known.database);
    let names: Vec<String> = rules.clone().map(|rules| rules.name.clone()).collect();
    let schema = Schema::default();
    let databases: Vec<Logical<'_>> = rules
        .map(|rules| Logical {
            rules,
            schema: &schema,
        })
        .collect();
    let grounds = Grounds {
        databases: &databases,
        names: &names,
        current,
        mode: SqlMode::default(),
        family: FAMILY,
    };
    let read = grounds.read(text).map_err(refused)?;
    let verdict = grounds.verdict(text, &read).map_err(refused)?;
    let route = &verdict.route;
    let mut lines: Vec<String> = route
        .reasons
        .iter()
        .map(|reason| format!("because {reason}"))
        .collect();
    if read.statement.parameters > 0 {
        lines.push(
            "each ? stands for the number 1 here: when the statement is executed its values decide where it goes"
                .to_owned(),
        );
    }
    lines.push(target_line(&route.target, verdict.database));
    lines.push(format!(
        "runs on: {}",
        if route.is_write || route.needs_primary {
            "primary"
        } else {
            "replica"
        }
    ));
    lines.extend(
        verdict
            .plan
            .actual(text, verdict.database)
            .map(|(source, actual)| format!("{source}: {actual}")),
    );
    Ok(lines)
}

/// Where the statement goes, in words.
fn target_line(target: &Target, database: &Database) -> String {
    let name = |source: SourceId| {
        database
            .group(source)
            .map_or("?", |group| group.name.as_str())
    };
    match target {
        Target::Units(units) => {
            let nodes = units.iter().map(|unit| {
                let tables: Vec<&str> = unit.tables.iter().map(|(_, table)| &**table).collect();
                format!("{} ({})", name(unit.source), tables.join(", "))
            });
            format!("goes to: {}", nodes.collect::<Vec<_>>().join("; "))
        }
        Target::Source(source) => format!("goes to: {}", name(*source)),
        Target::Any => "goes to: any data source".to_owned(),
        Target::Every(sources) => {
            let names: Vec<&str> = sources.iter().map(|source| name(*source)).collect();
            format!("goes to: every one of {}", names.join(", "))
        }
        Target::TransactionWriter => {
            "goes to: the data source that the transaction writes to".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str) -> Result<Vec<String>, String> {
        let config = server::load(Path::new("config")).unwrap();
        told(&config, 0, text.as_bytes())
    }

    #[test]
    fn parameters_are_shown_by_a_stand_in() {
        let lines =
            explained("SELECT stock FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?").unwrap();
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("each ? stands for")),
            "{lines:?}"
        );
        let actual = lines.last().unwrap();
        assert!(actual.contains("FROM `inv_stock_"), "{actual}");
        assert!(
            actual.ends_with("WHERE sku_id = ? AND warehouse_id = ?"),
            "{actual}"
        );
    }

    #[test]
    fn what_no_value_can_route_is_refused_with_its_parameters() {
        let refused = explained("SELECT stock FROM inv_stock WHERE stock > ?").unwrap_err();
        assert!(refused.starts_with("refused: 20090 (42000)"), "{refused}");
    }
}
