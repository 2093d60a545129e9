//! One statement on one connection: sent, relayed, and stopped by KILL.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::backend::{ConnError, Cut};
use crate::execute::{
    Downstream, Ending, Held, Joined, Progress, RelayError, Relayed, relay, relay_as_binary,
    write_ending,
};
use crate::protocol::StatusFlags;
use crate::rewrite::ExecutionUnit;
use crate::route::RefusalCode;
use crate::sql::Kind;

use super::error::Failure;
use super::execution::Execution;
use super::killable::{absorbed, killed};
use super::repeat::{Attempts, next_writer};
use super::routed::{Routed, commits_implicitly, render};
use super::scratch;
use super::session_context::SessionContext;
use super::session_statements::OpenCursor;
use super::walk::{Job, Kernel};

/// Sequence id of the first packet of an answer.
const FIRST_ANSWER: u8 = 1;
/// COM_QUERY
const QUERY: &[u8] = &[0x03];

/// What of a unit's way lies behind it.
pub(super) enum Given {
    /// Nothing.
    Nothing,
    /// It has its connection.
    Connection(Held),
    /// It was answered on its connection, or not.
    Answer(Held, Result<Relayed, RelayError>),
}

impl Kernel {
    /// Runs one unit and relays its answer, from what of it is `given`.
    pub(super) async fn single<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        given: Given,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        let ending = self
            .answered(job, routed, (unit, None), given, session, client)
            .await?;
        write_ending(&ending, client, job.more_follow());
        Ok(())
    }

    /// As [`Kernel::single`], without the answer's last packet; as a part of `joined`, if that is there.
    pub(super) async fn answered<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        (unit, joined): (&ExecutionUnit, Option<&Joined>),
        mut given: Given,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<Ending, Failure> {
        let place = routed.place(unit);
        let Some(members) = routed.database.members(place.source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        let mut attempts = Attempts::default();
        loop {
            let given = std::mem::replace(&mut given, Given::Nothing);
            let (held, result) = match given {
                Given::Answer(held, result) => (held, result),
                given => {
                    let mut held = match given {
                        Given::Connection(held) => held,
                        _ => {
                            let members = (attempts.avoided.as_ref(), None);
                            Box::pin(self.held(job, routed, &place, session, members)).await?
                        }
                    };
                    let asked = (unit, joined);
                    let result = self
                        .asked(job, routed, asked, &mut held, session, client)
                        .await;
                    (held, result)
                }
            };
            let has_answered = *client.sequence_mut() > FIRST_ANSWER;
            match result {
                Ok(relayed) if job.is_ordinary(routed, &held, &relayed) => {
                    return Ok(Self::conclude_ordinary(job, routed, held, relayed, session));
                }
                Ok(relayed)
                    if attempts.repeats_write(
                        job,
                        session,
                        (&held, members),
                        (&relayed, has_answered),
                    ) =>
                {
                    let answered = Instant::now();
                    session.transaction.settle(held);
                    Box::pin(next_writer(&session.switch, members, answered)).await?;
                }
                Ok(relayed) if job.lost_its_writer(session, (&held, members), &relayed) => {
                    return Err(Box::pin(self.give_up_transaction(session, held, members)).await);
                }
                Ok(relayed) => {
                    let concluded = self.concluded(job, routed, unit, held, relayed, session);
                    return Box::pin(concluded).await;
                }
                Err(error)
                    if attempts.repeats_read(
                        job,
                        routed,
                        session,
                        &held,
                        (&error, has_answered),
                    ) =>
                {
                    session.transaction.lose(held);
                    members.note_repeated();
                }
                Err(error) => {
                    let was_in_transaction = held.is_in_transaction || session.is_in_transaction();
                    session.transaction.lose(held);
                    let broken = self.broken(
                        job,
                        error,
                        routed,
                        unit,
                        (was_in_transaction, has_answered),
                        session,
                    );
                    return Err(Box::pin(broken).await);
                }
            }
        }
    }

    /// Asks a unit's server.
    async fn asked<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        (unit, joined): (&ExecutionUnit, Option<&Joined>),
        held: &mut Held,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<Relayed, RelayError> {
        let mut sql = scratch::take_bytes();
        render(job, unit, session, &mut sql);
        if job.context.shows_sql {
            self.show_sql(job, routed, unit);
        }
        let cursors = held.cursors.len();
        let asked = (unit, joined);
        let result = self
            .send_and_relay(job, held, asked, routed, &sql, session, client)
            .await;
        scratch::put_bytes(sql);
        if let (Some(bound), Some(statement_id)) = (job.bound, held.cursors.get(cursors)) {
            let cursor = OpenCursor {
                place: held.place.clone(),
                thread_id: held.guard.thread_id(),
                statement_id: *statement_id,
            };
            session.statements.open_cursor(bound.statement, cursor);
        }
        result
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the step between connection and answer needs both sides"
    )]
    async fn send_and_relay<D: Downstream>(
        &self,
        job: &Job<'_>,
        held: &mut Held,
        (unit, joined): (&ExecutionUnit, Option<&Joined>),
        routed: &Routed,
        sql: &[u8],
        session: &SessionContext,
        client: &mut D,
    ) -> Result<Relayed, RelayError> {
        let thread = held.guard.thread_id();
        let cut = Cut::of(&held.pool, &held.guard);
        let names = routed.answer_names(unit, joined);
        let status = job.status_of_columns(session);
        let timeout = job
            .context
            .statement_timeout
            .filter(|_| !matches!(job.statement.kind, Kind::Ddl(_)))
            .map(|timeout| joined.map_or(timeout, |joined| joined.time_left(timeout)));
        let mut is_late = false;
        if held.guard.is_out() {
            return Err(RelayError::Backend {
                source: cut.unsent(),
                progress: Progress::Unsent,
            });
        }
        let is_stopped = AtomicBool::new(false);
        let result = {
            let limits = job.context.result_limits;
            let limits = joined.map_or(limits, |joined| joined.rest(limits));
            let relaying = async {
                match job.bound {
                    Some(bound) => {
                        let mut scratch = Vec::new();
                        let own = unit.params.as_deref();
                        let own = own.map(|sources| bound.for_unit(sources, &mut scratch));
                        let execution = Execution {
                            sql,
                            params: own.as_deref().unwrap_or(&bound.params),
                            wants_cursor: bound.wants_cursor
                                && joined.is_none()
                                && matches!(job.statement.kind, Kind::Query(_)),
                            is_fresh: job.statement.facts.reads_user_variable
                                || job.statement.facts.assigns_user_variable,
                            may_repeat: !matches!(job.statement.kind, Kind::Call),
                            mode: session.mode,
                            family: job.context.family,
                            names,
                            status,
                            limits,
                            switch: &session.switch,
                            is_stopped: &is_stopped,
                        };
                        execution.run(held, client).await
                    }
                    None => {
                        send_text(held, sql).await?;
                        if job.is_binary {
                            relay_as_binary(&mut held.guard, client, names, status, limits).await
                        } else {
                            relay(&mut held.guard, client, names, status, limits).await
                        }
                    }
                }
            };
            let mut relaying = std::pin::pin!(relaying);
            tokio::select! {
                biased;
                result = &mut relaying => return result,
                () = session.switch.query_killed() => {}
                () = cut.comes() => return Err(cut_off(&cut)),
                () = elapsed(timeout), if timeout.is_some() => is_late = true,
            }
            is_stopped.store(true, Ordering::Release);
            killed(&session.switch, &cut, thread, relaying).await
        };
        absorbed(held, result, is_late).await
    }

    /// The connection broke while a statement ran on it.
    pub(super) async fn broken(
        &self,
        job: &Job<'_>,
        error: RelayError,
        routed: &Routed,
        unit: &ExecutionUnit,
        (was_in_transaction, has_answered): (bool, bool),
        session: &mut SessionContext,
    ) -> Failure {
        tracing::warn!(session = session.id, database = %routed.database.name, error = %error, "a statement broke off");
        if was_in_transaction {
            session.transaction.roll_back().await;
        }
        let progress = match error {
            RelayError::Client(error) => return Failure::Gone(error),
            RelayError::TooLarge => return too_large(),
            RelayError::ColumnsDiffer => return columns_differ(),
            // where nothing has been answered yet, an error can be
            RelayError::Silent if has_answered => Progress::Columns,
            RelayError::Silent if was_in_transaction && !commits_implicitly(job) => {
                return Failure::transaction_lost();
            }
            RelayError::Silent if !routed.route.is_write => return Failure::interrupted(),
            // nobody knows whether KILL reached it: it may run still (contract 7.3)
            RelayError::Silent => Progress::Nothing,
            RelayError::Backend {
                progress: Progress::Nothing,
                ..
            } if has_answered => Progress::Columns,
            RelayError::Backend { progress, .. } => progress,
            RelayError::Malformed { progress, .. } => {
                self.metrics.malformed_packets.inc();
                progress
            }
        };
        if progress == Progress::Columns {
            return Failure::Gone(io::Error::other("an answer broke off among its columns"));
        }
        let source = routed
            .database
            .rules
            .group(unit.source)
            .map_or("?", |group| group.name.as_str());
        if was_in_transaction && !commits_implicitly(job) {
            let message = format!(
                "the connection to data source {source} was lost: the transaction is rolled back, \
                 repeat it from its beginning"
            );
            Failure::unavailable(RefusalCode::SourceDown, message)
        } else if routed.route.is_write && progress != Progress::Unsent {
            let message = format!(
                "the connection to data source {source} was lost before the write was answered: \
                 it may or may not have happened; read back before you repeat it"
            );
            Failure::unavailable(RefusalCode::OutcomeUnknown, message)
        } else {
            let message = format!("the connection to data source {source} was lost; try again");
            Failure::unavailable(RefusalCode::SourceDown, message)
        }
    }
}

