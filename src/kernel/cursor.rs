//! What follows an EXECUTE: FETCH from its cursor, RESET and CLOSE of its statement, long data for the next one.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::backend::Cut;
use crate::execute::{Downstream, Ending, Held, Progress, RelayError, relay_fetch, write_ending};
use crate::protocol::{Command, OkPacket, StatusFlags};

use super::bound_execution::{statement_id, wrong_arguments};
use super::error::Failure;
use super::long_data::LongDataLimits;
use super::session_context::SessionContext;
use super::session_statements::OpenCursor;
use super::single::cut_off;
use super::walk::{Kernel, give_up_broken};

impl Kernel {
    /// Serves one COM_STMT_FETCH.
    ///
    /// # Errors
    /// As [`Kernel::query`].
    ///
    /// # Cancel safety
    /// As [`Kernel::query`].
    pub async fn fetch<D: Downstream>(
        &self,
        session: &mut SessionContext,
        body: &[u8],
        client: &mut D,
    ) -> io::Result<()> {
        let started = Instant::now();
        self.switches.mark(&session.switch, true, started);
        let fetched = self.fetched(session, body, client).await;
        self.switches.mark(&session.switch, false, Instant::now());
        session.give_context_back();
        match fetched {
            Ok(()) => Ok(()),
            Err(failure) => {
                let failure = give_up_broken(session, failure);
                self.answer_failure(session, client, failure, started)
            }
        }
    }

    async fn fetched<D: Downstream>(
        &self,
        session: &mut SessionContext,
        body: &[u8],
        client: &mut D,
    ) -> Result<(), Failure> {
        let id = statement_id(session, body, "mysqld_stmt_fetch")?;
        let Some(rows) = body.get(4..8) else {
            return Err(wrong_arguments("mysqld_stmt_fetch"));
        };
        let Some((mut held, server_id)) = take(session, id) else {
            let message = format!("The statement ({id}) has no open cursor.");
            return Err(Failure::new(1421, "HY000", message));
        };
        let context = session.context(&self.published);
        let command = [Command::StmtFetch.byte()];
        held.guard
            .begin_command(&[&command, &server_id.to_le_bytes(), rows]);
        let status = session.status();
        let cut = Cut::of(&held.pool, &held.guard);
        let fetching = async {
            let flushed = held.guard.flush().await;
            flushed.map_err(|source| RelayError::Backend {
                source,
                progress: Progress::Nothing,
            })?;
            relay_fetch(&mut held.guard, client, status, context.result_limits).await
        };
        let switch = Arc::clone(&session.switch);
        let relayed = tokio::select! {
            biased;
            relayed = fetching => relayed,
            () = cut.comes() => Err(cut_off(&cut)),
            // a cursor's rows lie ready: whoever is killed here waits for a server that is gone
            () = switch.query_killed() => Err(RelayError::Silent),
        };
        let relayed = match relayed {
            Ok(relayed) => relayed,
            Err(error) => {
                let was_in_transaction = held.is_in_transaction;
                session.transaction.lose(held);
                if was_in_transaction {
                    session.transaction.roll_back().await;
                }
                return Err(broken(error, was_in_transaction));
            }
        };
        let is_over = match &relayed.ending {
            Ending::Ok(ok) | Ending::End(ok) => {
                held.guard.set_status(ok.status);
                ok.status.contains(StatusFlags::LAST_ROW_SENT)
                    || !ok.status.contains(StatusFlags::CURSOR_EXISTS)
            }
            Ending::Err(_) => true,
        };
        if is_over {
            forget(session, id);
            give_back(session, held, server_id).await?;
        } else {
            session.transaction.settle(held);
        }
        if let Ending::Err(err) = relayed.ending {
            return Err(Failure::backend(err));
        }
        write_ending(&relayed.ending, client, false);
        Ok(())
    }

