//! One statement, end to end.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;

use crate::execute::{Downstream, Ending, write_ending};
use crate::metrics::{Metrics, Outcome, StatementClass};
use crate::protocol::{EofPacket, ErrPacket, OkPacket, StatusFlags, TextResult, write_packet};
use crate::route::{Refusal, RefusalCode, is_system};
use crate::sql::{self, Kind, Lexed, ProxyStatement, Show, Statement};

use super::bound::Bound;
use super::context::Context;
use super::error::Failure;
use super::fast_path::{Departure, Way};
use super::firewall::FirewallLog;
use super::kill::{KillSwitches, computed_id};
use super::prepared_texts::PreparedTexts;
use super::routed::class_of;
use super::scratch;
use super::script::with_rest;
use super::session_call::SessionCall;
use super::session_context::{Diagnostic, SessionContext};
use super::set_member::AskedMembers;
use super::status::StatusTables;
use super::template::Template;
use super::templates::Templates;

/// Serves statements for all sessions.
#[derive(Debug)]
pub struct Kernel {
    pub(super) published: ArcSwap<Context>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) switches: Arc<KillSwitches>,
    pub(super) tables: Arc<dyn StatusTables>,
    pub(super) started: Instant,
    pub(super) templates: Templates,
    pub(super) prepared_texts: PreparedTexts,
    pub(super) firewall_log: FirewallLog,
}

/// One statement of a text with all that is known of it.
pub(super) struct Job<'a> {
    pub(super) context: &'a Arc<Context>,
    pub(super) text: &'a [u8],
    pub(super) lexed: &'a Lexed,
    pub(super) statement: &'a Statement,
    pub(super) calls: &'a [SessionCall],
    /// What follows in the same text.
    pub(super) rest: &'a [u8],
    /// Values of `?`, for a prepared statement.
    pub(super) bound: Option<&'a Bound<'a>>,
    /// The client waits for rows of the binary protocol.
    pub(super) is_binary: bool,
    /// What its shape is known for, if it is kept.
    pub(super) template: Option<&'a Template>,
}

/// What a statement was, when it has been answered.
pub(super) type Served = Result<StatementClass, Failure>;

impl Job<'_> {
    /// Answers say MORE_RESULTS.
    pub(super) fn more_follow(&self) -> bool {
        !self.rest.is_empty()
    }
}

impl Kernel {
    /// A kernel that serves `context`; `tables` answers SHOW PROCESSLIST and the like.
    #[must_use]
    pub fn new(
        context: Arc<Context>,
        metrics: Arc<Metrics>,
        switches: Arc<KillSwitches>,
        tables: Arc<dyn StatusTables>,
    ) -> Self {
        let prepared_texts = PreparedTexts::new(&metrics);
        Self {
            published: ArcSwap::new(context),
            templates: Templates::new(&metrics),
            metrics,
            switches,
            tables,
            started: Instant::now(),
            prepared_texts,
            firewall_log: FirewallLog::default(),
        }
    }

    /// The context that a statement beginning now is served with.
    #[must_use]
    pub fn context(&self) -> Arc<Context> {
        self.published.load_full()
    }

    /// Publishes the next context; statements and transactions under way keep theirs.
    pub fn publish(&self, context: Arc<Context>) {
        self.published.store(context);
    }

    pub(super) fn published(&self) -> &ArcSwap<Context> {
        &self.published
    }

    /// Metrics of the process.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Sessions that can be killed.
    #[must_use]
    pub fn switches(&self) -> &KillSwitches {
        &self.switches
    }

    /// Serves one statement, with `rest` behind it in its text; false if it was answered with an error, which ends a multi-statement text.
    pub(super) async fn one<D: Downstream>(
        &self,
        context: &Arc<Context>,
        session: &mut SessionContext,
        text: &[u8],
        lexed: &Lexed,
        rest: &[u8],
        client: &mut D,
    ) -> io::Result<bool> {
        let started = Instant::now();
        let mut normalized = scratch::take_bytes();
        let (template, is_known) =
            self.templates
                .of(context, session, text, lexed, &mut normalized);
        scratch::put_bytes(normalized);
        if is_known {
            self.metrics.template_hits.inc();
        } else {
            self.metrics.template_misses.inc();
        }
        let job = Job {
            context,
            text,
            lexed,
            statement: &template.statement,
            calls: &template.calls,
            rest,
            bound: None,
            is_binary: false,
            template: Some(&template),
        };
        self.run(&job, session, client, started).await
    }

