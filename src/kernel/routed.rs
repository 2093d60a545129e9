//! Statements that backends answer: routed, rewritten, run, relayed.

use std::sync::Arc;

use crate::backend::PoolKey;
use crate::execute::{AnswerNames, Downstream, Joined, Place};
use crate::metrics::StatementClass;
use crate::model::ShortList;
use crate::protocol::{Capabilities, ErrPacket};
use crate::rewrite::{self, Edit, ExecutionUnit, Names};
use crate::route::{Asked, Refusal, RefusalCode, Route, Target, is_system, named_database};
use crate::sql::{DdlKind, Kind, Show, word_is};

use super::context::LogicalDatabase;
use super::error::Failure;
use super::information;
use super::plan::Purpose;
use super::session_call::{self, SessionAnswers};
use super::session_context::SessionContext;
use super::single::Given;
use super::walk::{Job, Kernel, Served};

/// A statement that knows where it goes.
pub(super) struct Routed {
    pub(super) database: Arc<LogicalDatabase>,
    pub(super) route: Route,
    /// First generated key of an INSERT.
    pub(super) first_key: Option<u64>,
    pub(super) units: ShortList<ExecutionUnit>,
}

impl Routed {
    /// Where a unit runs.
    pub(super) fn place(&self, unit: &ExecutionUnit) -> Place {
        Place {
            database: Arc::clone(&self.database.name),
            source: unit.source,
        }
    }

    /// What a unit's answer shows instead of actual names.
    pub(super) fn answer_names<'a>(
        &'a self,
        unit: &'a ExecutionUnit,
        joined: Option<&'a Joined>,
    ) -> AnswerNames<'a> {
        AnswerNames {
            schemas: self.database.schema_names(unit.source),
            tables: &unit.names,
            derived: &unit.derived,
            joined,
        }
    }
}

impl Kernel {
    pub(super) async fn routed<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        if job.asks_information(session)? {
            if let Some(bound) = job.bound {
                // which names it asks for decides where it goes
                return self.interpolated(job, bound, session, client).await;
            }
            Box::pin(self.information(job, session, client)).await?;
            return Ok(StatementClass::Read);
        }
        let routed = self.plan(job, session, Purpose::Run).await?;
        self.go(job, &routed, Given::Nothing, session, client).await
    }

    /// Runs what is planned, from what of it is `given`.
    pub(super) async fn go<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        given: Given,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        if let Some(bound) = job.bound
            && matches!(routed.route.target, Target::Every(_))
        {
            // each server gets the same text
            return self.interpolated(job, bound, session, client).await;
        }
        if commits_implicitly(job) {
            Box::pin(self.commit(session)).await?;
        }
        let class = class_of(&job.statement.kind);
        self.refuse_second_writer(routed, session)?;
        match &routed.route.target {
            _ if matches!(job.statement.kind, Kind::Ddl(_)) && routed.units.len() > 1 => {
                Box::pin(self.each_node(job, routed, session, client)).await?;
            }
            // the copy of the one data source there is belongs to the session's transaction as any table does
            Target::Every(_) if routed.units.len() > 1 => {
                Box::pin(self.everywhere(job, routed, session, client)).await?;
            }
            Target::Units(_) if routed.units.len() > 1 && is_change(&job.statement.kind) => {
                Box::pin(self.several(job, routed, session, client)).await?;
            }
            _ => match routed.units.as_slice() {
                [unit] if is_described(job, routed, unit) => {
                    Box::pin(self.described(job, routed, unit, session, client)).await?;
                }
                [unit] => {
                    self.single(job, routed, unit, given, session, client)
                        .await?;
                }
                [_, _, ..] if matches!(job.statement.kind, Kind::Query(_)) => {
                    Box::pin(self.joined(job, routed, session, client)).await?;
                }
                _ => return Err(Failure::unsupported("a statement on several nodes")),
            },
        }
        if matches!(job.statement.kind, Kind::Ddl(_)) {
            Box::pin(self.refresh_database(&routed.database)).await;
            let changed = job.statement.tables.iter().map(|table| table.name.as_str());
            if let Err(error) = Box::pin(routed.database.copy_to_catalog(changed)).await {
                tracing::warn!(database = %routed.database.name, error = %error, "the catalog is not as the tables are");
            }
        }
        Ok(class)
    }

    pub(super) fn refuse_second_writer(
        &self,
        routed: &Routed,
        session: &SessionContext,
    ) -> Result<(), Failure> {
        if !routed.route.is_write
            || !session.is_in_transaction()
            || routed.database.rules.allows_cross_shard
        {
            return Ok(());
        }
        let Some(writer) = session.transaction.writer() else {
            return Ok(());
        };
        let is_elsewhere = *writer.database != *routed.database.name
            || routed.units.iter().any(|unit| unit.source != writer.source);
        if !is_elsewhere {
            return Ok(());
        }
        let name = routed
            .database
            .rules
            .group(writer.source)
            .map_or("?", |group| group.name.as_str());
        let message = format!(
            "this transaction writes to data source {name} already and a second one would not be atomic: commit first, \
             keep a transaction's rows under one sharding value, or set crossShard: allow"
        );
        Err(Refusal::new(RefusalCode::SecondWriter, message).into())
    }

    /// A failure's text with logical names only.
    pub(super) fn edited_failure(
        &self,
        failure: Failure,
        routed: &Routed,
        unit: &ExecutionUnit,
    ) -> Failure {
        match failure {
            Failure::Answer {
                packet,
                outcome,
                keeps_warnings,
            } => Failure::Answer {
                packet: self.edited(packet, routed, unit),
                outcome,
                keeps_warnings,
            },
            gone @ Failure::Gone(_) => gone,
        }
    }

    /// An error's text with logical names only.
    pub(super) fn edited(
        &self,
        mut err: ErrPacket,
        routed: &Routed,
        unit: &ExecutionUnit,
    ) -> ErrPacket {
        err.message = logical(routed, unit, err.code, &err.message);
        err
    }

    pub(super) fn show_sql(&self, job: &Job<'_>, routed: &Routed, unit: &ExecutionUnit) {
        let source = routed
            .database
            .rules
            .group(unit.source)
            .map_or("?", |group| group.name.as_str());
        let mut text = String::new();
        let digest =
            crate::sql::digest(job.text, job.lexed, &(0..job.lexed.tokens.len()), &mut text);
        tracing::info!(target: "shardgate::sql", database = %routed.database.name, source, digest = %digest, text, "statement");
    }
}

