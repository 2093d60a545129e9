//! `shardgate explain`: the live router on a statement, without any server.

use std::path::Path;
use std::process::ExitCode;

use crate::config::DatabaseConfig;
use crate::model::{Charset, Column, Schema, ShardingValue, SourceId, TableSchema};
use crate::rewrite;
use crate::route::{
    self, BoundValue, DdlRight, KeyNeed, Refusal, Rights, RouteInput, Target, Wishes,
};
use crate::rule::{Database, KeySpec};
use crate::server;
use crate::sql::{self, Lexed, ServerFamily, SqlMode};

use super::output::print;

/// Stands for a `?` whose column is a moment.
const MOMENT: &str = "2026-01-01 00:00:00";
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
    let wanted = |known: &&DatabaseConfig| {
        database.is_none_or(|name| known.database.name.eq_ignore_ascii_case(name))
    };
    let Some(found) = config.databases.iter().find(wanted) else {
        eprintln!("shardgate explain: there is no such logical database");
        return ExitCode::FAILURE;
    };
    let names: Vec<String> = config
        .databases
        .iter()
        .map(|known| known.database.name.clone())
        .collect();
    match told(found, &names, text.as_bytes()) {
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

fn told(config: &DatabaseConfig, names: &[String], text: &[u8]) -> Result<Vec<String>, String> {
    let refused = |refusal: Refusal| {
        let (code, sqlstate) = refusal.code.number();
        format!("refused: {code} ({sqlstate}): {refusal}")
    };
    let mode = SqlMode::default();
    let mut lexed = Lexed::default();
    sql::lex(text, mode, FAMILY, &mut lexed)
        .map_err(|error| format!("refused: 1064 (42000): {error}"))?;
    let range = 0..lexed.tokens.len();
    let statement = sql::analyze(text, &lexed, range.clone(), mode);
    let hints = sql::hints(text, &lexed, &range)
        .map_err(|error| format!("refused: 29004 (42000): {error}"))?;
    let schema = declared(config);
    let stand_in = BoundValue::Any {
        number: 1,
        moment: MOMENT,
    };
    let values = vec![stand_in; usize::from(statement.parameters)];
    let mut input = RouteInput {
        text,
        lexed: &lexed,
        statement: &statement,
        database: &config.database,
        databases: names,
        schema: &schema,
        mode,
        keeps_zero: false,
        charset: Charset::default(),
        params: Some(&values),
        generated: &[],
        wishes: Wishes {
            data_source: hints.data_source.as_deref(),
            primary: hints.primary_only,
            full_route: hints.full_route,
            disabled_auditors: &hints.disable_audit_names,
        },
        rights: Rights {
            may_hint: true,
            ddl: DdlRight::All,
        },
        explain: true,
    };
    let keys = stand_ins(&input).map_err(refused)?;
    input.generated = &keys;
    let route = route::route(&input).map_err(refused)?;
    let plan = rewrite::plan(&input, &route).map_err(refused)?;
    let mut lines: Vec<String> = route
        .reasons
        .iter()
        .map(|reason| format!("because {reason}"))
        .collect();
    if !values.is_empty() {
        lines.push(
            "each ? stands for the number 1 here: when the statement is executed its values decide where it goes"
                .to_owned(),
        );
    }
    lines.push(target_line(&route.target, &config.database));
    lines.push(format!(
        "runs on: {}",
        if route.is_write || route.needs_primary {
            "primary"
        } else {
            "replica"
        }
    ));
    lines.extend(
        plan.actual(text, &config.database)
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

/// Keys that PREVIEW shows instead of drawn ones.
fn stand_ins(input: &RouteInput<'_>) -> Result<Vec<ShardingValue>, Refusal> {
    let Some(need) = KeyNeed::of(input)? else {
        return Ok(Vec::new());
    };
    let is_uuid = input.database.sharded_tables().any(|table| {
        table
            .key
            .as_ref()
            .is_some_and(|key| key.column == need.column && matches!(key.generator, KeySpec::Uuid))
    });
    let stand_in = if is_uuid {
        ShardingValue::Text("0".repeat(32))
    } else {
        ShardingValue::Int(0)
    };
    Ok(vec![stand_in; need.count()])
}

/// Columns that the rules declare; without a server nothing else is known.
fn declared(config: &DatabaseConfig) -> Schema {
    let mut schema = Schema::default();
    for table in config
        .database
        .sharded_tables()
        .filter(|table| !table.declared.is_empty())
    {
        let columns = table
            .declared
            .iter()
            .map(|(name, kind)| Column {
                name: name.clone(),
                kind: kind.clone(),
                auto_increment: false,
            })
            .collect();
        schema.insert(
            &table.name,
            TableSchema {
                columns,
                ..TableSchema::default()
            },
        );
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str) -> Result<Vec<String>, String> {
        let config = server::load(Path::new("config")).unwrap();
        let names = vec!["ecommerce".to_owned()];
        told(&config.databases[0], &names, text.as_bytes())
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
