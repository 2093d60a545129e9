//! SET: the server checks and evaluates, the session keeps the value as a literal and replays it (contract 3.1).

use std::sync::Arc;

use crate::backend::QueryResult;
use crate::execute::{Downstream, Held, Need, Place, connection};
use crate::metrics::StatementClass;
use crate::model::{Charset, SourceId};
use crate::sql::{SetItem, SqlMode, VariableScope, word_is};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::literal;
use super::session_context::SessionContext;
use super::walk::{Job, Kernel, Served};

/// Variables whose change would hurt other sessions, the pool or the ids; refused, never lost.
const REFUSED: [&str; 9] = [
    "auto_increment_increment",
    "auto_increment_offset",
    "gtid_next",
    "insert_id",
    "pseudo_slave_mode",
    "pseudo_thread_id",
    "rand_seed1",
    "rand_seed2",
    "sql_log_bin",
];

/// Variables that concern the client's connection, which is ours: taken without effect on backends.
const OURS: [&str; 5] =
    ["wait_timeout", "interactive_timeout", "net_read_timeout", "net_write_timeout", "last_insert_id"];

impl Kernel {
    pub(super) async fn set<D: Downstream>(
        &self,
        job: &Job<'_>,
        items: &[SetItem],
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        for item in items {
            refuse_dangerous(item)?;
        }
        if !self.set_locally(job, items, session).await? {
            self.set_on_server(job, items, session).await?;
        }
        Self::answer_ok(job, session, client);
        Ok(StatementClass::Session)
    }

