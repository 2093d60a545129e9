//! What an answer means for the session: transaction, pins, variables, ids, warnings.

use std::time::Instant;

use crate::backend::ConnError;
use crate::execute::{Downstream, Ending, Held, Pins, Relayed, Settled, write_ending};
use crate::protocol::{ErrPacket, OkPacket, SessionChange, StatusFlags};
use crate::rewrite::ExecutionUnit;
use crate::sql::{DdlKind, Kind};

use super::error::Failure;
use super::literal;
use super::routed::{Routed, logical};
use super::session_context::{Diagnostic, SessionContext};
use super::user_lock;
use super::user_variable;
use super::walk::{Job, Kernel};

/// Deadlock: the server has rolled the whole transaction back.
const DEADLOCK: u16 = 1213;
/// Reported with every write on MariaDB, and no variable that can be set.
const REPORTED_ONLY: &str = "last_gtid";

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
        mut held: Held,
        mut relayed: Relayed,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        if let Ending::Err(err) = relayed.ending {
            session.diagnostics.clear();
            let err = self.edited(err, routed, unit);
            return Err(self.concluded_error(job, routed, held, err, session).await);
        }
        let (Ending::Ok(ok) | Ending::End(ok)) = &relayed.ending else {
            return Ok(());
        };
        held.guard.set_status(ok.status);
        job.note_write(routed, &mut held, ok.status, session);
        job.pin(&mut held);
        let has_changed = ok.changes.iter().any(is_variable);
        let learned = self
            .learn(job, routed, unit, &mut held, &mut relayed, session)
            .await;
        if let Err(error) = learned {
            let was_in_transaction = held.is_in_transaction || session.transaction.is_open();
            let failure = session.lose(held, error).await;
            if was_in_transaction {
                return Err(failure);
            }
            // the answer itself is whole
        } else if session.transaction.settle(held) == Settled::Ended {
            self.commit(session).await?;
        }
        if session.is_autocommit && job.uses_tables() {
            session.next_transaction = None;
        }
        if has_changed {
            self.apply(session).await?;
        }
        write_ending(&relayed.ending, client, job.more_follow);
        Ok(())
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
            session.diagnostics = self.warnings(held, routed, unit).await?;
        } else if job.uses_tables() {
            // others leave the list as it is, on the servers too
            session.diagnostics.clear();
        }
        adopt_changes(job, held, &ok.changes, session).await?;
        self.learn_user_variables(job, held, session).await?;
        user_lock::learn(job, held, session).await?;
        match &mut relayed.ending {
            Ending::Ok(ok) => {
                session.row_count = i64::try_from(ok.affected_rows).unwrap_or(i64::MAX);
                learn_insert_id(job, routed, held, ok, session).await
            }
            _ => {
                session.row_count = -1;
                if matches!(job.statement.kind, Kind::Query(_)) {
                    session.found_rows = relayed.rows;
                }
                if job.statement.facts.has_calc_found_rows {
                    let counted = held.guard.query("SELECT FOUND_ROWS() LIMIT 1").await?;
                    session.found_rows = counted
                        .text(0, 0)
                        .and_then(|text| text.parse().ok())
                        .unwrap_or(relayed.rows);
                }
                if job.statement.facts.mentions_last_insert_id
                    || matches!(job.statement.kind, Kind::Insert(_))
                {
                    session.last_insert_id = asked_insert_id(held)
                        .await?
                        .unwrap_or(session.last_insert_id);
                }
                Ok(())
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
            && !job.may_leave_state()
            && !facts.assigns_user_variable
            && !facts.takes_user_lock
        {
            session.transaction.settle(held);
            return Failure::backend(err);
        }
        // an ERR packet carries no status: ask for it
        let asked = match held.guard.ping().await {
            Ok(()) => self.learn_user_variables(job, &mut held, session).await,
            Err(error) => Err(error),
        };
        let asked = match asked {
            Ok(()) => user_lock::learn(job, &mut held, session).await,
            Err(error) => Err(error),
        };
        if asked.is_err() {
            session.transaction.lose(held);
            session.transaction.roll_back().await;
            return if is_plain {
                Failure::backend(err)
            } else {
                Failure::transaction_lost()
            };
        }
        let status = held.guard.status();
        job.note_write(routed, &mut held, status, session);
        if session.transaction.settle(held) == Settled::Ended {
            session.transaction.roll_back().await;
        }
        Failure::backend(err)
    }

    pub(super) async fn warnings(
        &self,
        held: &mut Held,
        routed: &Routed,
        unit: &ExecutionUnit,
    ) -> Result<Vec<Diagnostic>, ConnError> {
        let result = held.guard.query("SHOW WARNINGS").await?;
        let mut rows = Diagnostic::rows(result);
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
        let may_assign =
            facts.assigns_user_variable || (facts.reads_user_variable && job.may_leave_state());
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

/// A variable that a session carries; GTIDs are told with every write.
fn is_variable(change: &SessionChange) -> bool {
    matches!(change, SessionChange::SystemVariable { name, .. } if name != REPORTED_ONLY)
}

/// What a procedure changed behind our back: variables are taken over, the rest pins the connection.
async fn adopt_changes(
    job: &Job<'_>,
    held: &mut Held,
    changes: &[SessionChange],
    session: &mut SessionContext,
) -> Result<(), ConnError> {
    for change in changes {
        match change {
            SessionChange::SystemVariable { name, .. } if is_variable(change) => {
                let read = held
                    .guard
                    .query(&format!("SELECT @@session.{name} LIMIT 1"))
                    .await?;
                let value = read
                    .rows
                    .first()
                    .and_then(|row| row.first())
                    .and_then(|value| value.as_deref());
                let literal = literal::of_variable(value);
                session.state.set(name, &literal);
                held.guard.state.set(name, &literal);
            }
            // what comes with a temporary table is pinned for that
            SessionChange::StateChange(true) if !matches!(job.statement.kind, Kind::Ddl(_)) => {
                held.pins.insert(Pins::UNKNOWN_STATE);
            }
            _ => {}
        }
    }
    Ok(())
}

/// A generated key, or LAST_INSERT_ID(expr), sets both ids; an explicit id only the OK packet's (contract 3.4).
async fn learn_insert_id(
    job: &Job<'_>,
    routed: &Routed,
    held: &mut Held,
    ok: &mut OkPacket,
    session: &mut SessionContext,
) -> Result<(), ConnError> {
    if let Some(key) = routed.first_key {
        ok.last_insert_id = key;
        session.last_insert_id = key;
        return Ok(());
    }
    if job.statement.facts.mentions_last_insert_id {
        session.last_insert_id = asked_insert_id(held)
            .await?
            .unwrap_or(session.last_insert_id);
        return Ok(());
    }
    if ok.last_insert_id == 0 {
        return Ok(());
    }
    if job.always_generates(routed) || asked_insert_id(held).await? == Some(ok.last_insert_id) {
        session.last_insert_id = ok.last_insert_id;
    }
    Ok(())
}

async fn asked_insert_id(held: &mut Held) -> Result<Option<u64>, ConnError> {
    let asked = held.guard.query("SELECT LAST_INSERT_ID() LIMIT 1").await?;
    Ok(asked.text(0, 0).and_then(|text| text.parse().ok()))
}

impl Job<'_> {
    /// The statement's value of LAST_INSERT_ID() must be the session's, not the connection's.
    pub(super) fn reads_insert_id(&self) -> bool {
        self.statement.facts.mentions_last_insert_id
            || (matches!(self.statement.kind, Kind::Insert(_)) && self.names_word("RETURNING"))
    }

    /// The servers forget the warnings of the statement before only where a table is used.
    fn uses_tables(&self) -> bool {
        let is_show = matches!(self.statement.kind, Kind::Show(_) | Kind::Describe);
        !self.statement.tables.is_empty() || self.may_leave_state() || is_show
    }

    fn note_write(
        &self,
        routed: &Routed,
        held: &mut Held,
        status: StatusFlags,
        session: &mut SessionContext,
    ) {
        let may_have_written = routed.route.is_write || self.statement.facts.may_have_side_effects;
        held.has_written |= may_have_written;
        if routed.route.is_write {
            session.transaction.write_to_if_open(&held.place, status);
        }
        if may_have_written {
            session.wrote(&held.place, Instant::now());
        }
    }

    /// What the statement leaves on its connection that no variable replays.
    fn pin(&self, held: &mut Held) {
        self.pin_facts(held);
        match &self.statement.kind {
            Kind::LockTables => held.pins.insert(Pins::TABLE_LOCKS),
            Kind::Handler => held.pins.insert(Pins::HANDLER),
            Kind::Ddl(ddl) if ddl.is_temporary && ddl.kind == DdlKind::CreateTable => {
                held.pins.insert(Pins::TEMPORARY_TABLE);
            }
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

    /// The id in an INSERT's OK packet cannot be an explicit one: its column is not in the list.
    fn always_generates(&self, routed: &Routed) -> bool {
        let Kind::Insert(insert) = &self.statement.kind else {
            return false;
        };
        let Some(table) = self.statement.tables.get(usize::from(insert.table)) else {
            return false;
        };
        let schema = routed.database.schema.load();
        let auto = schema
            .table(&table.name)
            .and_then(|known| known.columns.iter().find(|column| column.auto_increment));
        match (auto, &insert.columns) {
            (Some(auto), Some(named)) => !named
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(&auto.name)),
            _ => false,
        }
    }
}
