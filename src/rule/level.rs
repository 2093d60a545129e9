//! One level of a two-level layout: the databases, or the tables.

use std::collections::HashMap;

use super::algorithm::Shard;
use super::combination::{bounded_points, each_combination, hit, print, set_indices};
use super::suffix_rule::{numbered_targets, suffixed_targets};
use super::{Algorithm, AlgorithmFault, PlaceError, Strategy, ValueSet};
use crate::model::ShardingValue;

/// One level: its strategy, its targets, and which target each number or name means.
#[derive(Clone, Debug)]
pub struct Level {
    /// The strategy, columns folded to lower case.
    pub strategy: Strategy,
    /// Names of the data sources or of the actual tables, each once, in order of declaration.
    pub targets: Vec<String>,
    /// The strategy's columns as indices into [`super::ShardedTable::columns`].
    pub(super) columns: Vec<usize>,
    by_number: Vec<usize>,
    by_name: HashMap<String, usize>,
    by_suffix: HashMap<String, usize>,
}

/// The targets that values lead to; `is_known` is `None` where the strategy is `none`.
pub(super) struct Reach {
    pub(super) targets: Vec<usize>,
    pub(super) is_known: Option<bool>,
}

impl Level {
    /// Checks the strategy against its targets; adds its columns to `table_columns`.
    pub(super) fn compile(
        strategy: Strategy,
        targets: Vec<String>,
        table_columns: &mut Vec<String>,
    ) -> Result<Self, Vec<AlgorithmFault>> {
        let strategy = fold(strategy);
        check_strategy(&strategy)?;
        let columns = strategy
            .columns()
            .iter()
            .map(|name| index_of(name, table_columns))
            .collect();
        if let Some(algorithm) = strategy.algorithm() {
            algorithm
                .sharding()
                .check_targets(&targets)
                .map_err(|fault| vec![fault])?;
        }
        let by_number = numbered_targets(&strategy, &targets).map_err(|fault| vec![fault])?;
        let by_suffix = suffixed_targets(&strategy, &targets).map_err(|fault| vec![fault])?;
        let by_name = targets
            .iter()
            .enumerate()
            .map(|(index, name)| (name.clone(), index))
            .collect();
        Ok(Self {
            strategy,
            targets,
            columns,
            by_number,
            by_name,
            by_suffix,
        })
    }

    /// The target of one value per column of this level, or of one hint.
    pub(super) fn target(&self, values: &[&ShardingValue]) -> Result<usize, PlaceError> {
        let algorithm = self.strategy.algorithm().ok_or(PlaceError::Internal)?;
        let columns = self.strategy.columns();
        let names = || {
            if columns.is_empty() {
                "hint".to_owned()
            } else {
                columns.join(", ")
            }
        };
        let shard = algorithm
            .sharding()
            .shard(columns, values)
            .map_err(|reason| PlaceError::Value {
                columns: names(),
                algorithm: algorithm.type_name(),
                values: print(values),
                reason,
            })?;
        self.resolve(&shard).ok_or_else(|| PlaceError::NoTarget {
            columns: names(),
            values: print(values),
            target: self.target_name(&shard),
        })
    }

    /// The targets that a statement's values or hints lead to; all of them if it says too little.
    pub(super) fn reach(
        &self,
        values: &[Option<ValueSet>],
        hints: &[ShardingValue],
    ) -> Result<Reach, PlaceError> {
        match &self.strategy {
            Strategy::None => Ok(self.everything(None)),
            Strategy::Hint { .. } if hints.is_empty() => Ok(self.everything(Some(false))),
            Strategy::Hint { .. } => self.reach_points(&[hints]),
            Strategy::Columns { algorithm, .. } => self.reach_values(algorithm, values),
        }
    }

    fn reach_values(
        &self,
        algorithm: &Algorithm,
        values: &[Option<ValueSet>],
    ) -> Result<Reach, PlaceError> {
        let sets: Vec<Option<&ValueSet>> = self
            .columns
            .iter()
            .map(|index| values.get(*index).and_then(Option::as_ref))
            .collect();
        let all: Option<Vec<&ValueSet>> = sets.iter().copied().collect();
        if let Some(points) = all.as_deref().and_then(bounded_points) {
            return self.reach_points(&points);
        }
        let targets = algorithm
            .sharding()
            .reach(self.strategy.columns(), &sets)
            .and_then(|shards| self.resolve_all(&shards));
        Ok(match targets {
            Some(targets) if targets.len() < self.targets.len() => Reach {
                targets,
                is_known: Some(all.is_some()),
            },
            _ => self.everything(Some(false)),
        })
    }