impl Job<'_> {
    /// The logical database that the statement speaks of: the one its tables are qualified with, else the current one.
    /// What needs neither is served by one that the user may use; what needs one is refused by `check_access`.
    pub(super) fn database(&self, session: &SessionContext) -> &Arc<LogicalDatabase> {
        named_database(
            &self.statement.tables,
            session.database.as_deref(),
            &self.context.names,
        )
        .and_then(|name| self.context.database(name))
        .or_else(|| {
            let current = session.database.as_ref();
            current.and_then(|name| self.context.current(name))
        })
        .or_else(|| {
            let names = self.context.names.iter().map(String::as_str);
            std::iter::once(&*self.context.fallback.name)
                .chain(names)
                .filter(|name| session.rights.may_use(name))
                .find_map(|name| self.context.database(name))
        })
        .unwrap_or(&self.context.fallback)
    }

    /// Whether information_schema is asked for names, which is answered apart (contract 10.2); the server's other own
    /// schemas tell of actual tables too, and are an admin's.
    pub(super) fn asks_information(&self, session: &SessionContext) -> Result<bool, Failure> {
        let statement = self.statement;
        let named = match &statement.kind {
            Kind::Query(_)
            | Kind::Insert(_)
            | Kind::Update(_)
            | Kind::Delete(_)
            | Kind::Explain { .. } => {
                let schemas = statement
                    .tables
                    .iter()
                    .filter_map(|table| table.schema.as_deref());
                let system: Vec<&str> = schemas.filter(|schema| is_system(schema)).collect();
                let Some(first) = system.first() else {
                    return Ok(false);
                };
                let other = system
                    .iter()
                    .find(|schema| !schema.eq_ignore_ascii_case("information_schema"));
                if other.is_none()
                    && (matches!(statement.kind, Kind::Explain { .. })
                        || !information::tells_names(statement))
                {
                    return Ok(false);
                }
                (*other.unwrap_or(first)).to_owned()
            }
            Kind::Ddl(_)
            | Kind::Set(_)
            | Kind::Do
            | Kind::Call
            | Kind::Unknown
            | Kind::NotUnderstood(_)
            | Kind::Administrative
            | Kind::LoadData { .. }
            | Kind::Handler => {
                let Some(named) = information::named_system_schema(self.text, self.lexed) else {
                    return Ok(false);
                };
                named
            }
            _ => return Ok(false),
        };
        if session.rights.may_hint
            && Asked::of(self.text, self.lexed)?
                .wishes()
                .data_source
                .is_some()
        {
            return Ok(false);
        }
        if named.eq_ignore_ascii_case("information_schema") {
            return match statement.kind {
                Kind::Query(_) => Ok(true),
                _ => Err(information::refusal()),
            };
        }
        if session.rights.is_admin {
            return Ok(false);
        }
        let message = format!(
            "user '{}' of the proxy may not use the schema {named}: it needs the admin right",
            session.user
        );
        Err(Failure::new(1142, "42000", message))
    }

    pub(super) fn names_word(&self, word: &str) -> bool {
        (0..self.lexed.tokens.len()).any(|index| word_is(self.text, self.lexed, index, word))
    }

    /// What a server is given to prepare; other statements are its session's matter, or ours.
    pub(super) fn is_data_statement(&self) -> bool {
        // a lock's name is read from the text
        !self.statement.facts.uses_user_locks
            && matches!(
                self.statement.kind,
                Kind::Query(_)
                    | Kind::Insert(_)
                    | Kind::Update(_)
                    | Kind::Delete(_)
                    | Kind::Call
                    | Kind::Do
                    | Kind::NotUnderstood(_)
                    | Kind::Unknown
            )
    }

    /// Only a procedure, or what could not be classified, may change state behind our back (contract 3.1 b).
    pub(super) fn may_leave_state(&self) -> bool {
        matches!(
            self.statement.kind,
            Kind::Call | Kind::Unknown | Kind::NotUnderstood(_) | Kind::Administrative
        )
    }
}

