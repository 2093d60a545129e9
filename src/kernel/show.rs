//! SHOW statements that the proxy answers from what it knows.

use std::sync::Arc;

use crate::execute::{Downstream, ready};
use crate::metrics::StatementClass;
use crate::protocol::{ColumnDefinition, TextResult};
use crate::route::{Refusal, RefusalCode, is_system};
use crate::sql::{Show, TokenKind, text_value, word_is};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::own_column::{self, Shown};
use super::session_context::SessionContext;
use super::show_tables;
use super::walk::{Job, Kernel, Served};

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
            Show::CreateDatabase(name) => {
                return self.create_database(job, name, session, client).await;
            }
            Show::Warnings => diagnostics(job, session, false),
            Show::Errors => diagnostics(job, session, true),
            _ => return self.processes(job, session, client),
        };
        session.row_count = -1;
        if job.is_listing() || is_count(job) {
            session.found_rows = result.rows.len() as u64;
        }
        session.leave_warnings(job);
        if matches!(
            show,
            Show::Tables {
                is_status: true,
                ..
            }
        ) {
            Self::answer_result(job, session, client, &result, 0);
        } else {
            Self::answer_own(job, session, client, result, 0);
        }
        Ok(StatementClass::Session)
    }

    /// As the default data source's server tells it of its own schema.
    async fn create_database<D: Downstream>(
        &self,
        job: &Job<'_>,
        name: &str,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let database = named_database(job, session, Some(name))?;
        let source = database.rules.default_source;
        let physical = database.rules.physical_schema(source);
        let Some(members) = database.members(source) else {
            return Err(Failure::unsupported("this data source"));
        };
        let condition = if job.names_word("EXISTS") {
            "IF NOT EXISTS "
        } else {
            ""
        };
        let quoted = |name: &str| format!("`{}`", name.replace('`', "``"));
        let pool = members.primary();
        let mut guard = ready(pool, session.pool_key(), &session.state, false).await?;
        let answer = guard
            .query(&format!(
                "SHOW CREATE DATABASE {condition}{}",
                quoted(physical)
            ))
            .await?;
        guard.release();
        let mut rows = answer.rows;
        for row in &mut rows {
            let [title, statement] = row.as_mut_slice() else {
                continue;
            };
            *title = text(&database.name);
            if let Some(statement) = statement {
                let edited = String::from_utf8_lossy(statement).replacen(
                    &quoted(physical),
                    &quoted(&database.name),
                    1,
                );
                *statement = edited.into_bytes();
            }
        }
        session.row_count = -1;
        session.leave_warnings(job);
        let columns = answer.columns;
        Self::answer_result(
            job,
            session,
            client,
            &TextResult { columns, rows },
            answer.ok.warnings,
        );
        Ok(StatementClass::Session)
    }
}

impl Job<'_> {
    /// The columns of an answer in a server's place.
    pub(super) fn columns(
        &self,
        shown: Shown,
        title: &str,
        session: &SessionContext,
    ) -> Vec<ColumnDefinition> {
        own_column::columns(shown, title, self.context.family, session.results)
    }

    /// `WHERE name = 'literal'`, which MySQL looks up in its dictionary's own tables.
    pub(super) fn is_by_name(&self) -> bool {
        let count = self.lexed.tokens.len();
        let at = (0..count).find(|index| word_is(self.text, self.lexed, *index, "WHERE"));
        at.is_some_and(|at| {
            let name = self.lexed.bytes(self.text, at + 1).to_ascii_lowercase();
            let name = String::from_utf8_lossy(&name);
            let name = name.trim_matches('`');
            (name == "database" || name.starts_with("tables_in_"))
                && self.lexed.kind(at + 2) == Some(TokenKind::Equal)
                && self.lexed.kind(at + 3) == Some(TokenKind::Text)
        })
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
    let shown = Shown::Databases {
        is_by_name: job.is_by_name(),
    };
    let rows = names
        .into_iter()
        .filter(|name| fits(name, like.as_deref()))
        .map(|name| vec![text(&name)])
        .collect();
    TextResult {
        columns: job.columns(shown, &title, session),
        rows,
    }
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
    if is_count(job) {
        let shown = if only_errors {
            Shown::ErrorCount
        } else {
            Shown::WarningCount
        };
        let count = rows.count().to_string();
        return TextResult {
            columns: job.columns(shown, "", session),
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
    let columns = job.columns(Shown::Warnings, "", session);
    TextResult { columns, rows }
}

/// `COUNT(*)` of warnings or errors.
fn is_count(job: &Job<'_>) -> bool {
    word_is(job.text, job.lexed, 1, "COUNT")
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
