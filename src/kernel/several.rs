//! A write over several nodes: one local transaction in each data source, one answer (contract 4.4, 4.10, 7.3).

use std::sync::Arc;
use std::time::Instant;

use crate::execute::{Downstream, Ending, Held, Pins, Place, Settled, write_ending};
use crate::model::SourceId;
use crate::protocol::{ErrPacket, SessionChange};
use crate::rewrite::ExecutionUnit;
use crate::route::{Refusal, RefusalCode};
use crate::sql::{self, Lexed};

use super::error::Failure;
use super::insert_id;
use super::interpolation::with_literals;
use super::repeat::{Attempts, Unwritten, follows_writer, is_read_only_refusal, next_writer};
use super::routed::{Routed, render};
use super::session_context::{Diagnostic, SessionContext};
use super::several_unit::{Lost, run_unit};
use super::sum::{InsertId, Sum, is_of_text, with_row};
use super::unseen::{is_variable, learn_unseen};
use super::walk::{Job, Kernel};

/// The servers' variable that NOW() and the columns' defaults are computed from.
const TIMESTAMP: &str = "timestamp";

/// One data source's part of the statement.
struct Branch<'r> {
    held: Held,
    units: Vec<&'r ExecutionUnit>,
    changes: Vec<SessionChange>,
}

/// What has been gathered from unit to unit.
#[derive(Default)]
struct Gathered {
    sum: Sum,
    diagnostics: Vec<Diagnostic>,
}

impl Gathered {
    /// Takes over what a unit's server has told; how much of it others have told already.
    fn take_warnings(&mut self, unit: &ExecutionUnit, told: Vec<Diagnostic>) -> u16 {
        let mut repeated = 0_u16;
        let before = self.diagnostics.len();
        for mut row in told {
            let others = self.diagnostics.get(..before).unwrap_or_default();
            if is_of_text(row.code) && others.contains(&row) {
                repeated = repeated.saturating_add(1);
                continue;
            }
            row.message = with_row(unit, row.code, row.message);
            self.diagnostics.push(row);
        }
        repeated
    }
}

/// Why the statement did not come to its end.
enum Broken<'r> {
    /// A server answered so; the transaction is there, or is rolled back where the server says that.
    Answered(ErrPacket, &'r ExecutionUnit),
    /// KILL came between two units.
    Killed,
    /// The connection of this branch.
    Lost(usize, Lost),
}

