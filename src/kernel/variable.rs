//! SET: the server checks and evaluates, the session keeps the value as a literal and replays it (contract 3.1).

use std::sync::Arc;

use crate::backend::ConnError;
use crate::execute::{Downstream, Held, Need, Pins, Place, connection};
use crate::metrics::StatementClass;
use crate::model::{Charset, SourceId};
use crate::protocol::OkPacket;
use crate::route::Asked;
use crate::sql::{SetItem, SqlMode, VariableScope, word_is};

use super::characteristics::{is_for_next_transaction, next_characteristics};
use super::client_charset::readable;
use super::context::LogicalDatabase;
use super::error::Failure;

use super::kept_variable::{Evaluated, Next, evaluate, forget};
use super::killable::waiting;
use super::plan::Purpose;
use super::session_context::SessionContext;
use super::set_text;
use super::walk::{Job, Kernel, Served};

/// Variables whose change would hurt other sessions, the pool or the ids; refused, never lost.
const REFUSED: [&str; 13] = [
    "auto_increment_increment",
    "auto_increment_offset",
    // COMMIT would begin or end more than it says
    "completion_type",
    "gtid_next",
    "gtid_seq_no",
    "insert_id",
    // the names in errors are edited by the place where they stand
    "lc_messages",
    "pseudo_replica_mode",
    "pseudo_slave_mode",
    "pseudo_thread_id",
    "rand_seed1",
    "rand_seed2",
    "sql_log_bin",
];

impl Kernel {
    pub(super) async fn set<D: Downstream>(
        &self,
        job: &Job<'_>,
        items: &[SetItem],
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        if items.iter().any(is_global) {
            return self.set_global(job, items, session, client).await;
        }
        for item in items {
            refuse_dangerous(item)?;
        }
        let mut warnings = 0;
        let is_for_server: Vec<bool> = items.iter().map(|item| !is_local(job, item)).collect();
        if is_for_server.contains(&true) {
            let items = items
                .iter()
                .zip(&is_for_server)
                .filter(|(_, is_for_server)| **is_for_server);
            let items: Vec<&SetItem> = items.map(|(item, _)| item).collect();
            warnings = self.set_on_server(job, &items, session).await?;
        }
        for (item, _) in items
            .iter()
            .zip(&is_for_server)
            .filter(|(_, is_for_server)| !**is_for_server)
        {
            self.set_locally(job, item, session).await?;
        }
        session.row_count = 0;
        if warnings == 0 {
            session.leave_warnings(job);
        }
        let ok = OkPacket {
            status: session.status(),
            warnings,
            ..OkPacket::default()
        };
        crate::execute::write_ending(&crate::execute::Ending::Ok(ok), client, job.more_follow());
        Ok(StatementClass::Session)
    }

    /// What needs no server: see [`is_local`].
    async fn set_locally(
        &self,
        job: &Job<'_>,
        item: &SetItem,
        session: &mut SessionContext,
    ) -> Result<(), Failure> {
        match item {
            SetItem::Variable {
                name,
                value,
                is_default,
                ..
            } => {
                let text = job.token_text(*value);
                match name.as_str() {
                    "autocommit" => {
                        self.set_autocommit(session, switch_value(text).unwrap_or(true))
                            .await?
                    }
                    "last_insert_id" | "identity" => {
                        session.last_insert_id = integer(text).unwrap_or_default()
                    }
                    "wait_timeout" | "interactive_timeout" => {
                        session
                            .timeouts
                            .set(name, integer(text).filter(|_| !is_default));
                    }
                    _ => return next_characteristics(job, session, name, text),
                }
                Ok(())
            }
            SetItem::Names {
                charset: Some(charset),
                ..
            } => {
                let charset = Charset::from_name(charset).unwrap_or_default();
                session.set_names(charset, job.context.family);
                Ok(())
            }
            SetItem::Transaction {
                scope,
                isolation,
                is_read_only,
            } => self.set_transaction(job, session, *scope, *isolation, *is_read_only),
            _ => Ok(()),
        }
    }

    pub(super) async fn set_autocommit(
        &self,
        session: &mut SessionContext,
        is_on: bool,
    ) -> Result<(), Failure> {
        let result = if is_on && !session.is_autocommit {
            self.commit(session).await
        } else {
            Ok(())
        };
        session.is_autocommit = is_on;
        if is_on {
            session.state.unset("autocommit");
        } else {
            session.state.set("autocommit", "0");
        }
        result
    }

