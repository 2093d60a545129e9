//! LAST_INSERT_ID() and the OK packet's insert id: two values of one session, whatever connection serves it
//! (contract 3.4).

use crate::backend::ConnError;
use crate::execute::Held;
use crate::protocol::OkPacket;
use crate::sql::Kind;

use super::routed::Routed;
use super::session_context::SessionContext;
use super::walk::Job;

/// Gives the connection the session's value before a statement that may look at it.
pub(super) async fn carry(held: &mut Held, id: u64) -> Result<(), ConnError> {
    if held.guard.insert_id != Some(id) {
        held.guard
            .query(&format!("SET last_insert_id={id}"))
            .await?;
        held.guard.insert_id = Some(id);
    }
    Ok(())
}

/// A generated key, or LAST_INSERT_ID(expr), sets both ids; an explicit id only the OK packet's.
pub(super) async fn learn(
    job: &Job<'_>,
    routed: &Routed,
    held: &mut Held,
    ok: &mut OkPacket,
    session: &mut SessionContext,
) -> Result<(), ConnError> {
    if ok.last_insert_id != 0 {
        held.guard.insert_id = None;
    }
    if let Some(key) = routed.first_key {
        ok.last_insert_id = key;
        session.last_insert_id = key;
        return Ok(());
    }
    if job.statement.facts.mentions_last_insert_id {
        session.last_insert_id = asked(held).await?;
        return Ok(());
    }
    if held.guard.is_for_file() {
        // OK does not tell of a load's keys; the connection has none of another statement
        let id = asked(held).await?;
        if id != 0 {
            session.last_insert_id = id;
        }
        return Ok(());
    }
    if job.may_act_unseen() || ok.last_insert_id == 0 {
        // the former are asked for everything that they may have done
        return Ok(());
    }
    if job.always_generates(routed) {
        held.guard.insert_id = Some(ok.last_insert_id);
    }
    if job.always_generates(routed) || asked(held).await? == ok.last_insert_id {
        session.last_insert_id = ok.last_insert_id;
    }
    Ok(())
}

/// The same where rows were answered: a SELECT that calls LAST_INSERT_ID(expr), INSERT ... RETURNING.
pub(super) async fn learn_of_rows(
    job: &Job<'_>,
    held: &mut Held,
    session: &mut SessionContext,
) -> Result<(), ConnError> {
    if job.statement.facts.mentions_last_insert_id || matches!(job.statement.kind, Kind::Insert(_))
    {
        session.last_insert_id = asked(held).await?;
    }
    Ok(())
}

/// Whether `id`, of an OK packet that the connection has just answered, was generated, and not given.
pub(super) async fn is_generated(
    job: &Job<'_>,
    routed: &Routed,
    held: &mut Held,
    id: u64,
) -> Result<bool, ConnError> {
    if id == 0 {
        return Ok(false);
    }
    held.guard.insert_id = None;
    Ok(job.always_generates(routed) || asked(held).await? == id)
}

async fn asked(held: &mut Held) -> Result<u64, ConnError> {
    let asked = held.guard.query("SELECT LAST_INSERT_ID() LIMIT 1").await?;
    let id = asked.text(0, 0).and_then(|text| text.parse().ok());
    held.guard.insert_id = id;
    Ok(id.unwrap_or_default())
}

impl Job<'_> {
    /// The statement's value of LAST_INSERT_ID() must be the session's, not the connection's.
    pub(super) fn reads_insert_id(&self) -> bool {
        self.statement.facts.mentions_last_insert_id
            || self.may_act_unseen()
            || (self.statement.facts.mentions_returning
                && matches!(self.statement.kind, Kind::Insert(_)))
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
