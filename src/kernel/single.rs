//! One statement on one connection: sent, relayed, and stopped by KILL.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::backend::{Cut, Freshness, Pool};
use crate::execute::{
    AnswerNames, Downstream, Ending, Held, Joined, Need, Place, Progress, RelayError, Relayed,
    connection, relay, relay_as_binary, write_ending,
};
use crate::protocol::{ErrPacket, StatusFlags};
use crate::rewrite::ExecutionUnit;
use crate::route::RefusalCode;
use crate::sql::Kind;

use super::error::{Failure, INTERRUPTED};
use super::execution::Execution;
use super::insert_id;
use super::killable::{KILLED_PATIENCE, absorb, kill_statement, waiting};
use super::repeat::{Attempts, next_writer, still_writer};
use super::routed::{Routed, commits_implicitly, render};
use super::session_context::SessionContext;
use super::session_statements::OpenCursor;
use super::walk::{Job, Kernel};

/// Sequence id of the first packet of an answer.
const FIRST_ANSWER: u8 = 1;
/// COM_QUERY
const QUERY: &[u8] = &[0x03];

impl Kernel {
    /// Runs one unit and relays its answer.
    pub(super) async fn single<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        let ending = self
            .answered(job, routed, unit, None, session, client)
            .await?;
        write_ending(&ending, client, job.more_follow());
        Ok(())
    }

    /// As [`Kernel::single`], without the answer's last packet; as a part of `joined`, if that is there.
    pub(super) async fn answered<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        joined: Option<&Joined>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<Ending, Failure> {
        let place = Place {
            database: Arc::clone(&routed.database.name),
            source: unit.source,
        };
        let Some(members) = routed.database.members(place.source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        let mut attempts = Attempts::default();
        loop {
            let mut held = self
                .held(job, routed, &place, session, attempts.avoided.as_ref())
                .await?;
            let mut sql = std::mem::take(&mut session.scratch);
            sql.clear();
            render(job, unit, session, &mut sql);
            if job.context.shows_sql {
                self.show_sql(job, routed, unit);
            }
            let cursors = held.cursors.len();
            let result = self
                .send_and_relay(
                    job,
                    &mut held,
                    (unit, joined),
                    routed,
                    &sql,
                    session,
                    client,
                )
                .await;
            session.scratch = sql;
            if let (Some(bound), Some(statement_id)) = (job.bound, held.cursors.get(cursors)) {
                let cursor = OpenCursor {
                    place: place.clone(),
                    thread_id: held.guard.thread_id(),
                    statement_id: *statement_id,
                };
                session.statements.open_cursor(bound.statement, cursor);
            }
            let has_answered = *client.sequence_mut() > FIRST_ANSWER;
            match result {
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
                    return self
                        .concluded(job, routed, unit, held, relayed, session)
                        .await;
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

    /// The connection for `place` with everything the statement needs.
    pub(super) async fn held(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        place: &Place,
        session: &mut SessionContext,
        avoided: Option<&Arc<Pool>>,
    ) -> Result<Held, Failure> {
        let Some(members) = routed.database.members(place.source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        if session.next_transaction.is_some() && !session.is_autocommit && job.opens_transaction() {
            // what the statement opens by itself has no characteristics of its own
            if !session.transaction.is_open() {
                session.begin(None, false);
            }
        }
        job.refuse_on_replica(routed, place, session)?;
        if routed.route.is_write
            && let Some(pool) = session.transaction.pool_of(place)
            && let Err(failure) = still_writer(members, pool).await
        {
            let is_pinned = session.transaction.is_pinned(place);
            return Err(Box::pin(session.give_up(is_pinned, failure)).await);
        }
        let replica = job.replica_need(routed, place, session);
        let promised = replica
            .as_ref()
            .and_then(|replica| match replica.freshness {
                Freshness::Since(moment) => Some(moment),
                Freshness::Any | Freshness::Stale => None,
            });
        let is_alone =
            session.is_autocommit && !session.transaction.is_open() && job.opens_transaction();
        let need = Need {
            place,
            members,
            key: session.pool_key(),
            replica,
            is_write: routed.route.is_write,
            may_write: session.transaction.may_write(session.is_read_only),
            avoided,
            state: &session.state,
            with_user: job.may_see_user_variables(routed),
            opens_transaction: !session.is_autocommit,
            characteristics: session.next_transaction.as_deref().filter(|_| is_alone),
        };
        let switch = Arc::clone(&session.switch);
        let mut held = if session.transaction.holds(place) {
            connection(&mut session.transaction, &need).await?
        } else {
            // a future of some KiB, which is not to be moved
            let connecting = std::pin::pin!(connection(&mut session.transaction, &need));
            waiting(&switch, connecting).await?
        };
        if let Some(moment) = promised
            && !Arc::ptr_eq(&held.pool, members.primary())
        {
            session.has_read_its_writes(place, moment);
        }
        if job.reads_insert_id()
            && let Err(error) = insert_id::carry(&mut held, session.last_insert_id).await
        {
            return Err(Box::pin(session.lose(held, error)).await);
        }
        Ok(held)
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
        let names = AnswerNames {
            schemas: routed.database.schema_names(unit.source),
            tables: &unit.names,
            derived: &unit.derived,
            joined,
        };
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
        let mut result = {
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
            // the relay goes on: the server answers the killed statement with 1317
            is_stopped.store(true, Ordering::Release);
            kill_statement(cut.pool(), thread).await;
            if session.switch.is_killed() {
                // a client that does not read must not hold up its own end
                return Err(RelayError::Client(io::Error::other(
                    "the connection was killed",
                )));
            }
            let patience = tokio::time::timeout(KILLED_PATIENCE, relaying).await;
            patience.unwrap_or(Err(RelayError::Silent))
        };
        if let Ok(Relayed {
            ending: Ending::Err(err),
            ..
        }) = &mut result
            && is_late
            && err.code == INTERRUPTED
        {
            *err = timed_out();
        }
        // a late KILL would hit the next statement on this connection (contract 3.3)
        held.guard.mark_dirty();
        if result.is_ok() {
            Box::pin(absorb(&mut held.guard))
                .await
                .map_err(|source| RelayError::Backend {
                    source,
                    progress: Progress::Rows,
                })?;
        }
        result
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
    let flushed = held.guard.flush().await;
    flushed.map_err(|source| RelayError::Backend {
        source,
        progress: Progress::Nothing,
    })
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

/// What a statement is answered that ran for too long.
pub(super) fn timed_out() -> ErrPacket {
    ErrPacket::new(
        3024,
        "HY000",
        "Query execution was interrupted, maximum statement execution time exceeded",
    )
}

pub(super) async fn elapsed(timeout: Option<Duration>) {
    tokio::time::sleep(timeout.unwrap_or(Duration::MAX)).await;
}

impl Job<'_> {
    /// Status flags behind the columns of a result, as far as they are known before its rows.
    fn status_of_columns(&self, session: &SessionContext) -> StatusFlags {
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
    fn opens_transaction(&self) -> bool {
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
