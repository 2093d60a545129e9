//! A connection on loan.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::conn::Conn;
use super::cut::Cut;
use super::error::ConnError;
use super::query::QueryResult;
use super::slot::{Grant, Slot};

/// Exclusive use of a pooled connection.
///
/// Dropping it closes the socket: a future that was dropped half-way must never leave a
/// connection behind that owes an answer. [`Guard::release`] is the way back to the pool.
pub struct Guard {
    /// Present until released or dropped.
    conn: Option<Box<Conn>>,
    slot: Option<Slot>,
    /// How often the pool's statements had been cut off when it was taken.
    cuts: u64,
}

impl Guard {
    pub(super) fn new(slot: Slot, conn: Box<Conn>) -> Self {
        conn.bell().forget();
        Self {
            cuts: slot.pool().map_or(0, |pool| pool.cuts()),
            conn: Some(conn),
            slot: Some(slot),
        }
    }

    /// From when on a statement on it counts the cuts, for [`Cut`]: from now, but
    /// while its server is out from when the connection was taken, as nobody will answer on it.
    pub(super) fn cuts(&self) -> u64 {
        let Some(pool) = self.slot.as_ref().and_then(Slot::pool) else {
            return self.cuts;
        };
        // in this order: a cut between the two counts for the statement
        let now = pool.cuts();
        if pool.is_available() { now } else { self.cuts }
    }

    /// The server was found hanging since the connection was taken, and has not answered since: what is sent on it now
    /// is not heard of again.
    #[must_use]
    pub fn is_out(&self) -> bool {
        let pool = self.slot.as_ref().and_then(Slot::pool);
        pool.is_some_and(|pool| !pool.is_available() && pool.cuts() != self.cuts)
    }

    /// As [`Conn::query`]; a server that is found hanging is not waited for.
    ///
    /// # Errors
    /// As [`Conn::query`]; [`ConnError::Lost`] where the server hangs.
    ///
    /// # Cancel safety
    /// Not cancel safe: close the connection.
    pub async fn query(&mut self, sql: &str) -> Result<QueryResult, ConnError> {
        self.query_bytes(sql.as_bytes()).await
    }

    /// As [`Guard::query`], for text in any charset.
    ///
    /// # Errors
    /// As [`Guard::query`].
    ///
    /// # Cancel safety
    /// Not cancel safe: close the connection.
    pub async fn query_bytes(&mut self, sql: &[u8]) -> Result<QueryResult, ConnError> {
        let Some(pool) = self.slot.as_ref().and_then(Slot::pool) else {
            return Conn::query_bytes(self, sql).await;
        };
        let cut = Cut::of(pool, self);
        if self.is_out() {
            self.mark_dirty();
            return Err(cut.unsent());
        }
        tokio::select! {
            biased;
            result = Conn::query_bytes(self, sql) => return result,
            () = cut.comes() => {}
        }
        self.mark_dirty();
        Err(cut.lost())
    }

    /// Gives the connection back. It is pooled only if it is clean: no response owed, nothing
    /// pending in our buffers or on the socket, no transaction or cursor by the last status
    /// flags, not marked dirty, neither stale nor too old; else it is closed (contract 3.2).
    pub fn release(mut self) {
        let (Some(mut conn), Some(slot)) = (self.conn.take(), self.slot.take()) else {
            return;
        };
        let Some(pool) = slot.pool() else { return };
        conn.note_release();
        if conn.is_clean() && pool.wants_back(&conn) {
            conn.shrink();
            std::sync::Arc::clone(pool).offer(Grant::new(slot, Some(conn)));
        } else {
            pool.count_discarded();
            close(conn);
        }
    }

    /// Closes the connection now; the same as dropping, but said.
    pub fn close(self) {
        drop(self);
    }
}

/// A quiet connection is closed politely, any other at once.
fn close(mut conn: Box<Conn>) {
    if conn.is_quiet() {
        conn.quit();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let (Some(_), Some(pool)) = (&self.conn, self.slot.as_ref().and_then(Slot::pool)) {
            pool.count_discarded();
        }
        // the socket closes before the slot goes on
        self.conn = None;
    }
}

impl Deref for Guard {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.conn
            .as_ref()
            .expect("a guard holds its connection until it is released or dropped")
    }
}

impl DerefMut for Guard {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
            .as_mut()
            .expect("a guard holds its connection until it is released or dropped")
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guard").field(&self.conn).finish()
    }
}
