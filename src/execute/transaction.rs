//! What a session holds from statement to statement: its transaction and its pinned connections.

use std::sync::Arc;

use crate::backend::{Guard, Pool};
use crate::model::SourceId;
use crate::protocol::StatusFlags;

use super::pins::Pins;

/// A data source of a logical database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Logical database.
    pub database: Arc<str>,
    /// Its data source.
    pub source: SourceId,
}

/// One connection kept for a session.
#[derive(Debug)]
pub struct Held {
    /// Where it leads.
    pub place: Place,
    /// The pool that the connection is of.
    pub pool: Arc<Pool>,
    /// The connection; dropped = closed.
    pub guard: Guard,
    /// A transaction is open on it, by the server's last word.
    pub is_in_transaction: bool,
    /// The transaction open on it may have written or locked.
    pub has_written: bool,
    /// Why it stays beside the transaction.
    pub pins: Pins,
    /// Server ids of statements whose cursors are open on it.
    pub cursors: Vec<u32>,
    /// Names of locks that GET_LOCK may have taken on it, as SQL literals.
    pub user_locks: Vec<String>,
    /// Temporary tables on it, each behind its schema and a point.
    pub temporary_tables: Vec<String>,
    /// HANDLERs open on it, by lower-case alias.
    pub handlers: Vec<String>,
    /// It has been taken out of its transaction to run a statement.
    is_lent: bool,
}

impl Held {
    /// A connection just acquired.
    #[must_use]
    pub fn new(place: &Place, pool: &Arc<Pool>, guard: Guard) -> Self {
        Self {
            place: place.clone(),
            pool: Arc::clone(pool),
            guard,
            is_in_transaction: false,
            has_written: false,
            pins: Pins::default(),
            cursors: Vec::new(),
            user_locks: Vec::new(),
            temporary_tables: Vec::new(),
            handlers: Vec::new(),
            is_lent: false,
        }
    }

    /// Nothing keeps it any more.
    #[must_use]
    pub fn is_free(&self) -> bool {
        !self.is_in_transaction && !self.is_pinned()
    }

    /// Something keeps it beside a transaction.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        !self.pins.is_empty() || !self.cursors.is_empty()
    }
}

/// How an explicit transaction was begun; it opens on a data source when that is first touched (contract 7.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// `START TRANSACTION READ ONLY` / `READ WRITE`
    pub is_read_only: Option<bool>,
    /// `WITH CONSISTENT SNAPSHOT`
    pub is_snapshot: bool,
    /// `SET TRANSACTION ...` that went before it, as one statement.
    pub characteristics: Option<String>,
}

impl Begun {
    /// Whether it is read only; `by_session` is the session's own default.
    #[must_use]
    pub fn is_read_only_by(&self, by_session: bool) -> bool {
        let said = self.characteristics.as_deref();
        match self.is_read_only {
            Some(is_read_only) => is_read_only,
            None if said.is_some_and(|text| text.contains("READ ONLY")) => true,
            None if said.is_some_and(|text| text.contains("READ WRITE")) => false,
            None => by_session,
        }
    }

    /// The statement that opens it on a server.
    #[must_use]
    pub fn statement(&self) -> String {
        let mut items = Vec::new();
        if self.is_snapshot {
            items.push("WITH CONSISTENT SNAPSHOT");
        }
        match self.is_read_only {
            Some(true) => items.push("READ ONLY"),
            Some(false) => items.push("READ WRITE"),
            None => {}
        }
        let mut text = "START TRANSACTION".to_owned();
        if !items.is_empty() {
            text.push(' ');
            text.push_str(&items.join(", "));
        }
        text
    }
}

/// A session's transaction and pins.
#[derive(Debug, Default)]
pub struct Transaction {
    held: Vec<Held>,
    begun: Option<Begun>,
    writer: Option<Place>,
    savepoints: Vec<String>,
    /// Connections of the open transaction that run a statement now.
    lent: usize,
    /// Transactions that are over.
    ends: u64,
    has_lost_pins: bool,
}

/// What a statement did to the transaction that was open on its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Nothing: it is open as before, or there was none.
    Same,
    /// The server has ended it by itself: a procedure's COMMIT, a statement that commits, a deadlock.
    Ended,
}