impl SessionContext {
    /// A transaction is begun or open, or every statement opens one.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.is_autocommit || self.transaction.is_open()
    }

    pub(super) fn pool_key(&self) -> PoolKey {
        PoolKey {
            has_found_rows: self.capabilities.contains(Capabilities::FOUND_ROWS),
        }
    }
}

/// A server's text with logical names only.
pub(super) fn logical(routed: &Routed, unit: &ExecutionUnit, code: u16, message: &[u8]) -> Vec<u8> {
    let names = Names {
        tables: &unit.names,
        physical_schema: routed.database.rules.physical_schema(unit.source),
        logical_schema: &routed.database.name,
    };
    rewrite::logical_message(code, message, &names).into_owned()
}

/// The text that a unit's server gets.
pub(super) fn render(
    job: &Job<'_>,
    unit: &ExecutionUnit,
    session: &SessionContext,
    out: &mut Vec<u8>,
) {
    if job.calls.is_empty() {
        unit.edits.apply(job.text, job.lexed, out);
        return;
    }
    let mut edits: Vec<Edit> =
        session_call::edits(job.calls, job.text, job.lexed, &answers(session));
    edits.extend_from_slice(&unit.edits.each(job.lexed));
    edits.sort_by_key(|edit| edit.range.start);
    rewrite::apply(job.text, &edits, out);
}

/// The session's answers to what is asked of it.
pub(super) fn answers(session: &SessionContext) -> SessionAnswers<'_> {
    SessionAnswers {
        connection_id: session.id,
        database: session.database.as_deref(),
        user: &session.user_at_host,
        current_user: &session.user_at_host,
        found_rows: session.found_rows,
        row_count: session.row_count,
        warning_count: session.diagnostics.len(),
        error_count: session
            .diagnostics
            .iter()
            .filter(|row| row.level == "Error")
            .count(),
        timeouts: session.timeouts,
    }
}

pub(super) fn class_of(kind: &Kind) -> StatementClass {
    match kind {
        Kind::Query(_) => StatementClass::Read,
        Kind::Insert(_)
        | Kind::Update(_)
        | Kind::Delete(_)
        | Kind::LoadData { .. }
        | Kind::Call => StatementClass::Write,
        Kind::Ddl(_) => StatementClass::Ddl,
        Kind::Begin { .. }
        | Kind::Commit { .. }
        | Kind::Rollback { .. }
        | Kind::Savepoint(_)
        | Kind::RollbackTo(_)
        | Kind::ReleaseSavepoint(_) => StatementClass::Transaction,
        _ => StatementClass::Session,
    }
}

/// SHOW CREATE TABLE, EXPLAIN, ANALYZE TABLE and the like show names in their rows.
fn is_described(job: &Job<'_>, routed: &Routed, unit: &ExecutionUnit) -> bool {
    if job.tells_of_session() && !routed.route.is_verbatim {
        return true;
    }
    let shows_names = match &job.statement.kind {
        Kind::Show(Show::OfTable) | Kind::Describe | Kind::Explain { .. } => true,
        Kind::Ddl(ddl) => ddl.kind == DdlKind::Maintenance,
        _ => false,
    };
    shows_names
        && !routed.route.is_verbatim
        && !(unit.names.is_empty() && routed.database.schema_names(unit.source).is_empty())
}

pub(super) fn is_change(kind: &Kind) -> bool {
    matches!(kind, Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_))
}

pub(super) fn commits_implicitly(job: &Job<'_>) -> bool {
    match &job.statement.kind {
        Kind::Ddl(ddl) => !ddl.is_temporary,
        Kind::LockTables | Kind::Administrative => true,
        _ => false,
    }
}
