//! COMPLEX_INTERVAL: tables by steps of time and by other columns, such as `order_202401_02`.

use std::sync::Arc;

use super::interval::{self, Steps};
use super::props::Props;
use super::template::Template;
use super::{AlgorithmFault, Shard, Sharding};
use crate::model::ShardingValue;
use crate::rule::ValueSet;

pub(super) const KEYS: &[&str] = &[
    "datetime-column",
    "tail-expression",
    interval::KEYS[0],
    interval::KEYS[1],
    interval::KEYS[2],
    interval::KEYS[3],
    interval::KEYS[4],
    interval::KEYS[5],
];

/// Tails that a range and a list of values are combined to one by one; beyond, the whole step is meant.
const MAX_TAILS: usize = 64;

#[derive(Debug)]
struct ComplexInterval {
    /// The column with the moment, lower-case.
    column: String,
    steps: Steps,
    /// What follows the date in a table's name, by the other columns.
    tail: Template,
}

pub(super) fn build(props: &Props<'_>) -> Result<Arc<dyn Sharding>, AlgorithmFault> {
    let tail = props.required("tail-expression", "_${user_id % 2}")?;
    Ok(Arc::new(ComplexInterval {
        column: props
            .required("datetime-column", "create_time")?
            .to_lowercase(),
        steps: Steps::from_props(props)?,
        tail: Template::parse_property("tail-expression", tail)?,
    }))
}

impl ComplexInterval {
    /// Position of the moment among the strategy's columns.
    fn position(&self, columns: &[String]) -> Option<usize> {
        columns.iter().position(|column| *column == self.column)
    }

    fn others(&self, columns: &[String]) -> Vec<String> {
        columns
            .iter()
            .filter(|column| **column != self.column)
            .cloned()
            .collect()
    }

    /// The tails of all combinations of the other columns' values; `None` where one is not known, or too many.
    fn tails(&self, columns: &[String], sets: &[Option<&ValueSet>]) -> Option<Vec<String>> {
        let others = self.others(columns);
        let mut rows: Vec<Vec<&ShardingValue>> = vec![Vec::new()];
        for (column, set) in columns.iter().zip(sets) {
            if *column == self.column {
                continue;
            }
            let points = (*set)?.points()?;
            if rows.len().saturating_mul(points.len()) > MAX_TAILS {
                return None;
            }
            let longer = rows.iter().flat_map(|row| {
                points.iter().map(move |point| {
                    let mut row = row.clone();
                    row.push(point);
                    row
                })
            });
            rows = longer.collect();
        }
        rows.iter()
            .map(|row| self.tail.name(&others, row).ok())
            .collect()
    }
}

impl Sharding for ComplexInterval {
    fn shard(&self, columns: &[String], values: &[&ShardingValue]) -> Result<Shard, String> {
        let position = self.position(columns);
        let Some(moment) = position.and_then(|at| values.get(at)) else {
            return Err("there is no value for datetime-column".to_owned());
        };
        let date = self.steps.suffix(moment)?;
        let (mut others, mut rest) = (Vec::new(), Vec::new());
        for (column, value) in columns.iter().zip(values) {
            if *column != self.column {
                others.push(column.clone());
                rest.push(*value);
            }
        }
        let tail = self.tail.name(&others, &rest)?;
        Ok(Shard::Suffix(format!("{date}{tail}")))
    }

    /// A range of the moment narrows to its steps, also without the other columns; their values narrow to tails.
    fn reach(&self, columns: &[String], sets: &[Option<&ValueSet>]) -> Option<Vec<Shard>> {
        let known = sets.get(self.position(columns)?).copied().flatten();
        let dates: Vec<&str> = match known {
            None => self.steps.suffixes().collect(),
            Some(ValueSet::Points(points)) => points
                .iter()
                .map(|point| self.steps.suffix(point).ok())
                .collect::<Option<_>>()?,
            Some(range) => self.steps.met(range)?.collect(),
        };
        let Some(tails) = self.tails(columns, sets) else {
            known?;
            let within = dates.into_iter().map(|date| Shard::Within(date.to_owned()));
            return Some(within.collect());
        };
        let pairs = dates
            .into_iter()
            .flat_map(|date| tails.iter().map(move |tail| format!("{date}{tail}")));
        Some(pairs.map(Shard::Suffix).collect())
    }

    fn supports_range(&self) -> bool {
        true
    }

    fn is_multi_column(&self) -> bool {
        true
    }

    fn is_one_step(&self, column: &str, one: &str, other: &str) -> bool {
        *column == self.column && self.steps.are_one(one, other)
    }

    /// What the targets' names have from a step's date on.
    fn suffixes(&self, targets: &[String]) -> Vec<String> {
        let dates: Vec<&str> = self.steps.suffixes().collect();
        let ends = targets.iter().flat_map(|target| {
            dates.iter().filter_map(|date| {
                let at = target.rfind(date)?;
                target.get(at..).map(str::to_owned)
            })
        });
        let mut ends: Vec<String> = ends.collect();
        ends.sort();
        ends.dedup();
        ends
    }