impl Kernel {
    /// Runs a write on all its nodes, or on none (contract 4.4). What spans data sources is no such thing (`allowSplitWrite`):
    /// there all are written before the first one commits.
    pub(super) async fn several<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        let is_own = session.is_autocommit && !session.transaction.is_open();
        let sources = sources(routed);
        if !is_own && sources.len() > 1 && !routed.database.rules.allows_cross_shard {
            let message = "the write goes to several data sources, which a transaction cannot do as one: run it outside \
                           of a transaction, or set crossShard: allow";
            return Err(Refusal::new(RefusalCode::SecondWriter, message).into());
        }
        if !is_own {
            let done = self.all_units(job, routed, &sources, false, session).await;
            let gathered = match done {
                Ok(gathered) => gathered,
                Err(unwritten) if unwritten.refused_at.is_some() => {
                    // the primary of the transaction's beginning is none any more
                    return Err(session.give_up(false, Failure::failed_over()).await);
                }
                Err(unwritten) => return Err(unwritten.failure),
            };
            return self.answer_several(job, routed, gathered, session, client);
        }
        refuse_locks(session)?;
        let characteristics = session.next_transaction.clone();
        let mut attempts = Attempts::default();
        loop {
            let unwritten = match self.own_transaction(job, routed, &sources, session).await {
                Ok(gathered) => {
                    return self.answer_several(job, routed, gathered, session, client);
                }
                Err(unwritten) => unwritten,
            };
            let answered = Instant::now();
            let refused_at = unwritten.refused_at.as_ref();
            let members = refused_at.and_then(|place| routed.database.members(place.source));
            match members {
                Some(members) if attempts.repeats_units(job, members) => {
                    next_writer(&session.switch, members, answered).await?;
                }
                _ => return Err(unwritten.failure),
            }
            session.next_transaction.clone_from(&characteristics);
        }
    }

    /// All units and COMMIT in a transaction begun for them; nothing of it is left where that fails.
    async fn own_transaction(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        sources: &[SourceId],
        session: &mut SessionContext,
    ) -> Result<Gathered, Unwritten> {
        session.begin(None, false);
        let mut gathered = self.all_units(job, routed, sources, true, session).await;
        if let Err(unwritten) = &mut gathered
            && !session.transaction.roll_back().await
        {
            unwritten.refused_at = None;
        }
        let gathered = gathered?;
        let mut committed = Vec::new();
        match self.commit_all(session, &mut committed).await {
            Ok(()) => Ok(gathered),
            Err(unwritten) => Err(Unwritten {
                failure: torn(routed, sources, &committed, unwritten.failure),
                ..unwritten
            }),
        }
    }

    fn answer_several<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        gathered: Gathered,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        let id = gathered.sum.insert_id();
        let mut ok = gathered.sum.into_ok();
        if let Some(key) = routed.first_key {
            ok.last_insert_id = key;
            session.last_insert_id = key;
        } else if let Some(id) = id.filter(|id| id.is_generated) {
            session.last_insert_id = id.id;
        }
        session.row_count = i64::try_from(ok.affected_rows).unwrap_or(i64::MAX);
        if ok.warnings > 0 {
            session.diagnostics = gathered.diagnostics;
        } else {
            session.leave_warnings(job);
        }
        if session.is_autocommit && job.uses_tables() {
            session.next_transaction = None;
        }
        ok.status = session.status();
        write_ending(&Ending::Ok(ok), client, job.more_follow());
        Ok(())
    }

    /// Runs every unit; what was done is undone where one fails. The session's transaction is open afterwards, with
    /// the connections in it, or is rolled back.
    async fn all_units(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        sources: &[SourceId],
        is_own: bool,
        session: &mut SessionContext,
    ) -> Result<Gathered, Unwritten> {
        let savepoint = (!is_own).then(|| free_name(session.transaction.savepoints()));
        let mut branches = self.branches(job, routed, sources, session).await?;
        let mut gathered = Gathered::default();
        let run = self
            .run_branches(
                job,
                routed,
                &mut branches,
                savepoint.as_deref(),
                session,
                &mut gathered,
            )
            .await;
        for branch in &mut branches {
            let status = branch.held.guard.status();
            job.note_write(routed, &mut branch.held, (status, &branch.changes), session);
        }
        match run {
            Ok(()) => {
                self.keep(branches, session).await?;
                Ok(gathered)
            }
            Err(broken) => {
                let refused_at = refused_at(routed, &broken);
                let failure = self
                    .undo(job, routed, branches, savepoint.as_deref(), broken, session)
                    .await;
                Err(Unwritten {
                    failure,
                    refused_at,
                })
            }
        }
    }

    /// A connection to each data source, the transaction open on it.
    async fn branches<'r>(
        &self,
        job: &Job<'_>,
        routed: &'r Routed,
        sources: &[SourceId],
        session: &mut SessionContext,
    ) -> Result<Vec<Branch<'r>>, Failure> {
        let mut branches: Vec<Branch<'r>> = Vec::with_capacity(sources.len());
        let ends = session.transaction.ends();
        for source in sources {
            let place = Place {
                database: Arc::clone(&routed.database.name),
                source: *source,
            };
            match self.held(job, routed, &place, session, (None, None)).await {
                Ok(held) => branches.push(Branch {
                    held,
                    units: routed
                        .units
                        .iter()
                        .filter(|unit| unit.source == *source)
                        .collect(),
                    changes: Vec::new(),
                }),
                Err(failure) => {
                    // nothing has been written on them
                    for branch in branches {
                        session.transaction.settle(branch.held);
                    }
                    if session.transaction.ends() != ends {
                        // it was rolled back while these were out, which must not be committed by what follows
                        session.transaction.roll_back().await;
                    }
                    return Err(failure);
                }
            }
        }
        Ok(branches)
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the step between connections and answers needs both sides"
    )]
    async fn run_branches<'r>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        branches: &mut [Branch<'r>],
        savepoint: Option<&str>,
        session: &mut SessionContext,
        gathered: &mut Gathered,
    ) -> Result<(), Broken<'r>> {
        let timeout = job.context.statement_timeout;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        for index in 0..branches.len() {
            self.prepare_branch(branches, index, savepoint, session)
                .await?;
        }
        for (index, branch) in branches.iter_mut().enumerate() {
            for unit in std::mem::take(&mut branch.units) {
                if session.switch.is_interrupted() {
                    return Err(Broken::Killed);
                }
                let lost = |error: Lost| Broken::Lost(index, error);
                if job.reads_insert_id() {
                    insert_id::carry(&mut branch.held, session.last_insert_id)
                        .await
                        .map_err(|error| lost(error.into()))?;
                }
                if job.context.shows_sql {
                    self.show_sql(job, routed, unit);
                }
                let sql = unit_text(job, unit, session);
                let ran = run_unit(job, &mut branch.held, &sql, &session.switch, deadline).await;
                let mut relayed = ran.map_err(lost)?;
                branch.changes.append(&mut relayed.changes);
                match relayed.ending {
                    Ending::Err(err) => return Err(Broken::Answered(err, unit)),
                    Ending::Ok(ok) | Ending::End(ok) => {
                        branch.held.guard.set_status(ok.status);
                        let mut repeated = 0;
                        if ok.warnings > 0 {
                            let told = self
                                .warnings(&mut branch.held, routed, unit, session.results)
                                .await
                                .map_err(|error| lost(error.into()))?;
                            repeated = gathered.take_warnings(unit, told);
                        }
                        let kind = &job.statement.kind;
                        gathered.sum.add(kind, unit, &ok, repeated);
                        if routed.first_key.is_none() && ok.last_insert_id != 0 {
                            let id = ok.last_insert_id;
                            let is_generated =
                                insert_id::is_generated(job, routed, &mut branch.held, id)
                                    .await
                                    .map_err(|error| lost(error.into()))?;
                            gathered.sum.add_id(InsertId::of(unit, id, is_generated));
                        }
                    }
                }
            }
        }
        for (index, branch) in branches.iter_mut().enumerate() {
            let learned = learn_unseen(job, &mut branch.held, &mut branch.changes, session).await;
            learned.map_err(|error| Broken::Lost(index, error.into()))?;
            if let Some(savepoint) = savepoint {
                let release = format!("RELEASE SAVEPOINT `{savepoint}`");
                let released = branch.held.guard.query(&release).await;
                released.map_err(|error| Broken::Lost(index, error.into()))?;
            }
        }
        Ok(())
    }

    /// The savepoint to come back to, and one time for all nodes.
    async fn prepare_branch<'r>(
        &self,
        branches: &mut [Branch<'r>],
        index: usize,
        savepoint: Option<&str>,
        session: &SessionContext,
    ) -> Result<(), Broken<'r>> {
        let is_alone = branches.len() == 1;
        let Some(branch) = branches.get_mut(index) else {
            return Ok(());
        };
        let lost = |error: crate::backend::ConnError| Broken::Lost(index, error.into());
        if let Some(savepoint) = savepoint {
            let set = format!("SAVEPOINT `{savepoint}`");
            branch.held.guard.query(&set).await.map_err(lost)?;
        }
        if session.state.get(TIMESTAMP).is_some() {
            return Ok(());
        }
        let now = if is_alone {
            "UNIX_TIMESTAMP(NOW(6))".to_owned()
        } else {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            let now = now.unwrap_or_default();
            format!("{}.{:06}", now.as_secs(), now.subsec_micros())
        };
        match branch
            .held
            .guard
            .query(&format!("SET timestamp={now}"))
            .await
        {
            // goes back to the session's own with the next statement
            Ok(_) => branch.held.guard.state.set(TIMESTAMP, &now),
            Err(error) if error.is_fatal() => return Err(lost(error)),
            // a server may keep the time to itself (secure_timestamp)
            Err(error) => {
                tracing::debug!(error = %error, "the nodes of a write have times of their own")
            }
        }
        Ok(())
    }

    /// Every unit is through: the connections go back into the transaction.
    async fn keep(
        &self,
        branches: Vec<Branch<'_>>,
        session: &mut SessionContext,
    ) -> Result<(), Failure> {
        let mut has_changed = false;
        let mut has_ended = false;
        for branch in branches {
            has_changed |= branch.changes.iter().any(is_variable);
            has_ended |= session.transaction.settle(branch.held) == Settled::Ended;
        }
        if has_ended {
            self.commit(session).await?;
        }
        if has_changed {
            self.apply(session).await?;
        }
        Ok(())
    }

    /// A unit failed: back to where the statement began (contract 7.2). An own transaction is rolled back by the caller.
    async fn undo(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        branches: Vec<Branch<'_>>,
        savepoint: Option<&str>,
        broken: Broken<'_>,
        session: &mut SessionContext,
    ) -> Failure {
        let lost = match &broken {
            Broken::Lost(index, error) => {
                tracing::warn!(session = session.id, database = %routed.database.name, error = %error, "a write over several nodes broke off");
                Some(*index)
            }
            _ => None,
        };
        let mut is_over = lost.is_some();
        for (index, mut branch) in branches.into_iter().enumerate() {
            if lost == Some(index) {
                session.transaction.lose(branch.held);
                continue;
            }
            if job.writes_under_triggers(routed) {
                // which may have set variables before they failed
                branch.held.guard.mark_dirty();
            }
            match savepoint {
                Some(savepoint) if !is_over => {
                    if back_to(&mut branch.held, savepoint).await {
                        session.transaction.settle(branch.held);
                    } else {
                        is_over = true;
                        session.transaction.settle(branch.held);
                    }
                }
                _ => {
                    session.transaction.settle(branch.held);
                }
            }
        }
        if is_over {
            session.transaction.roll_back().await;
        }
        self.told(routed, broken, savepoint.is_some(), is_over)
    }

    fn told(
        &self,
        routed: &Routed,
        broken: Broken<'_>,
        was_in_transaction: bool,
        is_over: bool,
    ) -> Failure {
        match broken {
            Broken::Killed => Failure::interrupted(),
            Broken::Answered(err, unit) => {
                let mut err = self.edited(err, routed, unit);
                err.message = with_row(unit, err.code, err.message);
                if was_in_transaction && is_over {
                    err.message.extend_from_slice(
                        b"; the transaction is rolled back, repeat it from its beginning",
                    );
                }
                Failure::backend(err)
            }
            Broken::Lost(_, Lost::Silent) if !was_in_transaction => Failure::interrupted(),
            Broken::Lost(..) if was_in_transaction => Failure::transaction_lost(),
            Broken::Lost(..) => {
                let message = "the connection to a data source was lost while the rows of several nodes were written: \
                               nothing of the statement is kept, try again";
                Failure::unavailable(RefusalCode::SourceDown, message)
            }
        }
    }
}