    /// Runs the SET on a server and reads back what it became; the number of its warnings.
    ///
    /// # Errors
    /// The server's, or what cannot be carried. The session's state is then as before.
    async fn set_on_server(
        &self,
        job: &Job<'_>,
        items: &[&SetItem],
        session: &mut SessionContext,
    ) -> Result<u16, Failure> {
        let reads_tables = reads_tables(job);
        if reads_tables {
            // a value may come out of a query: its tables are refused like any statement's
            self.plan(job, session, Purpose::Explain).await?;
        } else if job.statement.facts.calls_unknown {
            job.check_access(session, job.database(session))?;
        }
        let text = set_text::of(job, items, session)?;
        let (database, source) = if reads_tables {
            let database = Arc::clone(job.database(session));
            let source = database.rules.default_source;
            (database, source)
        } else {
            self.any_source(job, session)
        };
        let mut held = self.connection_to(&database, source, session).await?;
        match evaluate(job, items, &text, &mut held, session).await {
            Ok(evaluated) => self.take_over(job, items, held, evaluated, session).await,
            Err(error) if error.is_fatal() => Err(session.lose(held, error).await),
            Err(error) => {
                if !is_settled_by_name(&error) {
                    forget(&mut held, items);
                }
                session.transaction.settle(held);
                Err(error.into())
            }
        }
    }

    async fn take_over(
        &self,
        job: &Job<'_>,
        items: &[&SetItem],
        mut held: Held,
        evaluated: Evaluated,
        session: &mut SessionContext,
    ) -> Result<u16, Failure> {
        let mut next = Next::of(session);
        let kept = next.keep(items, &evaluated, job.context.family);
        if let Err(failure) = kept.and_then(|()| readable(&next.state)) {
            forget(&mut held, items);
            session.transaction.settle(held);
            return Err(failure);
        }
        session.state = next.state;
        session.last_insert_id = next.last_insert_id;
        session.timeouts = next.timeouts;
        // the connection carries exactly what the session now has
        held.guard.state.adopt(&session.state, true);
        if next.is_pinned {
            held.pins.insert(Pins::UNKNOWN_STATE);
        }
        if next.is_dirty {
            held.guard.mark_dirty();
        }
        session.transaction.settle(held);
        let warnings = u16::try_from(evaluated.warnings.len()).unwrap_or(u16::MAX);
        if warnings > 0 {
            session.diagnostics = evaluated.warnings;
        }
        let applied = self.apply(session).await;
        if let Some(collation) = next.results_collation {
            session.results.collation = collation;
        }
        applied.map(|()| warnings)
    }