/// The server hangs, or another has taken its place: nobody will answer. How much of an answer the client has is the
/// caller's to find out.
pub(super) fn cut_off(cut: &Cut) -> RelayError {
    RelayError::Backend {
        source: cut.lost(),
        progress: Progress::Nothing,
    }
}

/// Sends COM_QUERY.
pub(super) async fn send_text(held: &mut Held, sql: &[u8]) -> Result<(), RelayError> {
    held.guard.begin_command(&[QUERY, sql]);
    flush(held).await
}

/// Sends the command just begun.
pub(super) async fn flush(held: &mut Held) -> Result<(), RelayError> {
    let flushed = match held.guard.flush_at_once() {
        Ok(true) => return Ok(()),
        Ok(false) => held.guard.flush().await,
        lost => lost.map(drop),
    };
    flushed.map_err(lost)
}

/// The server was lost before it has answered.
pub(super) fn lost(source: ConnError) -> RelayError {
    RelayError::Backend {
        source,
        progress: Progress::Nothing,
    }
}

/// A result is larger than the limits allow.
pub(super) fn too_large() -> Failure {
    let message = "the result is larger than limits.maxResultRows or maxResultBytes allow: \
                   ask for less, or raise the limit";
    Failure::new(1104, "42000", message)
}

/// The answers of two data sources are no parts of one result.
pub(super) fn columns_differ() -> Failure {
    let message = "the data sources answer with different columns: a table's definition differs from node to node; \
                   compare them with `shardgate check --online`";
    Failure::new(1105, "HY000", message)
}

pub(super) async fn elapsed(timeout: Option<Duration>) {
    tokio::time::sleep(timeout.unwrap_or(Duration::MAX)).await;
}

impl Job<'_> {
    /// Status flags behind the columns of a result, as far as they are known before its rows.
    pub(super) fn status_of_columns(&self, session: &SessionContext) -> StatusFlags {
        let mut status = session.status();
        if self.more_follow() || matches!(self.statement.kind, Kind::Call) {
            status.insert(StatusFlags::MORE_RESULTS);
        }
        if !session.is_autocommit && self.opens_transaction() {
            status.insert(StatusFlags::IN_TRANS);
        }
        status
    }

    /// Where autocommit is off, the servers open a transaction at the first statement that uses a table.
    pub(super) fn opens_transaction(&self) -> bool {
        !self.statement.tables.is_empty()
    }

    /// User variables must be the session's own: what is not read here may be by a trigger or a function.
    pub(super) fn may_see_user_variables(&self, routed: &Routed) -> bool {
        let facts = &self.statement.facts;
        facts.reads_user_variable
            || facts.assigns_user_variable
            || facts.may_have_side_effects
            || routed.route.is_write
            || matches!(self.statement.kind, Kind::Do)
    }
}