/// Where the server takes no writes any more, if that is all there is to it.
fn refused_at(routed: &Routed, broken: &Broken<'_>) -> Option<Place> {
    let Broken::Answered(err, unit) = broken else {
        return None;
    };
    let members = routed.database.members(unit.source)?;
    let is_refusal = is_read_only_refusal(err.code, &err.message) && follows_writer(members);
    is_refusal.then(|| Place {
        database: Arc::clone(&routed.database.name),
        source: unit.source,
    })
}

/// ROLLBACK TO and RELEASE; false if the server has no such savepoint any more, as it has rolled all back, or is gone.
async fn back_to(held: &mut Held, savepoint: &str) -> bool {
    let back = format!("ROLLBACK TO SAVEPOINT `{savepoint}`");
    let release = format!("RELEASE SAVEPOINT `{savepoint}`");
    held.guard.query(&back).await.is_ok() && held.guard.query(&release).await.is_ok()
}

/// A savepoint's name that the client has not taken.
fn free_name(taken: &[String]) -> String {
    let mut name = "shardgate_statement".to_owned();
    while taken.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
        name.push('_');
    }
    name
}

/// BEGIN would give up the locks that the session holds on its connection.
fn refuse_locks(session: &SessionContext) -> Result<(), Failure> {
    let reasons = [Pins::TABLE_LOCKS, Pins::UNKNOWN_STATE];
    let mut held = reasons
        .into_iter()
        .filter(|reason| session.transaction.pinned_place(*reason).is_some());
    match held.next() {
        None => Ok(()),
        Some(_) => {
            let message = "the write would hit several nodes, which needs a transaction, and that would give up the \
                           table locks or other state that this session holds: begin the transaction yourself, or use \
                           another session";
            Err(Refusal::new(RefusalCode::WriteOverNodes, message).into())
        }
    }
}

