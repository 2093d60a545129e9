//! What an answer means for the session: transaction, pins, variables, ids, warnings.

use std::time::Instant;

use crate::backend::{ConnError, Family};
use crate::execute::{Downstream, Ending, Held, Pins, Relayed, Settled, write_ending};
use crate::protocol::{ErrPacket, SessionChange, StatusFlags};
use crate::rewrite::ExecutionUnit;
use crate::sql::{Kind, ServerFamily};

use super::error::Failure;
use super::insert_id;
use super::result_charset::ResultCharset;
use super::routed::{Routed, logical};
use super::session_context::{Diagnostic, SessionContext};
use super::session_object;
use super::unseen::{is_variable, learn_unseen};
use super::user_lock;
use super::user_variable;
use super::walk::{Job, Kernel};

/// Deadlock: the server has rolled the whole transaction back.
const DEADLOCK: u16 = 1213;

impl Kernel {
    /// Takes over what the answer means for the session, and writes its last packet.
    #[allow(
        clippy::too_many_arguments,
        reason = "the walk's last step needs what all steps before it made"
    )]
    pub(super) async fn conclude<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        held: Held,
        relayed: Relayed,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        let ending = self
            .concluded(job, routed, unit, held, relayed, session)
            .await?;
        write_ending(&ending, client, job.more_follow());
        Ok(())
    }

    /// As [`Kernel::conclude`]; the last packet is left to the caller.
    pub(super) async fn concluded(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        mut held: Held,
        mut relayed: Relayed,
        session: &mut SessionContext,
    ) -> Result<Ending, Failure> {
        let mut changes = std::mem::take(&mut relayed.changes);
        if let Ending::Err(err) = relayed.ending {
            session.diagnostics.clear();
            let err = self.edited(err, routed, unit);
            let concluded = self.concluded_error(job, routed, held, err, changes, session);
            return Err(Box::pin(concluded).await);
        }
        let (Ending::Ok(ok) | Ending::End(ok)) = &relayed.ending else {
            return Ok(relayed.ending);
        };
        held.guard.set_status(ok.status);
        job.note_write(routed, &mut held, (ok.status, &changes), session);
        job.pin(&mut held, session.database.as_deref());
        let learned = self
            .learn(job, routed, unit, &mut held, &mut relayed, session)
            .await;
        let learned = match learned {
            Ok(()) => learn_unseen(job, &mut held, &mut changes, session).await,
            lost => lost,
        };
        if let Err(error) = learned {
            let was_in_transaction = held.is_in_transaction || session.transaction.is_open();
            let failure = Box::pin(session.lose(held, error)).await;
            if was_in_transaction {
                return Err(failure);
            }
            // the answer itself is whole
        } else if session.transaction.settle(held) == Settled::Ended {
            Box::pin(self.commit(session)).await?;
        }
        if session.is_autocommit && job.uses_tables() {
            session.next_transaction = None;
        }
        if changes.iter().any(is_variable) {
            Box::pin(self.apply(session)).await?;
        }
        Ok(relayed.ending)
    }

    async fn learn(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        held: &mut Held,
        relayed: &mut Relayed,
        session: &mut SessionContext,
    ) -> Result<(), ConnError> {
        let (Ending::Ok(ok) | Ending::End(ok)) = &relayed.ending else {
            return Ok(());
        };
        if ok.warnings > 0 {
            session.diagnostics = self.warnings(held, routed, unit, session.results).await?;
        } else {
            session.leave_warnings(job);
        }
        self.learn_user_variables(job, held, session).await?;
        user_lock::learn(job, held, session).await?;
        match &mut relayed.ending {
            Ending::Ok(ok) => {
                if matches!(job.statement.kind, Kind::Do)
                    && matches!(job.context.family, ServerFamily::MySql(_))
                {
                    session.found_rows = 1;
                }
                session.row_count = i64::try_from(ok.affected_rows).unwrap_or(i64::MAX);
                if matches!(job.statement.kind, Kind::Query(_)) {
                    // SELECT ... INTO
                    session.found_rows = ok.affected_rows;
                }
                insert_id::learn(job, routed, held, ok, session).await
            }
            _ => {
                session.row_count = -1;
                if matches!(job.statement.kind, Kind::Query(_)) || job.is_listing() {
                    session.found_rows = relayed.rows;
                }
                if job.statement.facts.has_calc_found_rows {
                    let counted = held.guard.query("SELECT FOUND_ROWS() LIMIT 1").await?;
                    session.found_rows = counted
                        .text(0, 0)
                        .and_then(|text| text.parse().ok())
                        .unwrap_or(relayed.rows);
                }
                insert_id::learn_of_rows(job, held, session).await
            }
        }
    }

    /// A backend answered with an error: what that does to the transaction.
    async fn concluded_error(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        mut held: Held,
        err: ErrPacket,
        mut changes: Vec<SessionChange>,
        session: &mut SessionContext,
    ) -> Failure {
        // a lock may have been taken before the statement failed
        job.pin_facts(&mut held);
        if err.code == DEADLOCK && held.is_in_transaction {
            held.guard.set_status(StatusFlags::AUTOCOMMIT);
            session.transaction.settle_after_end(held);
            session.transaction.roll_back().await;
            return Failure::backend(err);
        }
        let is_plain =
            session.is_autocommit && !session.transaction.is_open() && !held.is_in_transaction;
        let facts = &job.statement.facts;
        if is_plain
            && !routed.route.is_write
            && !job.may_act_unseen()
            && !facts.assigns_user_variable
            && !facts.takes_user_lock
        {
            session.transaction.settle(held);
            return Failure::backend(err);
        }
        let asked = self.ask_after_error(job, routed, &mut held, &mut changes, session);
        if asked.await.is_err() {
            session.transaction.lose(held);
            session.transaction.roll_back().await;
            return if is_plain {
                Failure::backend(err)
            } else {
                Failure::transaction_lost()
            };
        }
        if changes.iter().any(is_variable)
            && let Err(failure) = self.apply(session).await
        {
            session.transaction.settle(held);
            return failure;
        }
        let status = held.guard.status();
        job.note_write(routed, &mut held, (status, &changes), session);
        if session.transaction.settle(held) == Settled::Ended {
            session.transaction.roll_back().await;
        }
        Failure::backend(err)
    }

    /// An ERR packet carries neither the status nor what has changed: both come with the next answer.
    async fn ask_after_error(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        held: &mut Held,
        changes: &mut Vec<SessionChange>,
        session: &mut SessionContext,
    ) -> Result<(), ConnError> {
        changes.extend(held.guard.query("DO 0").await?.ok.changes);
        if matches!(held.guard.family(), Family::MariaDb(_)) {
            // which does not tell what a routine has changed before it failed
            if job.may_act_unseen() {
                held.pins.insert(Pins::UNKNOWN_STATE);
            } else if job.writes_under_triggers(routed) {
                held.guard.mark_dirty();
            }
        }
        self.learn_user_variables(job, held, session).await?;
        user_lock::learn(job, held, session).await?;
        learn_unseen(job, held, changes, session).await
    }

    pub(super) async fn warnings(
        &self,
        held: &mut Held,
        routed: &Routed,
        unit: &ExecutionUnit,
        charset: ResultCharset,
    ) -> Result<Vec<Diagnostic>, ConnError> {
        let result = held.guard.query("SHOW WARNINGS").await?;
        let mut rows = Diagnostic::rows(result, charset);
        for row in &mut rows {
            row.message = logical(routed, unit, row.code, &row.message);
        }
        Ok(rows)
    }

    /// Variables that the statement may have assigned are read back and carried by value from now on.
    async fn learn_user_variables(
        &self,
        job: &Job<'_>,
        held: &mut Held,
        session: &mut SessionContext,
    ) -> Result<(), ConnError> {
        let facts = &job.statement.facts;
        // a file's fields may be read into variables
        let is_load = matches!(job.statement.kind, Kind::LoadData { .. });
        let may_assign = facts.assigns_user_variable
            || (facts.reads_user_variable && (is_load || job.may_leave_state()));
        if !may_assign {
            return Ok(());
        }
        let names = user_variable::names(job.text, job.lexed, session.mode);
        for (name, literal) in user_variable::read(&mut held.guard, &names).await? {
            session.state.set_user(&name, &literal);
            held.guard.state.set_user(&name, &literal);
        }
        Ok(())
    }
}

