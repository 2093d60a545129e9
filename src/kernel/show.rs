//! SHOW statements that the proxy answers from what it knows.

use std::sync::Arc;

use crate::execute::Downstream;
use crate::metrics::StatementClass;
use crate::protocol::{ColumnDefinition, TextResult};
use crate::route::{Refusal, RefusalCode, is_system};
use crate::sql::{Show, TokenKind, text_value, word_is};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::session_context::SessionContext;
use super::show_tables;
use super::walk::{Job, Kernel, Served};

/// Type of a 32-bit integer.
const LONG: u8 = 0x03;

impl Kernel {
    pub(super) async fn show<D: Downstream>(
        &self,
        job: &Job<'_>,
        show: &Show,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let result = match show {
            Show::Databases => {
                let result = databases(job, session);
                show_tables::filtered(job, session, &job.context.fallback, result).await?
            }
            Show::Tables { database, .. } if database.as_deref().is_some_and(is_system) => {
                return self.routed(job, session, client).await;
            }
            Show::Tables {
                is_full,
                is_status,
                database,
            } => {
                let database = named_database(job, session, database.as_deref())?;
                if *is_status {
                    show_tables::status(job, session, database).await?
                } else {
                    show_tables::tables(job, session, *is_full, database).await?
                }
            }
            Show::CreateDatabase(name) => create_database(job, session, name)?,
            Show::Warnings => diagnostics(job, session, false),
            Show::Errors => diagnostics(job, session, true),
            _ => self
                .tables
                .processes((!session.rights.is_admin).then_some(&*session.user)),
        };
        session.row_count = -1;
        Self::answer_result(job, session, client, &result);
        Ok(StatementClass::Session)
    }
}

fn databases(job: &Job<'_>, session: &SessionContext) -> TextResult {
    let like = like(job, session);
    let mut names: Vec<String> = job
        .context
        .databases
        .values()
        .filter(|database| session.rights.may_use(&database.name))
        .map(|database| database.name.to_string())
        .collect();
    names.push("information_schema".to_owned());
    names.sort();
    let title = like.as_ref().map_or_else(
        || "Database".to_owned(),
        |like| format!("Database ({like})"),
    );
    let rows = names
        .into_iter()
        .filter(|name| fits(name, like.as_deref()))
        .map(|name| vec![text(&name)])
        .collect();
    TextResult {
        columns: vec![ColumnDefinition::text(&title)],
        rows,
    }
}

fn create_database(
    job: &Job<'_>,
    session: &SessionContext,
    name: &str,
) -> Result<TextResult, Failure> {
    let database = named_database(job, session, Some(name))?;
    let statement = format!(
        "CREATE DATABASE `{}` /*!40100 DEFAULT CHARACTER SET utf8mb4 */",
        database.name
    );
    Ok(TextResult {
        columns: vec![
            ColumnDefinition::text("Database"),
            ColumnDefinition::text("Create Database"),
        ],
        rows: vec![vec![text(&database.name), text(&statement)]],
    })
}

pub(super) fn named_database<'a>(
    job: &'a Job<'_>,
    session: &SessionContext,
    name: Option<&str>,
) -> Result<&'a Arc<LogicalDatabase>, Failure> {
    let Some(name) = name.or(session.database.as_deref()) else {
        return Err(Failure::new(1046, "3D000", "No database selected"));
    };
    match job.context.database(name) {
        Some(database) if session.rights.may_use(&database.name) => Ok(database),
        _ => Err(Refusal::new(
            RefusalCode::UnknownDatabase,
            format!("Unknown database '{name}'"),
        )
        .into()),
    }
}

