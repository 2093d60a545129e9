//! The fast path: a statement of one node whose connection is at hand is sent at once, and its answer is the one
//! thing that is waited for. Whatever else comes up goes on by the general path, from where the statement stands.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use crate::backend::{Cut, Pool, PreparedId, TextKey};
use crate::execute::{Answer, Downstream, Ending, Held, RelayError, Relayed, write_ending};
use crate::protocol::{Command, ParamType, ParamValue};
use crate::rewrite::ExecutionUnit;
use crate::route::Target;

use super::error::Failure;
use super::execution::FORGOTTEN;
use super::killable::{absorbed, killed};
use super::plan::Purpose;
use super::routed::{Routed, class_of};
use super::scratch;
use super::session_context::SessionContext;
use super::single::{Given, cut_off, lost};
use super::walk::{Job, Kernel, Served};

/// How a statement sets out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Departure {
    /// By the general path, from its beginning.
    General,
    /// By the general path, from its plan on.
    Planned,
    /// It is sent on its connection, or waits for one.
    Fast,
}

/// What a statement has on its way. It stays in one place: to be moved from step to step would cost more than the steps.
#[derive(Default)]
pub(super) struct Way {
    routed: Option<Routed>,
    held: Option<Held>,
    /// Told of a cut since just before the command was sent.
    cut: Option<Cut>,
    /// The replica whose turn it is.
    chosen: Option<Arc<Pool>>,
}

/// What comes first of a statement that was sent.
enum Course {
    Answered(Result<Relayed, RelayError>),
    /// Nobody will answer.
    Cut,
    Killed,
    /// It has run for too long.
    Late,
}

impl Kernel {
    /// Plans and sends a statement if nothing has to be waited for before. `None` where keys are drawn for its plan:
    /// [`Kernel::depart_planned`].
    pub(super) fn depart(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        way: &mut Way,
    ) -> Result<Option<Departure>, Failure> {
        let takes_fast_path = job
            .template
            .is_some_and(|template| template.takes_fast_path);
        // values that stand in a text are asked for by the general path
        if !takes_fast_path || job.is_binary && job.bound.is_none() {
            return Ok(Some(Departure::General));
        }
        match self.plan_at_once(job, session)? {
            Some(routed) => self.set_out(job, routed, session, way).map(Some),
            None => Ok(None),
        }
    }

    /// As [`Kernel::depart`], for a statement whose plan has to be waited for.
    pub(super) async fn depart_planned(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        way: &mut Way,
    ) -> Result<Departure, Failure> {
        let routed = self.plan(job, session, Purpose::Run).await?;
        self.set_out(job, routed, session, way)
    }

    /// Sends what is planned, if there is a connection at hand.
    fn set_out(
        &self,
        job: &Job<'_>,
        routed: Routed,
        session: &mut SessionContext,
        way: &mut Way,
    ) -> Result<Departure, Failure> {
        let routed = &*way.routed.insert(routed);
        self.refuse_second_writer(routed, session)?;
        let (Target::Units(_) | Target::Source(_), [unit]) =
            (&routed.route.target, routed.units.as_slice())
        else {
            return Ok(Departure::Planned);
        };
        let Some(members) = routed.database.members(unit.source) else {
            return Ok(Departure::Planned);
        };
        let place = routed.place(unit);
        match Self::held_at_once(job, routed, &place, members, session) {
            Ok(held) => {
                let held = way.held.insert(held);
                way.cut = job.sends(unit, held);
                Ok(match way.cut {
                    Some(_) => Departure::Fast,
                    None => Departure::Planned,
                })
            }
            Err(chosen) => {
                way.chosen = chosen;
                Ok(Departure::Fast)
            }
        }
    }

    /// Relays the answer to what was sent, or is sent as soon as there is a connection.
    pub(super) async fn arrive<D: Downstream>(
        &self,
        job: &Job<'_>,
        way: &mut Way,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let Way {
            routed,
            held,
            cut,
            chosen,
        } = way;
        let Some((routed, [unit])) = routed.as_ref().map(|routed| (routed, &*routed.units)) else {
            return Err(nowhere());
        };
        if held.is_none() {
            let place = routed.place(unit);
            let members = (None, chosen.as_ref());
            // a session that has its connection has no room for the wait
            let waits = Box::pin(self.held(job, routed, &place, session, members));
            let mut came = waits.await?;
            *cut = job.sends(unit, &mut came);
            if cut.is_none() {
                let given = Given::Connection(came);
                Box::pin(self.single(job, routed, unit, given, session, client)).await?;
                return Ok(class_of(&job.statement.kind));
            }
            *held = Some(came);
        }
        let start = *client.sequence_mut();
        let (result, is_stopped) = match (&mut *held, cut) {
            (Some(held), Some(cut)) => {
                let sent = (held, &*cut);
                self.course(job, routed, unit, sent, session, client).await
            }
            _ => return Err(nowhere()),
        };
        let Some(held) = held.take() else {
            return Err(nowhere());
        };
        match result {
            Ok(relayed) if job.is_ordinary(routed, &held, &relayed) => {
                let ending = Self::conclude_ordinary(job, routed, held, relayed, session);
                write_ending(&ending, client, job.more_follow());
            }
            result => {
                let has_answered = *client.sequence_mut() != start;
                let given = job.still_to_do(unit, held, result, is_stopped || has_answered);
                Box::pin(self.single(job, routed, unit, given, session, client)).await?;
            }
        }
        Ok(class_of(&job.statement.kind))
    }

    /// Goes on by the general path.
    pub(super) async fn resume<D: Downstream>(
        &self,
        job: &Job<'_>,
        way: Way,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let given = way.held.map_or(Given::Nothing, Given::Connection);
        let Some(routed) = &way.routed else {
            return Err(nowhere());
        };
        self.go(job, routed, given, session, client).await
    }