    /// What needs no server: autocommit, NAMES of a known character set, transaction characteristics.
    async fn set_locally(
        &self,
        job: &Job<'_>,
        items: &[SetItem],
        session: &mut SessionContext,
    ) -> Result<bool, Failure> {
        let [item] = items else { return Ok(false) };
        match item {
            SetItem::Variable { name, value, is_literal: true, .. } if name == "autocommit" => {
                let text = token_text(job, *value);
                let Some(is_on) = switch_value(text) else { return Ok(false) };
                self.set_autocommit(session, is_on).await?;
                Ok(true)
            }
            SetItem::Variable { name, value, is_literal: true, .. } if name == "last_insert_id" || name == "identity" => {
                let Some(id) = std::str::from_utf8(token_text(job, *value)).ok().and_then(|text| text.parse().ok())
                else {
                    return Ok(false);
                };
                session.last_insert_id = id;
                Ok(true)
            }
            SetItem::Names { charset: Some(charset), collation: None } => {
                let Some(charset) = Charset::from_name(charset) else {
                    return Err(unreadable_charset(charset));
                };
                session.set_names(charset);
                Ok(true)
            }
            SetItem::Transaction { scope, isolation, is_read_only } => {
                self.set_transaction(job, session, *scope, *isolation, *is_read_only)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    pub(super) async fn set_autocommit(&self, session: &mut SessionContext, is_on: bool) -> Result<(), Failure> {
        if is_on && !session.is_autocommit {
            self.commit(session).await?;
        }
        session.is_autocommit = is_on;
        if is_on {
            session.state.unset("autocommit");
        } else {
            session.state.set("autocommit", "0");
        }
        Ok(())
    }

    fn set_transaction(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        scope: Option<VariableScope>,
        isolation: Option<&'static str>,
        is_read_only: Option<bool>,
    ) -> Result<(), Failure> {
        let names = TransactionVariables::of(job.context.family);
        match scope {
            None if session.transaction.is_open() => Err(Failure::new(
                1568,
                "25001",
                "Transaction characteristics can't be changed while a transaction is in progress",
            )),
            None => {
                let mut items = Vec::new();
                if let Some(isolation) = isolation {
                    items.push(format!("ISOLATION LEVEL {}", isolation.replace('-', " ")));
                }
                if let Some(is_read_only) = is_read_only {
                    items.push(if is_read_only { "READ ONLY" } else { "READ WRITE" }.to_owned());
                }
                session.next_transaction = Some(format!("SET TRANSACTION {}", items.join(", ")));
                Ok(())
            }
            Some(VariableScope::Session) => {
                if let Some(isolation) = isolation {
                    session.state.set(names.isolation, &format!("'{isolation}'"));
                }
                if let Some(is_read_only) = is_read_only {
                    session.is_read_only = is_read_only;
                    session.state.set(names.read_only, if is_read_only { "1" } else { "0" });
                }
                Ok(())
            }
            Some(VariableScope::Global | VariableScope::Persist) => Err(Failure::unsupported("SET GLOBAL TRANSACTION")),
        }
    }

    /// Runs the SET on a server and reads back what it became.
    async fn set_on_server(
        &self,
        job: &Job<'_>,
        items: &[SetItem],
        session: &mut SessionContext,
    ) -> Result<(), Failure> {
        if reads_tables(job) {
            // a value may come out of a query: its tables are refused like any statement's
            self.plan(job, session, true).await?;
        }
        let mut held = self.any_connection(job, session, true).await?;
        let result = held.guard.query_bytes(job.text).await;
        let reads = read_back(items);
        let outcome = match result {
            Ok(_) if reads.is_empty() => Ok(None),
            Ok(_) => held.guard.query(&format!("SELECT {}", reads.join(","))).await.map(Some),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(values) => {
                let kept = values.map_or(Ok(()), |values| self.keep(items, &values, session));
                // the connection carries exactly what the session now has
                let state = session.state.clone();
                held.guard.state.adopt(&state, true);
                session.transaction.settle(held);
                kept?;
                self.apply(session).await
            }
            Err(error) => {
                let is_fatal = error.is_fatal();
                let failure = error.into();
                if !is_fatal {
                    // a SET of several items may have done some of them
                    held.guard.mark_dirty();
                    session.transaction.settle(held);
                }
                Err(failure)
            }
        }
    }

    /// A connection for a statement that may run anywhere; of the transaction or pin, if there is one.
    pub(super) async fn any_connection(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        with_user: bool,
    ) -> Result<Held, Failure> {
        let (database, source) = self.any_source(job, session);
        let place = Place { database: Arc::clone(&database.name), source };
        let Some(members) = database.members(source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        let need = Need {
            place: &place,
            members,
            key: session.pool_key(),
            may_use_replica: false,
            state: &session.state,
            with_user,
            opens_transaction: false,
        };
        Ok(connection(&mut session.transaction, &need).await?)
    }

    /// The data source of the transaction or pin, else the default one of the current database.
    pub(super) fn any_source(&self, job: &Job<'_>, session: &SessionContext) -> (Arc<LogicalDatabase>, SourceId) {
        if let Some(place) = session.transaction.any_place()
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
        let is_default_available = database.members(default).is_some_and(|members| members.primary().is_available());
        (Arc::clone(database), if is_default_available { default } else { healthy })
    }

    fn keep(&self, items: &[SetItem], values: &QueryResult, session: &mut SessionContext) -> Result<(), Failure> {
        let row = values.rows.first().ok_or_else(|| Failure::unsupported("SET without a readable value"))?;
        let mut columns = values.columns.iter().zip(row);
        for item in items {
            match item {
                SetItem::Variable { name, .. } if !OURS.contains(&name.as_str()) => {
                    if let Some((_, value)) = columns.next() {
                        session.state.set(name, &literal::of_variable(value.as_deref()));
                    }
                }
                SetItem::User { name, .. } => {
                    if let Some((column, value)) = columns.next() {
                        let charset = session.charset.name();
                        session.state.set_user(name, &literal::of_user_variable(column, value.as_deref(), charset));
                    }
                }
                SetItem::Names { .. } | SetItem::CharacterSet { .. } => {
                    for name in NAMES {
                        if let Some((_, value)) = columns.next() {
                            session.state.set(name, &literal::of_variable(value.as_deref()));
                        }
                    }
                }
                SetItem::Variable { .. } | SetItem::Transaction { .. } => {}
            }
        }
        Ok(())
    }

    /// Takes over what variables mean for our own reading: grammar, character set, autocommit.
    pub(super) async fn apply(&self, session: &mut SessionContext) -> Result<(), Failure> {
        if let Some(charset) = session.state.get("character_set_client") {
            let name = charset.trim_matches('\'').to_owned();
            match Charset::from_name(&name) {
                Some(charset) => session.charset = charset,
                None => {
                    session.set_names(Charset::Utf8mb4);
                    return Err(unreadable_charset(&name));
                }
            }
        }
        if let Some(mode) = session.state.get("sql_mode") {
            session.mode = grammar_of(mode.trim_matches('\''));
        }
        match session.state.get("autocommit").map(|value| value == "0") {
            Some(is_off) => self.set_autocommit(session, !is_off).await,
            None => Ok(()),
        }
    }
}

const NAMES: [&str; 4] =
    ["character_set_client", "character_set_connection", "character_set_results", "collation_connection"];

struct TransactionVariables {
    isolation: &'static str,
    read_only: &'static str,
}

impl TransactionVariables {
    fn of(family: crate::sql::ServerFamily) -> Self {
        match family {
            crate::sql::ServerFamily::MySql(_) => {
                Self { isolation: "transaction_isolation", read_only: "transaction_read_only" }
            }
            crate::sql::ServerFamily::MariaDb(_) => Self { isolation: "tx_isolation", read_only: "tx_read_only" },
        }
    }
}

impl SessionContext {
    /// `SET NAMES` of a character set that the lexer reads.
    pub fn set_names(&mut self, charset: Charset) {
        self.charset = charset;
        let literal = format!("'{}'", charset.name());
        self.state.set("character_set_client", &literal);
        self.state.set("character_set_connection", &literal);
        self.state.set("character_set_results", &literal);
        self.state.unset("collation_connection");
    }
}

fn refuse_dangerous(item: &SetItem) -> Result<(), Failure> {
    match item {
        SetItem::Variable { scope: VariableScope::Global | VariableScope::Persist, name, .. } => Err(Failure::new(
            1227,
            "42000",
            format!("Access denied; set the global variable '{name}' on the servers, not through the proxy"),
        )),
        SetItem::Variable { name, .. }
            if REFUSED.contains(&name.as_str()) || name.starts_with("session_track_") =>
        {
            Err(Failure::unsupported(&format!("SET {name}")))
        }
        _ => Ok(()),
    }
}

fn reads_tables(job: &Job<'_>) -> bool {
    let starts_query = |index| ["SELECT", "TABLE", "WITH"].iter().any(|word| word_is(job.text, job.lexed, index, word));
    (0..job.lexed.tokens.len()).any(starts_query)
}

fn read_back(items: &[SetItem]) -> Vec<String> {
    let mut reads = Vec::new();
    for item in items {
        match item {
            SetItem::Variable { name, .. } if !OURS.contains(&name.as_str()) => {
                reads.push(format!("@@session.{name}"));
            }
            SetItem::User { name, .. } => reads.push(format!("@`{}`", name.replace('`', "``"))),
            SetItem::Names { .. } | SetItem::CharacterSet { .. } => {
                reads.extend(NAMES.iter().map(|name| format!("@@session.{name}")));
            }
            SetItem::Variable { .. } | SetItem::Transaction { .. } => {}
        }
    }
    reads
}

fn token_text<'a>(job: &Job<'a>, (first, last): (u32, u32)) -> &'a [u8] {
    let start = job.lexed.tokens.get(first as usize).map_or(0, |token| token.start as usize);
    let end = job.lexed.tokens.get(last as usize).map_or(0, |token| token.end as usize);
    job.text.get(start..end).unwrap_or_default()
}

fn switch_value(text: &[u8]) -> Option<bool> {
    if text == b"1" || text.eq_ignore_ascii_case(b"ON") || text.eq_ignore_ascii_case(b"TRUE") {
        Some(true)
    } else if text == b"0" || text.eq_ignore_ascii_case(b"OFF") || text.eq_ignore_ascii_case(b"FALSE") {
        Some(false)
    } else {
        None
    }
}

/// The grammar bits of a `sql_mode` as a server tells it; combined modes come expanded.
#[must_use]
pub fn grammar_of(sql_mode: &str) -> SqlMode {
    let has = |name: &str| sql_mode.split(',').any(|known| known.eq_ignore_ascii_case(name));
    SqlMode {
        ansi_quotes: has("ANSI_QUOTES"),
        no_backslash_escapes: has("NO_BACKSLASH_ESCAPES"),
        pipes_as_concat: has("PIPES_AS_CONCAT"),
        high_not_precedence: has("HIGH_NOT_PRECEDENCE"),
        ignore_space: has("IGNORE_SPACE"),
    }
}

fn unreadable_charset(name: &str) -> Failure {
    Failure::new(
        1115,
        "42000",
        format!(
            "Unknown character set: '{name}': shardgate reads utf8mb4, utf8mb3, latin1, ascii and binary; \
             in others a quote may hide inside a character"
        ),
    )
}
