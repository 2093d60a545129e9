//! BEGIN, COMMIT, ROLLBACK and savepoints over lazily opened transactions (contract 7).

use std::time::Instant;

use crate::backend::ConnError;
use crate::execute::{Begun, Downstream, Held, Pins, Place};
use crate::metrics::StatementClass;
use crate::route::{Refusal, RefusalCode};
use crate::sql::Kind;

use super::error::Failure;
use super::session_context::SessionContext;
use super::walk::{Job, Kernel, Served};

impl Kernel {
    pub(super) async fn transaction<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        match &job.statement.kind {
            Kind::Begin { is_read_only, is_snapshot } => {
                self.commit(session).await?;
                release_table_locks(session).await?;
                session.begin(*is_read_only, *is_snapshot);
            }
            Kind::Commit { is_chain, is_release } => {
                let chained = session.transaction.begun().cloned();
                self.commit(session).await?;
                session.chain(*is_chain, *is_release, chained);
            }
            Kind::Rollback { is_chain, is_release } => {
                let chained = session.transaction.begun().cloned();
                self.roll_back(session).await;
                session.chain(*is_chain, *is_release, chained);
            }
            Kind::Savepoint(name) => {
                if session.transaction.is_open() || !session.is_autocommit {
                    each_held(session, &format!("SAVEPOINT {}", quoted(name))).await?;
                    session.transaction.savepoint(name);
                }
            }
            Kind::RollbackTo(name) => {
                if !session.transaction.rollback_to(name) {
                    return Err(unknown_savepoint(name));
                }
                each_held(session, &format!("ROLLBACK TO SAVEPOINT {}", quoted(name))).await?;
            }
            Kind::ReleaseSavepoint(name) => {
                if !session.transaction.release_savepoint(name) {
                    return Err(unknown_savepoint(name));
                }
                each_held(session, &format!("RELEASE SAVEPOINT {}", quoted(name))).await?;
            }
            _ => {}
        }
        Self::answer_ok(job, session, client);
        Ok(StatementClass::Transaction)
    }

    /// Ends the open transaction by COMMIT: the writer first, then the readers.
    ///
    /// # Errors
    /// The writer's answer was an error (passed on, the transaction is rolled back everywhere), or was lost (29009).
    pub(super) async fn commit(&self, session: &mut SessionContext) -> Result<(), Failure> {
        if !session.transaction.is_open() {
            session.transaction.end();
            return Ok(());
        }
        let writer = session.transaction.writer().cloned();
        let mut held = session.transaction.take_all();
        held.sort_by_key(|held| Some(&held.place) != writer.as_ref());
        let mut result = Ok(());
        for mut held in held {
            if !held.is_in_transaction {
                session.transaction.settle(held);
                continue;
            }
            let is_writer = Some(&held.place) == writer.as_ref();
            let statement = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
            match held.guard.query(statement).await {
                Ok(_) => {
                    if is_writer {
                        session.wrote(&held.place, Instant::now());
                    }
                    keep(session, held);
                }
                Err(error) if is_writer => result = Err(lost_commit(&held.place, error)),
                // a reader's end changes nothing: its connection is closed
                Err(error) => tracing::debug!(error = %error, "a read-only part of a transaction was lost at its end"),
            }
        }
        session.transaction.end();
        result
    }

    /// Ends the open transaction by ROLLBACK; a connection that does not answer is closed, which rolls back too.
    pub(super) async fn roll_back(&self, session: &mut SessionContext) {
        for mut held in session.transaction.take_all() {
            if !held.is_in_transaction {
                session.transaction.settle(held);
            } else if held.guard.query("ROLLBACK").await.is_ok() {
                keep(session, held);
            }
        }
        session.transaction.end();
    }

    /// UNLOCK TABLES on the connection that holds the locks.
    pub(super) async fn unlock_tables<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        release_table_locks(session).await?;
        Self::answer_ok(job, session, client);
        Ok(StatementClass::Session)
    }
}

impl SessionContext {
    fn begin(&mut self, is_read_only: Option<bool>, is_snapshot: bool) {
        let characteristics = self.next_transaction.take();
        self.transaction.begin(Begun { is_read_only, is_snapshot, characteristics });
    }

    fn chain(&mut self, is_chain: bool, is_release: bool, begun: Option<Begun>) {
        if is_chain {
            self.transaction.begin(begun.unwrap_or_default());
        }
        self.is_released = is_release;
    }
}

/// UNLOCK TABLES where the session has locked some; a beginning transaction gives them up too.
async fn release_table_locks(session: &mut SessionContext) -> Result<(), Failure> {
    if let Some(place) = session.transaction.pinned_place(Pins::TABLE_LOCKS).cloned()
        && let Some(mut held) = session.transaction.take(&place)
    {
        held.guard.query("UNLOCK TABLES").await?;
        held.pins.remove(Pins::TABLE_LOCKS);
        session.transaction.settle(held);
    }
    Ok(())
}

fn keep(session: &mut SessionContext, mut held: Held) {
    held.is_in_transaction = false;
    session.transaction.settle_after_end(held);
}

async fn each_held(session: &mut SessionContext, statement: &str) -> Result<(), Failure> {
    let mut result = Ok(());
    for mut held in session.transaction.take_all() {
        if held.is_in_transaction
            && let Err(error) = held.guard.query(statement).await
        {
            let is_fatal = error.is_fatal();
            result = Err(error.into());
            if is_fatal {
                continue;
            }
        }
        session.transaction.put_back(held);
    }
    result
}

fn lost_commit(place: &Place, error: ConnError) -> Failure {
    if let ConnError::Server { .. } = error {
        return error.into();
    }
    tracing::error!(database = %place.database, error = %error, "the answer to a COMMIT was lost");
    Refusal::new(
        RefusalCode::OutcomeUnknown,
        "the connection was lost while COMMIT was under way: the transaction may or may not be committed; \
         read back before you repeat it",
    )
    .into()
}

fn unknown_savepoint(name: &str) -> Failure {
    Failure::new(1305, "42000", format!("SAVEPOINT {name} does not exist"))
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
