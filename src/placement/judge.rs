//! Where one row belongs: the rule's own word.

use crate::model::{ColumnKind, Moments, ShardingValue};
use crate::rule::ShardedTable;

/// Columns whose quoted spelling is tried beside their value; 2 to the power of it combinations.
const MOST_QUOTED: usize = 6;

/// What the rule says of a row on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is where its values place it.
    Right,
    /// It is where `ShardingSphere` places it for a client that quotes the numbers (contract 4.2).
    AsQuoted {
        /// The node that its values place it on.
        right: usize,
    },
    /// It belongs elsewhere.
    Misplaced {
        /// The node that its values place it on.
        right: usize,
    },
    /// The rule has no place for it.
    NoPlace(String),
}

/// The value of a sharding column as the text protocol carries it.
pub(super) fn sharding_value(kind: &ColumnKind, text: &[u8]) -> Option<ShardingValue> {
    let text = std::str::from_utf8(text).ok()?;
    match kind {
        ColumnKind::Integer { .. } => text.parse().ok().map(ShardingValue::Int),
        ColumnKind::Text { .. } => Some(ShardingValue::Text(text.to_owned())),
        // as a statement's value is read: one moment is one value
        ColumnKind::DateTime(_) => {
            Some(ShardingValue::Text(Moments::one_spelling(text.to_owned())))
        }
        ColumnKind::Other(_) => None,
    }
}

/// Judges a row with `values`, one per sharding column, found on `node`.
pub(super) fn judge(
    table: &ShardedTable,
    values: &[Option<ShardingValue>],
    node: usize,
) -> Verdict {
    let mut known = Vec::with_capacity(values.len());
    for (value, column) in values.iter().zip(&table.columns) {
        match value {
            Some(value) => known.push(value.clone()),
            None => return Verdict::NoPlace(format!("{column} is NULL or no exact value")),
        }
    }
    match table.place_row(&known) {
        Ok(right) if right == node => Verdict::Right,
        Ok(right) if is_quoted_place(table, &known, node) => Verdict::AsQuoted { right },
        Ok(right) => Verdict::Misplaced { right },
        Err(error) => Verdict::NoPlace(error.to_string()),
    }
}

/// `node` is where the row belongs if some of its numbers are hashed as texts.
fn is_quoted_place(table: &ShardedTable, values: &[ShardingValue], node: usize) -> bool {
    let numbers: Vec<usize> = values
        .iter()
        .enumerate()
        .filter(|(_, value)| matches!(value, ShardingValue::Int(_)))
        .map(|(index, _)| index)
        .take(MOST_QUOTED)
        .collect();
    if !table.hashes_numeric_text() {
        return false;
    }
    (1_u32..1 << numbers.len()).any(|chosen| {
        let mut spelled = values.to_vec();
        for (bit, index) in numbers.iter().enumerate() {
            if chosen & (1 << bit) != 0
                && let Some(value) = spelled.get_mut(*index)
                && let ShardingValue::Int(number) = value
            {
                *value = ShardingValue::Text(number.to_string());
            }
        }
        table.place_row(&spelled) == Ok(node)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::model::{DataNode, SourceId};
    use crate::rule::{Algorithm, LayoutSpec, Strategy, TableOptions, TableSpec};

    fn table(algorithm: &str, props: &[(&str, &str)]) -> ShardedTable {
        let props = props
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let strategy = Strategy::Columns {
            columns: vec!["sku_id".to_owned()],
            algorithm: Arc::new(Algorithm::build(algorithm, &props).unwrap()),
        };
        let node = |n: u16| DataNode {
            source: SourceId(0),
            table: format!("t_{n}").into(),
        };
        let spec = TableSpec {
            name: "t".to_owned(),
            layout: LayoutSpec::Nodes {
                nodes: (0..16).map(node).collect(),
                database: Strategy::None,
                table: strategy,
            },
            declared: BTreeMap::new(),
            key: None,
            options: TableOptions::default(),
            normalize: None,
        };
        ShardedTable::new(spec, &[]).unwrap()
    }

    fn int(value: i128) -> Option<ShardingValue> {
        Some(ShardingValue::Int(value))
    }

    #[test]
    fn a_row_is_right_on_the_node_of_its_value_alone() {
        let table = table("HASH_MOD", &[("sharding-count", "16")]);
        // 439563 % 16
        assert_eq!(judge(&table, &[int(439_563)], 11), Verdict::Right);
        assert_eq!(
            judge(&table, &[int(439_563)], 12),
            Verdict::Misplaced { right: 11 }
        );
    }

    #[test]
    fn a_number_that_was_quoted_lies_where_its_text_hashes_to_contract_4_2() {
        let table = table("HASH_MOD", &[("sharding-count", "16")]);
        let text = ShardingValue::Text("439563".to_owned());
        let quoted = table.place_row(&[text]).unwrap();
        assert_ne!(quoted, 11);
        assert_eq!(
            judge(&table, &[int(439_563)], quoted),
            Verdict::AsQuoted { right: 11 }
        );
    }

    #[test]
    fn other_algorithms_have_no_second_place() {
        let table = table("HASH_MOD", &[("sharding-count", "16"), ("hash", "xxh3")]);
        let right = table.place_row(&[ShardingValue::Int(5)]).unwrap();
        for node in (0..16).filter(|node| *node != right) {
            assert_eq!(judge(&table, &[int(5)], node), Verdict::Misplaced { right });
        }
    }

    #[test]
    fn null_has_no_place() {
        let table = table("MOD", &[("sharding-count", "16")]);
        assert!(matches!(judge(&table, &[None], 3), Verdict::NoPlace(_)));
    }

    #[test]
    fn values_are_read_by_their_columns_type() {
        let bigint = ColumnKind::Integer {
            unsigned: true,
            bits: 64,
        };
        assert_eq!(
            sharding_value(&bigint, b"18446744073709551615"),
            Some(ShardingValue::Int(18_446_744_073_709_551_615))
        );
        let moment = sharding_value(
            &ColumnKind::DateTime(Moments::Local { digits: 0 }),
            b"2026-01-02 03:04:05",
        );
        assert_eq!(
            moment,
            Some(ShardingValue::Text("2026-01-02 03:04:05".to_owned()))
        );
        assert_eq!(
            sharding_value(&ColumnKind::Other("float".to_owned()), b"1"),
            None
        );
    }
}
