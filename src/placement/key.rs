//! The columns that a node is read in the order of, and the SQL of one page.

use crate::model::ColumnKind;

/// How a column's value is written into a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// Digits, as they are.
    Number,
    /// A text or a moment: compared by the column's collation or type.
    Text,
    /// Bytes.
    Bytes,
}

impl Writing {
    /// How values of a type are written; `None` where the order that a server sorts by is not that of its comparison,
    /// or a value does not survive its printing.
    pub(super) fn of(data_type: &str) -> Option<Self> {
        match data_type.to_ascii_lowercase().as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "year" => {
                Some(Self::Number)
            }
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "date"
            | "datetime" | "timestamp" => Some(Self::Text),
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
                Some(Self::Bytes)
            }
            _ => None,
        }
    }

    fn literal(self, value: &[u8], out: &mut String) {
        match self {
            // what the server has printed: digits, a sign, a point
            Self::Number => out.extend(
                value
                    .iter()
                    .filter(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
                    .map(|byte| char::from(*byte)),
            ),
            Self::Text => push_hex("_utf8mb4 x'", value, out),
            Self::Bytes => push_hex("x'", value, out),
        }
    }
}

fn push_hex(head: &str, value: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push_str(head);
    for byte in value {
        for half in [byte >> 4, byte & 15] {
            out.push(char::from(
                DIGITS.get(usize::from(half)).copied().unwrap_or(b'0'),
            ));
        }
    }
    out.push('\'');
}

/// One column of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyColumn {
    pub(super) name: String,
    pub(super) writing: Writing,
}

/// How the rows of a node are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// Actual table.
    pub(super) table: String,
    /// The order, unique over the pages.
    pub(super) key: Vec<KeyColumn>,
    /// Sharding columns with their types, in the rule's order.
    pub(super) sharding: Vec<(String, ColumnKind)>,
    /// There is no primary key: rows are counted by their sharding values.
    pub(super) is_grouped: bool,
}

impl Reading {
    /// The page behind the key `after`, of at most `rows` rows: the key, the sharding columns, and a count.
    pub(super) fn page(&self, after: Option<&[Vec<u8>]>, rows: usize) -> String {
        let key: Vec<String> = self.key.iter().map(|column| quoted(&column.name)).collect();
        let sharding = self.sharding.iter().map(|(name, _)| quoted(name));
        let columns: Vec<String> = key.iter().cloned().chain(sharding).collect();
        let count = if self.is_grouped { "COUNT(*)" } else { "1" };
        let mut sql = format!(
            "SELECT {}, {count} FROM {}",
            columns.join(", "),
            quoted(&self.table)
        );
        let mut conditions = Vec::new();
        if self.is_grouped {
            conditions.extend(key.iter().map(|name| format!("{name} IS NOT NULL")));
        }
        if let Some(after) = after {
            conditions.push(self.behind(&key, after));
        }
        if !conditions.is_empty() {
            sql.push_str(" WHERE ");
            sql.push_str(&conditions.join(" AND "));
        }
        if self.is_grouped {
            sql.push_str(&format!(" GROUP BY {}", columns.join(", ")));
        }
        sql.push_str(&format!(" ORDER BY {} LIMIT {rows}", key.join(", ")));
        sql
    }

    /// How many rows have no sharding value at all; only where the key does not cover them.
    pub(super) fn nulls(&self) -> Option<String> {
        let lacks: Vec<String> = self
            .key
            .iter()
            .map(|column| format!("{} IS NULL", quoted(&column.name)))
            .collect();
        self.is_grouped.then(|| {
            format!(
                "SELECT COUNT(*) FROM {} WHERE {}",
                quoted(&self.table),
                lacks.join(" OR ")
            )
        })
    }

