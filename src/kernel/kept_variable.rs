//! What a SET leaves in the session: the values that a server has made of its items.

use std::sync::Arc;

use crate::backend::{ConnError, QueryResult};
use crate::execute::Held;
use crate::model::SessionState;
use crate::sql::{ServerFamily, SetItem};

use super::characteristics::canonical;
use super::client_charset::{self, CHARSETS};
use super::error::Failure;
use super::insert_id;
use super::killable::ask;
use super::literal;
use super::session_context::{Diagnostic, SessionContext, Timeouts};
use super::set_text;
use super::user_variable;
use super::variable::integer;
use super::walk::Job;

/// What a server made of a SET.
pub(super) struct Evaluated {
    pub(super) values: Option<QueryResult>,
    pub(super) warnings: Vec<Diagnostic>,
    /// `@@timestamp` goes on: it was set to 0.
    is_running: bool,
}

/// Variables whose effect is a list on one connection: it stays with its session.
const PINNED: [&str; 2] = ["profiling", "profiling_history_size"];
/// Variables of which servers end connections: the proxy does it for its clients.
const TIMEOUTS: [&str; 2] = ["wait_timeout", "interactive_timeout"];
const TIMESTAMP: &str = "timestamp";

/// Runs the SET and reads its values back.
pub(super) async fn evaluate(
    job: &Job<'_>,
    items: &[&SetItem],
    text: &[u8],
    held: &mut Held,
    session: &SessionContext,
) -> Result<Evaluated, ConnError> {
    if job.statement.facts.mentions_last_insert_id || job.statement.facts.calls_unknown {
        insert_id::carry(held, session.last_insert_id).await?;
    }
    held.guard.insert_id = None;
    let pool = Arc::clone(&held.pool);
    let result = ask(&session.switch, &pool, &mut held.guard, text).await?;
    let mut warnings = Vec::new();
    if result.ok.warnings > 0 {
        warnings = Diagnostic::rows(held.guard.query("SHOW WARNINGS").await?, session.results);
    }
    let reads = read_back(items);
    let values = if reads.is_empty() {
        None
    } else {
        Some(
            held.guard
                .query(&format!("SELECT {} LIMIT 1", reads.join(",")))
                .await?,
        )
    };
    let mut is_running = false;
    if let Some(at) = reads.iter().position(|read| read.ends_with("`timestamp`")) {
        let again = held
            .guard
            .query("SELECT @@session.timestamp LIMIT 1")
            .await?;
        let before = values
            .as_ref()
            .and_then(|values: &QueryResult| values.text(0, at));
        is_running = again.text(0, 0) != before;
    }
    Ok(Evaluated {
        values,
        warnings,
        is_running,
    })
}

/// What the session will have if all goes well.
pub(super) struct Next {
    pub(super) state: SessionState,
    pub(super) last_insert_id: u64,
    /// The collation that results come in from now on, where a server has told it.
    pub(super) results_collation: Option<u16>,
    pub(super) timeouts: Timeouts,
    /// The connection must stay with its session.
    pub(super) is_pinned: bool,
    /// The connection has a value that it must not keep.
    pub(super) is_dirty: bool,
}

impl Next {
    pub(super) fn of(session: &SessionContext) -> Self {
        Self {
            state: session.state.clone(),
            last_insert_id: session.last_insert_id,
            results_collation: None,
            timeouts: session.timeouts,
            is_pinned: false,
            is_dirty: false,
        }
    }