    fn reach_points(&self, points: &[&[ShardingValue]]) -> Result<Reach, PlaceError> {
        let mut is_hit = vec![false; self.targets.len()];
        each_combination(points, |values| hit(&mut is_hit, self.target(values)?))?;
        Ok(Reach {
            targets: set_indices(&is_hit),
            is_known: Some(true),
        })
    }

    fn everything(&self, is_known: Option<bool>) -> Reach {
        Reach {
            targets: (0..self.targets.len()).collect(),
            is_known,
        }
    }

    /// `None` as soon as one shard has no target: a range must not lose a part in silence. A date's
    /// table that is not yet created holds no rows, and may be left out.
    fn resolve_all(&self, shards: &[Shard]) -> Option<Vec<usize>> {
        let mut targets = Vec::with_capacity(shards.len());
        for shard in shards {
            match (shard, self.resolve(shard)) {
                (Shard::Within(start), _) => targets.extend(self.within(start)),
                (_, Some(target)) => targets.push(target),
                (Shard::Suffix(_), None) => {}
                (Shard::Number(_) | Shard::Name(_), None) => return None,
            }
        }
        targets.sort_unstable();
        targets.dedup();
        (!targets.is_empty()).then_some(targets)
    }

    /// Targets whose suffix begins with `start`.
    fn within(&self, start: &str) -> impl Iterator<Item = usize> {
        let suffixes = self.by_suffix.iter();
        suffixes.filter_map(move |(suffix, target)| suffix.starts_with(start).then_some(*target))
    }

    fn resolve(&self, shard: &Shard) -> Option<usize> {
        match shard {
            Shard::Number(number) => self.by_number.get(usize::try_from(*number).ok()?).copied(),
            Shard::Name(name) => self.by_name.get(name).copied(),
            Shard::Suffix(suffix) => self.by_suffix.get(suffix).copied(),
            Shard::Within(_) => None,
        }
    }

    fn target_name(&self, shard: &Shard) -> String {
        match shard {
            Shard::Number(number) => format!("number {number}"),
            Shard::Name(name) => name.clone(),
            Shard::Suffix(suffix) | Shard::Within(suffix) => {
                format!("a name that ends with {suffix}")
            }
        }
    }

    /// Targets that a number leads to; all of them for other algorithms.
    pub(super) fn numbered(&self) -> Option<&[usize]> {
        (!self.by_number.is_empty()).then_some(&self.by_number)
    }
}

/// Folds the columns' names to lower case.
pub(super) fn fold(strategy: Strategy) -> Strategy {
    match strategy {
        Strategy::Columns { columns, algorithm } => Strategy::Columns {
            columns: columns.iter().map(|name| name.to_lowercase()).collect(),
            algorithm,
        },
        other => other,
    }
}

/// Whether the algorithm can work with the strategy's columns.
pub(super) fn check_strategy(strategy: &Strategy) -> Result<(), Vec<AlgorithmFault>> {
    let fault = |message: String, remedy: &str| {
        Err(vec![AlgorithmFault {
            key: String::new(),
            message,
            remedy: remedy.to_owned(),
        }])
    };
    let is_hint = matches!(strategy, Strategy::Hint { .. });
    if let Some(algorithm) = strategy
        .algorithm()
        .filter(|algorithm| algorithm.is_hint() != is_hint)
    {
        let message = format!(
            "{} and this kind of strategy do not fit",
            algorithm.type_name()
        );
        return fault(
            message,
            "HINT_INLINE belongs to hint, every other algorithm to standard or complex",
        );
    }
    let Strategy::Columns { columns, algorithm } = strategy else {
        return Ok(());
    };
    if columns.is_empty() {
        return fault(
            "the strategy names no sharding column".to_owned(),
            "write shardingColumn: sku_id",
        );
    }
    if (1..columns.len()).any(|index| {
        columns
            .get(..index)
            .is_some_and(|before| before.contains(&columns[index]))
    }) {
        return fault(
            "the strategy names a column twice".to_owned(),
            "name each column once",
        );
    }
    if columns.len() > 1 && !algorithm.is_multi_column() {
        let message = format!(
            "{} takes one column, the strategy has {}",
            algorithm.type_name(),
            columns.len()
        );
        return fault(
            message,
            "write HASH_MOD with hash: xxh3, CONSISTENT_HASH, COMPLEX_INLINE or COMPLEX_INTERVAL",
        );
    }
    algorithm
        .sharding()
        .check_columns(columns)
        .map_err(|fault| vec![fault])
}

/// The position of `name` in `columns`, where it is added if missing.
pub(super) fn index_of(name: &str, columns: &mut Vec<String>) -> usize {
    if let Some(index) = columns.iter().position(|column| column == name) {
        return index;
    }
    columns.push(name.to_owned());
    columns.len() - 1
}
