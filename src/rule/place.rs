//! From values to nodes; a value is never dropped in silence.

use std::borrow::Cow;

use super::few::Few;
use super::{Layout, Normalize, ShardedTable, ValueSet};
use crate::model::ShardingValue;

/// Where values lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Indices into [`ShardedTable::nodes`], ascending, no duplicates, at least one.
    pub nodes: Vec<usize>,
    /// The databases' strategy (or the slot) had the values it needs; without such a strategy the
    /// same as `is_table_known`.
    pub is_database_known: bool,
    /// The tables' strategy had the values it needs; without one the same as `is_database_known`.
    pub is_table_known: bool,
}

/// Values that a statement's hints give to `hint` strategies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// `SHARDING_DATABASE_VALUE`; empty = none.
    pub database: Vec<ShardingValue>,
    /// `SHARDING_TABLE_VALUE`; empty = none.
    pub table: Vec<ShardingValue>,
}

/// Why values lead nowhere. Messages may show values: they go to the client, not to logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The algorithm answers a target that is not declared.
    #[error(
        "{columns} = {values} leads to {target}, which is not among the declared data nodes: declare it or change the algorithm"
    )]
    NoTarget {
        /// The sharding columns.
        columns: String,
        /// Their values.
        values: String,
        /// What the algorithm answered.
        target: String,
    },
    /// Both levels have a target, but no data node is that pair.
    #[error(
        "{values} leads to {target}, which is not among the declared data nodes: declare it or change the algorithm"
    )]
    NoNode {
        /// The values.
        values: String,
        /// Data source and table.
        target: String,
    },
    /// The algorithm cannot use the value.
    #[error("{algorithm} cannot use {columns} = {values}: {reason}")]
    Value {
        /// The sharding columns.
        columns: String,
        /// The algorithm's type.
        algorithm: &'static str,
        /// The values.
        values: String,
        /// Why not.
        reason: String,
    },
    /// A row without a place of its own.
    #[error(
        "a row leads to {nodes} data nodes: give both the databases and the tables a strategy on columns of the row"
    )]
    SeveralNodes {
        /// How many.
        nodes: usize,
    },
    /// More or fewer values than sharding columns.
    #[error("{given} values for {expected} sharding columns")]
    ColumnCount {
        /// How many columns there are.
        expected: usize,
        /// How many values came.
        given: usize,
    },
    /// A layout that no constructor makes.
    #[error("the layout and its strategy do not fit each other")]
    Internal,
}

impl ShardedTable {
    /// The nodes that a statement's values lead to; one set per entry of `columns`, `None` = no
    /// value known. A set that nothing satisfies leads to the first node, which answers for all.
    ///
    /// # Errors
    /// A value that the algorithm cannot use, or that leads to no declared node.
    pub fn place(&self, values: &[Option<ValueSet>]) -> Result<Placement, PlaceError> {
        self.place_with_hints(values, &Hints::default())
    }

    /// As [`ShardedTable::place`], with values for `hint` strategies; other strategies ignore them.
    ///
    /// # Errors
    /// As [`ShardedTable::place`].
    pub fn place_with_hints(
        &self,
        values: &[Option<ValueSet>],
        hints: &Hints,
    ) -> Result<Placement, PlaceError> {
        if values.len() != self.columns.len() {
            return Err(PlaceError::ColumnCount {
                expected: self.columns.len(),
                given: values.len(),
            });
        }
        let values = self.normalized(values);
        if values.iter().flatten().any(ValueSet::is_empty) {
            return Ok(Placement {
                nodes: vec![0],
                is_database_known: true,
                is_table_known: true,
            });
        }
        if self.nodes.len() == 1 && values.iter().all(Option::is_none) {
            return Ok(Placement {
                nodes: vec![0],
                is_database_known: true,
                is_table_known: true,
            });
        }
        match &self.layout {
            Layout::Auto(auto) => auto.place(&values, self.nodes.len()),
            Layout::TwoLevel(two) => two.place(&values, hints),
        }
    }

