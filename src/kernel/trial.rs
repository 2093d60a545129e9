//! Routing a text before the values of its parameters are known.

use crate::route::BoundValue;
use crate::rule::TableRule;
use crate::sql::{TokenKind, text_value};

use super::bound::Bound;
use super::error::Failure;
use super::routed::{Purpose, Routed};
use super::session_context::SessionContext;
use super::walk::{Job, Kernel};

/// A date for columns whose strategy names none.
const MOMENT: &str = "2026-01-01 00:00:00";
/// Literals of the text that parameters are tried with: `a = 5 AND b = ?` may be right for 5 alone.
const MAX_LITERALS: usize = 6;
/// Stand-ins that are tried where the node of the first one is down.
const OTHERS: i128 = 16;

impl Kernel {
    /// Where a text would go for some values of its parameters.
    ///
    /// # Errors
    /// The refusal, if it is refused for all that were tried.
    pub(super) async fn trial(
        &self,
        job: &Job<'_>,
        session: &SessionContext,
    ) -> Result<Routed, Failure> {
        let moment = job.sample_moment(session);
        let count = usize::from(job.statement.parameters);
        let any = |number| vec![BoundValue::Any { number, moment }; count];
        let refusal = match self.tried(job, session, any(1)).await {
            Ok(routed) => return Ok(self.elsewhere(job, session, routed, any).await),
            Err(failure @ Failure::Gone(_)) => return Err(failure),
            Err(refusal) => refusal,
        };
        if count == 0 {
            return Err(refusal);
        }
        for number in job.numbers(session) {
            if let Ok(routed) = self.tried(job, session, any(number)).await {
                return Ok(routed);
            }
        }
        for literal in job.texts(session) {
            let values = vec![BoundValue::Text(&literal); count];
            if let Ok(routed) = self.tried(job, session, values).await {
                return Ok(routed);
            }
        }
        Err(refusal)
    }

    async fn tried(
        &self,
        job: &Job<'_>,
        session: &SessionContext,
        values: Vec<BoundValue<'_>>,
    ) -> Result<Routed, Failure> {
        let bound = Bound::trial(values);
        let job = Job {
            bound: Some(&bound),
            ..*job
        };
        let routed = self.plan(&job, session, Purpose::Trial).await?;
        Ok(routed)
    }

    /// Another node, if the one found is down: one data source must not keep all statements from being prepared.
    async fn elsewhere<'v>(
        &self,
        job: &Job<'_>,
        session: &SessionContext,
        routed: Routed,
        any: impl Fn(i128) -> Vec<BoundValue<'v>>,
    ) -> Routed {
        let is_up = |routed: &Routed| {
            let mut units = routed.units.iter();
            units.any(|unit| routed.database.is_available(unit.source))
        };
        if is_up(&routed) {
            return routed;
        }
        for number in 2..OTHERS {
            if let Ok(other) = self.tried(job, session, any(number)).await
                && is_up(&other)
            {
                return other;
            }
        }
        routed
    }
}

impl Job<'_> {
    /// A moment that the statement's tables have a place for.
    fn sample_moment<'s>(&'s self, session: &SessionContext) -> &'s str {
        let rules = &self.database(session).rules;
        let mut tables = self.statement.tables.iter();
        let moment = tables.find_map(|table| match rules.table(&table.name)? {
            TableRule::Sharded(table) => table.sample_moment(),
            _ => None,
        });
        moment.unwrap_or(MOMENT)
    }

    /// Numbers among the text's literals, and those that the first nodes are called by.
    fn numbers(&self, session: &SessionContext) -> Vec<i128> {
        let mut numbers = Vec::new();
        for (index, token) in self.lexed.tokens.iter().enumerate() {
            if token.kind == TokenKind::Integer && numbers.len() < MAX_LITERALS {
                numbers.extend(parsed(self.lexed.bytes(self.text, index)));
            }
        }
        let rules = &self.database(session).rules;
        for table in &self.statement.tables {
            if let Some(TableRule::Sharded(rule)) = rules.table(&table.name)
                && let Some(node) = rule.nodes.first()
            {
                numbers.extend(number_at_end(&node.table));
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Strings among the text's literals.
    fn texts(&self, session: &SessionContext) -> Vec<Vec<u8>> {
        let tokens = self.lexed.tokens.iter().enumerate();
        tokens
            .filter(|(_, token)| token.kind == TokenKind::Text)
            .take(MAX_LITERALS)
            .map(|(index, _)| {
                text_value(self.lexed.bytes(self.text, index), session.mode).into_owned()
            })
            .collect()
    }
}

fn parsed(digits: &[u8]) -> Option<i128> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn number_at_end(name: &str) -> Option<i128> {
    let start = name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    parsed(name.as_bytes().get(start..)?)
}
