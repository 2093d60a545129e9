//! PREVIEW and EXPLAIN ROUTE: where a statement would go and what the servers would get, without running it.

use crate::execute::Downstream;
use crate::metrics::StatementClass;
use crate::protocol::{ColumnDefinition, TextResult};
use crate::sql;

use super::context::LogicalDatabase;
use super::error::Failure;
use super::routed::{Purpose, render};
use super::session_call;
use super::session_context::SessionContext;
use super::walk::{Job, Kernel, Served};

/// Where a statement would go.
struct Shown {
    /// Name of a data source, and what its server would get.
    units: Vec<(String, Vec<u8>)>,
    reasons: String,
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
        };
        let shown = self.shown(&inner_job, session).await?;
        let mut columns = vec![
            ColumnDefinition::text("data_source_name"),
            ColumnDefinition::text("actual_sql"),
        ];
        if is_route {
            columns.push(ColumnDefinition::text("reasons"));
        }
        let rows = shown.units.into_iter().map(|(source, actual)| {
            let mut row = vec![Some(source.into_bytes()), Some(actual)];
            if is_route {
                row.push(Some(shown.reasons.clone().into_bytes()));
            }
            row
        });
        let rows = rows.collect();
        Self::answer_own(job, session, client, TextResult { columns, rows }, 0);
        Ok(StatementClass::Session)
    }

    async fn shown(&self, job: &Job<'_>, session: &SessionContext) -> Result<Shown, Failure> {
        let name = |database: &LogicalDatabase, source| match database.rules.group(source) {
            Some(group) => Ok(group.name.clone()),
            None => Err(Failure::unsupported("a data source that is not configured")),
        };
        if job.asks_information(session)? {
            let worded = self.word_question(job, session).await?;
            worded.guard.release();
            return Ok(Shown {
                units: vec![(name(&worded.database, worded.source)?, worded.sql)],
                reasons: "information_schema is read through views with logical names".to_owned(),
            });
        }
        let routed = self.plan(job, session, Purpose::Explain).await?;
        let mut units = Vec::new();
        for unit in &routed.units {
            let mut actual = Vec::new();
            render(job, unit, session, &mut actual);
            units.push((name(&routed.database, unit.source)?, actual));
        }
        Ok(Shown {
            units,
            reasons: routed.route.reasons.join("\n"),
        })
    }
}

/// The inner statement behind the comments that stood before PREVIEW, so that its hints count.
fn hint_and(text: &[u8], lexed: &sql::Lexed, start: usize) -> Vec<u8> {
    let head = lexed.tokens.first().map_or(0, |token| token.start as usize);
    let mut inner = text.get(..head).unwrap_or_default().to_vec();
    inner.extend_from_slice(text.get(start..).unwrap_or_default());
    inner
}
