//! What rules about definitions of tables are given, and what they answer.

use crate::rule::{Database, ShardedTable};

use super::definition::Target;

/// A definition, and the rule of its table.
#[derive(Clone, Copy, Debug)]
pub struct TableScene<'a> {
    /// The logical database.
    pub database: &'a Database,
    /// The table's rule, if it is sharded.
    pub sharded: Option<&'a ShardedTable>,
    /// What the statement changes.
    pub target: &'a Target,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// What, where, what to do.
    pub message: String,
    /// First and last token.
    pub tokens: (usize, usize),
}
