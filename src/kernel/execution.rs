//! A bound statement on one connection: prepared there if it must be, executed, its answer relayed.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::backend::{ConnError, PreparedId};
use crate::execute::{
    AnswerNames, Downstream, Ending, Held, Progress, RelayError, Relayed, ResultLimits, relay,
    relay_as_binary, relay_cursor,
};
use crate::protocol::{ErrPacket, Execute, ParamType, ParamValue, StatusFlags};
use crate::sql::{self, Lexed, ServerFamily, SqlMode};

use super::error::interrupted;
use super::interpolation::with_literals;
use super::kill_switch::KillSwitch;
use super::single::{flush, send_text};

/// The server does not know the statement any more, or must read it anew: it was not executed.
pub(super) const FORGOTTEN: [u16; 2] = [1243, 1615];
/// The server has room for no more prepared statements.
pub(super) const NO_ROOM: u16 = 1461;

/// One execution on one connection.
pub(super) struct Execution<'e> {
    pub(super) sql: &'e [u8],
    pub(super) params: &'e [(ParamType, ParamValue<'e>)],
    pub(super) wants_cursor: bool,
    /// It is prepared for this execution alone: MySQL keeps the types that the text's user variables had when it was
    /// prepared, and the next session's are others.
    pub(super) is_fresh: bool,
    /// A server that has forgotten the statement has executed nothing of it. Not so a procedure: one of its own
    /// statements may have said so.
    pub(super) may_repeat: bool,
    /// How the servers read the text.
    pub(super) mode: SqlMode,
    pub(super) family: ServerFamily,
    pub(super) names: AnswerNames<'e>,
    pub(super) status: StatusFlags,
    pub(super) limits: ResultLimits,
    /// KILL of the session's statement.
    pub(super) switch: &'e KillSwitch,
    /// The server was asked to end the statement, for KILL or for its time.
    pub(super) is_stopped: &'e AtomicBool,
}

impl Execution<'_> {
    /// Prepares the text on the connection if it is not known there, executes it and relays the answer. A server that
    /// has forgotten the statement is asked once more.
    ///
    /// # Errors
    /// As [`relay`].
    ///
    /// # Cancel safety
    /// As [`relay`].
    pub(super) async fn run<D: Downstream>(
        &self,
        held: &mut Held,
        client: &mut D,
    ) -> Result<Relayed, RelayError> {
        let start = *client.sequence_mut();
        let relayed = self.once(held, client).await?;
        let is_forgotten =
            matches!(&relayed.ending, Ending::Err(err) if FORGOTTEN.contains(&err.code));
        if self.is_over() || !is_forgotten || !self.may_repeat || *client.sequence_mut() != start {
            return Ok(relayed);
        }
        held.guard.forget_prepared(self.sql);
        self.once(held, client).await
    }

    async fn once<D: Downstream>(
        &self,
        held: &mut Held,
        client: &mut D,
    ) -> Result<Relayed, RelayError> {
        let mut prepared = self.prepared(held).await;
        if matches!(prepared, Err(ConnError::Server { code: NO_ROOM, .. })) {
            held.guard.evict_prepared();
            prepared = self.prepared(held).await;
        }
        let id = match prepared {
            Ok(id) => id,
            Err(ConnError::Server { code: NO_ROOM, .. }) => {
                return self.as_text(held, client).await;
            }
            Err(ConnError::Server {
                code,
                sqlstate,
                message,
                ..
            }) => return Ok(refused(ErrPacket::new(code, &sqlstate, message.as_bytes()))),
            Err(source) => {
                return Err(RelayError::Backend {
                    source,
                    progress: Progress::Unsent,
                });
            }
        };
        if self.is_over() {
            // the KILL was the PREPARE's: it does not reach what is sent behind it
            if self.is_private() {
                closed(held, id.statement_id).await;
            }
            return Ok(refused(interrupted()));
        }
        if usize::from(id.params) != self.params.len() {
            let message =
                "the server finds another number of parameters in the statement than the proxy";
            return Ok(refused(ErrPacket::new(1210, "HY000", message)));
        }
        let flags = if self.wants_cursor {
            Execute::CURSOR_READ_ONLY
        } else {
            0
        };
        let params = self.params.iter().copied();
        held.guard.begin_execute(id.statement_id, flags, params);
        flush(held).await?;
        let (conn, names, status, limits) = (&mut held.guard, self.names, self.status, self.limits);
        let relayed = match (self.wants_cursor, self.is_fresh) {
            (true, _) => relay_cursor(conn, client, names, status, limits).await?,
            (false, true) => relay(conn, client, names, status, limits).await?,
            (false, false) => return relay(conn, client, names, status, limits).await,
        };
        let is_open = matches!(&relayed.ending, Ending::End(ok) if ok.status.contains(StatusFlags::CURSOR_EXISTS));
        if is_open {
            held.cursors.push(id.statement_id);
        } else {
            closed(held, id.statement_id).await;
        }
        Ok(relayed)
    }

    /// A server that has no room for one more statement gets the values in the text.
    async fn as_text<D: Downstream>(
        &self,
        held: &mut Held,
        client: &mut D,
    ) -> Result<Relayed, RelayError> {
        if self.is_over() {
            return Ok(refused(interrupted()));
        }
        let mut lexed = Lexed::default();
        if let Err(error) = sql::lex(self.sql, self.mode, self.family, &mut lexed) {
            return Ok(refused(ErrPacket::new(1064, "42000", error.to_string())));
        }
        let text = with_literals(self.sql, &lexed, self.params, self.mode, false);
        send_text(held, &text).await?;
        relay_as_binary(
            &mut held.guard,
            client,
            self.names,
            self.status,
            self.limits,
        )
        .await
    }

    /// It is prepared for this execution alone.
    fn is_private(&self) -> bool {
        self.wants_cursor || self.is_fresh
    }

    /// Nothing more may be begun for the statement.
    fn is_over(&self) -> bool {
        self.is_stopped.load(Ordering::Acquire) || self.switch.is_interrupted()
    }

    async fn prepared(&self, held: &mut Held) -> Result<PreparedId, ConnError> {
        if self.is_private() {
            held.guard.prepare_private(self.sql).await
        } else {
            let types = self.params.iter().map(|(param, _)| *param);
            held.guard.prepared_for(self.sql, types).await
        }
    }
}

/// A server that fails to hear of it fails the next statement too.
async fn closed(held: &mut Held, statement_id: u32) {
    if let Err(error) = held.guard.close_private(statement_id).await {
        tracing::debug!(error = %error, "a statement without cursor was not closed");
    }
}

fn refused(err: ErrPacket) -> Relayed {
    Relayed {
        ending: Ending::Err(err),
        rows: 0,
        changes: Vec::new(),
    }
}
