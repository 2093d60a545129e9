//! Places values by a databases' and a tables' strategy.

use super::combination::{bounded_points, each_combination, hit, print, set_indices, shorten};
use super::few::Few;
use super::level::{Level, Reach};
use super::{Hints, PlaceError, Placement, Strategy, TwoLevel, ValueSet};
use crate::model::ShardingValue;

impl TwoLevel {
    /// Whether both levels read values of the row.
    pub(super) fn needs_values(&self) -> bool {
        let reads = |strategy: &Strategy| matches!(strategy, Strategy::Columns { .. });
        reads(&self.database.strategy) && reads(&self.table.strategy)
    }

    /// The node of one value per column of the table.
    pub(super) fn node(&self, values: &[&ShardingValue]) -> Result<usize, PlaceError> {
        let pair = (
            of_level(&self.database, values)?,
            of_level(&self.table, values)?,
        );
        self.node_at(pair).ok_or_else(|| PlaceError::NoNode {
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

    pub(super) fn place(
        &self,
        values: &[Option<ValueSet>],
        hints: &Hints,
    ) -> Result<Placement, PlaceError> {
        if self.needs_values()
            && let Some(few) = Few::points(values)
        {
            return Ok(Placement {
                nodes: vec![self.node(few.as_slice())?],
                is_database_known: true,
                is_table_known: true,
            });
        }
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
        let (database, table) = (
            self.database.reach(values, &hints.database)?,
            self.table.reach(values, &hints.table)?,
        );
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
            let mut nodes: Vec<usize> = pairs.filter_map(|pair| self.node_at(pair)).collect();
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

/// The target of a level, which reads some of the table's columns.
fn of_level(level: &Level, values: &[&ShardingValue]) -> Result<usize, PlaceError> {
    if let Some(few) = Few::at(&level.columns, values) {
        return level.target(few.as_slice());
    }
    let columns = level.columns.iter();
    let own: Vec<&ShardingValue> = columns
        .filter_map(|index| values.get(*index).copied())
        .collect();
    level.target(&own)
}

fn mark(marks: &mut [bool], indices: &[usize]) {
    for index in indices {
        if let Some(mark) = marks.get_mut(*index) {
            *mark = true;
        }
    }
}
