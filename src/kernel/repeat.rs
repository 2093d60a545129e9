//! What may be sent a second time: plain reads whose server was lost, and writes that a server refused for being
//! read-only, with nothing left of them. Nothing else, ever (contract 7.3, 8.4).

use std::sync::Arc;
use std::time::Instant;

use crate::backend::{ConnError, Members, NoWriter, Pool};
use crate::execute::{Ending, ExecuteError, Held, Place, Progress, RelayError, Relayed};
use crate::protocol::ErrPacket;
use crate::route::{Refusal, RefusalCode};
use crate::sql::Kind;

use super::error::Failure;
use super::kill_switch::KillSwitch;
use super::killable::waiting;
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

/// A write in a transaction of the proxy's own that failed and is rolled back.
#[derive(Debug)]
pub(super) struct Unwritten {
    pub(super) failure: Failure,
    /// It failed only because the server there takes no writes any more, and nothing of it stays anywhere: the whole may
    /// be sent again.
    pub(super) refused_at: Option<Place>,
}

impl From<Failure> for Unwritten {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            refused_at: None,
        }
    }
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
        refusal_of(relayed)
            && !has_answered
            && is_one_statement
            && is_alone
            && self.takes_one_more(members)
    }

    /// As [`Attempts::repeats_write`], for a write over several nodes of which nothing is left.
    pub(super) fn repeats_units(&mut self, job: &Job<'_>, members: &Members) -> bool {
        let is_one_statement = matches!(
            job.statement.kind,
            Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_)
        ) && !job.may_act_unseen();
        // a rollback gives no variable its old value
        is_one_statement
            && !job.statement.facts.assigns_user_variable
            && self.takes_one_more(members)
    }

    /// Counts a refusal, if the group may have another writer.
    pub(super) fn takes_one_more(&mut self, members: &Members) -> bool {
        let takes = follows_writer(members) && self.refusals < MOST_REFUSALS;
        self.refusals += u32::from(takes);
        takes
    }
}

/// Its writes may come to go to another member.
pub(super) fn follows_writer(members: &Members) -> bool {
    members.is_watched() && members.has_replicas()
}

/// Waits until the group has a writer again, one of whom was heard after `moment`, when the last one refused to write.
///
/// # Errors
/// There is none in time, or the statement is killed.
pub(super) async fn next_writer(
    switch: &KillSwitch,
    members: &Members,
    moment: Instant,
) -> Result<(), Failure> {
    members.note_repeated();
    let next = async { Ok::<_, ExecuteError>(members.writer_after(moment).await?) };
    waiting(switch, next).await.map(drop)
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
        let is_pinned = held.is_pinned();
        session.transaction.put_back(held);
        session.give_up(is_pinned, Failure::failed_over()).await
    }

    /// What a transaction has written where writes no longer go must not be committed there.
    ///
    /// # Errors
    /// It is to be rolled back (29011), or the group has two writers (29012).
    pub(super) async fn refuse_deposed(&self, session: &SessionContext) -> Result<(), Unwritten> {
        for (place, pool) in session.transaction.written() {
            let members = session
                .kept_context
                .as_ref()
                .and_then(|context| context.database(&place.database))
                .and_then(|database| database.members(place.source));
            if let Some(members) = members {
                let still = still_writer(members, pool).await;
                still.map_err(|failure| Unwritten {
                    failure,
                    refused_at: follows_writer(members).then(|| place.clone()),
                })?;
            }
        }
        Ok(())
    }
}

impl SessionContext {
    /// A write would have to run on a server that takes none: the open transaction is rolled back. What the session
    /// holds there beside it would be found in the way by every write to come, which it is told instead of `failure`.
    pub(super) async fn give_up(&mut self, is_pinned: bool, failure: Failure) -> Failure {
        let was_open = self.transaction.is_open();
        // with autocommit off nothing may be open yet: what is held there goes back all the same, or every statement to
        // come would be sent there
        self.transaction.roll_back().await;
        if !is_pinned {
            return failure;
        }
        let mut message =
            "this session holds state (a lock, a temporary table, a cursor, or what a function left behind) on a server \
             that takes no writes, and the statement would have to run there: give it up by resetting the connection, or \
             use another session"
                .to_owned();
        if was_open {
            message.push_str("; the transaction is rolled back");
        }
        Refusal::new(RefusalCode::PinnedElsewhere, message).into()
    }
}

impl Job<'_> {
    /// Whether this answer says that the server is read-only though the transaction, or what the session holds there, is
    /// to write.
    pub(super) fn lost_its_writer(
        &self,
        session: &SessionContext,
        (held, members): (&Held, &Members),
        relayed: &Relayed,
    ) -> bool {
        let is_bound = session.is_in_transaction() || !held.is_free();
        refusal_of(relayed) && is_bound && follows_writer(members)
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