    /// Serves one COM_STMT_RESET: the cursor and long data are gone, the statement stays.
    ///
    /// # Errors
    /// As [`Kernel::query`].
    ///
    /// # Cancel safety
    /// As [`Kernel::query`].
    pub async fn reset_statement<D: Downstream>(
        &self,
        session: &mut SessionContext,
        body: &[u8],
        client: &mut D,
    ) -> io::Result<()> {
        let reset = async {
            let id = statement_id(session, body, "mysqld_stmt_reset")?;
            self.close_cursor(session, id).await?;
            if let Some(statement) = session.statements.get_mut(id) {
                statement.long_data = None;
            }
            Ok::<_, Failure>(())
        };
        let reset = reset.await;
        session.give_context_back();
        if let Err(failure) = reset {
            return self.answer_failure(session, client, failure, Instant::now());
        }
        let ok = OkPacket {
            status: session.status(),
            ..OkPacket::default()
        };
        write_ending(&Ending::Ok(ok), client, false);
        Ok(())
    }

    /// Serves one COM_STMT_CLOSE, which has no answer.
    ///
    /// # Cancel safety
    /// A dropped future closes the connection that a cursor was open on.
    pub async fn close_statement(&self, session: &mut SessionContext, body: &[u8]) {
        let Ok(id) = statement_id(session, body, "mysqld_stmt_close") else {
            return;
        };
        if let Err(Failure::Answer { packet, .. }) = self.close_cursor(session, id).await {
            tracing::info!(
                session = session.id,
                code = packet.code,
                "a cursor was not closed in order"
            );
        }
        session.give_context_back();
        session.statements.remove(id);
    }

    /// Serves one COM_STMT_SEND_LONG_DATA, which has no answer: what is wrong with it is told by the next EXECUTE.
    pub fn send_long_data(&self, session: &mut SessionContext, body: &[u8], max_value: usize) {
        let Ok(id) = statement_id(session, body, "mysqld_stmt_send_long_data") else {
            return;
        };
        let Some((index, piece)) = body.get(4..).and_then(<[u8]>::split_first_chunk) else {
            return;
        };
        let limits = LongDataLimits {
            budget: &self.prepared_texts.long_values,
            bytes: self.context().prepared_limits.bytes,
            value: max_value,
        };
        if let Some(statement) = session.statements.get_mut(id) {
            let params = statement.text.params;
            let index = usize::from(u16::from_le_bytes(*index));
            statement
                .long_data
                .get_or_insert_default()
                .push(index, params, piece, limits);
        }
    }

    /// Closes the cursor of a statement, if one is open.
    pub(super) async fn close_cursor(
        &self,
        session: &mut SessionContext,
        id: u32,
    ) -> Result<(), Failure> {
        let Some((held, server_id)) = take(session, id) else {
            forget(session, id);
            return Ok(());
        };
        forget(session, id);
        Box::pin(give_back(session, held, server_id)).await
    }
}

/// The connection that a statement's cursor is open on.
fn take(session: &mut SessionContext, id: u32) -> Option<(Held, u32)> {
    let cursor = session.statements.get_mut(id)?.cursor.as_ref()?;
    let OpenCursor {
        place,
        thread_id,
        statement_id,
    } = (**cursor).clone();
    let held = session.transaction.take(&place)?;
    if held.guard.thread_id() == thread_id && held.cursors.contains(&statement_id) {
        return Some((held, statement_id));
    }
    // another one, since the first was lost
    session.transaction.put_back(held);
    None
}

fn forget(session: &mut SessionContext, id: u32) {
    if let Some(statement) = session.statements.get_mut(id) {
        statement.cursor = None;
    }
}

/// The cursor is closed on its server, and the connection free of it.
async fn give_back(
    session: &mut SessionContext,
    mut held: Held,
    server_id: u32,
) -> Result<(), Failure> {
    held.cursors.retain(|open| *open != server_id);
    match held.guard.close_private(server_id).await {
        Ok(()) => {
            session.transaction.settle(held);
            Ok(())
        }
        Err(error) => Err(session.lose(held, error).await),
    }
}

fn broken(error: RelayError, was_in_transaction: bool) -> Failure {
    match error {
        RelayError::Client(error) => Failure::Gone(error),
        _ if was_in_transaction => Failure::transaction_lost(),
        RelayError::Backend { source, .. } => source.into(),
        RelayError::TooLarge => super::single::too_large(),
        RelayError::ColumnsDiffer => super::single::columns_differ(),
        RelayError::Silent => Failure::interrupted(),
        error @ RelayError::Malformed { .. } => Failure::Gone(io::Error::other(error.to_string())),
    }
}