    /// As [`Kernel::one`], for a statement that has been analyzed.
    pub(super) async fn run<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
        started: Instant,
    ) -> io::Result<bool> {
        session.switch.begin();
        session.switch.show(session.database.as_ref(), job.text);
        self.switches.mark(&session.switch, true, started);
        let served = match self.pass(job, session) {
            Ok(()) => {
                let mut way = Way::default();
                let departure = match self.depart(job, session, &mut way).transpose() {
                    Some(departure) => departure,
                    None => Box::pin(self.depart_planned(job, session, &mut way)).await,
                };
                match departure {
                    Ok(Departure::Fast) => self.arrive(job, &mut way, session, client).await,
                    Ok(Departure::Planned) => {
                        Box::pin(self.resume(job, way, session, client)).await
                    }
                    Ok(Departure::General) => Box::pin(self.serve(job, session, client)).await,
                    Err(failure) => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        };
        let ended = Instant::now();
        self.switches.mark(&session.switch, false, ended);
        match served {
            Ok(class) => {
                let took = ended.saturating_duration_since(started);
                self.metrics.statement(class, Outcome::Ok, took);
                Ok(true)
            }
            Err(failure) => {
                let mut failure = give_up_broken(session, failure);
                if let Failure::Answer { packet, .. } = &mut failure {
                    with_rest(packet, job.context.family, job.text, job.rest);
                }
                log_refusal(session, job.text, job.lexed, &failure);
                let class = class_of(&job.statement.kind);
                self.answer_failure_of(class, session, client, failure, started)?;
                Ok(false)
            }
        }
    }

    /// What is seldom asked for waits in a future of its own: a session that waits holds the room of a plain statement.
    pub(super) async fn serve<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        if let Some(bound) = job.bound
            && !(job.is_data_statement() && job.calls.is_empty())
        {
            return self.interpolated(job, bound, session, client).await;
        }
        if job.asks_own_ids(session) {
            return Box::pin(self.own_ids(job, session, client)).await;
        }
        match &job.statement.kind {
            // the servers call a text of comments alone a statement that does nothing
            Kind::Empty if !job.lexed.comments.is_empty() => {
                Self::answer_ok(job, session, client);
                Ok(StatementClass::Session)
            }
            Kind::Empty => Err(Failure::new(1065, "42000", "Query was empty")),
            Kind::Set(items) => {
                job.asks_information(session)?;
                Box::pin(self.set(job, items, session, client)).await
            }
            Kind::Use(name) => {
                Self::use_database(job.context, session, name)?;
                Self::answer_ok(job, session, client);
                Ok(StatementClass::Session)
            }
            Kind::Begin { .. }
            | Kind::Commit { .. }
            | Kind::Rollback { .. }
            | Kind::Savepoint(_)
            | Kind::RollbackTo(_)
            | Kind::ReleaseSavepoint(_) => self.transaction(job, session, client).await,
            Kind::Show(
                show @ (Show::Databases
                | Show::Tables { .. }
                | Show::CreateDatabase(_)
                | Show::Warnings
                | Show::Errors
                | Show::ProcessList),
            ) => Box::pin(self.show(job, show, session, client)).await,
            Kind::Show(Show::Server | Show::Other) => {
                Box::pin(self.show_server(job, session, client)).await
            }
            Kind::Kill { is_query, id } => {
                let id = id.or_else(|| computed_id(job, session));
                self.kill(session, *is_query, id)?;
                Self::answer_ok(job, session, client);
                Ok(StatementClass::Session)
            }
            Kind::Proxy(ProxyStatement::Preview {
                first_token,
                is_route,
            }) => Box::pin(self.preview(job, *first_token, *is_route, session, client)).await,
            Kind::Proxy(ProxyStatement::ShowStatus(what)) => {
                let is_firewall = what == "firewall";
                if is_firewall && !session.rights.is_admin {
                    return Err(Failure::new(
                        1227,
                        "42000",
                        "Access denied; you need the admin right of the proxy's user for this operation",
                    ));
                }
                let own = is_firewall.then(|| self.firewall_log.table());
                let Some(result) = own.or_else(|| self.tables.table(what)) else {
                    return Err(Failure::new(
                        1064,
                        "42000",
                        format!(
                            "there is no status table '{what}': there are POOLS, MEMBERS, EVENTS, SESSIONS, KEYS and FIREWALL"
                        ),
                    ));
                };
                Self::answer_own(job, session, client, result, 0);
                Ok(StatementClass::Session)
            }
            Kind::Proxy(ProxyStatement::RefreshTableMetadata) => {
                Box::pin(self.refresh_metadata(job.context)).await;
                Self::answer_ok(job, session, client);
                Ok(StatementClass::Session)
            }
            Kind::Proxy(ProxyStatement::CloseKeyFuse) => {
                Self::close_key_fuse(job, session)?;
                Self::answer_ok(job, session, client);
                Ok(StatementClass::Session)
            }
            Kind::Proxy(ProxyStatement::SetMember {
                group,
                name,
                database,
                is_disabled,
            }) => {
                let asked = AskedMembers::of(group.as_deref(), database.as_deref());
                job.set_member(session, asked, name, *is_disabled)?;
                Self::answer_ok(job, session, client);
                Ok(StatementClass::Session)
            }
            Kind::Proxy(ProxyStatement::ShowReplicas { group, database }) => {
                let asked = AskedMembers::of(group.as_deref(), database.as_deref());
                let result = job.replica_table(session, asked)?;
                Self::answer_own(job, session, client, result, 0);
                Ok(StatementClass::Session)
            }
            Kind::Prepare | Kind::Execute | Kind::Deallocate => {
                Box::pin(self.named(job, session, client)).await
            }
            Kind::Xa => Err(Failure::unsupported("XA transactions")),
            Kind::LoadData { is_local: true } => {
                Box::pin(self.load_local(job, session, client)).await
            }
            Kind::Administrative if !session.rights.is_admin => Err(Failure::new(
                1227,
                "42000",
                "Access denied; you need the admin right of the proxy's user for this operation",
            )),
            Kind::UnlockTables => Box::pin(self.unlock_tables(job, session, client)).await,
            _ => self.routed(job, session, client).await,
        }
    }

    pub(super) fn use_database(
        context: &Context,
        session: &mut SessionContext,
        name: &str,
    ) -> Result<(), Failure> {
        let denied = |session: &SessionContext| {
            let message = format!("{} to database '{name}'", session.denied());
            Failure::new(1044, "42000", message)
        };
        if is_system(name) && context.schema(name).is_none() {
            if !session.rights.is_admin {
                return Err(denied(session));
            }
            session.enter(Some(name.to_lowercase().into()));
            return Ok(());
        }
        let Some(schema) = context.schema(name) else {
            let message = format!("Unknown database '{name}'");
            return Err(Refusal::new(RefusalCode::UnknownDatabase, message).into());
        };
        if !is_system(&schema) && !session.rights.may_use(&schema) {
            return Err(denied(session));
        }
        session.enter(Some(schema));
        // these are the schema's own again
        session.state.unset("character_set_database");
        session.state.unset("collation_database");
        Ok(())
    }

    /// COM_INIT_DB.
    pub fn init_database<D: Downstream>(
        &self,
        session: &mut SessionContext,
        name: &str,
        client: &mut D,
    ) -> io::Result<()> {
        match Self::use_database(&self.context(), session, name) {
            Ok(()) => {
                let ok = OkPacket {
                    status: session.status(),
                    ..OkPacket::default()
                };
                write_ending(&Ending::Ok(ok), client, false);
                Ok(())
            }
            Err(failure) => self.answer_failure(session, client, failure, Instant::now()),
        }
    }

    /// Writes an OK of our own.
    pub(super) fn answer_ok<D: Downstream>(
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) {
        session.row_count = 0;
        session.leave_warnings(job);
        let ok = OkPacket {
            status: session.status(),
            ..OkPacket::default()
        };
        write_ending(&Ending::Ok(ok), client, job.more_follow());
    }

    /// Writes a result set of our own.
    pub(super) fn answer_result<D: Downstream>(
        job: &Job<'_>,
        session: &SessionContext,
        client: &mut D,
        result: &TextResult,
        warnings: u16,
    ) {
        let mut status = session.status();
        if job.more_follow() {
            status.insert(StatusFlags::MORE_RESULTS);
        }
        let capabilities = client.capabilities();
        let (out, sequence) = client.parts_mut();
        let end = EofPacket { warnings, status };
        if !job.is_binary {
            result.write(out, sequence, capabilities, end);
            return;
        }
        let start = out.len();
        let first = *sequence;
        if let Err(error) = result.write_binary(out, sequence, capabilities, end) {
            // a value that its own column cannot hold: nothing of the result has left yet
            tracing::warn!(error = %error, "a result cannot be told in the binary protocol");
            out.truncate(start);
            *sequence = first;
            let mut payload = Vec::new();
            ErrPacket::new(1105, "HY000", error.to_string()).write(&mut payload);
            write_packet(out, sequence, &payload);
        }
    }

    /// Writes a result set whose values are ours, as UTF-8.
    pub(super) fn answer_own<D: Downstream>(
        job: &Job<'_>,
        session: &SessionContext,
        client: &mut D,
        mut result: TextResult,
        warnings: u16,
    ) {
        for value in result.rows.iter_mut().flatten().flatten() {
            if let Cow::Owned(encoded) = session.results.encode(value) {
                *value = encoded;
            }
        }
        Self::answer_result(job, session, client, &result, warnings);
    }

    pub(super) fn answer_failure<D: Downstream>(
        &self,
        session: &mut SessionContext,
        client: &mut D,
        failure: Failure,
        started: Instant,
    ) -> io::Result<()> {
        self.answer_failure_of(StatementClass::Session, session, client, failure, started)
    }

    pub(super) fn answer_failure_of<D: Downstream>(
        &self,
        class: StatementClass,
        session: &mut SessionContext,
        client: &mut D,
        failure: Failure,
        started: Instant,
    ) -> io::Result<()> {
        let (mut packet, outcome, keeps_warnings) = match failure {
            Failure::Answer {
                packet,
                outcome,
                keeps_warnings,
            } => (packet, outcome, keeps_warnings),
            Failure::Gone(error) => return Err(error),
        };
        match outcome {
            // what has warnings beside it is our own word about several servers' errors
            Outcome::BackendError if !keeps_warnings => self.metrics.backend_error(packet.code),
            Outcome::Ok | Outcome::Killed => {}
            Outcome::Refused | Outcome::BackendError | Outcome::Unavailable => {
                self.metrics.refusal(packet.code);
            }
        }
        self.metrics.statement(class, outcome, started.elapsed());
        session.row_count = -1;
        let is_backend = outcome == Outcome::BackendError && !keeps_warnings;
        if is_backend {
            session.own_account(packet.code, &mut packet.message);
        }
        if !keeps_warnings {
            // a server has written it for the client already
            let message = packet.message.clone();
            session.diagnostics = vec![Diagnostic {
                level: "Error".to_owned(),
                code: packet.code,
                message: if is_backend {
                    session.results.decode(message)
                } else {
                    message
                },
            }];
        }
        if !is_backend && let Cow::Owned(encoded) = session.results.encode(&packet.message) {
            packet.message = encoded;
        }
        write_ending(&Ending::Err(packet), client, false);
        Ok(())
    }
}

