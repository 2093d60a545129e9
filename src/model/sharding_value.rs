//! A value of a sharding column, as exact as the server would store it.

use std::fmt;

/// What a sharding algorithm may be given.
///
/// Anything that is neither an exact integer nor an exact string is "no value known"
/// and never becomes a `ShardingValue` (contract 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ShardingValue {
    /// An exact integer, for an integer column; wide enough for every `BIGINT [UNSIGNED]`
    /// and for literals somewhat beyond.
    Int(i128),
    /// An exact string (or date-time text for date columns), after escapes.
    Text(String),
}

impl fmt::Display for ShardingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Text(text) => write!(f, "'{text}'"),
        }
    }
}
