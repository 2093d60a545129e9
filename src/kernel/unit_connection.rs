//! The connection that a unit runs on: the one at hand, or what has to be waited for.

use std::sync::Arc;
use std::time::Instant;

use crate::backend::{Freshness, Members, Pool, PoolKey};
use crate::execute::{Held, Need, Place, ReplicaNeed, connection, connection_at_once};
use crate::model::SessionState;

use super::error::Failure;
use super::insert_id;
use super::killable::waiting;
use super::repeat::still_writer;
use super::routed::Routed;
use super::session_context::SessionContext;
use super::walk::{Job, Kernel};

/// What a statement wants of its connection.
struct Wants {
    key: PoolKey,
    replica: Option<ReplicaNeed>,
    is_write: bool,
    may_write: bool,
    with_user: bool,
    opens_transaction: bool,
    /// It is a transaction of its own.
    is_alone: bool,
}

impl Wants {
    /// The writes of the session up to this moment are to be read, if a replica serves.
    fn promised(&self) -> Option<Instant> {
        match self.replica.as_ref()?.freshness {
            Freshness::Since(moment) => Some(moment),
            Freshness::Any | Freshness::Stale => None,
        }
    }

    fn need<'a>(
        self,
        (place, members): (&'a Place, &'a Members),
        (avoided, chosen): (Option<&'a Arc<Pool>>, Option<&'a Arc<Pool>>),
        state: &'a SessionState,
        characteristics: Option<&'a str>,
    ) -> Need<'a> {
        Need {
            place,
            members,
            key: self.key,
            replica: self.replica,
            is_write: self.is_write,
            may_write: self.may_write,
            avoided,
            chosen,
            state,
            with_user: self.with_user,
            opens_transaction: self.opens_transaction,
            characteristics: characteristics.filter(|_| self.is_alone),
        }
    }
}

impl Kernel {
    /// As [`Kernel::held`], where the connection is at hand and needs nothing.
    ///
    /// # Errors
    /// That is not so, or may not be; as [`connection_at_once`].
    pub(super) fn held_at_once(
        job: &Job<'_>,
        routed: &Routed,
        place: &Place,
        members: &Members,
        session: &mut SessionContext,
    ) -> Result<Held, Option<Arc<Pool>>> {
        if session.next_transaction.is_some() || job.reads_insert_id() {
            return Err(None);
        }
        if !session.transaction.is_idle()
            && (job.refuse_on_replica(routed, place, session).is_err()
                || routed.route.is_write && !session.may_write_at(place, members))
        {
            return Err(None);
        }
        let wants = job.wants(routed, place, session);
        let promised = wants.promised();
        let need = wants.need((place, members), (None, None), &session.state, None);
        let held = connection_at_once(&mut session.transaction, &need)?;
        session.has_read(&held, members, promised);
        Ok(held)
    }

    /// The connection for `place` with everything the statement needs.
    pub(super) async fn held(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        place: &Place,
        session: &mut SessionContext,
        (avoided, chosen): (Option<&Arc<Pool>>, Option<&Arc<Pool>>),
    ) -> Result<Held, Failure> {
        let Some(members) = routed.database.members(place.source) else {
            return Err(Failure::unsupported("a data source that is not configured"));
        };
        if session.next_transaction.is_some() && !session.is_autocommit && job.opens_transaction() {
            // what the statement opens by itself has no characteristics of its own
            if !session.transaction.is_open() {
                session.begin(None, false);
            }
        }
        job.refuse_on_replica(routed, place, session)?;
        if routed.route.is_write
            && let Some(pool) = session.transaction.pool_of(place)
            && let Err(failure) = still_writer(members, pool).await
        {
            let is_pinned = session.transaction.is_pinned(place);
            return Err(Box::pin(session.give_up(is_pinned, failure)).await);
        }
        let wants = job.wants(routed, place, session);
        let promised = wants.promised();
        let characteristics = session.next_transaction.as_deref();
        let need = wants.need(
            (place, members),
            (avoided, chosen),
            &session.state,
            characteristics,
        );
        let switch = Arc::clone(&session.switch);
        let mut held = if session.transaction.holds(place) {
            connection(&mut session.transaction, &need).await?
        } else {
            // a future of some KiB, which is not to be moved
            let connecting = std::pin::pin!(connection(&mut session.transaction, &need));
            waiting(&switch, connecting).await?
        };
        session.has_read(&held, members, promised);
        if job.reads_insert_id()
            && let Err(error) = insert_id::carry(&mut held, session.last_insert_id).await
        {
            return Err(Box::pin(session.lose(held, error)).await);
        }
        Ok(held)
    }
}

impl SessionContext {
    /// What is held at `place`, if anything is, may still be written to.
    fn may_write_at(&self, place: &Place, members: &Members) -> bool {
        let pool = self.transaction.pool_of(place);
        pool.is_none_or(|pool| members.is_writer(pool))
    }

    /// A replica that serves what was `promised` has the session's writes.
    fn has_read(&mut self, held: &Held, members: &Members, promised: Option<Instant>) {
        if let Some(moment) = promised
            && !Arc::ptr_eq(&held.pool, members.primary())
        {
            self.has_read_its_writes(&held.place, moment);
        }
    }
}

impl Job<'_> {
    fn wants(&self, routed: &Routed, place: &Place, session: &SessionContext) -> Wants {
        Wants {
            key: session.pool_key(),
            replica: self.replica_need(routed, place, session),
            is_write: routed.route.is_write,
            may_write: session.transaction.may_write(session.is_read_only),
            with_user: self.may_see_user_variables(routed),
            opens_transaction: !session.is_autocommit,
            is_alone: session.is_autocommit
                && !session.transaction.is_open()
                && self.opens_transaction(),
        }
    }
}
