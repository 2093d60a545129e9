//! Statements that run on every node: DDL on sharded tables, writes to broadcast tables.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tokio::task::JoinSet;

use crate::backend::{ConnError, Guard, Members, PoolKey};
use crate::execute::{
    Downstream, Ending, Held, Need, Place, Transaction, connection, write_ending,
};
use crate::model::{SessionState, SourceId};
use crate::protocol::{ErrPacket, OkPacket};
use crate::rewrite::ExecutionUnit;
use crate::route::{Refusal, RefusalCode};

use super::context::LogicalDatabase;
use super::definition;
use super::error::Failure;
use super::index_name;
use super::kill_switch::KillSwitch;
use super::killable::{ask, waiting};
use super::repeat::{Attempts, is_read_only_refusal, next_writer};
use super::routed::{Routed, render};
use super::session_context::{Diagnostic, SessionContext};
use super::walk::{Job, Kernel};

/// Errors that say a node is already as the statement wants it: table exists, unknown table, duplicate column,
/// duplicate key, can't drop, duplicate foreign key, duplicate check constraint.
pub(super) const ALREADY: [u16; 7] = [1050, 1051, 1060, 1061, 1091, 1826, 3822];

/// Can't drop: there is no such column or key.
const CANNOT_DROP: u16 = 1091;

/// What one node gets.
struct NodeText {
    /// Position among the plan's units.
    index: usize,
    sql: String,
    /// The same with the index names that an older ShardingSphere made.
    other: Option<String>,
}

/// What every node's connection needs of the session.
#[derive(Clone)]
struct Carried {
    key: PoolKey,
    with_user: bool,
    state: SessionState,
    switch: Arc<KillSwitch>,
}

/// What one node answered.
pub(super) struct NodeAnswer {
    /// Position among the plan's units.
    pub(super) index: usize,
    pub(super) result: Result<OkPacket, ErrPacket>,
}

