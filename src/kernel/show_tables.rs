//! SHOW TABLES and SHOW TABLE STATUS: the logical tables, whatever lies on the servers (contract 10.1).

use std::collections::HashSet;

use crate::execute::ready;
use crate::model::SourceId;
use crate::protocol::{TextResult, TextRow};
use crate::rule::TableRule;
use crate::sql::{TokenKind, word_is};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::killable::{ask, waiting};
use super::logical_name::LogicalNames;
use super::own_column::Shown;
use super::session_call::text_literal;
use super::session_context::SessionContext;
use super::show::{fits, like, text};
use super::walk::Job;

/// Words that may not stand in SHOW ... WHERE: it is run as a query over the rows.
const BEYOND_WHERE: [&str; 11] = [
    "SELECT",
    "TABLE",
    "WITH",
    "VALUES",
    "UNION",
    "INTO",
    "LIMIT",
    "FOR",
    "LOCK",
    "PROCEDURE",
    "EXCEPT",
];

/// SHOW [FULL] TABLES, SHOW OPEN TABLES.
pub(super) async fn tables(
    job: &Job<'_>,
    session: &SessionContext,
    is_full: bool,
    database: &LogicalDatabase,
) -> Result<TextResult, Failure> {
    if (0..3).any(|index| word_is(job.text, job.lexed, index, "OPEN")) {
        // no table of ours is in a server's cache under its logical name
        return Ok(TextResult {
            columns: job.columns(Shown::OpenTables, "", session),
            rows: Vec::new(),
        });
    }
    let like = like(job, session);
    let title = format!("Tables_in_{}", database.name);
    let shown = like
        .as_ref()
        .map_or_else(|| title.clone(), |like| format!("{title} ({like})"));
    let kind = Shown::Tables {
        is_full,
        is_by_name: job.is_by_name(),
    };
    let columns = job.columns(kind, &shown, session);
    let views = views(database).await;
    let mut names = names(database);
    // a view of a table that is gone has no columns, by which the others are known
    names.extend(
        views
            .iter()
            .filter(|view| is_unknown(database, view))
            .cloned(),
    );
    names.sort_unstable();
    let rows = names
        .into_iter()
        .filter(|name| fits(name, like.as_deref()))
        .map(|name| {
            let mut row: TextRow = vec![text(&name)];
            if is_full {
                let is_view = views.iter().any(|view| view.eq_ignore_ascii_case(&name));
                row.push(text(if is_view { "VIEW" } else { "BASE TABLE" }));
            }
            row
        });
    let result = TextResult {
        columns,
        rows: rows.collect(),
    };
    filtered(job, session, database, result).await
}

/// SHOW TABLE STATUS: a row of one node for each table, so that its counts are that node's.
pub(super) async fn status(
    job: &Job<'_>,
    session: &SessionContext,
    database: &LogicalDatabase,
) -> Result<TextResult, Failure> {
    let like = like(job, session);
    let names: Vec<String> = names(database)
        .into_iter()
        .filter(|name| fits(name, like.as_deref()))
        .collect();
    let mut by_source: Vec<(SourceId, Vec<String>)> = Vec::new();
    for name in &names {
        let (source, actual) = stand_in(database, name);
        match by_source.iter_mut().find(|(known, _)| *known == source) {
            Some((_, actuals)) => actuals.push(actual),
            None => by_source.push((source, vec![actual])),
        }
    }
    if by_source.is_empty() {
        by_source.push((database.rules.default_source, Vec::new()));
    }
    let mut result = TextResult {
        columns: Vec::new(),
        rows: Vec::new(),
    };
    for (source, actuals) in by_source {
        let Some(members) = database.members(source) else {
            continue;
        };
        let pool = members.primary();
        let mut guard = ready(pool, session.pool_key(), &session.state, false).await?;
        let list: Vec<String> = actuals
            .iter()
            .map(|name| text_literal(name))
            .chain(["''".to_owned()])
            .collect();
        let answer = guard
            .query(&format!(
                "SHOW TABLE STATUS WHERE Name IN ({})",
                list.join(", ")
            ))
            .await?;
        guard.release();
        let known = LogicalNames::of(database, source, None);
        result.columns = answer.columns;
        for mut row in answer.rows {
            if let Some(Some(name)) = row.first_mut()
                && let Some(logical) = known.table(name)
            {
                *name = logical.as_bytes().to_vec();
            }
            result.rows.push(row);
        }
    }
    result.rows.sort();
    filtered(job, session, database, result).await
}

/// Names of the logical tables, and of what else lies in the default data source.
fn names(database: &LogicalDatabase) -> Vec<String> {
    let schema = database.schema.load();
    let mut names: Vec<String> = schema.tables().map(|(name, _)| name.to_owned()).collect();
    names.extend(database.rules.tables().map(|rule| rule.name().to_owned()));
    // declared ones come last: their spelling is the one that is shown
    names.reverse();
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.to_lowercase()));
    names.sort_unstable();
    names
}

