//! SET: the server checks and evaluates, the session keeps the value as a literal and replays it (contract 3.1).

use std::sync::Arc;

use crate::backend::{ConnError, QueryResult};
use crate::execute::{Downstream, Held, Need, Pins, Place, connection};
use crate::metrics::StatementClass;
use crate::model::{Charset, SessionState, SourceId};
use crate::protocol::OkPacket;
use crate::sql::{ServerFamily, SetItem, SqlMode, VariableScope, word_is};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::literal;
use super::routed::Purpose;
use super::session_context::{Diagnostic, SessionContext};
use super::set_text;
use super::user_variable;
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

/// Variables of `SET NAMES`: each moves another one, so they are read back together.
const CHARSETS: [&str; 4] = [
    "character_set_client",
    "character_set_connection",
    "character_set_results",
    "collation_connection",
];

/// Character sets of the servers in which a quote may hide inside a character, or that the proxy does not read.
const UNREADABLE: &str = "shardgate reads utf8mb4, utf8mb3, latin1, ascii and binary; in others a quote may hide \
                          inside a character";

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
        let ok = OkPacket {
            status: session.status(),
            warnings,
            ..OkPacket::default()
        };
        crate::execute::write_ending(&crate::execute::Ending::Ok(ok), client, job.more_follow);
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
                    "wait_timeout" => session.wait_timeout = integer(text).filter(|_| !is_default),
                    "interactive_timeout" => {}
                    _ => return next_characteristics(job, session, name, text),
                }
                Ok(())
            }
            SetItem::Names {
                charset: Some(charset),
                ..
            } => {
                session.set_names(Charset::from_name(charset).unwrap_or_default());
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
            None => next_transaction(session, isolation, is_read_only),
            Some(VariableScope::Session) => {
                if let Some(isolation) = isolation {
                    session
                        .state
                        .set(names.isolation, &format!("'{isolation}'"));
                }
                if let Some(is_read_only) = is_read_only {
                    session.is_read_only = is_read_only;
                    session
                        .state
                        .set(names.read_only, if is_read_only { "1" } else { "0" });
                }
                Ok(())
            }
            Some(VariableScope::Global | VariableScope::Persist) => {
                Err(Failure::unsupported("SET GLOBAL TRANSACTION"))
            }
        }
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
                forget(&mut held, items);
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
        let mut next = Next {
            state: session.state.clone(),
            last_insert_id: session.last_insert_id,
        };
        let kept = next.keep(items, evaluated.values.as_ref(), job.context.family);
        if let Err(failure) = kept.and_then(|()| readable(&next.state)) {
            forget(&mut held, items);
            session.transaction.settle(held);
            return Err(failure);
        }
        session.state = next.state;
        session.last_insert_id = next.last_insert_id;
        // the connection carries exactly what the session now has
        held.guard.state.adopt(&session.state, true);
        session.transaction.settle(held);
        let warnings = u16::try_from(evaluated.warnings.len()).unwrap_or(u16::MAX);
        if warnings > 0 {
            session.diagnostics = evaluated.warnings;
        }
        self.apply(session).await?;
        Ok(warnings)
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
            may_use_replica: false,
            state: &session.state,
            with_user: true,
            opens_transaction: !session.is_autocommit,
            characteristics: None,
        };
        Ok(connection(&mut session.transaction, &need).await?)
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
        if readable.is_err() {
            session.set_names(Charset::Utf8mb4);
            session.state.unset("sql_mode");
        }
        session.charset = session
            .state
            .get("character_set_client")
            .and_then(charset_of)
            .unwrap_or_default();
        session.mode = match session.state.get("sql_mode") {
            Some(mode) => SqlMode::from_value(mode.trim_matches('\'')).unwrap_or_default(),
            None => self.context().default_mode,
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

/// What a server made of a SET.
struct Evaluated {
    values: Option<QueryResult>,
    warnings: Vec<Diagnostic>,
}

async fn evaluate(
    job: &Job<'_>,
    items: &[&SetItem],
    text: &[u8],
    held: &mut Held,
    session: &SessionContext,
) -> Result<Evaluated, ConnError> {
    if job.statement.facts.mentions_last_insert_id {
        held.guard
            .query(&format!("SET last_insert_id={}", session.last_insert_id))
            .await?;
    }
    let result = held.guard.query_bytes(text).await?;
    let mut warnings = Vec::new();
    if result.ok.warnings > 0 {
        warnings = Diagnostic::rows(held.guard.query("SHOW WARNINGS").await?);
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
    Ok(Evaluated { values, warnings })
}

/// What the session will have if all goes well.
struct Next {
    state: SessionState,
    last_insert_id: u64,
}

impl Next {
    fn keep(
        &mut self,
        items: &[&SetItem],
        values: Option<&QueryResult>,
        family: ServerFamily,
    ) -> Result<(), Failure> {
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
                    for (offset, name) in CHARSETS.iter().enumerate() {
                        self.state.set(name, &literal::of_variable(text(offset)?));
                    }
                }
                Kept::InsertId => {
                    self.last_insert_id = text(0)?.and_then(integer).unwrap_or_default();
                }
                Kept::Default(name) => self.state.unset(canonical(name, family)),
                Kept::Value(name) => self
                    .state
                    .set(canonical(name, family), &literal::of_variable(text(0)?)),
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
        Kept::Value(name) => vec![format!("@@session.{}", set_text::quoted_variable(name))],
        Kept::User(name) => return (vec![user_variable::selected(name)], user_variable::width()),
        Kept::Default(_) | Kept::Nothing => Vec::new(),
    };
    let width = columns.len();
    (columns, width)
}

fn read_back(items: &[&SetItem]) -> Vec<String> {
    items.iter().flat_map(|item| reads_of(item).0).collect()
}

/// A SET failed half-way: what its variables are on this connection is not known, so that they are replayed.
fn forget(held: &mut Held, items: &[&SetItem]) {
    const UNKNOWN: &str = "?";
    held.guard.mark_dirty();
    for item in items {
        match Kept::of(item) {
            Kept::Charsets => held.guard.state.set("collation_connection", UNKNOWN),
            Kept::Default(name) | Kept::Value(name) => held.guard.state.set(name, UNKNOWN),
            Kept::User(name) => held.guard.state.set_user(name, UNKNOWN),
            Kept::InsertId | Kept::Nothing => {}
        }
    }
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
                "wait_timeout" | "interactive_timeout" => *is_default || integer(text).is_some(),
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

/// `SET @@transaction_isolation = 'x'`, without a scope, is for the next transaction alone.
fn is_for_next_transaction(job: &Job<'_>, name: &str, (first, _): (u32, u32)) -> bool {
    let is_characteristic = matches!(
        name,
        "tx_isolation" | "transaction_isolation" | "tx_read_only" | "transaction_read_only"
    );
    let Some(written) = (first as usize).checked_sub(2) else {
        return false;
    };
    let written = job.lexed.bytes(job.text, written);
    is_characteristic && written.starts_with(b"@@") && !written.contains(&b'.')
}

fn next_characteristics(
    job: &Job<'_>,
    session: &mut SessionContext,
    name: &str,
    text: &[u8],
) -> Result<(), Failure> {
    let _ = job;
    let value = String::from_utf8_lossy(text);
    let value = value.trim_matches(['\'', '"']);
    let invalid = || {
        Failure::new(
            1231,
            "42000",
            format!("Variable '{name}' can't be set to the value of '{value}'"),
        )
    };
    if name.ends_with("read_only") {
        let is_read_only = switch_value(value.as_bytes()).ok_or_else(invalid)?;
        return next_transaction(session, None, Some(is_read_only));
    }
    let levels = [
        "READ-UNCOMMITTED",
        "READ-COMMITTED",
        "REPEATABLE-READ",
        "SERIALIZABLE",
    ];
    let level = levels
        .into_iter()
        .find(|level| level.eq_ignore_ascii_case(value))
        .ok_or_else(invalid)?;
    next_transaction(session, Some(level), None)
}

fn next_transaction(
    session: &mut SessionContext,
    isolation: Option<&'static str>,
    is_read_only: Option<bool>,
) -> Result<(), Failure> {
    if session.transaction.is_open() {
        return Err(Failure::new(
            1568,
            "25001",
            "Transaction characteristics can't be changed while a transaction is in progress",
        ));
    }
    let mut items = Vec::new();
    if let Some(isolation) = isolation {
        items.push(format!("ISOLATION LEVEL {}", isolation.replace('-', " ")));
    }
    if let Some(is_read_only) = is_read_only {
        items.push(
            if is_read_only {
                "READ ONLY"
            } else {
                "READ WRITE"
            }
            .to_owned(),
        );
    }
    session.next_transaction = Some(format!("SET TRANSACTION {}", items.join(", ")));
    Ok(())
}

/// The name that a state knows a variable by, of those that mean the same.
fn canonical(name: &str, family: ServerFamily) -> &str {
    let names = TransactionVariables::of(family);
    match name {
        "tx_isolation" | "transaction_isolation" => names.isolation,
        "tx_read_only" | "transaction_read_only" => names.read_only,
        name => name,
    }
}

struct TransactionVariables {
    isolation: &'static str,
    read_only: &'static str,
}

impl TransactionVariables {
    fn of(family: ServerFamily) -> Self {
        match family {
            ServerFamily::MySql(_) => Self {
                isolation: "transaction_isolation",
                read_only: "transaction_read_only",
            },
            ServerFamily::MariaDb(_) => Self {
                isolation: "tx_isolation",
                read_only: "tx_read_only",
            },
        }
    }
}

impl SessionContext {
    /// `SET NAMES` of a character set that the lexer reads. `utf8mb4` is what connections have by themselves.
    pub fn set_names(&mut self, charset: Charset) {
        self.charset = charset;
        self.state.unset("collation_connection");
        let names = [
            "character_set_client",
            "character_set_connection",
            "character_set_results",
        ];
        if charset == Charset::Utf8mb4 {
            names.into_iter().for_each(|name| self.state.unset(name));
        } else {
            let literal = format!("'{}'", charset.name());
            names
                .into_iter()
                .for_each(|name| self.state.set(name, &literal));
        }
    }
}

fn refuse_dangerous(item: &SetItem) -> Result<(), Failure> {
    match item {
        SetItem::Variable {
            scope: VariableScope::Global | VariableScope::Persist,
            name,
            ..
        } => Err(Failure::new(
            1227,
            "42000",
            format!(
                "Access denied; set the global variable '{name}' on the servers, not through the proxy"
            ),
        )),
        SetItem::Variable { name, .. }
            if REFUSED.contains(&name.as_str()) || name.starts_with("session_track_") =>
        {
            Err(Failure::unsupported(&format!("SET {name}")))
        }
        SetItem::Variable {
            name,
            value,
            is_literal: false,
            is_default: false,
            ..
        } if name == "wait_timeout" || name == "interactive_timeout" => {
            let _ = value;
            Err(Failure::unsupported(&format!(
                "SET {name} to an expression"
            )))
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

/// Our lexer reads statements under these variables.
fn readable(state: &SessionState) -> Result<(), Failure> {
    if let Some(charset) = state.get("character_set_client")
        && charset_of(charset).is_none()
    {
        let message = format!("Unknown character set: {charset}: {UNREADABLE}");
        return Err(Failure::new(1115, "42000", message));
    }
    if let Some(mode) = state.get("sql_mode").map(|mode| mode.trim_matches('\''))
        && SqlMode::from_value(mode).is_none()
    {
        let message = format!(
            "Variable 'sql_mode' can't be set to the value of '{mode}': under ORACLE and MSSQL the servers read \
             another SQL than the proxy does"
        );
        return Err(Failure::new(1231, "42000", message));
    }
    Ok(())
}

fn charset_of(literal: &str) -> Option<Charset> {
    Charset::from_name(literal.trim_matches('\''))
}

fn integer(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn switch_value(text: &[u8]) -> Option<bool> {
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