    pub(super) fn keep(
        &mut self,
        items: &[&SetItem],
        evaluated: &Evaluated,
        family: ServerFamily,
    ) -> Result<(), Failure> {
        let values = evaluated.values.as_ref();
        let mut column = 0;
        for item in items {
            let width = reads_of(item).1;
            let text = |offset: usize| -> Result<Option<&[u8]>, Failure> {
                let row = values.and_then(|values| values.rows.first());
                let value = row.and_then(|row| row.get(column + offset));
                value
                    .map(|value| value.as_deref())
                    .ok_or_else(|| Failure::unsupported("SET without a readable value"))
            };
            match Kept::of(item) {
                Kept::Charsets => {
                    let mut told = Vec::with_capacity(CHARSETS.len());
                    for offset in 0..CHARSETS.len() {
                        told.push(literal::of_variable(text(offset)?));
                    }
                    client_charset::keep(item, &told, &mut self.state, family);
                    // without a character set for results a column has its own
                    self.results_collation = values
                        .filter(|_| self.state.charset("character_set_results") != Some("NULL"))
                        .and_then(|values| values.columns.get(column))
                        .map(|column| column.charset);
                }
                Kept::InsertId => {
                    self.last_insert_id = text(0)?.and_then(integer).unwrap_or_default();
                }
                Kept::Default(name) => {
                    self.state.unset(canonical(name, family));
                    if let Some(moved) = moved_by(name) {
                        self.state.unset(moved);
                    }
                }
                Kept::Value(TIMESTAMP) if evaluated.is_running => self.state.unset(TIMESTAMP),
                Kept::Value(name) => {
                    let value = literal::of_variable(text(0)?);
                    self.state.set(canonical(name, family), &value);
                    if let Some(moved) = moved_by(name) {
                        self.state.set(moved, &literal::of_variable(text(1)?));
                    }
                }
                Kept::Timeout(name) => {
                    self.timeouts.set(name, text(0)?.and_then(integer));
                    self.is_dirty = true;
                }
                Kept::Pinned => self.is_pinned = true,
                Kept::User(name) => {
                    if let Some(values) = values {
                        self.state
                            .set_user(name, &user_variable::literal_at(values, column));
                    }
                }
                Kept::Nothing => {}
            }
            column += width;
        }
        Ok(())
    }
}

/// What an item leaves in the session.
enum Kept<'a> {
    Charsets,
    InsertId,
    /// It follows the server's default again.
    Default(&'a str),
    Value(&'a str),
    Timeout(&'a str),
    Pinned,
    User(&'a str),
    Nothing,
}

impl<'a> Kept<'a> {
    fn of(item: &'a SetItem) -> Self {
        match item {
            SetItem::Names { .. } | SetItem::CharacterSet { .. } => Self::Charsets,
            SetItem::Variable {
                name, is_default, ..
            } => match name.as_str() {
                name if CHARSETS.contains(&name) => Self::Charsets,
                "last_insert_id" | "identity" => Self::InsertId,
                "autocommit" => Self::Value(name),
                name if PINNED.contains(&name) => Self::Pinned,
                name if TIMEOUTS.contains(&name) => Self::Timeout(name),
                _ if *is_default => Self::Default(name),
                _ => Self::Value(name),
            },
            SetItem::User { name, .. } => Self::User(name),
            SetItem::Transaction { .. } => Self::Nothing,
        }
    }
}

/// The columns that read an item's value back, and their number.
fn reads_of(item: &SetItem) -> (Vec<String>, usize) {
    let columns = match Kept::of(item) {
        Kept::Charsets => CHARSETS
            .iter()
            .map(|name| format!("@@session.{name}"))
            .collect(),
        Kept::InsertId => vec!["@@session.last_insert_id".to_owned()],
        Kept::Value(name) => [Some(name), moved_by(name)]
            .into_iter()
            .flatten()
            .map(|name| format!("@@session.{}", set_text::quoted_variable(name)))
            .collect(),
        Kept::Timeout(name) => vec![format!("@@session.{name}")],
        Kept::User(name) => return (vec![user_variable::selected(name)], user_variable::width()),
        Kept::Default(_) | Kept::Pinned | Kept::Nothing => Vec::new(),
    };
    let width = columns.len();
    (columns, width)
}

fn read_back(items: &[&SetItem]) -> Vec<String> {
    items.iter().flat_map(|item| reads_of(item).0).collect()
}

/// A SET failed half-way: what its variables are on this connection is not known, so that they are replayed.
pub(super) fn forget(held: &mut Held, items: &[&SetItem]) {
    const UNKNOWN: &str = "?";
    held.guard.mark_dirty();
    for item in items {
        match Kept::of(item) {
            Kept::Charsets => held.guard.state.forget_names(),
            Kept::Default(name) | Kept::Value(name) => held.guard.state.set(name, UNKNOWN),
            Kept::User(name) => held.guard.state.set_user(name, UNKNOWN),
            Kept::InsertId | Kept::Timeout(_) | Kept::Pinned | Kept::Nothing => {}
        }
    }
}

/// The variable that setting another one moves too.
fn moved_by(name: &str) -> Option<&'static str> {
    (name == "max_join_size").then_some("sql_big_selects")
}
