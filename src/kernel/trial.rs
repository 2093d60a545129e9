//! Routing a text before the values of its parameters are known.

use crate::route::{BoundValue, StandIns};

use super::bound::Bound;
use super::error::Failure;
use super::plan::Purpose;
use super::routed::Routed;
use super::session_context::SessionContext;
use super::walk::{Job, Kernel};

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
        let rules = &job.database(session).rules;
        let stand_ins = StandIns::of(job.text, job.lexed, job.statement, rules, session.mode);
        let mut rounds = stand_ins.rounds();
        let first = rounds.next().unwrap_or_default();
        let refusal = match self.tried(job, session, first).await {
            Ok(routed) => return Ok(self.elsewhere(job, session, routed, &stand_ins).await),
            Err(failure @ Failure::Gone(_)) => return Err(failure),
            Err(refusal) => refusal,
        };
        for values in rounds {
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
    async fn elsewhere(
        &self,
        job: &Job<'_>,
        session: &SessionContext,
        routed: Routed,
        stand_ins: &StandIns,
    ) -> Routed {
        let is_up = |routed: &Routed| {
            let mut units = routed.units.iter();
            units.any(|unit| routed.database.is_available(unit.source))
        };
        if is_up(&routed) {
            return routed;
        }
        for number in 2..OTHERS {
            if let Ok(other) = self.tried(job, session, stand_ins.all(number)).await
                && is_up(&other)
            {
                return other;
            }
        }
        routed
    }
}
