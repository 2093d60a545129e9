//! Columns of logical tables, as the servers' metadata or the rule declares them.

use super::{Moments, ShardingValue};
use std::collections::HashMap;
use std::sync::Arc;

/// How values of a column compare and hash, as far as routing needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// `TINYINT` to `BIGINT`, `YEAR` excluded.
    Integer {
        /// `UNSIGNED`
        unsigned: bool,
        /// Width in bits, 8 to 64.
        bits: u8,
    },
    /// `CHAR`, `VARCHAR`, `TEXT`; `collation` as the server names it, `None` if only declared.
    Text {
        /// The column's collation, such as `utf8mb4_bin`.
        collation: Option<String>,
        /// Characters that a row can hold, if the type says so.
        length: Option<usize>,
    },
    /// `DATE`, `DATETIME`, `TIMESTAMP`.
    DateTime(Moments),
    /// Anything else; holds the server's type name. Never a sharding value.
    Other(String),
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name as the server spells it; compared without case.
    pub name: String,
    /// Type class for routing.
    pub kind: ColumnKind,
    /// `AUTO_INCREMENT` in the server's metadata.
    pub auto_increment: bool,
    /// It is left out where columns are not named: `INVISIBLE`.
    pub is_invisible: bool,
    /// `ZEROFILL`: it is shown with leading zeros.
    pub is_zerofill: bool,
    /// `TINYINT(1)`, which drivers take for a truth value.
    pub is_boolean: bool,
}

/// Columns of one logical table in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableSchema {
    /// All columns in `ORDINAL_POSITION` order.
    pub columns: Vec<Column>,
    /// It has a trigger, as far as the account may see.
    pub has_triggers: bool,
}

impl ColumnKind {
    /// The integer type that SQL calls `name`; `None` for what is none.
    #[must_use]
    pub fn integer(name: &str, unsigned: bool) -> Option<Self> {
        let bits = match name {
            "tinyint" => 8,
            "smallint" => 16,
            "mediumint" => 24,
            "int" | "integer" => 32,
            "bigint" => 64,
            _ => return None,
        };
        Some(Self::Integer { unsigned, bits })
    }

    /// Whether a row can hold `value`; a lax `sql_mode` would store another number than the one that was routed.
    #[must_use]
    pub fn holds(&self, value: &ShardingValue) -> bool {
        match (self, value) {
            (
                Self::Integer {
                    unsigned: true,
                    bits,
                },
                ShardingValue::Int(value),
            ) => (0..1_i128 << (*bits).min(64)).contains(value),
            (
                Self::Integer {
                    unsigned: false,
                    bits,
                },
                ShardingValue::Int(value),
            ) => {
                let half = 1_i128 << (*bits).clamp(1, 64).saturating_sub(1);
                (-half..half).contains(value)
            }
            (
                Self::Text {
                    length: Some(length),
                    ..
                },
                ShardingValue::Text(value),
            ) => value.chars().count() <= *length,
            (Self::DateTime(moments), ShardingValue::Text(text)) => moments.keeps(text),
            _ => true,
        }
    }

    /// The length of a type such as `varchar(64)`.
    #[must_use]
    pub fn length(column_type: &str) -> Option<usize> {
        let (_, behind) = column_type.split_once('(')?;
        behind.split_once(')')?.0.trim().parse().ok()
    }
}

impl TableSchema {
    /// Position of the column called `name`, compared without case.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The column called `name`, compared without case.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.position(name)
            .and_then(|index| self.columns.get(index))
    }
}

/// Schemas of the logical tables of one logical database; immutable, replaced as a whole.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Folded name -> name as given, columns.
    tables: HashMap<String, (Box<str>, Arc<TableSchema>)>,
}

impl Schema {
    /// Adds or replaces a logical table's columns; another spelling of `name` is the same table.
    pub fn insert(&mut self, name: &str, table: TableSchema) {
        self.tables
            .insert(name.to_lowercase(), (name.into(), Arc::new(table)));
    }

    /// Forgets a logical table.
    pub fn remove(&mut self, name: &str) {
        self.tables.remove(&name.to_lowercase());
    }

    /// Columns of the logical table called `name` (without case), if known.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Arc<TableSchema>> {
        // names are mostly written as they are kept: no copy then
        self.tables
            .get(name)
            .or_else(|| self.tables.get(&name.to_lowercase()))
            .map(|(_, table)| table)
    }

    /// All known tables, names as given, in no order.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &Arc<TableSchema>)> {
        self.tables.values().map(|(name, table)| (&**name, table))
    }
}
