//! PREVIEW and EXPLAIN ROUTE: where a statement would go and what the servers would get, without running it.

use crate::execute::Downstream;
use crate::metrics::{self, StatementClass};
use crate::protocol::{ColumnDefinition, TextResult};
use crate::route::StandIns;
use crate::sql;
use crate::verdict::{Outcome, Story, Unit, is_own};

use super::bound::Bound;
use super::context::LogicalDatabase;
use super::error::Failure;
use super::plan::Purpose;
use super::routed::{Routed, render};
use super::session_call;
use super::session_context::SessionContext;
use super::walk::{Job, Kernel, Served};

/// Where a statement goes.
enum Shown {
    /// Name of a data source, and what its server would get; and the whole story.
    Told(Vec<(String, String)>, Story),
    /// It is refused, and what there is to tell of it.
    Refused(Failure, Option<Story>),
}

impl Kernel {
    pub(super) async fn preview<D: Downstream>(
        &self,
        job: &Job<'_>,
        first_token: u32,
        is_route: bool,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let start = job
            .lexed
            .tokens
            .get(first_token as usize)
            .map_or(job.text.len(), |token| token.start as usize);
        let inner = hint_and(job.text, job.lexed, start);
        let mut lexed = sql::Lexed::default();
        sql::lex(&inner, session.mode, job.context.family, &mut lexed)?;
        let statement = sql::analyze(&inner, &lexed, 0..lexed.tokens.len(), session.mode);
        let calls = session_call::find(&inner, &lexed);
        let inner_job = Job {
            context: job.context,
            text: &inner,
            lexed: &lexed,
            statement: &statement,
            calls: &calls,
            rest: job.rest,
            bound: None,
            is_binary: job.is_binary,
            template: None,
        };
        let shown = self.shown(&inner_job, session).await?;
        let result = match (shown, is_route) {
            (Shown::Refused(failure, None), _) | (Shown::Refused(failure, _), false) => {
                return Err(failure);
            }
            (Shown::Told(units, _), false) => {
                let row = |(source, actual)| [source, actual];
                table(
                    ["data_source_name", "actual_sql"],
                    units.into_iter().map(row),
                )
            }
            (Shown::Told(_, story) | Shown::Refused(_, Some(story)), true) => {
                let steps = story.steps().into_iter();
                table(
                    ["step", "detail"],
                    steps.map(|(step, detail)| [step.to_owned(), detail]),
                )
            }
        };
        Self::answer_own(job, session, client, result, 0);
        Ok(StatementClass::Session)
    }

    async fn shown(&self, job: &Job<'_>, session: &SessionContext) -> Result<Shown, Failure> {
        let stand_ins = StandIns::of(
            job.text,
            job.lexed,
            job.statement,
            &job.database(session).rules,
            session.mode,
        );
        let mut first = None;
        for values in stand_ins.rounds() {
            let note = StandIns::told(&values);
            let bound = Bound::trial(values);
            let job = Job {
                bound: note.as_ref().map(|_| &bound),
                ..*job
            };
            let mut shown = self.shown_once(&job, session).await?;
            if let Shown::Told(_, story) | Shown::Refused(_, Some(story)) = &mut shown {
                story.notes.extend(note);
            }
            if matches!(shown, Shown::Told(..)) {
                return Ok(shown);
            }
            first = first.or(Some(shown));
        }
        first.ok_or_else(|| Failure::unsupported("a statement without any values to try"))
    }

    async fn shown_once(&self, job: &Job<'_>, session: &SessionContext) -> Result<Shown, Failure> {
        let mut story = None;
        if job.asks_information(session)? {
            let worded = self.word_question(job, session).await?;
            worded.guard.release();
            let source = source_name(&worded.database, worded.source)?;
            let sql = String::from_utf8_lossy(&worded.sql).into_owned();
            let story = Story::of_information(
                job.text,
                job.lexed,
                &worded.database.name,
                Unit::new(&source, &sql),
            );
            return Ok(Shown::Told(vec![(source, sql)], story));
        }
        let planned = self
            .plan_told(job, session, Purpose::Explain, &mut story)
            .await;
        let planned = self.pass(job, session).and(planned);
        let Some(mut story) = story else {
            return match planned {
                Err(failure) => Err(failure),
                Ok(_) => Err(Failure::unsupported("a statement of which nothing is told")),
            };
        };
        match planned {
            Ok(_) if is_own(job.text, &job.statement.kind) || job.asks_own_ids(session) => {
                Ok(Shown::Told(Vec::new(), story))
            }
            Ok(routed) => {
                let actual = actual(job, session, &routed);
                let rules = &routed.database.rules;
                story.outcome =
                    Outcome::routed(&routed.route, &routed.units, actual.clone(), rules);
                let mut units = Vec::new();
                for (unit, sql) in routed.units.iter().zip(actual) {
                    units.push((source_name(&routed.database, unit.source)?, sql));
                }
                Ok(Shown::Told(units, story))
            }
            Err(Failure::Answer {
                packet,
                outcome,
                keeps_warnings,
            }) => {
                let message = packet.text().into_owned();
                let state = String::from_utf8_lossy(&packet.sqlstate).into_owned();
                story.outcome = Outcome::refused(packet.code, &state, message);
                let is_ours = outcome == metrics::Outcome::Refused;
                let failure = Failure::Answer {
                    packet,
                    outcome,
                    keeps_warnings,
                };
                Ok(Shown::Refused(failure, is_ours.then_some(story)))
            }
            Err(gone) => Err(gone),
        }
    }
}

fn source_name(
    database: &LogicalDatabase,
    source: crate::model::SourceId,
) -> Result<String, Failure> {
    match database.rules.group(source) {
        Some(group) => Ok(group.name.clone()),
        None => Err(Failure::unsupported("a data source that is not configured")),
    }
}

/// The actual SQL of each unit, with the session's own values in it.
fn actual(job: &Job<'_>, session: &SessionContext, routed: &Routed) -> Vec<String> {
    let sql = |unit| {
        let mut sql = Vec::new();
        render(job, unit, session, &mut sql);
        String::from_utf8_lossy(&sql).into_owned()
    };
    routed.units.iter().map(sql).collect()
}

fn table(names: [&str; 2], rows: impl Iterator<Item = [String; 2]>) -> TextResult {
    TextResult {
        columns: names.map(ColumnDefinition::text).to_vec(),
        rows: rows
            .map(|row| row.map(|cell| Some(cell.into_bytes())).to_vec())
            .collect(),
    }
}

/// The inner statement behind the comments that stood before PREVIEW, so that its hints count.
fn hint_and(text: &[u8], lexed: &sql::Lexed, start: usize) -> Vec<u8> {
    let head = lexed.tokens.first().map_or(0, |token| token.start as usize);
    let mut inner = text.get(..head).unwrap_or_default().to_vec();
    inner.extend_from_slice(text.get(start..).unwrap_or_default());
    inner
}