impl Transaction {
    /// An explicit transaction was begun, or a server says that one is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.begun.is_some() || self.held.iter().any(|held| held.is_in_transaction)
    }

    /// BEGIN was said.
    #[must_use]
    pub fn begun(&self) -> Option<&Begun> {
        self.begun.as_ref()
    }

    /// Nothing is held and nothing begun.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.begun.is_none() && self.held.is_empty()
    }

    /// Data source that the transaction writes to.
    #[must_use]
    pub fn writer(&self) -> Option<&Place> {
        self.writer.as_ref()
    }

    /// What is held at `place` is of this pool.
    #[must_use]
    pub fn pool_of(&self, place: &Place) -> Option<&Arc<Pool>> {
        self.at(place).map(|held| &held.pool)
    }

    /// What is held at `place` stays whether a transaction is open on it or not.
    #[must_use]
    pub fn is_pinned(&self, place: &Place) -> bool {
        self.held
            .iter()
            .any(|held| held.place == *place && held.is_pinned())
    }

    /// A transaction is open on a connection of `pool`, which is not the primary's.
    #[must_use]
    pub fn reads_on(&self, pool: &Arc<Pool>, primary: &Arc<Pool>) -> bool {
        !Arc::ptr_eq(pool, primary)
            && self
                .held
                .iter()
                .any(|held| held.is_in_transaction && Arc::ptr_eq(&held.pool, pool))
    }

    /// Where the open transaction has written, and over which pool.
    pub fn written(&self) -> impl Iterator<Item = (&Place, &Arc<Pool>)> {
        self.held
            .iter()
            .filter(|held| held.is_in_transaction && held.has_written)
            .map(|held| (&held.place, &held.pool))
    }

    /// A transaction is begun that is not READ ONLY, so that its first statement decides where it writes.
    #[must_use]
    pub fn may_write(&self, is_read_only: bool) -> bool {
        self.begun
            .as_ref()
            .is_some_and(|begun| !begun.is_read_only_by(is_read_only))
    }

    /// Savepoints in order, for connections that join later.
    #[must_use]
    pub fn savepoints(&self) -> &[String] {
        &self.savepoints
    }

    /// Remembers BEGIN. The caller has ended what was open.
    pub fn begin(&mut self, begun: Begun) {
        self.begun = Some(begun);
        self.writer = None;
        self.savepoints.clear();
    }

    /// Remembers the data source of the first write.
    pub fn write_to(&mut self, place: &Place) {
        if self.writer.is_none() {
            self.writer = Some(place.clone());
        }
    }

    /// As [`Transaction::write_to`], if a transaction is begun or `status` says that one is open.
    pub fn write_to_if_open(&mut self, place: &Place, status: StatusFlags) {
        if self.begun.is_some() || status.contains(StatusFlags::IN_TRANS) {
            self.write_to(place);
        }
    }

    /// Remembers a savepoint; one of the same name is replaced, as on the server.
    pub fn savepoint(&mut self, name: &str) {
        self.savepoints
            .retain(|known| !known.eq_ignore_ascii_case(name));
        self.savepoints.push(name.to_owned());
    }

    /// `ROLLBACK TO`: later savepoints are gone. False if there is none of this name.
    pub fn rollback_to(&mut self, name: &str) -> bool {
        let Some(index) = self
            .savepoints
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name))
        else {
            return false;
        };
        self.savepoints.truncate(index + 1);
        true
    }

    /// `RELEASE SAVEPOINT`: it and later ones are gone. False if there is none of this name.
    pub fn release_savepoint(&mut self, name: &str) -> bool {
        let Some(index) = self
            .savepoints
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name))
        else {
            return false;
        };
        self.savepoints.truncate(index);
        true
    }

    /// Takes the connection held for `place` out, to run a statement on it.
    pub fn take(&mut self, place: &Place) -> Option<Held> {
        let index = self.held.iter().position(|held| held.place == *place)?;
        let held = self.held.swap_remove(index);
        Some(self.lend(held))
    }

    /// A connection is held for `place`.
    #[must_use]
    pub fn holds(&self, place: &Place) -> bool {
        self.at(place).is_some()
    }

    /// What is held at `place`.
    #[must_use]
    pub fn at(&self, place: &Place) -> Option<&Held> {
        self.held.iter().find(|held| held.place == *place)
    }

    /// Takes everything out.
    pub fn take_all(&mut self) -> Vec<Held> {
        std::mem::take(&mut self.held)
            .into_iter()
            .map(|held| self.lend(held))
            .collect()
    }

    /// A connection of the open transaction was taken out and never came back: the server has rolled its part
    /// back, so the whole must be given up.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.lent > 0
    }

    /// How many transactions of the session are over: by it is told that one ended while its connections were out.
    #[must_use]
    pub fn ends(&self) -> u64 {
        self.ends
    }

    fn lend(&mut self, mut held: Held) -> Held {
        held.is_lent = held.is_in_transaction;
        self.lent += usize::from(held.is_lent);
        held
    }

    fn returned(&mut self, mut held: Held) -> Held {
        self.lent = self.lent.saturating_sub(usize::from(held.is_lent));
        held.is_lent = false;
        held
    }

    /// Puts a connection back after a statement: kept while there is a reason, else checked in.
    pub fn settle(&mut self, held: Held) -> Settled {
        let mut held = self.returned(held);
        if held.guard.is_for_file() {
            // released is closed: it serves one statement, whatever that has left on it (contract 2.6)
            held.guard.release();
            return Settled::Same;
        }
        // servers forget to tell of a transaction that has only savepoints
        let is_kept = held.is_in_transaction && self.begun.is_none() && !self.savepoints.is_empty();
        let was_in_transaction = held.is_in_transaction;
        held.is_in_transaction = is_kept || held.guard.status().contains(StatusFlags::IN_TRANS);
        held.has_written &= held.is_in_transaction;
        let has_ended = was_in_transaction && !held.is_in_transaction;
        if held.is_free() && self.begun.is_none() {
            held.guard.release();
        } else {
            self.held.push(held);
        }
        if has_ended {
            Settled::Ended
        } else {
            Settled::Same
        }
    }

    /// Puts a connection back as it was, whatever its status says.
    pub fn put_back(&mut self, held: Held) {
        let held = self.returned(held);
        self.held.push(held);
    }

    /// Puts a connection back whose transaction has just ended: kept only for its pins.
    pub fn settle_after_end(&mut self, held: Held) {
        let mut held = self.returned(held);
        held.is_in_transaction = false;
        held.has_written = false;
        if held.is_free() {
            held.guard.release();
        } else {
            self.held.push(held);
        }
    }

    /// Closes a connection that broke, or whose state is not known any more. What was pinned on it is lost.
    pub fn lose(&mut self, held: Held) {
        self.has_lost_pins |= !held.pins.is_empty();
        held.guard.close();
    }

    /// Locks, temporary tables or the like were lost with a connection: the session cannot go on as if it had them.
    #[must_use]
    pub fn has_lost_pins(&self) -> bool {
        self.has_lost_pins
    }

    /// Ends the transaction by ROLLBACK; a connection that does not answer is closed, which rolls back too. True if
    /// every server has said that nothing of it stays: tables without transactions do not roll back (1196).
    ///
    /// # Cancel safety
    /// A dropped future closes the connections not yet asked.
    pub async fn roll_back(&mut self) -> bool {
        let mut is_undone = true;
        for mut held in self.take_all() {
            if !held.is_in_transaction {
                self.settle_after_end(held);
                continue;
            }
            match held.guard.query("ROLLBACK").await {
                Ok(answer) => {
                    is_undone &= answer.ok.warnings == 0;
                    self.settle_after_end(held);
                }
                Err(_) => {
                    is_undone = false;
                    self.lose(held);
                }
            }
        }
        self.end();
        is_undone
    }

    /// The transaction is over (committed, rolled back or lost): pins stay.
    pub fn end(&mut self) {
        self.ends += 1;
        self.begun = None;
        self.writer = None;
        self.lent = 0;
        self.savepoints.clear();
        for held in std::mem::take(&mut self.held) {
            if held.is_free() {
                held.guard.release();
            } else {
                self.held.push(held);
            }
        }
    }

    /// Everything held is closed: the session ends, or is reset.
    pub fn abandon(&mut self) {
        self.has_lost_pins |= self.held.iter().any(|held| !held.pins.is_empty());
        self.held.clear();
        self.lent = 0;
        self.begun = None;
        self.writer = None;
        self.savepoints.clear();
    }

    /// The data source of a pin that has one of `reasons`.
    #[must_use]
    pub fn pinned_place(&self, reasons: Pins) -> Option<&Place> {
        self.held
            .iter()
            .find(|held| held.pins.contains(reasons))
            .map(|held| &held.place)
    }

    /// A name may be a temporary table of this session's, so that what a server says of it is not for others.
    #[must_use]
    pub fn has_own_tables(&self) -> bool {
        let reasons = [Pins::TEMPORARY_TABLE, Pins::UNKNOWN_STATE];
        reasons
            .into_iter()
            .any(|reason| self.pinned_place(reason).is_some())
    }

    /// Some data source that is held already, for statements that may run anywhere.
    #[must_use]
    pub fn any_place(&self) -> Option<&Place> {
        self.held.first().map(|held| &held.place)
    }
}
