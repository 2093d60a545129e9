//! From values to nodes; a value is never dropped in silence.

use std::borrow::Cow;

use super::algorithm::Shard;
use super::level::Reach;
use super::{AutoPlacement, Layout, Normalize, ShardedTable, Strategy, TwoLevel, ValueSet};
use crate::model::ShardingValue;

/// Beyond so many combinations of values a statement counts as one without them.
const MAX_COMBINATIONS: usize = 100_000;

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
            Layout::TwoLevel(two) => two.place(&values),
        }
    }

    /// The one node of a row; one value per entry of `columns`.
    ///
    /// # Errors
    /// As [`ShardedTable::place`], and a row that has no single node.
    pub fn place_row(&self, values: &[ShardingValue]) -> Result<usize, PlaceError> {
        if values.len() != self.columns.len() {
            return Err(PlaceError::ColumnCount {
                expected: self.columns.len(),
                given: values.len(),
            });
        }
        let folded = values
            .iter()
            .map(|value| self.normalized_row(value))
            .collect::<Result<Vec<_>, _>>()?;
        let folded: Vec<&ShardingValue> = folded.iter().map(AsRef::as_ref).collect();
        match &self.layout {
            Layout::Auto(auto) => auto.node(&folded),
            Layout::TwoLevel(two) if two.needs_values() => two.node(&folded),
            Layout::TwoLevel(two) => {
                let sets: Vec<_> = folded
                    .iter()
                    .map(|value| Some(ValueSet::Points(vec![(*value).clone()])))
                    .collect();
                match two.place(&sets)?.nodes.as_slice() {
                    [node] => Ok(*node),
                    several => Err(PlaceError::SeveralNodes {
                        nodes: several.len(),
                    }),
                }
            }
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

impl AutoPlacement {
    fn node(&self, values: &[&ShardingValue]) -> Result<usize, PlaceError> {
        let Strategy::Columns { columns, algorithm } = &self.strategy else {
            return Err(PlaceError::Internal);
        };
        match algorithm.sharding().shard(columns, values) {
            Ok(Shard::Number(number)) => usize::try_from(number).map_err(|_| PlaceError::Internal),
            Ok(Shard::Name(_)) => Err(PlaceError::Internal),
            Err(reason) => Err(self.value_error(values, reason)),
        }
    }

    fn value_error(&self, values: &[&ShardingValue], reason: String) -> PlaceError {
        PlaceError::Value {
            columns: self.strategy.columns().join(", "),
            algorithm: self
                .strategy
                .algorithm()
                .map_or("", |algorithm| algorithm.type_name()),
            values: print(values),
            reason,
        }
    }

    fn place(&self, values: &[Option<ValueSet>], amount: usize) -> Result<Placement, PlaceError> {
        let sets: Option<Vec<&ValueSet>> = values.iter().map(Option::as_ref).collect();
        let points = sets.as_deref().and_then(bounded_points);
        if let Some(points) = points {
            let mut is_hit = vec![false; amount];
            each_combination(&points, |values| hit(&mut is_hit, self.node(values)?))?;
            return Ok(Placement {
                nodes: set_indices(&is_hit),
                is_database_known: true,
                is_table_known: true,
            });
        }
        if let Some(nodes) = self.slot_nodes(values, amount)? {
            return Ok(Placement {
                nodes,
                is_database_known: true,
                is_table_known: false,
            });
        }
        if let Some(nodes) = sets
            .as_deref()
            .and_then(|sets| self.range_nodes(sets, amount))
        {
            return Ok(Placement {
                nodes,
                is_database_known: true,
                is_table_known: true,
            });
        }
        Ok(Placement {
            nodes: (0..amount).collect(),
            is_database_known: false,
            is_table_known: false,
        })
    }

    /// All tables of the slots that the slot columns' values lead to.
    fn slot_nodes(
        &self,
        values: &[Option<ValueSet>],
        amount: usize,
    ) -> Result<Option<Vec<usize>>, PlaceError> {
        let Some(slots) = self
            .strategy
            .algorithm()
            .and_then(|algorithm| algorithm.sharding().slots())
        else {
            return Ok(None);
        };
        let sets: Option<Vec<&ValueSet>> = self
            .slot_columns
            .iter()
            .map(|index| values.get(*index).and_then(Option::as_ref))
            .collect();
        let Some(points) = sets.as_deref().and_then(bounded_points) else {
            return Ok(None);
        };
        let mut is_hit = vec![false; amount];
        each_combination(&points, |values| {
            let slot = slots
                .slot(values)
                .map_err(|reason| self.value_error(values, reason))?;
            for node in slot * slots.splits..(slot + 1) * slots.splits {
                hit(
                    &mut is_hit,
                    usize::try_from(node).map_err(|_| PlaceError::Internal)?,
                )?;
            }
            Ok(())
        })?;
        Ok(Some(set_indices(&is_hit)))
    }

    fn range_nodes(&self, sets: &[&ValueSet], amount: usize) -> Option<Vec<usize>> {
        let [range] = sets else { return None };
        let shards = self.strategy.algorithm()?.sharding().range(range)?;
        let mut is_hit = vec![false; amount];
        for shard in shards {
            let Shard::Number(number) = shard else {
                return None;
            };
            *is_hit.get_mut(usize::try_from(number).ok()?)? = true;
        }
        let nodes = set_indices(&is_hit);
        (nodes.len() < amount).then_some(nodes)
    }
}

impl TwoLevel {
    /// Whether both levels read values of the row.
    fn needs_values(&self) -> bool {
        let reads = |strategy: &Strategy| matches!(strategy, Strategy::Columns { .. });
        reads(&self.database.strategy) && reads(&self.table.strategy)
    }

    /// The node of one value per column of the table.
    fn node(&self, values: &[&ShardingValue]) -> Result<usize, PlaceError> {
        let of = |columns: &[usize]| -> Vec<&ShardingValue> {
            columns
                .iter()
                .filter_map(|index| values.get(*index).copied())
                .collect()
        };
        let pair = (
            self.database.target(&of(&self.database.columns))?,
            self.table.target(&of(&self.table.columns))?,
        );
        self.nodes
            .get(&pair)
            .copied()
            .ok_or_else(|| PlaceError::NoNode {
                values: print(values),
                target: self.name(pair),
            })
    }

    fn name(&self, (database, table): (usize, usize)) -> String {
        let part =
            |targets: &[String], index: usize| targets.get(index).cloned().unwrap_or_default();
        format!(
            "{}.{}",
            part(&self.database.targets, database),
            part(&self.table.targets, table)
        )
    }

    fn place(&self, values: &[Option<ValueSet>]) -> Result<Placement, PlaceError> {
        let sets: Option<Vec<&ValueSet>> = values.iter().map(Option::as_ref).collect();
        if let Some(points) = sets
            .as_deref()
            .and_then(bounded_points)
            .filter(|_| self.needs_values())
        {
            let mut is_hit = vec![false; self.pairs.len()];
            each_combination(&points, |values| hit(&mut is_hit, self.node(values)?))?;
            return Ok(Placement {
                nodes: set_indices(&is_hit),
                is_database_known: true,
                is_table_known: true,
            });
        }
        let (database, table) = (self.database.reach(values)?, self.table.reach(values)?);
        let nodes = self.existing(&database, &table);
        if nodes.is_empty() {
            let known: Vec<String> = values
                .iter()
                .flatten()
                .filter_map(ValueSet::points)
                .flatten()
                .map(ToString::to_string)
                .collect();
            let pair = (
                database.targets.first().copied().unwrap_or(0),
                table.targets.first().copied().unwrap_or(0),
            );
            return Err(PlaceError::NoNode {
                values: shorten(&known),
                target: self.name(pair),
            });
        }
        let either = database
            .is_known
            .or(table.is_known)
            .unwrap_or(self.pairs.len() == 1);
        Ok(Placement {
            nodes,
            is_database_known: database
                .is_known
                .unwrap_or_else(|| table.is_known.unwrap_or(either)),
            is_table_known: table.is_known.unwrap_or(either),
        })
    }

    /// The nodes of both levels' targets, as far as they are declared.
    fn existing(&self, database: &Reach, table: &Reach) -> Vec<usize> {
        if database.targets.len().saturating_mul(table.targets.len()) <= self.pairs.len() {
            let pairs = database
                .targets
                .iter()
                .flat_map(|d| table.targets.iter().map(move |t| (*d, *t)));
            let mut nodes: Vec<usize> = pairs
                .filter_map(|pair| self.nodes.get(&pair).copied())
                .collect();
            nodes.sort_unstable();
            return nodes;
        }
        let mut has_database = vec![false; self.database.targets.len()];
        let mut has_table = vec![false; self.table.targets.len()];
        mark(&mut has_database, &database.targets);
        mark(&mut has_table, &table.targets);
        let is_in = |marks: &[bool], index: usize| marks.get(index).copied().unwrap_or(false);
        let pairs = self.pairs.iter().enumerate();
        pairs
            .filter(|(_, (d, t))| is_in(&has_database, *d) && is_in(&has_table, *t))
            .map(|(node, _)| node)
            .collect()
    }
}

fn mark(marks: &mut [bool], indices: &[usize]) {
    for index in indices {
        if let Some(mark) = marks.get_mut(*index) {
            *mark = true;
        }
    }
}

fn hit(marks: &mut [bool], index: usize) -> Result<(), PlaceError> {
    *marks.get_mut(index).ok_or(PlaceError::Internal)? = true;
    Ok(())
}

pub(super) fn set_indices(marks: &[bool]) -> Vec<usize> {
    marks
        .iter()
        .enumerate()
        .filter(|(_, mark)| **mark)
        .map(|(index, _)| index)
        .collect()
}

/// All sets as points, if they are points and their combinations are few enough; not for no set.
pub(super) fn bounded_points<'a>(sets: &[&'a ValueSet]) -> Option<Vec<&'a [ShardingValue]>> {
    let points = sets
        .iter()
        .map(|set| set.points())
        .collect::<Option<Vec<_>>>()?;
    let combinations = points
        .iter()
        .try_fold(1_usize, |product, set| product.checked_mul(set.len()))?;
    (!points.is_empty() && combinations <= MAX_COMBINATIONS).then_some(points)
}

