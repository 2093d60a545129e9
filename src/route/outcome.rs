//! What routing answers.

use std::sync::Arc;

use crate::model::{ShortList, SourceId};

/// One data source with the actual table of each sharded table reference there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteUnit {
    /// The data source.
    pub source: SourceId,
    /// Index into `Statement::tables` -> actual table name; several of one index where it is read from several.
    pub tables: ShortList<(u16, Arc<str>)>,
    /// Indices of the INSERT's rows that belong here, ascending; empty: all of them.
    pub rows: Vec<u32>,
}

impl RouteUnit {
    /// Whether reference `index` has more than one actual table here: they are read as one derived table.
    #[must_use]
    pub fn has_several(&self, index: usize) -> bool {
        let is_it = |(reference, _): &&(u16, Arc<str>)| usize::from(*reference) == index;
        self.tables.len() > 1 && self.tables.iter().filter(is_it).count() > 1
    }
}

/// Where a statement goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// These units, ascending by data source; several units of one data source follow each other.
    Units(ShortList<RouteUnit>),
    /// One data source; the text keeps its table names (single tables, statements of the default source).
    Source(SourceId),
    /// Any data source will do (no table, or broadcast reads only): the pinned one, the transaction's, else any healthy one.
    Any,
    /// Every data source in the list (broadcast writes).
    Every(Vec<SourceId>),
    /// The data source that the open transaction writes to (INSERT into a local table); 29015 if there is none.
    TransactionWriter,
}

/// The outcome of routing one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where it goes.
    pub target: Target,
    /// It writes or locks: primary only, counts as the transaction's writer.
    pub is_write: bool,
    /// It must run on the primary although it only reads (contract 8.1).
    pub needs_primary: bool,
    /// A hint allows a replica however far it is behind.
    pub takes_stale: bool,
    /// Names a sharded table and hits every node for want of values (metrics: full-route ratio).
    pub is_full: bool,
    /// A `data_source` hint sends the text as it is: nothing is rewritten (contract 4.8).
    pub is_verbatim: bool,
    /// One line per conclusion, for `explain`: which table, which values, which node. Filled only on request.
    pub reasons: Vec<String>,
}

impl Route {
    /// A route to `target` that neither writes nor needs the primary.
    #[must_use]
    pub fn to(target: Target) -> Self {
        Self {
            target,
            is_write: false,
            needs_primary: false,
            takes_stale: false,
            is_full: false,
            is_verbatim: false,
            reasons: Vec::new(),
        }
    }

    /// The same route, as a write.
    #[must_use]
    pub fn writing(mut self) -> Self {
        self.is_write = true;
        self.needs_primary = true;
        self
    }

    /// The same route with `line` as a reason.
    #[must_use]
    pub fn because(mut self, line: impl Into<String>) -> Self {
        self.reasons.push(line.into());
        self
    }
}
