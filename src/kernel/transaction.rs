//! BEGIN, COMMIT, ROLLBACK and savepoints over lazily opened transactions (contract 7).

use std::time::Instant;

use crate::backend::ConnError;
use crate::execute::{Begun, Downstream, Held, Pins, Place};
use crate::metrics::StatementClass;
use crate::route::RefusalCode;
use crate::sql::Kind;

use super::error::Failure;
use super::repeat::{Unwritten, is_read_only_refusal};
use super::session_context::SessionContext;
use super::walk::{Job, Kernel, Served};

/// ER_WARNING_NOT_COMPLETE_ROLLBACK: tables without transactions were written.
const NOT_ROLLED_BACK: &str = "1196";

impl Kernel {
    pub(super) async fn transaction<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        match &job.statement.kind {
            Kind::Begin {
                is_read_only,
                is_snapshot,
            } => {
                self.commit(session).await?;
                release_table_locks(session).await?;
                session.begin(*is_read_only, *is_snapshot);
            }
            Kind::Commit {
                is_chain,
                is_release,
            } => {
                let chained = session.transaction.begun().cloned();
                session.next_transaction = None;
                self.commit(session).await?;
                session.chain(*is_chain, *is_release, chained);
            }
            Kind::Rollback {
                is_chain,
                is_release,
            } => {
                let chained = session.transaction.begun().cloned();
                session.next_transaction = None;
                session.transaction.roll_back().await;
                session.chain(*is_chain, *is_release, chained);
            }
            Kind::Savepoint(name) if session.is_in_transaction() => {
                each_held(session, &format!("SAVEPOINT {}", quoted(name))).await?;
                session.transaction.savepoint(name);
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

    /// Ends the open transaction by COMMIT: the writers first, then the readers.
    ///
    /// # Errors
    /// A writer's answer was an error (passed on, the transaction is rolled back elsewhere), or was lost (29009).
    pub(super) async fn commit(&self, session: &mut SessionContext) -> Result<(), Failure> {
        let done = self.commit_all(session, &mut Vec::new()).await;
        done.map_err(|unwritten| unwritten.failure)
    }

    /// As [`Kernel::commit`]; where the writers that have committed are is added to `committed`.
    pub(super) async fn commit_all(
        &self,
        session: &mut SessionContext,
        committed: &mut Vec<Place>,
    ) -> Result<(), Unwritten> {
        if !session.transaction.is_open() {
            session.transaction.end();
            return Ok(());
        }
        if let Err(mut unwritten) = self.refuse_deposed(session).await {
            if !session.transaction.roll_back().await {
                unwritten.refused_at = None;
            }
            return Err(unwritten);
        }
        let mut held = session.transaction.take_all();
        held.sort_by_key(|held| !held.has_written);
        let mut result: Result<(), Unwritten> = Ok(());
        for mut held in held {
            if !held.is_in_transaction {
                session.transaction.settle_after_end(held);
                continue;
            }
            let statement = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
            match held.guard.query(statement).await {
                Ok(answer) => {
                    if held.has_written {
                        session.wrote_with(&held.place, Instant::now(), &answer.ok.changes);
                        match &mut result {
                            Ok(()) => committed.push(held.place.clone()),
                            Err(unwritten) if answer.ok.warnings > 0 => unwritten.refused_at = None,
                            Err(_) => {}
                        }
                    }
                    session.transaction.settle_after_end(held);
                }
                Err(error) => {
                    if held.has_written {
                        session.wrote(&held.place, Instant::now());
                    }
                    if held.has_written && result.is_ok() {
                        let is_undone = committed.is_empty() && is_undone(&mut held, &error).await;
                        result = Err(Unwritten {
                            refused_at: is_undone.then(|| held.place.clone()),
                            failure: lost_commit(&held.place, error, !committed.is_empty()),
                        });
                    } else {
                        // a reader's end changes nothing: its connection is closed
                        tracing::debug!(error = %error, "a part of a transaction was lost at its end");
                        if let Err(unwritten) = &mut result {
                            unwritten.refused_at =
                                unwritten.refused_at.take().filter(|_| !held.has_written);
                        }
                    }
                    session.transaction.lose(held);
                }
            }
        }
        session.transaction.end();
        result
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
    /// A connection broke outside of a relay: it is closed, and the transaction it was a part of rolled back.
    pub(super) async fn lose(&mut self, held: Held, error: ConnError) -> Failure {
        let was_in_transaction = held.is_in_transaction || self.transaction.is_open();
        self.transaction.lose(held);
        if !was_in_transaction {
            return error.into();
        }
        tracing::warn!(session = self.id, error = %error, "a transaction is rolled back");
        self.transaction.roll_back().await;
        Failure::transaction_lost()
    }

    /// BEGIN was said, or is meant.
    pub(super) fn begin(&mut self, is_read_only: Option<bool>, is_snapshot: bool) {
        let characteristics = self.next_transaction.take();
        self.transaction.begin(Begun {
            is_read_only,
            is_snapshot,
            characteristics,
        });
    }

    fn chain(&mut self, is_chain: bool, is_release: bool, begun: Option<Begun>) {
        if is_chain {
            self.transaction.begin(begun.unwrap_or_default());
        }
        self.is_released = is_release;
    }
}

/// UNLOCK TABLES where the session has locked some; a beginning transaction gives them up too. What the session did
/// under the locks is committed by it, as on the servers.
async fn release_table_locks(session: &mut SessionContext) -> Result<(), Failure> {
    let mut result = Ok(());
    for mut held in session.transaction.take_all() {
        if !held.pins.contains(Pins::TABLE_LOCKS) && !held.pins.contains(Pins::UNKNOWN_STATE) {
            session.transaction.put_back(held);
            continue;
        }
        match held.guard.query("UNLOCK TABLES").await {
            Ok(_) => {
                held.pins.remove(Pins::TABLE_LOCKS);
                session.transaction.settle(held);
            }
            Err(error) => {
                session.transaction.lose(held);
                result = Err(error.into());
            }
        }
    }
    if !session.transaction.is_open() {
        session.transaction.end();
    }
    result
}

async fn each_held(session: &mut SessionContext, statement: &str) -> Result<(), Failure> {
    let mut result = Ok(());
    let mut is_lost = false;
    for mut held in session.transaction.take_all() {
        if !held.is_in_transaction {
            session.transaction.put_back(held);
            continue;
        }
        match held.guard.query(statement).await {
            Err(error) if error.is_fatal() => {
                session.transaction.lose(held);
                is_lost = true;
            }
            Err(error) => {
                result = Err(error.into());
                session.transaction.put_back(held);
            }
            Ok(_) => session.transaction.put_back(held),
        }
    }
    if is_lost {
        session.transaction.roll_back().await;
        return Err(Failure::transaction_lost());
    }
    result
}

/// A server that takes no writes any more has refused to commit, and rolled back instead: all, as it says.
async fn is_undone(held: &mut Held, error: &ConnError) -> bool {
    let is_refusal = matches!(error, ConnError::Server { code, message, .. } if is_read_only_refusal(*code, message.as_bytes()));
    if !is_refusal {
        return false;
    }
    match held.guard.query("SHOW WARNINGS").await {
        Ok(answer) => {
            (0..answer.rows.len()).all(|row| answer.text(row, 1) != Some(NOT_ROLLED_BACK))
        }
        Err(_) => false,
    }
}

fn lost_commit(place: &Place, error: ConnError, has_committed: bool) -> Failure {
    tracing::error!(database = %place.database, error = %error, has_committed, "a COMMIT did not succeed");
    if has_committed {
        let message = "one data source has committed and another one has not: the transaction is done in part; \
                       read back before you repeat it";
        return Failure::unavailable(RefusalCode::OutcomeUnknown, message);
    }
    if let ConnError::Server { code, message, .. } = &error {
        if is_read_only_refusal(*code, message.as_bytes()) {
            return Failure::failed_over();
        }
        return error.into();
    }
    if matches!(error, ConnError::Lost { sent: false, .. }) {
        return Failure::transaction_lost();
    }
    let message = "the connection was lost while COMMIT was under way: the transaction may or may not be committed; \
                   read back before you repeat it";
    Failure::unavailable(RefusalCode::OutcomeUnknown, message)
}

fn unknown_savepoint(name: &str) -> Failure {
    Failure::new(1305, "42000", format!("SAVEPOINT {name} does not exist"))
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
