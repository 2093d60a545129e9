//! A sharded table: its nodes and how values lead to them.

use std::collections::BTreeMap;

use crate::model::{ColumnKind, DataNode, ShardingValue};

/// What a statement says about one sharding column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueSet {
    /// One of these values; empty = the condition matches nothing.
    Points(Vec<ShardingValue>),
    /// A range; bounds carry whether they are inclusive.
    Range {
        /// Lower bound.
        lower: Option<(ShardingValue, bool)>,
        /// Upper bound.
        upper: Option<(ShardingValue, bool)>,
    },
}

/// Where values lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Indices into [`ShardedTable::nodes`], ascending, no duplicates.
    pub nodes: Vec<usize>,
    /// The databases' strategy (or the slot) had the values it needs.
    pub is_database_known: bool,
    /// The tables' strategy had the values it needs.
    pub is_table_known: bool,
}

/// How many nodes a statement without sharding value may touch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FullRoute {
    /// None (default).
    #[default]
    Refuse,
    /// Reads may.
    Read,
    /// Reads and writes may.
    All,
}

/// Options of one table's rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOptions {
    /// `allowFullRoute`
    pub allow_full_route: FullRoute,
    /// `maxRouteNodes`
    pub max_route_nodes: usize,
    /// `allowSplitWrite`
    pub allow_split_write: bool,
    /// `allowHintDisable` of the audit strategy.
    pub allow_hint_disable: bool,
    /// Names of the table's auditors.
    pub auditors: Vec<String>,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self {
            allow_full_route: FullRoute::Refuse,
            max_route_nodes: 32,
            allow_split_write: false,
            allow_hint_disable: false,
            auditors: Vec::new(),
        }
    }
}

/// Where generated keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySpec {
    /// SNOWFLAKE
    Snowflake {
        /// `worker-id`, 0..=1023
        worker_id: u16,
        /// `max-vibration-offset`, 0..=4095
        max_vibration_offset: u16,
        /// `max-tolerate-time-difference-milliseconds`
        max_tolerate_ms: u64,
        /// Epoch in ms since 1970 UTC.
        epoch_ms: u64,
    },
    /// UUID, 32 hex digits
    Uuid,
}

/// A column that the proxy fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedKey {
    /// The column.
    pub column: String,
    /// The generator.
    pub generator: KeySpec,
}

/// Placement of an `autoTables` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoPlacement;

/// How values lead to nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `autoTables`
    Auto(AutoPlacement),
}

/// A sharded table.
#[derive(Clone, Debug)]
pub struct ShardedTable {
    /// Logical name.
    pub name: String,
    /// All data nodes.
    pub nodes: Vec<DataNode>,
    /// Sharding columns of both levels, lower-case.
    pub columns: Vec<String>,
    /// Types that the rule declares.
    pub declared: BTreeMap<String, ColumnKind>,
    /// How values lead to nodes.
    pub layout: Layout,
    /// Generated key.
    pub key: Option<GeneratedKey>,
    /// Options.
    pub options: TableOptions,
}
