//! Whether a replica may serve a statement, and how fresh it must be (contract 8.1, 8.3).

use std::sync::Arc;

use crate::backend::Freshness;
use crate::execute::{Place, ReplicaNeed};
use crate::route::needs_primary;
use crate::rule::{Group, TransactionalReads};
use crate::sql::Kind;

use super::error::Failure;
use super::routed::Routed;
use super::session_context::SessionContext;
use super::walk::Job;

impl Job<'_> {
    /// What the statement asks of a replica; `None` = the primary serves it.
    pub(super) fn replica_need(
        &self,
        routed: &Routed,
        place: &Place,
        session: &SessionContext,
    ) -> Option<ReplicaNeed> {
        // a cursor keeps its connection, which must then serve writes as well
        let opens_cursor =
            self.bound.is_some_and(|bound| bound.wants_cursor) && routed.units.len() < 2;
        if opens_cursor || routed.route.is_write || routed.route.needs_primary {
            return None;
        }
        let group = routed.database.rules.group(place.source)?;
        let in_transaction = group.care.transactional_reads == TransactionalReads::Replica
            && session
                .transaction
                .begun()
                .is_some_and(|begun| begun.is_read_only_by(session.is_read_only));
        let mut need = ReplicaNeed {
            freshness: Freshness::Any,
            writes: None,
            in_transaction,
        };
        if routed.route.takes_stale {
            need.freshness = Freshness::Stale;
            return Some(need);
        }
        session.promise(group, place, need)
    }

    /// A transaction that reads on a replica cannot lock there what others see, nor ask the primary in between.
    pub(super) fn refuse_on_replica(
        &self,
        routed: &Routed,
        place: &Place,
        session: &SessionContext,
    ) -> Result<(), Failure> {
        let by_hint = routed.route.needs_primary
            && !needs_primary(&self.statement.kind, &self.statement.facts);
        let wants_primary =
            routed.route.is_write || by_hint || self.statement.facts.uses_user_locks;
        if !wants_primary || !matches!(self.statement.kind, Kind::Query(_)) {
            return Ok(());
        }
        let Some(members) = routed.database.members(place.source) else {
            return Ok(());
        };
        let is_on_replica = session.transaction.pool_of(place).is_some_and(|pool| {
            members.pools().len() > 1 && session.transaction.reads_on(pool, members.primary())
        });
        if !is_on_replica {
            return Ok(());
        }
        let message = "this READ ONLY transaction reads on a replica, which has neither the primary's locks nor its newest \
                       rows: begin it without READ ONLY, or set transactionalReadQueryStrategy: PRIMARY";
        Err(Failure::new(1792, "25006", message))
    }
}

impl SessionContext {
    /// How the group keeps the promise that the session reads its own writes; `None` = by the primary.
    fn promise(&self, group: &Group, place: &Place, mut need: ReplicaNeed) -> Option<ReplicaNeed> {
        let Some(write) = self.last_write(place) else {
            return Some(need);
        };
        if self.has_written_in_text {
            return None;
        }
        match group.care.gtid_wait_ms {
            Some(wait_ms) => {
                need.freshness = Freshness::Since(write.at());
                need.writes = write
                    .position()
                    .map(|position| (Arc::clone(position), wait_ms));
                Some(need)
            }
            None => {
                let passed = write.at().elapsed().as_millis();
                (passed >= u128::from(group.read_your_writes_ms)).then_some(need)
            }
        }
    }
}