fn sources(routed: &Routed) -> Vec<SourceId> {
    let mut sources: Vec<SourceId> = routed.units.iter().map(|unit| unit.source).collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

/// The text that a unit's server gets, with a prepared statement's values as literals.
fn unit_text(job: &Job<'_>, unit: &ExecutionUnit, session: &SessionContext) -> Vec<u8> {
    let mut sql = Vec::new();
    render(job, unit, session, &mut sql);
    let Some(bound) = job.bound else { return sql };
    let mut lexed = Lexed::default();
    if sql::lex(&sql, session.mode, job.context.family, &mut lexed).is_err() {
        // a text that its server will not read either
        return sql;
    }
    let mut scratch = Vec::new();
    let made = unit
        .params
        .as_ref()
        .map(|params| bound.for_unit(params, &mut scratch));
    let params = made.as_deref().unwrap_or(&bound.params);
    with_literals(&sql, &lexed, params, session.mode, false)
}

/// Some data sources have committed, others have not (`allowSplitWrite`).
fn torn(routed: &Routed, sources: &[SourceId], committed: &[Place], failure: Failure) -> Failure {
    if sources.len() < 2 || committed.is_empty() {
        return failure;
    }
    let name = |source: SourceId| {
        let group = routed.database.rules.group(source);
        group.map_or("?", |group| group.name.as_str())
    };
    let is_done = |source: &SourceId| committed.iter().any(|place| place.source == *source);
    let listed = |done: bool| {
        let some = sources.iter().filter(|source| is_done(source) == done);
        some.map(|source| name(*source))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let why = match &failure {
        Failure::Answer { packet, .. } => format!("error {}", packet.code),
        Failure::Gone(_) => "the client is gone".to_owned(),
    };
    let message = format!(
        "the write is committed in {} and not, or not known to be, in {} ({why}): read back before you repeat it",
        listed(true),
        listed(false)
    );
    Failure::unavailable(RefusalCode::OutcomeUnknown, message)
}

#[cfg(test)]
mod tests {
    use super::free_name;

    #[test]
    fn the_statements_savepoint_is_none_of_the_clients() {
        assert_eq!(free_name(&[]), "shardgate_statement");
        let taken = ["a", "SHARDGATE_STATEMENT_", "Shardgate_Statement"].map(str::to_owned);
        assert_eq!(free_name(&taken), "shardgate_statement__");
    }
}