/// Refusals are logged with the digest, never with literals (contract 5.1).
pub(super) fn log_refusal(session: &SessionContext, text: &[u8], lexed: &Lexed, failure: &Failure) {
    let Failure::Answer {
        packet,
        outcome: Outcome::Refused,
        ..
    } = failure
    else {
        return;
    };
    if !tracing::enabled!(tracing::Level::INFO) {
        return;
    }
    let mut normalized = String::new();
    let digest = sql::digest(text, lexed, &(0..lexed.tokens.len()), &mut normalized);
    tracing::info!(
        session = session.id,
        user = %session.user,
        code = packet.code,
        %digest,
        statement = normalized,
        "statement refused"
    );
}

/// A transaction that has lost one of its connections is over, and the client is told so (contract 7.3).
pub(super) fn give_up_broken(session: &mut SessionContext, failure: Failure) -> Failure {
    if !session.transaction.is_broken() {
        return failure;
    }
    session.transaction.abandon();
    tracing::warn!(
        session = session.id,
        "a transaction lost a connection and is rolled back"
    );
    match failure {
        Failure::Answer {
            mut packet,
            outcome,
            keeps_warnings,
        } => {
            packet.message.extend_from_slice(
                b"; the transaction is rolled back, repeat it from its beginning",
            );
            Failure::Answer {
                packet,
                outcome,
                keeps_warnings,
            }
        }
        gone @ Failure::Gone(_) => gone,
    }
}
