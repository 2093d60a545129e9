//! Whether the session's user may run a statement at all: in this database, with its writes, and nowhere else.

use std::sync::Arc;

use crate::route::{self, Asked, Refusal, RefusalCode, is_system};
use crate::sql::{Kind, Show, TokenKind, is_builtin, name_value, punct_is};

use super::context::LogicalDatabase;
use super::error::Failure;

use super::session_context::SessionContext;
use super::walk::Job;

/// Calls of functions that are not built in.
#[derive(Default)]
struct Calls<'a> {
    /// The first that names no schema: the current database's.
    bare: Option<&'a str>,
    /// One names a schema.
    is_qualified: bool,
}

impl Job<'_> {
    /// # Errors
    /// 1046 without a database, 1044 for one that the user may not use, 1142 for what a read-only user may not do,
    /// 29003 for another logical database's schema.
    pub(super) fn check_access(
        &self,
        session: &SessionContext,
        database: &Arc<LogicalDatabase>,
    ) -> Result<(), Failure> {
        let tables = &self.statement.tables;
        let is_opaque = self.is_opaque();
        let calls = self.called_functions();
        let needs_current = tables.iter().any(|table| table.schema.is_none())
            || (tables.is_empty() && matches!(self.statement.kind, Kind::Call | Kind::Ddl(_)));
        if needs_current || is_opaque || calls.bare.is_some() {
            self.check_current(session, needs_current, calls.bare)?;
        }
        let is_ours = |schema: &str| !is_system(schema);
        let names_ours = tables
            .iter()
            .any(|table| table.schema.as_deref().is_none_or(is_ours));
        // what is not looked into may use any table
        if (names_ours || is_opaque || calls.bare.is_some())
            && !session.rights.may_use(&database.name)
        {
            let message = format!("{} to database '{}'", session.denied(), database.name);
            return Err(Failure::new(1044, "42000", message));
        }
        if session.rights.is_read_only && self.leaves_a_trace() {
            let message = format!("user '{}' of the proxy may only read", session.user);
            return Err(Failure::new(1142, "42000", message));
        }
        if is_opaque || calls.is_qualified {
            self.check_schemas(session, database)?;
        }
        if calls.is_qualified {
            self.check_called_schemas(session)?;
        }
        Ok(())
    }

    /// What is looked up in the current database needs one that is there, and is ours.
    fn check_current(
        &self,
        session: &SessionContext,
        needs_current: bool,
        function: Option<&str>,
    ) -> Result<(), Failure> {
        let is_needed = needs_current || function.is_some();
        let Some(current) = &session.database else {
            if is_needed {
                return Err(Failure::new(1046, "3D000", "No database selected"));
            }
            return Ok(());
        };
        if self.context.current(current).is_some() {
            return Ok(());
        }
        if !is_system(current) {
            // a reload took it away: no other one may stand in for it
            let message = format!("Unknown database '{current}'");
            return Err(Refusal::new(RefusalCode::UnknownDatabase, message).into());
        }
        if let Some(name) = function.filter(|_| !needs_current) {
            let message = format!("FUNCTION {current}.{name} does not exist");
            return Err(Failure::new(1305, "42000", message));
        }
        if is_needed {
            let message = format!("{} to database '{current}'", session.denied());
            return Err(Failure::new(1044, "42000", message));
        }
        Ok(())
    }

    /// Calls of what may be stored functions.
    fn called_functions(&self) -> Calls<'_> {
        let mut calls = Calls::default();
        if !self.statement.facts.calls_unknown || !self.is_known() {
            return calls;
        }
        for index in 0..self.lexed.tokens.len() {
            let (Some(kind), true) = (
                self.lexed.kind(index),
                punct_is(self.lexed, index + 1, b'('),
            ) else {
                continue;
            };
            let is_quoted = kind == TokenKind::QuotedName;
            if !is_quoted && kind != TokenKind::Word {
                continue;
            }
            if index > 0 && punct_is(self.lexed, index - 1, b'.') {
                calls.is_qualified = true;
                continue;
            }
            let Ok(word) = std::str::from_utf8(self.lexed.bytes(self.text, index)) else {
                continue;
            };
            if is_quoted || !is_builtin(&word.to_lowercase()) {
                calls.bare.get_or_insert(word.trim_matches('`'));
            }
        }
        calls
    }

    /// Whether its calls are read as such.
    fn is_known(&self) -> bool {
        matches!(
            self.statement.kind,
            Kind::Query(_)
                | Kind::Insert(_)
                | Kind::Update(_)
                | Kind::Delete(_)
                | Kind::Explain { .. }
                | Kind::Do
                | Kind::Set(_)
        )
    }

    /// A function of an actual schema is refused as a table of one is (contract 4.8).
    fn check_called_schemas(&self, session: &SessionContext) -> Result<(), Failure> {
        if self.names_source(session)? {
            return Ok(());
        }
        for index in 0..self.lexed.tokens.len() {
            let Some(name) = self.qualifier(index) else {
                continue;
            };
            let is_actual = punct_is(self.lexed, index + 3, b'(')
                && self.context.database(&name).is_none()
                && self
                    .context
                    .databases
                    .values()
                    .any(|database| database.rules.is_actual_schema(&name));
            if is_actual {
                let text =
                    format!("{name} is an actual schema: call its function by its name alone");
                return Err(Refusal::new(RefusalCode::ActualName, text).into());
            }
        }
        Ok(())
    }

    /// Whether its tables are not known, so that their schemas were not looked at.
    fn is_opaque(&self) -> bool {
        match self.statement.kind {
            Kind::NotUnderstood(_)
            | Kind::Unknown
            | Kind::Call
            | Kind::Ddl(_)
            | Kind::Administrative
            | Kind::LoadData { .. }
            | Kind::Show(Show::Other) => true,
            // session state and function calls alone concern no database
            Kind::Do | Kind::Set(_) => self.names_word("SELECT") || self.names_word("TABLE"),
            _ => false,
        }
    }

    /// Whether it writes, locks, or might: what is not understood, and files on the server, too.
    fn leaves_a_trace(&self) -> bool {
        let writes_file = || self.names_word("OUTFILE") || self.names_word("DUMPFILE");
        route::is_write(&self.statement.kind, &self.statement.facts)
            || (self.statement.facts.has_into && writes_file())
    }

    /// A text that goes to a server as it is must not lead into another logical database's schema there, which the
    /// user may not be allowed to use (contract 4.8). A data source named by a hint waives it.
    fn check_schemas(
        &self,
        session: &SessionContext,
        database: &Arc<LogicalDatabase>,
    ) -> Result<(), Failure> {
        let databases = &self.context.databases;
        if databases.len() < 2 || self.names_source(session)? {
            return Ok(());
        }
        for index in 0..self.lexed.tokens.len() {
            let Some(name) = self.qualifier(index) else {
                continue;
            };
            let holds = |other: &&Arc<LogicalDatabase>| {
                !Arc::ptr_eq(other, database)
                    && (other.name.eq_ignore_ascii_case(&name)
                        || other.rules.is_actual_schema(&name))
            };
            if !database.name.eq_ignore_ascii_case(&name)
                && databases.values().any(|other| holds(&other))
            {
                let text = format!(
                    "{name} belongs to another logical database: choose that one by USE, and name its tables alone"
                );
                return Err(Refusal::new(RefusalCode::ActualName, text).into());
            }
        }
        Ok(())
    }

    fn names_source(&self, session: &SessionContext) -> Result<bool, Failure> {
        Ok(session.rights.may_hint
            && Asked::of(self.text, self.lexed)?
                .wishes()
                .data_source
                .is_some())
    }

    /// The name in front of a point.
    fn qualifier(&self, index: usize) -> Option<std::borrow::Cow<'_, str>> {
        let is_name = matches!(
            self.lexed.kind(index)?,
            TokenKind::Word | TokenKind::QuotedName
        );
        (is_name && punct_is(self.lexed, index + 1, b'.'))
            .then(|| name_value(self.lexed.bytes(self.text, index)))
    }
}
