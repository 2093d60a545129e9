//! One level of a two-level layout: the databases, or the tables.

use std::collections::HashMap;

use super::algorithm::Shard;
use super::{AlgorithmFault, PlaceError, Strategy, ValueSet, place};
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
        let by_number = numbered_targets(&strategy, &targets).map_err(|fault| vec![fault])?;
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
        })
    }

    /// The target of one value per column of this level.
    pub(super) fn target(&self, values: &[&ShardingValue]) -> Result<usize, PlaceError> {
        let Strategy::Columns { columns, algorithm } = &self.strategy else {
            return Err(PlaceError::Internal);
        };
        let shard = algorithm
            .sharding()
            .shard(columns, values)
            .map_err(|reason| PlaceError::Value {
                columns: columns.join(", "),
                algorithm: algorithm.type_name(),
                values: place::print(values),
                reason,
            })?;
        self.resolve(&shard).ok_or_else(|| PlaceError::NoTarget {
            columns: columns.join(", "),
            values: place::print(values),
            target: self.target_name(&shard),
        })
    }

    /// The targets that a statement's values lead to; all of them if it says too little.
    pub(super) fn reach(&self, values: &[Option<ValueSet>]) -> Result<Reach, PlaceError> {
        let Strategy::Columns { algorithm, .. } = &self.strategy else {
            return Ok(
                self.everything(matches!(self.strategy, Strategy::Hint { .. }).then_some(false))
            );
        };
        let sets: Option<Vec<&ValueSet>> = self
            .columns
            .iter()
            .map(|index| values.get(*index).and_then(Option::as_ref))
            .collect();
        let Some(sets) = sets else {
            return Ok(self.everything(Some(false)));
        };
        if let Some(points) = place::bounded_points(&sets) {
            let mut is_hit = vec![false; self.targets.len()];
            place::each_combination(&points, |values| {
                if let Some(hit) = is_hit.get_mut(self.target(values)?) {
                    *hit = true;
                }
                Ok(())
            })?;
            return Ok(Reach {
                targets: place::set_indices(&is_hit),
                is_known: Some(true),
            });
        }
        let [range] = sets.as_slice() else {
            return Ok(self.everything(Some(false)));
        };
        Ok(
            match algorithm
                .sharding()
                .range(range)
                .and_then(|shards| self.resolve_all(&shards))
            {
                Some(targets) if targets.len() < self.targets.len() => Reach {
                    targets,
                    is_known: Some(true),
                },
                _ => self.everything(Some(false)),
            },
        )
    }

    fn everything(&self, is_known: Option<bool>) -> Reach {
        Reach {
            targets: (0..self.targets.len()).collect(),
            is_known,
        }
    }

    /// `None` as soon as one shard has no target: a range must not lose a part in silence.
    fn resolve_all(&self, shards: &[Shard]) -> Option<Vec<usize>> {
        let mut targets = shards
            .iter()
            .map(|shard| self.resolve(shard))
            .collect::<Option<Vec<usize>>>()?;
        targets.sort_unstable();
        targets.dedup();
        Some(targets)
    }

    fn resolve(&self, shard: &Shard) -> Option<usize> {
        match shard {
            Shard::Number(number) => self.by_number.get(usize::try_from(*number).ok()?).copied(),
            Shard::Name(name) => self.by_name.get(name).copied(),
        }
    }

    fn target_name(&self, shard: &Shard) -> String {
        match shard {
            Shard::Number(number) => format!("number {number}"),
            Shard::Name(name) => name.clone(),
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
    let Strategy::Columns { columns, algorithm } = strategy else {
        return Ok(());
    };
    let fault = |message: String, remedy: &str| {
        Err(vec![AlgorithmFault {
            key: String::new(),
            message,
            remedy: remedy.to_owned(),
        }])
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
        return fault(message, "write HASH_MOD with hash: xxh3, or COMPLEX_INLINE");
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

/// ShardingSphere's suffix rule: the first target's name without the digits at its end, and the
/// number padded with zeros to the shortest suffix. A number without target is a fault here, where
/// ShardingSphere drops its rows' conditions in silence.
fn numbered_targets(strategy: &Strategy, targets: &[String]) -> Result<Vec<usize>, AlgorithmFault> {
    let Some((algorithm, count)) = strategy
        .algorithm()
        .and_then(|algorithm| Some((algorithm, algorithm.auto_table_count()?)))
    else {
        return Ok(Vec::new());
    };
    let by_name: HashMap<&str, usize> = targets
        .iter()
        .enumerate()
        .map(|(index, name)| (name.as_str(), index))
        .collect();
    let prefix = targets.first().map_or("", |name| without_digits(name));
    let shortest = targets
        .iter()
        .map(|name| name.len() - without_digits(name).len())
        .min()
        .unwrap_or(0);
    let width = shortest.max(algorithm.sharding().padding());
    (0..count)
        .map(|number| {
            let name = format!("{prefix}{number:0width$}");
            by_name.get(name.as_str()).copied().ok_or_else(|| AlgorithmFault {
                key: "sharding-count".to_owned(),
                message: format!(
                    "{} of {count} shards leads to {name}, which is not declared: there are {} from {} to {}",
                    algorithm.type_name(),
                    targets.len(),
                    targets.first().map_or("-", String::as_str),
                    targets.last().map_or("-", String::as_str),
                ),
                remedy: format!("number the targets from 0 to {}, or let the count be theirs", count - 1),
            })
        })
        .collect()
}

fn without_digits(name: &str) -> &str {
    name.trim_end_matches(|last: char| last.is_ascii_digit())
}
