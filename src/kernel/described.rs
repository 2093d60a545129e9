//! SHOW CREATE TABLE, SHOW INDEX, EXPLAIN and their like: answered by one node, with names edited in the rows
//! (contract 10.1).

use std::sync::Arc;

use crate::backend::QueryResult;
use crate::execute::{Downstream, Place};
use crate::protocol::{ColumnDefinition, TextResult};
use crate::rewrite::ExecutionUnit;
use crate::sql::Kind;

use super::error::Failure;
use super::killable::ask;
use super::logical_name::LogicalNames;
use super::routed::{Routed, render};
use super::session_context::SessionContext;
use super::session_row;
use super::walk::{Job, Kernel};

/// How rows are edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Editing {
    /// Whole values, and the quoted names of definitions.
    Values {
        /// `"x"` is a name.
        has_ansi_quotes: bool,
    },
    /// Every word.
    Words,
}

impl Kernel {
    pub(super) async fn described<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        let place = Place {
            database: Arc::clone(&routed.database.name),
            source: unit.source,
        };
        let mut held = self
            .held(job, routed, &place, session, (None, None))
            .await?;
        let mut sql = Vec::new();
        render(job, unit, session, &mut sql);
        let pool = Arc::clone(&held.pool);
        let switch = Arc::clone(&session.switch);
        let result = match ask(&switch, &pool, &mut held.guard, &sql).await {
            Ok(result) => result,
            Err(error) if error.is_fatal() => return Err(session.lose(held, error).await),
            Err(error) => {
                let failure = self.edited_failure(error.into(), routed, unit);
                session.transaction.settle(held);
                return Err(failure);
            }
        };
        if result.ok.warnings == 0 {
            session.leave_warnings(job);
        } else {
            session.diagnostics = self
                .warnings(&mut held, routed, unit, session.results)
                .await?;
        }
        if routed.route.is_write {
            held.has_written = true;
            session
                .transaction
                .write_to_if_open(&place, result.ok.status);
        }
        session.transaction.settle(held);
        let editing = match job.statement.kind {
            Kind::Explain { .. } => Editing::Words,
            _ => Editing::Values {
                has_ansi_quotes: session.mode.ansi_quotes,
            },
        };
        let names = LogicalNames::of(&routed.database, unit.source, Some(unit));
        let warnings = result.ok.warnings;
        let result = if job.tells_of_session() {
            session_row::own(result, session)
        } else {
            logical_result(result, &names, editing)
        };
        if job.is_listing() {
            session.found_rows = result.rows.len() as u64;
        }
        session.row_count = -1;
        Self::answer_result(job, session, client, &result, warnings);
        Ok(())
    }
}

/// A server's answer with logical names only.
pub(super) fn logical_result(
    result: QueryResult,
    names: &LogicalNames,
    editing: Editing,
) -> TextResult {
    let QueryResult {
        mut columns,
        mut rows,
        ..
    } = result;
    for column in &mut columns {
        if let Some(schema) = names.schema(&column.schema) {
            column.schema = schema.as_bytes().to_vec();
        }
        for name in [&mut column.table, &mut column.org_table] {
            if let Some(table) = names.table(name) {
                *name = table.as_bytes().to_vec();
            }
        }
    }
    for row in &mut rows {
        for (value, column) in row.iter_mut().zip(&columns) {
            let Some(value) = value else { continue };
            if let Some(edited) = edited(value, column, names, editing) {
                *value = edited;
            }
        }
    }
    TextResult { columns, rows }
}

fn edited(
    value: &[u8],
    column: &ColumnDefinition,
    names: &LogicalNames,
    editing: Editing,
) -> Option<Vec<u8>> {
    let title = column.name.to_ascii_lowercase();
    if [&b"key_name"[..], b"index_name", b"constraint_name"].contains(&&*title) {
        return Some(names.without_suffix(value).to_vec());
    }
    if title == b"table" && value.contains(&b'.') {
        // ANALYZE TABLE and its like name the schema too
        return Some(names.words(value));
    }
    match editing {
        Editing::Words => Some(names.words(value)),
        Editing::Values { has_ansi_quotes } if title.starts_with(b"create ") => {
            Some(names.definition(value, has_ansi_quotes))
        }
        Editing::Values { .. } => names.table(value).map(|name| name.as_bytes().to_vec()),
    }
}