/// Calls `visit` with one value of each set, for every combination.
pub(super) fn each_combination<'a>(
    sets: &[&'a [ShardingValue]],
    mut visit: impl FnMut(&[&'a ShardingValue]) -> Result<(), PlaceError>,
) -> Result<(), PlaceError> {
    let Some(mut current) = sets
        .iter()
        .map(|set| set.first())
        .collect::<Option<Vec<_>>>()
    else {
        return Ok(());
    };
    let mut positions = vec![0_usize; sets.len()];
    loop {
        visit(&current)?;
        let mut is_done = true;
        for ((position, value), set) in positions.iter_mut().zip(&mut current).zip(sets) {
            *position += 1;
            if let Some(next) = set.get(*position) {
                *value = next;
                is_done = false;
                break;
            }
            *position = 0;
            if let Some(first) = set.first() {
                *value = first;
            }
        }
        if is_done {
            return Ok(());
        }
    }
}

/// Values for a message, a few of them and cut short.
pub(super) fn print(values: &[&ShardingValue]) -> String {
    shorten(&values.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn shorten(values: &[String]) -> String {
    let few: Vec<String> = values
        .iter()
        .take(4)
        .map(|value| value.chars().take(64).collect())
        .collect();
    few.join(", ") + if values.len() > 4 { ", ..." } else { "" }
}
