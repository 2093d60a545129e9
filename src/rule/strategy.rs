//! Which columns lead to a level's targets, and by which algorithm.

use std::sync::Arc;

use super::Algorithm;

/// A sharding strategy: `standard`, `complex`, `hint` or `none`.
#[derive(Clone, Debug, Default)]
pub enum Strategy {
    /// `none`: values say nothing about this level.
    #[default]
    None,
    /// `standard` (one column) and `complex` (several).
    Columns {
        /// In declared order; folded to lower case when the table is compiled.
        columns: Vec<String>,
        /// How values become a target.
        algorithm: Arc<Algorithm>,
    },
    /// `hint`: only a comment of the statement says which.
    Hint {
        /// How the hint's value becomes a target.
        algorithm: Arc<Algorithm>,
    },
}

impl Strategy {
    /// The columns, none for `none` and `hint`.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Columns { columns, .. } => columns,
            Self::None | Self::Hint { .. } => &[],
        }
    }

    /// The algorithm, none for `none`.
    #[must_use]
    pub fn algorithm(&self) -> Option<&Arc<Algorithm>> {
        match self {
            Self::Columns { algorithm, .. } | Self::Hint { algorithm } => Some(algorithm),
            Self::None => None,
        }
    }

    /// Whether both strategies send every value to the same target.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (
                Self::Columns {
                    columns: a,
                    algorithm: x,
                },
                Self::Columns {
                    columns: b,
                    algorithm: y,
                },
            ) => a == b && x == y,
            (Self::Hint { algorithm: x }, Self::Hint { algorithm: y }) => x == y,
            _ => false,
        }
    }
}