impl Kernel {
    /// Runs DDL on every node, one after the other in each data source, the data sources beside each other, and then
    /// makes the catalog's copies anew (contract 10.2, 10.3).
    pub(super) async fn each_node<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        let carried = carried(job, session, session.state.clone());
        let mut answers = self
            .run_units(job, routed, session, carried, HashMap::new())
            .await?;
        note_writes(routed, session);
        answers.sort_by_key(|answer| answer.index);
        definition::check(job, routed, &mut answers).await;
        let is_already = |answer: &&NodeAnswer| matches!(&answer.result, Err(err) if ALREADY.contains(&err.code));
        let done = answers
            .iter()
            .filter(|answer| answer.result.is_ok())
            .count();
        let already = answers.iter().filter(is_already).count();
        let failed = answers.len() - done - already;
        let first_error = answers
            .iter()
            .find_map(|answer| answer.result.as_ref().err().map(|err| (answer.index, err)));
        match first_error {
            Some((index, err))
                if done == 0 && answers.iter().all(|answer| has_code(answer, err.code)) =>
            {
                let err = err.clone();
                let Some(unit) = routed.units.get(index) else {
                    return Err(Failure::backend(err));
                };
                Err(Failure::backend(self.edited(err, routed, unit)))
            }
            Some(_) if failed > 0 => {
                session.diagnostics = node_rows(routed, &answers);
                let message = format!(
                    "DDL is done on {done} of {} nodes ({already} were as wanted already, {failed} failed): \
                     SHOW WARNINGS has a row for each; repeat the statement when the cause is gone, \
                     nodes that are done are left alone",
                    answers.len()
                );
                Err(Failure::keeping_warnings(Refusal::new(
                    RefusalCode::DdlPartlyDone,
                    message,
                )))
            }
            _ => {
                Self::answer_ok(job, session, client);
                Ok(())
            }
        }
    }

    /// Writes a broadcast table in every one of several data sources (contract 4.7).
    pub(super) async fn everywhere<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        if session.is_in_transaction() {
            let message = "a broadcast table is written in every data source, which a transaction cannot do as one: \
                           run the statement outside of a transaction, with autocommit on";
            return Err(Refusal::new(RefusalCode::SecondWriter, message).into());
        }
        let mut state = session.state.clone();
        if job.statement.facts.uses_now && state.get("timestamp").is_none() {
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            state.set(
                "timestamp",
                &format!("{}.{:06}", now.as_secs(), now.subsec_micros()),
            );
        }
        let next = async { Ok::<_, Failure>(routed.database.broadcast_turn.lock().await) };
        let turn = waiting(&session.switch, next).await?;
        // a data source that is down is met before any has the row
        let carried = carried(job, session, state);
        let ready = connected(routed, &carried).await?;
        let mut answers = self.run_units(job, routed, session, carried, ready).await?;
        drop(turn);
        note_writes(routed, session);
        answers.sort_by_key(|answer| answer.index);
        let mut errors = answers
            .iter()
            .filter_map(|answer| answer.result.as_ref().err());
        let Some(error) = errors.next().cloned() else {
            let mut ok = answers
                .into_iter()
                .find_map(|answer| answer.result.ok())
                .unwrap_or_default();
            session.row_count = i64::try_from(ok.affected_rows).unwrap_or(i64::MAX);
            session.diagnostics.clear();
            ok.status = session.status();
            write_ending(&Ending::Ok(ok), client, job.more_follow());
            return Ok(());
        };
        let has_done = answers.iter().any(|answer| answer.result.is_ok());
        if !has_done && let Some(unit) = routed.units.first() {
            return Err(Failure::backend(self.edited(error, routed, unit)));
        }
        session.diagnostics = node_rows(routed, &answers);
        let names = |is_done: bool| -> String {
            let named = answers
                .iter()
                .filter(|answer| answer.result.is_ok() == is_done);
            named
                .map(|answer| source_name(routed, answer.index))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let message = format!(
            "a write to a broadcast table is done on {} and failed on {}: SHOW WARNINGS tells why; \
             repair the copies that differ",
            names(true),
            names(false)
        );
        Err(Failure::keeping_warnings(Refusal::new(
            RefusalCode::DdlPartlyDone,
            message,
        )))
    }

    async fn run_units(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        session: &SessionContext,
        carried: Carried,
        mut ready: HashMap<SourceId, Held>,
    ) -> Result<Vec<NodeAnswer>, Failure> {
        let mut by_source: Vec<(SourceId, Vec<NodeText>)> = Vec::new();
        for (index, unit) in routed.units.iter().enumerate() {
            let sql = text_of(job, unit, session)?;
            let text = NodeText {
                index,
                sql,
                other: index_name::suffixed(job, unit),
            };
            match by_source
                .iter_mut()
                .find(|(source, _)| *source == unit.source)
            {
                Some((_, texts)) => texts.push(text),
                None => by_source.push((unit.source, vec![text])),
            }
        }
        let mut tasks = JoinSet::new();
        for (source, texts) in by_source {
            let (database, carried) = (Arc::clone(&routed.database), carried.clone());
            let held = ready.remove(&source);
            tasks.spawn(async move { run_texts(&database, source, &carried, texts, held).await });
        }
        let mut answers = Vec::with_capacity(routed.units.len());
        while let Some(joined) = tasks.join_next().await {
            match joined {
                Ok(some) => answers.extend(some),
                Err(error) => {
                    return Err(Failure::new(
                        1105,
                        "HY000",
                        format!("a node's task failed: {error}"),
                    ));
                }
            }
        }
        Ok(answers)
    }
}

/// The session reads what it has written, so not from replicas that may lag (contract 8.1).
fn note_writes(routed: &Routed, session: &mut SessionContext) {
    let now = Instant::now();
    for unit in &routed.units {
        session.wrote(
            &Place {
                database: Arc::clone(&routed.database.name),
                source: unit.source,
            },
            now,
        );
    }
}

fn carried(job: &Job<'_>, session: &SessionContext, state: SessionState) -> Carried {
    Carried {
        key: session.pool_key(),
        with_user: job.statement.facts.reads_user_variable,
        state,
        switch: Arc::clone(&session.switch),
    }
}