fn diagnostics(job: &Job<'_>, session: &SessionContext, only_errors: bool) -> TextResult {
    let rows = session
        .diagnostics
        .iter()
        .filter(|row| !only_errors || row.level == "Error");
    if job
        .lexed
        .tokens
        .iter()
        .any(|token| token.kind == TokenKind::Punct(b'*'))
    {
        let title = if only_errors {
            "@@session.error_count"
        } else {
            "@@session.warning_count"
        };
        let count = rows.count().to_string();
        return TextResult {
            columns: vec![ColumnDefinition::integer(title)],
            rows: vec![vec![text(&count)]],
        };
    }
    let (offset, count) = limit(job);
    let rows = rows
        .skip(offset)
        .take(count)
        .map(|row| {
            vec![
                text(&row.level),
                text(&row.code.to_string()),
                Some(row.message.clone()),
            ]
        })
        .collect();
    let columns = vec![
        ColumnDefinition::text("Level"),
        ColumnDefinition {
            column_type: LONG,
            length: 4,
            ..ColumnDefinition::integer("Code")
        },
        ColumnDefinition::text("Message"),
    ];
    TextResult { columns, rows }
}

/// `LIMIT [offset,] count` of SHOW WARNINGS.
fn limit(job: &Job<'_>) -> (usize, usize) {
    let at =
        (0..job.lexed.tokens.len()).find(|index| word_is(job.text, job.lexed, *index, "LIMIT"));
    let Some(at) = at else { return (0, usize::MAX) };
    let number = |index: usize| {
        std::str::from_utf8(job.lexed.bytes(job.text, index))
            .ok()?
            .parse::<usize>()
            .ok()
    };
    match (number(at + 1), number(at + 3)) {
        (Some(offset), Some(count)) => (offset, count),
        (Some(count), None) => (0, count),
        _ => (0, usize::MAX),
    }
}

/// The pattern of LIKE, if there is one and it is not part of WHERE.
pub(super) fn like(job: &Job<'_>, session: &SessionContext) -> Option<String> {
    let is = |index: usize, word: &str| word_is(job.text, job.lexed, index, word);
    let at = (0..job.lexed.tokens.len()).find(|index| is(*index, "LIKE") || is(*index, "WHERE"))?;
    if is(at, "WHERE") {
        return None;
    }
    let literal = text_value(job.lexed.bytes(job.text, at + 1), session.mode);
    Some(String::from_utf8_lossy(&literal).into_owned())
}

/// LIKE without case, with `%`, `_` and backslash escapes.
pub(super) fn fits(name: &str, pattern: Option<&str>) -> bool {
    let Some(pattern) = pattern else { return true };
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    // reachable[i]: the pattern read so far matches the first i characters
    let mut reachable: Vec<bool> = (0..=name.len()).map(|index| index == 0).collect();
    let mut characters = pattern.into_iter();
    while let Some(character) = characters.next() {
        if character == '%' {
            let first = reachable
                .iter()
                .position(|is| *is)
                .unwrap_or(reachable.len());
            reachable.iter_mut().skip(first).for_each(|is| *is = true);
            continue;
        }
        let (character, is_any) = match character {
            '_' => ('_', true),
            '\\' => (characters.next().unwrap_or('\\'), false),
            other => (other, false),
        };
        for index in (1..reachable.len()).rev() {
            let matches = is_any || name.get(index - 1) == Some(&character);
            let before = reachable.get(index - 1).copied().unwrap_or(false);
            if let Some(is) = reachable.get_mut(index) {
                *is = before && matches;
            }
        }
        if let Some(is) = reachable.first_mut() {
            *is = false;
        }
    }
    reachable.last().copied().unwrap_or(false)
}

pub(super) fn text(value: &str) -> Option<Vec<u8>> {
    Some(value.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn like_knows_wildcards_and_escapes() {
        assert!(fits("inv_stock", None));
        assert!(fits("inv_stock", Some("INV%")));
        assert!(fits("inv_stock", Some("%sto%")));
        assert!(fits("inv_stock", Some("inv\\_stock")));
        assert!(!fits("invxstock", Some("inv\\_stock")));
        assert!(fits("invxstock", Some("inv_stock")));
        assert!(!fits("inv_stock", Some("stock")));
        assert!(fits("", Some("%")));
    }
}
