//! The prepared statements of one session, by the ids that its client knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::execute::Place;
use crate::protocol::ParamType;

use super::budget::Lease;
use super::long_data::LongData;
use super::prepared_text::PreparedText;

/// `MariaDB`'s clients call the statement prepared last so, to execute it before its id is known to them.
const LAST: u32 = u32::MAX;
/// What one statement of a session costs beside its text.
pub(super) const COST: usize = 256;

/// A cursor open on a server.
#[derive(Clone, Debug)]
pub(super) struct OpenCursor {
    pub(super) place: Place,
    /// The server's id of the connection: after one is lost, another may know a statement of the same id.
    pub(super) thread_id: u64,
    /// The server's id of the statement that it belongs to.
    pub(super) statement_id: u32,
}

/// One prepared statement of a session.
#[derive(Debug)]
pub(super) struct SessionStatement {
    pub(super) text: Arc<PreparedText>,
    /// Types of the last EXECUTE: clients need not repeat them.
    pub(super) types: Vec<ParamType>,
    pub(super) long_data: Option<Box<LongData>>,
    pub(super) cursor: Option<Box<OpenCursor>>,
    _lease: Lease,
}

/// Commands of the session, as SHOW STATUS tells them: a server counts those of its connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct StatementCounts {
    pub(super) prepared: u64,
    pub(super) executed: u64,
    pub(super) closed: u64,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct SessionStatements {
    /// Ids are ours, and few: an ordered map needs no keyed hash.
    by_id: BTreeMap<u32, SessionStatement>,
    latest: u32,
    /// `None` after a PREPARE that failed.
    last: Option<u32>,
    counts: StatementCounts,
}

impl SessionStatements {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn counts(&self) -> StatementCounts {
        self.counts
    }

    pub(super) fn count_execution(&mut self) {
        self.counts.executed += 1;
    }

    /// Takes a statement in and gives it an id: 1 and up.
    pub(super) fn add(&mut self, text: Arc<PreparedText>, lease: Lease) -> u32 {
        loop {
            self.latest = self.latest.wrapping_add(1);
            let is_free =
                !matches!(self.latest, 0 | LAST) && !self.by_id.contains_key(&self.latest);
            if is_free {
                break;
            }
        }
        let statement = SessionStatement {
            text,
            types: Vec::new(),
            long_data: None,
            cursor: None,
            _lease: lease,
        };
        self.by_id.insert(self.latest, statement);
        self.counts.prepared += 1;
        self.last = Some(self.latest);
        self.latest
    }

    /// A server has opened a cursor for a statement.
    pub(super) fn open_cursor(&mut self, id: u32, cursor: OpenCursor) {
        if let Some(statement) = self.by_id.get_mut(&id) {
            statement.cursor = Some(Box::new(cursor));
        }
    }

    /// A PREPARE failed: the statement prepared last is none.
    pub(super) fn forget_last(&mut self) {
        self.counts.prepared += 1;
        self.last = None;
    }

    /// The id that a client's id stands for.
    pub(super) fn id(&self, id: u32) -> Option<u32> {
        if id == LAST { self.last } else { Some(id) }
    }

    pub(super) fn get_mut(&mut self, id: u32) -> Option<&mut SessionStatement> {
        let id = self.id(id)?;
        self.by_id.get_mut(&id)
    }

    pub(super) fn remove(&mut self, id: u32) -> Option<SessionStatement> {
        let id = self.id(id)?;
        if self.last == Some(id) {
            self.last = None;
        }
        let removed = self.by_id.remove(&id)?;
        self.counts.closed += 1;
        Some(removed)
    }

    /// Forgets all of them; ids go on.
    pub(super) fn clear(&mut self) {
        self.counts = StatementCounts::default();
        self.by_id = BTreeMap::new();
        self.last = None;
    }
}