/// A connection to every unit's data source, in the session's state.
async fn connected(routed: &Routed, carried: &Carried) -> Result<HashMap<SourceId, Held>, Failure> {
    let mut ready = HashMap::new();
    for unit in &routed.units {
        let Some(members) = routed.database.members(unit.source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        let held = writable(&routed.database, (unit.source, members), carried).await?;
        ready.insert(unit.source, held);
    }
    Ok(ready)
}

/// A connection to where the group's writes go now, in the session's state; a missing primary is waited for.
async fn writable(
    database: &LogicalDatabase,
    (source, members): (SourceId, &Members),
    carried: &Carried,
) -> Result<Held, Failure> {
    let place = Place {
        database: Arc::clone(&database.name),
        source,
    };
    let need = Need {
        place: &place,
        members,
        key: carried.key,
        replica: None,
        is_write: true,
        may_write: false,
        avoided: None,
        chosen: None,
        state: &carried.state,
        with_user: carried.with_user,
        opens_transaction: false,
        characteristics: None,
    };
    // each node's statement is a transaction of its own
    let mut transaction = Transaction::default();
    waiting(&carried.switch, connection(&mut transaction, &need)).await
}

async fn run_texts(
    database: &LogicalDatabase,
    source: SourceId,
    carried: &Carried,
    texts: Vec<NodeText>,
    mut held: Option<Held>,
) -> Vec<NodeAnswer> {
    let mut answers = Vec::with_capacity(texts.len());
    for NodeText { index, sql, other } in texts {
        let mut result = run_text(database, source, carried, &sql, &mut held).await;
        if let (Err(err), Some(other)) = (&result, other)
            && err.code == CANNOT_DROP
            && let Ok(ok) = run_text(database, source, carried, &other, &mut held).await
        {
            result = Ok(ok);
        }
        answers.push(NodeAnswer { index, result });
    }
    if let Some(held) = held {
        Guard::release(held.guard);
    }
    answers
}

/// Runs one node's statement, again on the next primary where the last one refused to write: nothing was executed there
/// (contract 8.4).
async fn run_text(
    database: &LogicalDatabase,
    source: SourceId,
    carried: &Carried,
    text: &str,
    held: &mut Option<Held>,
) -> Result<OkPacket, ErrPacket> {
    let members = database
        .members(source)
        .ok_or_else(|| packet_of(Failure::unsupported("this data source")))?;
    let mut attempts = Attempts::default();
    loop {
        let result = run_once(database, (source, members), carried, text, held).await;
        match result {
            Err(err)
                if is_read_only_refusal(err.code, &err.message)
                    && attempts.takes_one_more(members) =>
            {
                let answered = Instant::now();
                if let Some(held) = held.take() {
                    Guard::release(held.guard);
                }
                next_writer(&carried.switch, members, answered)
                    .await
                    .map_err(packet_of)?;
            }
            result => return result,
        }
    }
}

async fn run_once(
    database: &LogicalDatabase,
    (source, members): (SourceId, &Members),
    carried: &Carried,
    text: &str,
    held: &mut Option<Held>,
) -> Result<OkPacket, ErrPacket> {
    if carried.switch.is_interrupted() {
        // nothing more is begun behind a KILL
        return Err(packet_of(Failure::interrupted()));
    }
    let here = match held.take() {
        Some(here) => here,
        None => writable(database, (source, members), carried)
            .await
            .map_err(packet_of)?,
    };
    let here = held.insert(here);
    match ask(
        &carried.switch,
        &here.pool,
        &mut here.guard,
        text.as_bytes(),
    )
    .await
    {
        Ok(result) => Ok(result.ok),
        Err(ConnError::Server {
            code,
            sqlstate,
            message,
            ..
        }) => Err(ErrPacket::new(code, &sqlstate, message)),
        Err(error) => {
            *held = None;
            let message = format!("{error}: whether this node is done is not known");
            let (code, sqlstate) = RefusalCode::OutcomeUnknown.number();
            Err(ErrPacket::new(code, sqlstate, message))
        }
    }
}

fn packet_of(failure: Failure) -> ErrPacket {
    match failure {
        Failure::Answer { packet, .. } => packet,
        Failure::Gone(error) => ErrPacket::new(1105, "HY000", error.to_string()),
    }
}

fn text_of(
    job: &Job<'_>,
    unit: &ExecutionUnit,
    session: &SessionContext,
) -> Result<String, Failure> {
    let mut sql = Vec::new();
    render(job, unit, session, &mut sql);
    String::from_utf8(sql).map_err(|_| {
        Failure::new(
            1300,
            "HY000",
            "a statement for several nodes must be valid utf8: write other bytes as x'..'",
        )
    })
}

fn has_code(answer: &NodeAnswer, code: u16) -> bool {
    matches!(&answer.result, Err(err) if err.code == code)
}

fn source_name(routed: &Routed, index: usize) -> &str {
    let unit = routed.units.get(index);
    let group = unit.and_then(|unit| routed.database.rules.group(unit.source));
    group.map_or("?", |group| group.name.as_str())
}

fn node_rows(routed: &Routed, answers: &[NodeAnswer]) -> Vec<Diagnostic> {
    let rows = answers.iter().map(|answer| {
        let source = source_name(routed, answer.index);
        let table = routed
            .units
            .get(answer.index)
            .and_then(|unit| unit.names.first())
            .map_or(String::new(), |(actual, _)| format!(".{actual}"));
        match &answer.result {
            Ok(_) => Diagnostic {
                level: "Note".to_owned(),
                code: 0,
                message: format!("{source}{table}: done").into_bytes(),
            },
            Err(err) => Diagnostic {
                level: "Error".to_owned(),
                code: err.code,
                message: format!("{source}{table}: {}", err.text()).into_bytes(),
            },
        }
    });
    rows.collect()
}