impl Job<'_> {
    /// It uses up what SET TRANSACTION has said of the next transaction.
    pub(super) fn uses_tables(&self) -> bool {
        let is_show = matches!(self.statement.kind, Kind::Show(_) | Kind::Describe);
        !self.statement.tables.is_empty() || self.may_leave_state() || is_show
    }

    pub(super) fn note_write(
        &self,
        routed: &Routed,
        held: &mut Held,
        (status, changes): (StatusFlags, &[SessionChange]),
        session: &mut SessionContext,
    ) {
        let may_have_written = routed.route.is_write || self.statement.facts.may_have_side_effects;
        held.has_written |= may_have_written;
        if routed.route.is_write {
            session.transaction.write_to_if_open(&held.place, status);
        }
        if !may_have_written {
            return;
        }
        let now = Instant::now();
        if status.contains(StatusFlags::IN_TRANS) {
            session.wrote_uncommitted(&held.place, now);
        } else {
            session.wrote_with(&held.place, now, changes);
        }
    }

    /// What the statement leaves on its connection that no variable replays.
    fn pin(&self, held: &mut Held, schema: Option<&str>) {
        self.pin_facts(held);
        session_object::learn(self, held, schema);
        match &self.statement.kind {
            Kind::LockTables => held.pins.insert(Pins::TABLE_LOCKS),
            // a global read lock, a role, a block of statements: nothing tells of them
            Kind::Administrative | Kind::Unknown => held.pins.insert(Pins::UNKNOWN_STATE),
            _ => {}
        }
    }

    fn pin_facts(&self, held: &mut Held) {
        if self.statement.facts.takes_user_lock {
            held.pins.insert(Pins::USER_LOCKS);
        }
    }
}