    /// A connection to the primary of `source`, with all of the session's variables.
    async fn connection_to(
        &self,
        database: &LogicalDatabase,
        source: SourceId,
        session: &mut SessionContext,
    ) -> Result<Held, Failure> {
        let place = Place {
            database: Arc::clone(&database.name),
            source,
        };
        let Some(members) = database.members(source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        let need = Need {
            place: &place,
            members,
            key: session.pool_key(),
            replica: None,
            is_write: false,
            may_write: false,
            avoided: None,
            chosen: None,
            state: &session.state,
            with_user: true,
            opens_transaction: !session.is_autocommit,
            characteristics: None,
        };
        let switch = Arc::clone(&session.switch);
        if session.transaction.holds(&place) {
            return Ok(connection(&mut session.transaction, &need).await?);
        }
        waiting(&switch, connection(&mut session.transaction, &need)).await
    }

    /// SET GLOBAL, SET PERSIST: an admin's, on the one data source that a hint names.
    async fn set_global<D: Downstream>(
        &self,
        job: &Job<'_>,
        items: &[SetItem],
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let denied = |remedy: &str| {
            let message =
                format!("Access denied; global variables belong to the servers: {remedy}");
            Err(Failure::new(1227, "42000", message))
        };
        if !session.rights.is_admin {
            return denied("set them there, or as a user with the admin right");
        }
        if !items.iter().all(is_global) {
            return Err(Failure::unsupported(
                "global and session variables in one SET",
            ));
        }
        if Asked::of(job.text, job.lexed)?
            .wishes()
            .data_source
            .is_none()
        {
            return denied(
                "name the one that is meant, by the hint `/* shardgate: data_source=<name> */`",
            );
        }
        self.routed(job, session, client).await
    }

    /// The data source of the pinned state, else of the transaction, else the default one of the current database.
    pub(super) fn any_source(
        &self,
        job: &Job<'_>,
        session: &SessionContext,
    ) -> (Arc<LogicalDatabase>, SourceId) {
        let transaction = &session.transaction;
        if let Some(place) = transaction
            .pinned_place(Pins::UNKNOWN_STATE)
            .or_else(|| transaction.any_place())
            && let Some(database) = job.context.database(&place.database)
        {
            return (Arc::clone(database), place.source);
        }
        let database = job.database(session);
        let healthy = database
            .members
            .iter()
            .position(|members| members.primary().is_available())
            .and_then(|index| u16::try_from(index).ok())
            .map_or(database.rules.default_source, SourceId);
        let default = database.rules.default_source;
        let is_default_available = database
            .members(default)
            .is_some_and(|members| members.primary().is_available());
        (
            Arc::clone(database),
            if is_default_available {
                default
            } else {
                healthy
            },
        )
    }

    /// Takes over what variables mean for our own reading: grammar, character set, autocommit.
    ///
    /// # Errors
    /// A procedure left a character set or a grammar that cannot be read: the session has the default one instead.
    pub(super) async fn apply(&self, session: &mut SessionContext) -> Result<(), Failure> {
        let readable = readable(&session.state);
        let context = self.context();
        if readable.is_err() {
            session.set_names(Charset::Utf8mb4, context.family);
            session.state.unset("sql_mode");
        }
        session.learn_charsets(context.family);
        session.mode = match session.state.get("sql_mode") {
            Some(mode) => SqlMode::from_value(mode.trim_matches('\'')).unwrap_or_default(),
            None => context.default_mode,
        };
        let read_only = session
            .state
            .get("tx_read_only")
            .or_else(|| session.state.get("transaction_read_only"));
        session.is_read_only = read_only == Some("1");
        if let Some(is_off) = session.state.get("autocommit").map(|value| value == "0") {
            self.set_autocommit(session, !is_off).await?;
        }
        readable
    }
}

/// The server knows no such variable, or takes no session value of it: nothing was set, and a replay would fail too.
fn is_settled_by_name(error: &ConnError) -> bool {
    matches!(
        error,
        ConnError::Server {
            code: 1193 | 1228 | 1229 | 1238,
            ..
        }
    )
}

/// What needs no server, its value being known and valid.
fn is_local(job: &Job<'_>, item: &SetItem) -> bool {
    match item {
        SetItem::Variable {
            name,
            value,
            is_literal,
            is_default,
            ..
        } => {
            let text = job.token_text(*value);
            match name.as_str() {
                "autocommit" => *is_literal && switch_value(text).is_some(),
                "last_insert_id" | "identity" => *is_literal && integer(text).is_some(),
                "wait_timeout" | "interactive_timeout" => {
                    *is_default || integer(text).is_some_and(|seconds| seconds > 0)
                }
                name => *is_literal && is_for_next_transaction(job, name, *value),
            }
        }
        SetItem::Names {
            charset: Some(charset),
            collation: None,
        } => Charset::from_name(charset).is_some(),
        SetItem::Transaction { .. } => true,
        SetItem::Names { .. } | SetItem::CharacterSet { .. } | SetItem::User { .. } => false,
    }
}

fn is_global(item: &SetItem) -> bool {
    const GLOBAL: [VariableScope; 2] = [VariableScope::Global, VariableScope::Persist];
    match item {
        SetItem::Variable { scope, .. }
        | SetItem::Transaction {
            scope: Some(scope), ..
        } => GLOBAL.contains(scope),
        _ => false,
    }
}

fn refuse_dangerous(item: &SetItem) -> Result<(), Failure> {
    match item {
        SetItem::Variable { name, .. }
            if REFUSED.contains(&name.as_str()) || name.starts_with("session_track_") =>
        {
            Err(Failure::unsupported(&format!("SET {name}")))
        }
        _ => Ok(()),
    }
}

fn reads_tables(job: &Job<'_>) -> bool {
    let starts_query = |index| {
        ["SELECT", "TABLE", "WITH"]
            .iter()
            .any(|word| word_is(job.text, job.lexed, index, word))
    };
    (0..job.lexed.tokens.len()).any(starts_query)
}

pub(super) fn integer(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

pub(super) fn switch_value(text: &[u8]) -> Option<bool> {
    let text = match text {
        [b'\'' | b'"', inner @ .., b'\'' | b'"'] => inner,
        text => text,
    };
    if text == b"1" || text.eq_ignore_ascii_case(b"ON") || text.eq_ignore_ascii_case(b"TRUE") {
        Some(true)
    } else if text == b"0"
        || text.eq_ignore_ascii_case(b"OFF")
        || text.eq_ignore_ascii_case(b"FALSE")
    {
        Some(false)
    } else {
        None
    }
}
