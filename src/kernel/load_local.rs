//! LOAD DATA LOCAL: the client's file to one server, over a connection of its own (contract 2.6).

use std::io;
use std::sync::Arc;

use crate::backend::{ConnError, Cut};
use crate::execute::{
    Downstream, Ending, ExecuteError, Held, Phase, Pins, Place, Progress, RelayError, Relayed,
    Upload, replay,
};
use crate::metrics::StatementClass;
use crate::protocol::Capabilities;
use crate::rewrite::ExecutionUnit;
use crate::route::{Refusal, RefusalCode};
use crate::sql::{TokenKind, text_value, word_is};

use super::error::{Failure, INTERRUPTED};
use super::insert_id;
use super::killable::{KILLED_PATIENCE, absorb, kill_statement, timed_out, waiting};
use super::plan::Purpose;
use super::routed::{Routed, render};
use super::scratch;
use super::session_context::SessionContext;
use super::single::{cut_off, elapsed, send_text};
use super::walk::{Job, Kernel, Served};

/// State of a session that a connection opened afresh does not have, and no variable replays.
const KEPT_ELSEWHERE: [Pins; 5] = [
    Pins::TABLE_LOCKS,
    Pins::TEMPORARY_TABLE,
    Pins::HANDLER,
    Pins::UNKNOWN_STATE,
    Pins::XA,
];

/// Why a file was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Killed,
    Late,
}

impl Stop {
    fn failure(self) -> Failure {
        match self {
            Self::Killed => Failure::interrupted(),
            Self::Late => Failure::backend(timed_out()),
        }
    }
}

impl Kernel {
    pub(super) async fn load_local<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        job.check_file(session)?;
        job.asks_information(session)?;
        let name = job.file_name(session)?;
        let routed = self.plan(job, session, Purpose::Run).await?;
        let [unit] = routed.units.as_slice() else {
            return Err(Failure::unsupported("LOAD DATA LOCAL on several nodes"));
        };
        let mut held = self.held_for_file(job, &routed, unit, session).await?;
        let mut sql = scratch::take_bytes();
        render(job, unit, session, &mut sql);
        if job.context.shows_sql {
            self.show_sql(job, &routed, unit);
        }
        let sent = self
            .send_file(job, &mut held, &sql, &name, session, client)
            .await;
        scratch::put_bytes(sql);
        match sent {
            Ok(Ok(relayed)) => {
                self.conclude(job, &routed, unit, held, relayed, session, client)
                    .await?;
                Ok(StatementClass::Write)
            }
            Ok(Err(stop)) => {
                held.guard.close();
                Err(stop.failure())
            }
            Err(error) => {
                held.guard.close();
                // in no transaction, and an error can still be answered
                let before = (false, false);
                let broken = self.broken(job, error, &routed, unit, before, session);
                Err(broken.await)
            }
        }
    }

    /// A connection that the server may ask for the file over, in the session's state.
    async fn held_for_file(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        session: &SessionContext,
    ) -> Result<Held, Failure> {
        let place = Place {
            database: Arc::clone(&routed.database.name),
            source: unit.source,
        };
        let Some(members) = routed.database.members(unit.source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        let pool = members.writer()?;
        let opening = async {
            let guard = pool.acquire_for_file(session.pool_key()).await?;
            let mut held = Held::new(&place, pool, guard);
            let with_user = job.may_see_user_variables(routed);
            replay(&mut held.guard, &session.state, with_user).await?;
            if let Some(characteristics) = session.next_transaction.as_deref() {
                held.guard.query(characteristics).await?;
            }
            if job.reads_insert_id() {
                insert_id::carry(&mut held, session.last_insert_id).await?;
            }
            Ok::<Held, ExecuteError>(held)
        };
        waiting(&session.switch, opening).await
    }

    /// Sends statement and file. Whatever comes of it, the client has sent its last packet then, or is gone.
    async fn send_file<D: Downstream>(
        &self,
        job: &Job<'_>,
        held: &mut Held,
        sql: &[u8],
        name: &[u8],
        session: &SessionContext,
        client: &mut D,
    ) -> Result<Result<Relayed, Stop>, RelayError> {
        let thread = held.guard.thread_id();
        let mut upload = Upload::default();
        let timeout = job.context.statement_timeout;
        let cut = Cut::of(&held.pool, &held.guard);
        let sent = {
            let sending = async {
                send_text(held, sql).await?;
                upload.run(&mut held.guard, client, name).await
            };
            let mut sending = std::pin::pin!(sending);
            tokio::select! {
                biased;
                result = &mut sending => Ok(result),
                () = session.switch.query_killed() => Err(Stop::Killed),
                () = cut.comes() => Ok(Err(cut_off(&cut))),
                () = elapsed(timeout), if timeout.is_some() => Err(Stop::Late),
            }
        };
        match sent {
            Ok(Ok(relayed)) => Ok(Ok(relayed)),
            Ok(Err(error @ RelayError::Client(_))) => {
                if upload.phase() == Phase::Sending {
                    // half a file must not stay
                    kill_statement(&held.pool, thread).await;
                }
                Err(error)
            }
            Ok(Err(error)) => {
                upload.drain(client).await?;
                Err(error)
            }
            Err(stop) => {
                kill_statement(&held.pool, thread).await;
                stopped(stop, &mut upload, held, session, client).await
            }
        }
    }
}

