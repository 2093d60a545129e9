//! SHOW statements that the proxy answers from what it knows.

use crate::execute::Downstream;
use crate::metrics::StatementClass;
use crate::protocol::{ColumnDefinition, TextResult, TextRow};
use crate::route::{Refusal, RefusalCode};
use crate::sql::{Show, TokenKind, text_value, word_is};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::session_context::SessionContext;
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
            Show::Databases => databases(job, session)?,
            Show::Tables { is_full, is_status, database } => {
                tables(job, session, *is_full, *is_status, database.as_deref())?
            }
            Show::CreateDatabase(name) => create_database(job, session, name)?,
            Show::Warnings => diagnostics(job, session, false),
            Show::Errors => diagnostics(job, session, true),
            _ => self.tables.processes((!session.rights.is_admin).then_some(&*session.user)),
        };
        Self::answer_result(job, session, client, &result);
        Ok(StatementClass::Session)
    }
}

fn databases(job: &Job<'_>, session: &SessionContext) -> Result<TextResult, Failure> {
    let like = pattern(job, session)?;
    let mut names: Vec<String> = job
        .context
        .databases
        .values()
        .filter(|database| session.rights.may_use(&database.name))
        .map(|database| database.name.to_string())
        .collect();
    names.push("information_schema".to_owned());
    names.sort();
    let title = like.as_ref().map_or_else(|| "Database".to_owned(), |like| format!("Database ({like})"));
    let rows = names.into_iter().filter(|name| fits(name, like.as_deref())).map(|name| vec![text(&name)]).collect();
    Ok(TextResult { columns: vec![ColumnDefinition::text(&title)], rows })
}

fn tables(
    job: &Job<'_>,
    session: &SessionContext,
    is_full: bool,
    is_status: bool,
    database: Option<&str>,
) -> Result<TextResult, Failure> {
    let database = named_database(job, session, database)?;
    if is_status {
        return Err(Failure::unsupported("SHOW TABLE STATUS"));
    }
    let like = pattern(job, session)?;
    let schema = database.schema.load();
    let mut names: Vec<&str> = schema.tables().map(|(name, _)| name).collect();
    names.extend(database.rules.tables().map(crate::rule::TableRule::name));
    names.sort_unstable();
    names.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
    let title = match &like {
        Some(like) => format!("Tables_in_{} ({like})", database.name),
        None => format!("Tables_in_{}", database.name),
    };
    let mut columns = vec![ColumnDefinition::text(&title)];
    if is_full {
        columns.push(ColumnDefinition::text("Table_type"));
    }
    let rows = names
        .into_iter()
        .filter(|name| fits(name, like.as_deref()))
        .map(|name| {
            let mut row: TextRow = vec![text(name)];
            if is_full {
                row.push(text("BASE TABLE"));
            }
            row
        })
        .collect();
    Ok(TextResult { columns, rows })
}

fn create_database(job: &Job<'_>, session: &SessionContext, name: &str) -> Result<TextResult, Failure> {
    let database = named_database(job, session, Some(name))?;
    let statement = format!("CREATE DATABASE `{}` /*!40100 DEFAULT CHARACTER SET utf8mb4 */", database.name);
    Ok(TextResult {
        columns: vec![ColumnDefinition::text("Database"), ColumnDefinition::text("Create Database")],
        rows: vec![vec![text(&database.name), text(&statement)]],
    })
}

fn named_database<'a>(
    job: &'a Job<'_>,
    session: &SessionContext,
    name: Option<&str>,
) -> Result<&'a LogicalDatabase, Failure> {
    let Some(name) = name.or(session.database.as_deref()) else {
        return Err(Failure::new(1046, "3D000", "No database selected"));
    };
    match job.context.database(name) {
        Some(database) if session.rights.may_use(&database.name) => Ok(database),
        _ => Err(Refusal::new(RefusalCode::UnknownDatabase, format!("Unknown database '{name}'")).into()),
    }
}

fn diagnostics(job: &Job<'_>, session: &SessionContext, only_errors: bool) -> TextResult {
    let rows = session.diagnostics.iter().filter(|row| !only_errors || row.level == "Error");
    if job.lexed.tokens.iter().any(|token| token.kind == TokenKind::Punct(b'*')) {
        let title = if only_errors { "@@session.error_count" } else { "@@session.warning_count" };
        let count = rows.count().to_string();
        return TextResult { columns: vec![ColumnDefinition::integer(title)], rows: vec![vec![text(&count)]] };
    }
    let (offset, count) = limit(job);
    let rows = rows
        .skip(offset)
        .take(count)
        .map(|row| vec![text(&row.level), text(&row.code.to_string()), Some(row.message.clone())])
        .collect();
    let columns =
        vec![ColumnDefinition::text("Level"), ColumnDefinition::integer("Code"), ColumnDefinition::text("Message")];
    TextResult { columns, rows }
}

/// `LIMIT [offset,] count` of SHOW WARNINGS.
fn limit(job: &Job<'_>) -> (usize, usize) {
    let at = (0..job.lexed.tokens.len()).find(|index| word_is(job.text, job.lexed, *index, "LIMIT"));
    let Some(at) = at else { return (0, usize::MAX) };
    let number = |index: usize| std::str::from_utf8(job.lexed.bytes(job.text, index)).ok()?.parse::<usize>().ok();
    match (number(at + 1), number(at + 3)) {
        (Some(offset), Some(count)) => (offset, count),
        (Some(count), None) => (0, count),
        _ => (0, usize::MAX),
    }
}

/// The pattern of LIKE, if there is one; WHERE cannot be answered here.
fn pattern(job: &Job<'_>, session: &SessionContext) -> Result<Option<String>, Failure> {
    for index in 0..job.lexed.tokens.len() {
        if word_is(job.text, job.lexed, index, "WHERE") {
            return Err(Failure::unsupported("SHOW ... WHERE"));
        }
        if word_is(job.text, job.lexed, index, "LIKE") {
            let literal = text_value(job.lexed.bytes(job.text, index + 1), session.mode);
            return Ok(Some(String::from_utf8_lossy(&literal).into_owned()));
        }
    }
    Ok(None)
}

/// LIKE without case, with `%`, `_` and backslash escapes.
fn fits(name: &str, pattern: Option<&str>) -> bool {
    let Some(pattern) = pattern else { return true };
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    // reachable[i]: the pattern read so far matches the first i characters
    let mut reachable: Vec<bool> = (0..=name.len()).map(|index| index == 0).collect();
    let mut characters = pattern.into_iter();
    while let Some(character) = characters.next() {
        if character == '%' {
            let first = reachable.iter().position(|is| *is).unwrap_or(reachable.len());
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

fn text(value: &str) -> Option<Vec<u8>> {
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