    fn check_columns(&self, columns: &[String]) -> Result<(), AlgorithmFault> {
        if self.position(columns).is_none() {
            return Err(AlgorithmFault::new(
                "datetime-column",
                format!(
                    "datetime-column {} is not among the strategy's columns {}",
                    self.column,
                    columns.join(", ")
                ),
                "write it into shardingColumns",
            ));
        }
        let others = self.others(columns);
        if others.is_empty() {
            return Err(AlgorithmFault::new(
                "tail-expression",
                "the strategy has no column beside datetime-column",
                "write complex: { shardingColumns: \"create_time, user_id\" }, or use INTERVAL",
            ));
        }
        self.tail.check_columns(&others)
    }
}

#[cfg(test)]
mod tests {
    use crate::model::ShardingValue;
    use crate::rule::samples::{by, two_level};
    use crate::rule::{ShardedTable, Strategy, ValueSet};

    const PROPS: &[(&str, &str)] = &[
        ("datetime-column", "create_time"),
        ("datetime-pattern", "yyyy-MM-dd HH:mm:ss"),
        ("datetime-lower", "2024-01-01 00:00:00"),
        ("datetime-upper", "2024-12-31 23:59:59"),
        ("sharding-suffix-pattern", "yyyyMM"),
        ("datetime-interval-unit", "MONTHS"),
        ("tail-expression", "_0${(user_id % 10).intdiv(5) + 1}"),
    ];

    fn orders() -> ShardedTable {
        let strategy = by(&["create_time", "user_id"], "COMPLEX_INTERVAL", PROPS);
        two_level(
            "ds_0.order_${202401..202412}_${['01', '02']}",
            Strategy::None,
            strategy,
        )
        .unwrap()
    }

    fn text(value: &str) -> ShardingValue {
        ShardingValue::Text(value.to_owned())
    }

    fn months(low: &str, high: &str, is_inclusive: bool) -> Option<ValueSet> {
        Some(ValueSet::Range {
            lower: Some((text(low), true)),
            upper: Some((text(high), is_inclusive)),
        })
    }

    fn users(users: &[i128]) -> Option<ValueSet> {
        Some(ValueSet::Points(
            users.iter().copied().map(ShardingValue::Int).collect(),
        ))
    }

    fn tables(sets: [Option<ValueSet>; 2]) -> Vec<String> {
        let table = orders();
        let placed = table.place(&sets).unwrap();
        let name = |node: &usize| {
            table.nodes[*node]
                .table
                .trim_start_matches("order_")
                .to_owned()
        };
        placed.nodes.iter().map(name).collect()
    }

    #[test]
    fn a_row_lies_in_the_month_and_half_of_its_user() {
        let table = orders();
        for (moment, user, expected) in [
            ("2024-01-01 00:00:00", 123, "order_202401_01"),
            ("2024-01-31 23:59:59", 125, "order_202401_02"),
            ("2024-12-31 23:59:59", 9, "order_202412_02"),
        ] {
            let node = table
                .place_row(&[text(moment), ShardingValue::Int(user)])
                .unwrap();
            assert_eq!(&*table.nodes[node].table, expected);
        }
        assert!(
            table
                .place_row(&[text("2025-01-01 00:00:00"), ShardingValue::Int(1)])
                .is_err()
        );
    }

    #[test]
    fn months_and_users_narrow_each_for_itself() {
        let january = || months("2024-01-01 00:00:00", "2024-02-01 00:00:00", false);
        assert_eq!(tables([january(), users(&[123])]), ["202401_01"]);
        assert_eq!(tables([january(), None]), ["202401_01", "202401_02"]);
        assert_eq!(tables([january(), users(&[1, 2])]), ["202401_01"]);
        let to_february = months("2024-01-01 00:00:00", "2024-02-01 00:00:00", true);
        assert_eq!(
            tables([to_february, users(&[7])]),
            ["202401_02", "202402_02"]
        );
        let of_user = tables([None, users(&[7])]);
        assert_eq!(of_user.len(), 12);
        assert!(of_user.iter().all(|name| name.ends_with("_02")));
        assert_eq!(tables([None, None]).len(), 24);
    }

    #[test]
    fn what_is_known_of_the_month_alone_is_not_the_whole_key() {
        let table = orders();
        let january = months("2024-01-01 00:00:00", "2024-01-31 00:00:00", true);
        let whole = table.place(&[january.clone(), users(&[1])]).unwrap();
        let part = table.place(&[january, None]).unwrap();
        assert!(whole.is_table_known && !part.is_table_known);
    }

    #[test]
    fn columns_that_do_not_fit_are_faults() {
        let build = |columns: &[&str]| {
            let strategy = by(columns, "COMPLEX_INTERVAL", PROPS);
            two_level("ds_0.order_${202401..202412}_01", Strategy::None, strategy).unwrap_err()
        };
        assert!(build(&["user_id", "id"]).contains("datetime-column create_time"));
        assert!(build(&["create_time"]).contains("no column beside"));
        assert!(build(&["create_time", "shop_id"]).contains("user_id"));
    }
}