    /// The one node of a row; one value per entry of `columns`.
    ///
    /// # Errors
    /// As [`ShardedTable::place`], and a row that has no single node.
    pub fn place_row(&self, values: &[ShardingValue]) -> Result<usize, PlaceError> {
        self.place_row_with_hints(values, &Hints::default())
    }

    /// As [`ShardedTable::place_row`], with values for `hint` strategies.
    ///
    /// # Errors
    /// As [`ShardedTable::place_row`].
    pub fn place_row_with_hints(
        &self,
        values: &[ShardingValue],
        hints: &Hints,
    ) -> Result<usize, PlaceError> {
        if values.len() != self.columns.len() {
            return Err(PlaceError::ColumnCount {
                expected: self.columns.len(),
                given: values.len(),
            });
        }
        if self.is_placed_by_values()
            && let Some(few) = Few::of(values)
        {
            return self.node_of(few.as_slice());
        }
        let folded = values
            .iter()
            .map(|value| self.normalized_row(value))
            .collect::<Result<Vec<_>, _>>()?;
        let folded: Vec<&ShardingValue> = folded.iter().map(AsRef::as_ref).collect();
        match &self.layout {
            Layout::TwoLevel(two) if !two.needs_values() => {
                let sets: Vec<_> = folded
                    .iter()
                    .map(|value| Some(ValueSet::Points(vec![(*value).clone()])))
                    .collect();
                match two.place(&sets, hints)?.nodes.as_slice() {
                    [node] => Ok(*node),
                    several => Err(PlaceError::SeveralNodes {
                        nodes: several.len(),
                    }),
                }
            }
            _ => self.node_of(&folded),
        }
    }

    /// Whether one value of each sharding column, as it stands, leads to one node: no folding, no hint, no level without
    /// a strategy.
    #[must_use]
    pub fn is_placed_by_values(&self) -> bool {
        let is_by_values = match &self.layout {
            Layout::Auto(_) => true,
            Layout::TwoLevel(two) => two.needs_values(),
        };
        is_by_values && matches!(self.normalize, None | Some(Normalize::Exact))
    }

    fn node_of(&self, values: &[&ShardingValue]) -> Result<usize, PlaceError> {
        match &self.layout {
            Layout::Auto(auto) => auto.node(values),
            Layout::TwoLevel(two) => two.node(values),
        }
    }

    fn normalized<'a>(&self, values: &'a [Option<ValueSet>]) -> Cow<'a, [Option<ValueSet>]> {
        match self.normalize {
            None | Some(Normalize::Exact) => Cow::Borrowed(values),
            Some(folding) => Cow::Owned(
                values
                    .iter()
                    .map(|set| fold_set(folding, set.as_ref()?))
                    .collect(),
            ),
        }
    }

    fn normalized_row<'a>(
        &self,
        value: &'a ShardingValue,
    ) -> Result<Cow<'a, ShardingValue>, PlaceError> {
        let (Some(folding), ShardingValue::Text(_)) = (self.normalize, value) else {
            return Ok(Cow::Borrowed(value));
        };
        fold_value(folding, value)
            .map(Cow::Owned)
            .ok_or_else(|| PlaceError::Value {
                columns: self.columns.join(", "),
                algorithm: "normalize",
                values: value.to_string(),
                reason: "this folding knows ASCII only".to_owned(),
            })
    }
}

fn fold_set(folding: Normalize, set: &ValueSet) -> Option<ValueSet> {
    match set {
        ValueSet::Points(points) => points
            .iter()
            .map(|point| fold_value(folding, point))
            .collect::<Option<Vec<_>>>()
            .map(ValueSet::Points),
        ValueSet::Range { .. } => {
            let (low, high) = set.integer_bounds();
            (low.is_some() || high.is_some()).then(|| set.clone())
        }
    }
}

fn fold_value(folding: Normalize, value: &ShardingValue) -> Option<ShardingValue> {
    match value {
        ShardingValue::Int(_) => Some(value.clone()),
        ShardingValue::Text(text) => folding
            .apply(text)
            .map(|text| ShardingValue::Text(text.into_owned())),
    }
}