fn is_unknown(database: &LogicalDatabase, name: &str) -> bool {
    database.schema.load().table(name).is_none()
        && database.rules.table(name).is_none()
        && !database.rules.is_actual_name(name)
}

async fn views(database: &LogicalDatabase) -> Vec<String> {
    let source = database.rules.default_source;
    let Some(members) = database.members(source) else {
        return Vec::new();
    };
    let Ok(mut guard) = members
        .primary()
        .acquire(
            crate::backend::PoolKey {
                has_found_rows: false,
            },
            0,
        )
        .await
    else {
        return Vec::new();
    };
    let Ok(answer) = guard
        .query("SHOW FULL TABLES WHERE Table_type LIKE '%VIEW'")
        .await
    else {
        return Vec::new();
    };
    guard.release();
    (0..answer.rows.len())
        .filter_map(|row| answer.text(row, 0).map(str::to_owned))
        .collect()
}

/// The node that stands for a table.
pub(super) fn stand_in(database: &LogicalDatabase, name: &str) -> (SourceId, String) {
    let default = database.rules.default_source;
    let is_up = |source: SourceId| {
        database
            .members(source)
            .is_some_and(|members| members.primary().is_available())
    };
    match database.rules.table(name) {
        Some(TableRule::Sharded(rule)) => {
            let up = || rule.nodes.iter().filter(|node| is_up(node.source));
            let node = up()
                .find(|node| node.source == default)
                .or_else(|| up().next())
                .or_else(|| rule.nodes.first());
            node.map_or((default, name.to_owned()), |node| {
                (node.source, node.table.to_string())
            })
        }
        Some(rule) => {
            let sources = rule.sources();
            let source = if sources.contains(&default) && is_up(default) {
                Some(default)
            } else {
                sources
                    .iter()
                    .copied()
                    .find(|source| is_up(*source))
                    .or_else(|| sources.first().copied())
            };
            (source.unwrap_or(default), rule.name().to_owned())
        }
        None => (default, name.to_owned()),
    }
}

/// The rows that WHERE leaves, as a server finds them.
pub(super) async fn filtered(
    job: &Job<'_>,
    session: &SessionContext,
    database: &LogicalDatabase,
    result: TextResult,
) -> Result<TextResult, Failure> {
    let Some(at) =
        (0..job.lexed.tokens.len()).find(|index| word_is(job.text, job.lexed, *index, "WHERE"))
    else {
        return Ok(result);
    };
    let is_beyond = |index: usize| {
        BEYOND_WHERE
            .iter()
            .any(|word| word_is(job.text, job.lexed, index, word))
    };
    let has_variable = (at..job.lexed.tokens.len())
        .any(|index| job.lexed.kind(index) == Some(TokenKind::UserVariable));
    if has_variable || (at + 1..job.lexed.tokens.len()).any(is_beyond) {
        return Err(Failure::unsupported(
            "sub-queries and variables in SHOW ... WHERE",
        ));
    }
    let (Some(first), Some(last)) = (job.lexed.tokens.get(at), job.lexed.tokens.last()) else {
        return Ok(result);
    };
    let condition = job
        .text
        .get(first.start as usize..last.end as usize)
        .unwrap_or_default();
    if result.rows.is_empty() {
        return Ok(result);
    }
    let mut sql = b"SELECT * FROM (".to_vec();
    for (row_index, row) in result.rows.iter().enumerate() {
        sql.extend_from_slice(if row_index == 0 {
            b"SELECT "
        } else {
            b" UNION ALL SELECT "
        });
        for (index, (value, column)) in row.iter().zip(&result.columns).enumerate() {
            let literal = value.as_ref().map_or_else(
                || "NULL".to_owned(),
                |value| text_literal(&String::from_utf8_lossy(value)),
            );
            let title = String::from_utf8_lossy(&column.name).replace('`', "``");
            let comma = if index == 0 { "" } else { ", " };
            sql.extend_from_slice(format!("{comma}{literal} AS `{title}`").as_bytes());
        }
    }
    sql.extend_from_slice(b") AS shown ");
    sql.extend_from_slice(condition);
    let source = database.rules.default_source;
    let Some(members) = database.members(source) else {
        return Ok(result);
    };
    let pool = members.primary();
    let ready = ready(pool, session.pool_key(), &session.state, false);
    let mut guard = waiting(&session.switch, ready).await?;
    let answer = ask(&session.switch, pool, &mut guard, &sql).await;
    // the condition may have called anything
    guard.mark_dirty();
    guard.release();
    let answer = answer.map_err(|error| match Failure::from(error) {
        Failure::Answer {
            mut packet,
            outcome,
            keeps_warnings,
        } => {
            packet.message = LogicalNames::of(database, source, None).words(&packet.message);
            Failure::Answer {
                packet,
                outcome,
                keeps_warnings,
            }
        }
        gone @ Failure::Gone(_) => gone,
    })?;
    Ok(TextResult {
        columns: result.columns,
        rows: answer.rows,
    })
}