    /// Waits for the answer, and for what may come in its place; and whether the server was told to stop.
    async fn course<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        unit: &ExecutionUnit,
        (held, cut): (&mut Held, &Cut),
        session: &SessionContext,
        client: &mut D,
    ) -> (Result<Relayed, RelayError>, bool) {
        let names = routed.answer_names(unit, None);
        let status = job.status_of_columns(session);
        let mut answer = Answer::new(job.context.result_limits);
        let switch = &*session.switch;
        let thread = held.guard.thread_id();
        let conn = &mut *held.guard;
        let mut is_sent = false;
        let mut poll = |cx: &mut Context<'_>| {
            if !is_sent {
                ready!(conn.poll_flush(cx)).map_err(lost)?;
                is_sent = true;
            }
            answer.poll(cx, conn, client, names, status)
        };
        let course = {
            // where there is no limit there is no room for it
            let timeout = job.context.statement_timeout;
            let mut late = timeout.map(|timeout| Box::pin(tokio::time::sleep(timeout)));
            let (mut kills, mut cuts) = (switch.listening(), cut.listening());
            poll_fn(|cx| {
                if let Poll::Ready(result) = poll(cx) {
                    return Poll::Ready(Course::Answered(result));
                }
                if kills.poll(cx, || switch.is_interrupted()).is_ready() {
                    return Poll::Ready(Course::Killed);
                }
                if cuts.poll(cx, || cut.has_come()).is_ready() {
                    return Poll::Ready(Course::Cut);
                }
                match &mut late {
                    Some(late) => late.as_mut().poll(cx).map(|()| Course::Late),
                    None => Poll::Pending,
                }
            })
            .await
        };
        let is_late = match course {
            Course::Answered(result) => return (result, false),
            Course::Cut => return (Err(cut_off(cut)), false),
            Course::Killed => false,
            Course::Late => true,
        };
        let result = Box::pin(killed(switch, cut, thread, poll_fn(poll))).await;
        (Box::pin(absorbed(held, result, is_late)).await, true)
    }
}

/// What does not happen: the fast path is for one node alone, over one connection.
fn nowhere() -> Failure {
    Failure::unsupported("a statement without a node")
}

impl Job<'_> {
    /// Begins to send the unit to its server. `None`, and nothing is sent, where more is to be done on the connection, or
    /// shown of it, before.
    fn sends(&self, unit: &ExecutionUnit, held: &mut Held) -> Option<Cut> {
        // a cut that comes while the command is sent is one for it
        let cut = Cut::of(&held.pool, &held.guard);
        if self.context.shows_sql || held.guard.is_out() || !self.begin(unit, held) {
            return None;
        }
        // what is left, or has failed, is found when the answer is waited for
        let _ = held.guard.flush_at_once();
        Some(cut)
    }

    /// Writes the unit's command for its connection; false if its statement would have to be prepared there first.
    fn begin(&self, unit: &ExecutionUnit, held: &mut Held) -> bool {
        let Some(bound) = self.bound else {
            held.guard.begin_written(|out| {
                out.push(Command::Query.byte());
                unit.edits.apply(self.text, self.lexed, out);
            });
            return true;
        };
        let params: &[(ParamType, ParamValue<'_>)] = &bound.params;
        if bound.wants_cursor || unit.params.is_some() {
            return false;
        }
        let types = params.iter().map(|(param, _)| *param);
        let key = self.text_key(unit);
        let known = key.and_then(|key| held.guard.known_prepared(key, types.clone()));
        debug_assert!(known.is_none_or(|known| self.is_statement_of(known, unit, held)));
        let found = known.or_else(|| self.found_by_text(unit, key, types, held));
        let Some(id) = found.filter(|id| usize::from(id.params) == params.len()) else {
            return false;
        };
        let params = params.iter().copied();
        held.guard.begin_execute(id.statement_id, 0, params);
        true
    }

    /// The statement that the connection has prepared of the unit's text, which is written for that; the next time it is
    /// known by `key`.
    fn found_by_text(
        &self,
        unit: &ExecutionUnit,
        key: Option<TextKey<'_>>,
        types: impl Iterator<Item = ParamType> + Clone,
        held: &mut Held,
    ) -> Option<PreparedId> {
        let mut sql = scratch::take_bytes();
        unit.edits.apply(self.text, self.lexed, &mut sql);
        let found = held.guard.prepared_before(&sql, types.clone());
        if let Some(key) = key.filter(|_| found.is_some()) {
            held.guard.note_prepared(key, &sql, types);
        }
        scratch::put_bytes(sql);
        found
    }

    /// Whether a statement that the connection has prepared is one of the unit's text.
    fn is_statement_of(&self, known: PreparedId, unit: &ExecutionUnit, held: &Held) -> bool {
        let sql = unit.sql(self.text, self.lexed);
        held.guard.is_prepared_of(known, &sql)
    }

    /// What the general path goes on with. A server that has forgotten the statement has executed nothing of it, unless
    /// something of an answer came before, or it was told to stop.
    fn still_to_do(
        &self,
        unit: &ExecutionUnit,
        mut held: Held,
        result: Result<Relayed, RelayError>,
        is_final: bool,
    ) -> Given {
        let is_forgotten = matches!(
            &result,
            Ok(Relayed { ending: Ending::Err(err), .. }) if FORGOTTEN.contains(&err.code)
        );
        if self.bound.is_none() || !is_forgotten || is_final {
            return Given::Answer(held, result);
        }
        let mut sql = scratch::take_bytes();
        unit.edits.apply(self.text, self.lexed, &mut sql);
        held.guard.forget_prepared(&sql);
        scratch::put_bytes(sql);
        Given::Connection(held)
    }
}
