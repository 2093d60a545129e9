//! What may be sent a second time: plain reads whose server was lost, and writes that a server refused for being
//! read-only. Nothing else, ever (contract 7.3, 8.4).

use std::sync::Arc;
use std::time::Instant;

use crate::backend::{ConnError, Members, NoWriter, Pool};
use crate::execute::{Ending, Held, Progress, RelayError, Relayed};
use crate::protocol::ErrPacket;
use crate::sql::Kind;

use super::error::Failure;
use super::routed::Routed;
use super::session_context::SessionContext;
use super::walk::{Job, Kernel};

/// ER_OPTION_PREVENTS_STATEMENT
const OPTION_PREVENTS: u16 = 1290;
/// ER_READ_ONLY_MODE
const READ_ONLY_MODE: u16 = 1836;
/// How often a write goes to another primary that turns out to be read-only as well.
const MOST_REFUSALS: u32 = 3;

/// How often a statement has been sent, and where not to send it again.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    refusals: u32,
    has_repeated_read: bool,
    /// The member that was lost under it.
    pub(super) avoided: Option<Arc<Pool>>,
}

/// A server has refused to write because it is read-only: nothing was executed. 1290 has other causes too, which its
/// text tells.
pub(super) fn is_read_only_refusal(code: u16, message: &[u8]) -> bool {
    let says_so = |word: &[u8]| message.windows(word.len()).any(|part| part == word);
    match code {
        OPTION_PREVENTS => says_so(b"read-only") || says_so(b"read_only"),
        READ_ONLY_MODE => true,
        _ => false,
    }
}

fn refusal_of(relayed: &Relayed) -> bool {
    match &relayed.ending {
        Ending::Err(ErrPacket { code, message, .. }) => is_read_only_refusal(*code, message),
        Ending::Ok(_) | Ending::End(_) => false,
    }
}

impl Attempts {
    /// Whether a read whose server was lost may be sent to another one: once, and only if nothing has come of it.
    pub(super) fn repeats_read(
        &mut self,
        job: &Job<'_>,
        routed: &Routed,
        session: &SessionContext,
        held: &Held,
        (error, has_answered): (&RelayError, bool),
    ) -> bool {
        let is_lost = match error {
            RelayError::Backend { source, progress } => {
                matches!(source, ConnError::Lost { .. })
                    && matches!(progress, Progress::Unsent | Progress::Nothing)
            }
            _ => false,
        };
        let is_plain = matches!(job.statement.kind, Kind::Query(_))
            && !routed.route.is_write
            && !routed.route.needs_primary
            && !job.may_act_unseen()
            && !job.bound.is_some_and(|bound| bound.wants_cursor);
        let is_alone = !session.is_in_transaction() && !held.is_in_transaction && held.is_free();
        if self.has_repeated_read || !is_lost || has_answered || !is_plain || !is_alone {
            return false;
        }
        self.has_repeated_read = true;
        self.avoided = Some(Arc::clone(&held.pool));
        true
    }

    /// Whether the write was refused only because its server is read-only, and may go to the next primary.
    pub(super) fn repeats_write(
        &mut self,
        job: &Job<'_>,
        session: &SessionContext,
        (held, members): (&Held, &Members),
        (relayed, has_answered): (&Relayed, bool),
    ) -> bool {
        let is_one_statement = matches!(
            job.statement.kind,
            Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_) | Kind::Query(_) | Kind::Ddl(_)
        ) && !job.may_act_unseen();
        let is_alone = !session.is_in_transaction() && !held.is_in_transaction && held.is_free();
        let repeats = refusal_of(relayed)
            && !has_answered
            && is_one_statement
            && is_alone
            && members.is_watched()
            && members.has_replicas()
            && self.refusals < MOST_REFUSALS;
        self.refusals += u32::from(repeats);
        repeats
    }
}

impl Kernel {
    /// A server that was the primary refuses to write in the middle of a transaction: the whole is given up.
    pub(super) async fn give_up_transaction(
        &self,
        session: &mut SessionContext,
        held: Held,
        members: &Members,
    ) -> Failure {
        members.ask_again();
        session.transaction.put_back(held);
        session.transaction.roll_back().await;
        Failure::failed_over()
    }

    /// What a transaction has written where writes no longer go must not be committed there.
    ///
    /// # Errors
    /// It is to be rolled back (29011), or the group has two writers (29012).
    pub(super) async fn refuse_deposed(&self, session: &SessionContext) -> Result<(), Failure> {
        for (place, pool) in session.transaction.written() {
            let members = session
                .kept_context
                .as_ref()
                .and_then(|context| context.database(&place.database))
                .and_then(|database| database.members(place.source));
            if let Some(members) = members {
                still_writer(members, pool).await?;
            }
        }
        Ok(())
    }
}

impl Job<'_> {
    /// Whether this answer says that the server is read-only though the transaction is to write.
    pub(super) fn lost_its_writer(
        &self,
        session: &SessionContext,
        (held, members): (&Held, &Members),
        relayed: &Relayed,
    ) -> bool {
        let is_open = session.is_in_transaction() || held.is_in_transaction;
        refusal_of(relayed) && is_open && members.is_watched() && members.has_replicas()
    }
}

/// Writes on `pool` still go where the group's writes go; a doubt is waited out.
///
/// # Errors
/// They do not.
pub(super) async fn still_writer(members: &Members, pool: &Arc<Pool>) -> Result<(), Failure> {
    if members.is_writer(pool) {
        return Ok(());
    }
    match members.writer() {
        Err(error @ NoWriter::TwoWriters { .. }) => return Err(error.into()),
        Err(NoWriter::Missing { .. }) => {
            members.writer_after(Instant::now()).await?;
        }
        Ok(_) => {}
    }
    if members.is_writer(pool) {
        Ok(())
    } else {
        Err(Failure::failed_over())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_read_only_server_has_executed_nothing() {
        // contract 8.4
        for (code, message, expected) in [
            (
                1290,
                "The MariaDB server is running with the --read-only option so it cannot execute this statement",
                true,
            ),
            (
                1290,
                "The MySQL server is running with the --super-read-only option so it cannot execute this statement",
                true,
            ),
            (
                1290,
                "The MySQL server is running with the --secure-file-priv option so it cannot execute this statement",
                false,
            ),
            (1836, "Running in read-only mode", true),
            (1062, "Duplicate entry 'read-only' for key 'PRIMARY'", false),
        ] {
            assert_eq!(
                is_read_only_refusal(code, message.as_bytes()),
                expected,
                "{message}"
            );
        }
    }
}
