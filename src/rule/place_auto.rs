//! Places values of an `autoTables` table: table n is node n.

use super::algorithm::Shard;
use super::combination::{bounded_points, each_combination, hit, print, set_indices};
use super::few::Few;
use super::{AutoPlacement, PlaceError, Placement, Strategy, ValueSet};
use crate::model::ShardingValue;

impl AutoPlacement {
    pub(super) fn node(&self, values: &[&ShardingValue]) -> Result<usize, PlaceError> {
        let Strategy::Columns { columns, algorithm } = &self.strategy else {
            return Err(PlaceError::Internal);
        };
        match algorithm.sharding().shard(columns, values) {
            Ok(Shard::Number(number)) => usize::try_from(number).map_err(|_| PlaceError::Internal),
            Ok(Shard::Name(_) | Shard::Suffix(_) | Shard::Within(_)) => Err(PlaceError::Internal),
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

    pub(super) fn place(
        &self,
        values: &[Option<ValueSet>],
        amount: usize,
    ) -> Result<Placement, PlaceError> {
        if let Some(few) = Few::points(values) {
            let node = self.node(few.as_slice())?;
            if node >= amount {
                return Err(PlaceError::Internal);
            }
            return Ok(Placement {
                nodes: vec![node],
                is_database_known: true,
                is_table_known: true,
            });
        }
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