    /// `a >= 1 AND (a > 1 OR (a = 1 AND b > 2))`: the first part is what an index is used for.
    fn behind(&self, names: &[String], after: &[Vec<u8>]) -> String {
        let mut literals = Vec::with_capacity(after.len());
        for (column, value) in self.key.iter().zip(after) {
            let mut literal = String::new();
            column.writing.literal(value, &mut literal);
            literals.push(literal);
        }
        let arm = |end: usize| {
            let equal = names.iter().zip(&literals).take(end);
            let mut parts: Vec<String> = equal
                .map(|(name, value)| format!("{name} = {value}"))
                .collect();
            if let (Some(name), Some(value)) = (names.get(end), literals.get(end)) {
                parts.push(format!("{name} > {value}"));
            }
            format!("({})", parts.join(" AND "))
        };
        let arms: Vec<String> = (0..literals.len()).map(arm).collect();
        match (names.first(), literals.first()) {
            (Some(name), Some(value)) if arms.len() > 1 => {
                format!("{name} >= {value} AND ({})", arms.join(" OR "))
            }
            _ => arms.join(" OR "),
        }
    }
}

/// A name in backticks.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(key: &[(&str, &str)], is_grouped: bool) -> Reading {
        let column = |(name, data_type): &(&str, &str)| KeyColumn {
            name: (*name).to_owned(),
            writing: Writing::of(data_type).unwrap(),
        };
        Reading {
            table: "inv`stock_3".to_owned(),
            key: key.iter().map(column).collect(),
            sharding: vec![(
                "sku_id".to_owned(),
                ColumnKind::Integer {
                    unsigned: false,
                    bits: 64,
                },
            )],
            is_grouped,
        }
    }

    #[test]
    fn pages_follow_each_other_by_the_primary_key() {
        let reading = reading(&[("id", "bigint")], false);
        assert_eq!(
            reading.page(None, 10),
            "SELECT `id`, `sku_id`, 1 FROM `inv``stock_3` ORDER BY `id` LIMIT 10"
        );
        assert_eq!(
            reading.page(Some(&[b"-7".to_vec()]), 10),
            "SELECT `id`, `sku_id`, 1 FROM `inv``stock_3` WHERE (`id` > -7) ORDER BY `id` LIMIT 10"
        );
        assert_eq!(reading.nulls(), None);
    }

    #[test]
    fn a_key_of_several_columns_goes_on_behind_its_last_row() {
        let reading = reading(&[("a", "varchar"), ("b", "int"), ("c", "varbinary")], false);
        let after = [b"it's".to_vec(), b"2".to_vec(), vec![0, 255]];
        assert!(
            reading.page(Some(&after), 5).contains(
                "WHERE `a` >= _utf8mb4 x'69742773' AND ((`a` > _utf8mb4 x'69742773') OR \
                 (`a` = _utf8mb4 x'69742773' AND `b` > 2) OR \
                 (`a` = _utf8mb4 x'69742773' AND `b` = 2 AND `c` > x'00ff')) ORDER BY `a`, `b`, `c` LIMIT 5"
            ),
            "{}",
            reading.page(Some(&after), 5)
        );
    }

    #[test]
    fn without_a_primary_key_rows_are_counted_by_their_values() {
        let reading = reading(&[("sku_id", "bigint")], true);
        assert_eq!(
            reading.page(Some(&[b"5".to_vec()]), 2),
            "SELECT `sku_id`, `sku_id`, COUNT(*) FROM `inv``stock_3` WHERE `sku_id` IS NOT NULL AND (`sku_id` > 5) \
             GROUP BY `sku_id`, `sku_id` ORDER BY `sku_id` LIMIT 2"
        );
        assert_eq!(
            reading.nulls().unwrap(),
            "SELECT COUNT(*) FROM `inv``stock_3` WHERE `sku_id` IS NULL"
        );
    }

    #[test]
    fn types_whose_order_or_printing_is_another_are_no_key() {
        for data_type in [
            "float", "double", "enum", "set", "bit", "time", "json", "inet6", "uuid",
        ] {
            assert_eq!(Writing::of(data_type), None, "{data_type}");
        }
    }
}