/// What comes of a file that was stopped: only a server that has all of it may have loaded it nevertheless.
async fn stopped<D: Downstream>(
    stop: Stop,
    upload: &mut Upload,
    held: &mut Held,
    session: &SessionContext,
    client: &mut D,
) -> Result<Result<Relayed, Stop>, RelayError> {
    if session.switch.is_killed() {
        // a client that sends on must not hold up its own end
        let error = io::Error::other("the connection was killed");
        return Err(RelayError::Client(error));
    }
    if upload.phase() != Phase::Whole {
        upload.drain(client).await?;
        return Ok(Err(stop));
    }
    let answering = async {
        // the file's end may not have left yet
        let flushed = held.guard.flush().await;
        flushed.map_err(lost)?;
        upload.answer(&mut held.guard).await
    };
    let answer = tokio::time::timeout(KILLED_PATIENCE, answering).await;
    let relayed = answer.unwrap_or(Err(RelayError::Silent))?;
    match &relayed.ending {
        Ending::Err(err) if err.code == INTERRUPTED => Ok(Err(stop)),
        _ => {
            let absorbed = absorb(&mut held.guard).await;
            absorbed.map_err(lost)?;
            Ok(Ok(relayed))
        }
    }
}

fn lost(source: ConnError) -> RelayError {
    RelayError::Backend {
        source,
        progress: Progress::Nothing,
    }
}

impl Job<'_> {
    /// Whether the session may send a file now.
    fn check_file(&self, session: &SessionContext) -> Result<(), Failure> {
        if !(self.context.takes_files && session.capabilities.contains(Capabilities::LOCAL_FILES)) {
            return Err(Failure::new(
                3948,
                "42000",
                "Loading local data is disabled; this must be enabled on both the client and server sides",
            ));
        }
        if self.bound.is_some() || self.is_binary {
            let message = "This command is not supported in the prepared statement protocol yet";
            return Err(Failure::new(1295, "HY000", message));
        }
        if session.is_in_transaction() {
            let message = "LOAD DATA LOCAL goes over a connection of its own and cannot be part of a transaction: \
                           COMMIT first, with autocommit=1";
            return Err(Refusal::new(RefusalCode::NotSupported, message).into());
        }
        let is_kept = |pin| session.transaction.pinned_place(pin).is_some();
        if KEPT_ELSEWHERE.into_iter().any(is_kept) || self.statement.facts.uses_user_locks {
            let message = "LOAD DATA LOCAL goes over a connection of its own, which has neither this session's \
                           temporary tables and locks nor what a procedure left: load the file in another session";
            return Err(Refusal::new(RefusalCode::PinnedElsewhere, message).into());
        }
        Ok(())
    }

    /// The file's name as the client wrote it: the client is asked for no other one, whatever a server says.
    fn file_name(&self, session: &SessionContext) -> Result<Vec<u8>, Failure> {
        let after_word = (0..self.lexed.tokens.len())
            .find(|index| word_is(self.text, self.lexed, *index, "INFILE"))
            .map_or(0, |index| index + 1);
        if self.lexed.kind(after_word) != Some(TokenKind::Text) {
            let message = "You have an error in your SQL syntax; LOAD DATA LOCAL INFILE needs the name of a file in \
                           quotes";
            return Err(Failure::new(1064, "42000", message));
        }
        let literal = self.lexed.bytes(self.text, after_word);
        Ok(text_value(literal, session.mode).into_owned())
    }
}
