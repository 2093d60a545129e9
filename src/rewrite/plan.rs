//! What the pure half hands to the waiting half.

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::{ShardingValue, ShortList, SourceId};
use crate::rule::Database;

use crate::sql::Lexed;

use super::edit::{Edit, apply};
use super::shape_edits::ShapeEdits;

/// By so much edits usually make a text longer.
const EDIT_ROOM: usize = 64;

/// Where a parameter of a unit's text has its value from. What differs from execution to execution is a parameter, so
/// that the text stays the same and its server need not prepare it anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamSource {
    /// The client's parameter of this index.
    Client(usize),
    /// A value that the proxy has made: a generated key.
    Made {
        /// The value.
        value: ShardingValue,
        /// The client's parameter that it stands in place of.
        instead_of: Option<usize>,
    },
}

/// A table reference that is a derived table at the server, which then says of its columns that they are of no table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedTable {
    /// The name that its columns are qualified with.
    pub exposed: String,
    /// The logical table.
    pub table: String,
    /// The logical database.
    pub schema: String,
    /// Its columns of type TINYINT(1), which UNION makes wider ones of.
    pub booleans: Vec<String>,
}

/// How the client's text becomes that of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edits {
    /// By these, ascending.
    Own(Vec<Edit>),
    /// By those of its shape, with the name of the actual table and the generated keys.
    OfShape(Arc<ShapeEdits>, Arc<str>, Box<[ShardingValue]>),
}

impl Edits {
    /// Appends `text`, edited, to `out`; `lexed` are its tokens.
    pub fn apply(&self, text: &[u8], lexed: &Lexed, out: &mut Vec<u8>) {
        match self {
            Self::Own(edits) => apply(text, edits, out),
            Self::OfShape(edits, actual, keys) => edits.apply(text, lexed, (actual, keys), out),
        }
    }

    /// What they are made of, if the same of it always makes the same text of a client's one: a number that no other
    /// edits of the process have, or had, 0 for none at all; and the name of the actual table that they put in.
    #[must_use]
    pub fn made_of(&self) -> Option<(u64, Option<&Arc<str>>)> {
        match self {
            Self::Own(edits) => edits.is_empty().then_some((0, None)),
            Self::OfShape(edits, actual, keys) => {
                keys.is_empty().then(|| (edits.number(), Some(actual)))
            }
        }
    }

    /// The edits one by one, ascending.
    #[must_use]
    pub fn each(&self, lexed: &Lexed) -> Cow<'_, [Edit]> {
        match self {
            Self::Own(edits) => Cow::Borrowed(edits),
            Self::OfShape(edits, actual, keys) => Cow::Owned(edits.each(lexed, actual, keys)),
        }
    }
}

/// One statement for one data source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionUnit {
    /// The data source.
    pub source: SourceId,
    /// What becomes of the client's text.
    pub edits: Edits,
    /// Actual table name -> logical table name, for editing names in answers; empty if none changed.
    pub names: ShortList<(Arc<str>, Arc<str>)>,
    /// References that are derived tables in its text, for the columns that come of them.
    pub derived: Vec<DerivedTable>,
    /// The parameters of its text, where they are not the client's one by one.
    pub params: Option<Vec<ParamSource>>,
    /// Indices of the INSERT's rows that it has, ascending; empty: all.
    pub rows: Vec<u32>,
}

impl ExecutionUnit {
    /// A text that goes to this data source as it is.
    #[must_use]
    pub fn verbatim(source: SourceId) -> Self {
        Self {
            source,
            edits: Edits::Own(Vec::new()),
            names: ShortList::new(),
            derived: Vec::new(),
            params: None,
            rows: Vec::new(),
        }
    }

    /// The SQL that the data source gets for the client's `text`, whose tokens are `lexed`.
    #[must_use]
    pub fn sql(&self, text: &[u8], lexed: &Lexed) -> Vec<u8> {
        let mut sql = Vec::with_capacity(text.len() + EDIT_ROOM);
        self.edits.apply(text, lexed, &mut sql);
        sql
    }
}

/// Everything that runs for one statement. Several units of one data source follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The units.
    pub units: ShortList<ExecutionUnit>,
}

impl Plan {
    /// Name of the data source and actual SQL of each unit, as `PREVIEW` shows them.
    pub fn actual<'p>(
        &'p self,
        text: &'p [u8],
        lexed: &'p Lexed,
        database: &'p Database,
    ) -> impl Iterator<Item = (&'p str, String)> {
        self.units.iter().map(move |unit| {
            let name = database
                .groups
                .get(unit.source.index())
                .map_or("?", |group| group.name.as_str());
            (
                name,
                String::from_utf8_lossy(&unit.sql(text, lexed)).into_owned(),
            )
        })
    }
}
