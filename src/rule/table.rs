//! A sharded table: its nodes and how values lead to them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::layout::LayoutFault;
use super::{
    AlgorithmFault, AutoPlacement, GeneratedKey, Group, Layout, Normalize, Strategy, TableOptions,
    TwoLevel,
};
use crate::model::{ColumnKind, DataNode, SourceId};

/// How the configuration places a table.
#[derive(Clone, Debug)]
pub enum LayoutSpec {
    /// `tables:`, both strategies, with the defaults already filled in.
    Nodes {
        /// `actualDataNodes`, expanded.
        nodes: Vec<DataNode>,
        /// `databaseStrategy`
        database: Strategy,
        /// `tableStrategy`
        table: Strategy,
    },
    /// `autoTables:`
    Auto {
        /// `actualDataSources`, expanded.
        sources: Vec<SourceId>,
        /// `shardingStrategy`
        strategy: Strategy,
        /// `slotPlacement`: the data source of each slot, in order of slots.
        slot_placement: Option<Vec<SourceId>>,
    },
}

/// What a [`ShardedTable`] is compiled from.
#[derive(Clone, Debug)]
pub struct TableSpec {
    /// Logical name.
    pub name: String,
    /// Where its rows lie.
    pub layout: LayoutSpec,
    /// `columns:` of the rule.
    pub declared: BTreeMap<String, ColumnKind>,
    /// `keyGenerateStrategy`
    pub key: Option<GeneratedKey>,
    /// Options.
    pub options: TableOptions,
    /// `normalize`
    pub normalize: Option<Normalize>,
}

/// The part of a table's rule that is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TablePart {
    /// `actualDataNodes` or `actualDataSources`.
    Nodes,
    /// `databaseStrategy`
    DatabaseStrategy,
    /// `tableStrategy`, or `shardingStrategy` of `autoTables`.
    TableStrategy,
    /// `slotPlacement`
    Placement,
}

/// Why a table cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFault {
    /// Which part.
    pub part: TablePart,
    /// What is wrong with it and what to write.
    pub cause: AlgorithmFault,
}

impl fmt::Display for TableFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

/// A sharded table.
#[derive(Clone, Debug)]
pub struct ShardedTable {
    /// Logical name.
    pub name: Arc<str>,
    /// All data nodes.
    pub nodes: Vec<DataNode>,
    /// Sharding columns of both levels, lower-case, each once.
    pub columns: Vec<String>,
    /// Indices into `columns` that the databases' strategy (or the slot) needs; those of the
    /// tables' strategy if there is none for the databases.
    pub database_columns: Vec<usize>,
    /// Indices into `columns` that the tables' strategy needs; those of the databases' if none.
    pub table_columns: Vec<usize>,
    /// Types that the rule declares, by lower-case name.
    pub declared: BTreeMap<String, ColumnKind>,
    /// How values lead to nodes.
    pub layout: Layout,
    /// Generated key.
    pub key: Option<GeneratedKey>,
    /// Options.
    pub options: TableOptions,
    /// `numericText: java_text`: quoted numbers are values as text (contract 4.2).
    pub numeric_text_java: bool,
    /// How texts are folded before they are hashed.
    pub normalize: Option<Normalize>,
}

impl ShardedTable {
    /// A moment that a strategy by time has a place for, as its rule spells the first one.
    #[must_use]
    pub fn sample_moment(&self) -> Option<&str> {
        algorithms(&self.layout)
            .into_iter()
            .find_map(|algorithm| algorithm.props().get("datetime-lower"))
            .map(String::as_str)
    }

    /// The place of a moment with a fraction that its column does not keep: whether the server rounds the fraction or
    /// cuts it off, the row stays in its step of time. `None` where it may not.
    #[must_use]
    pub fn kept_moment(&self, column: &str, moment: &str) -> Option<String> {
        const SECONDS: &str = "%Y-%m-%d %H:%M:%S";
        let cut = moment.get(..19).filter(|_| moment.len() > 19)?;
        let second = jiff::civil::DateTime::strptime(SECONDS, cut).ok()?;
        let next = second.checked_add(jiff::Span::new().seconds(1)).ok()?;
        let next = next.strftime(SECONDS).to_string();
        let column = column.to_lowercase();
        let uses = |strategy: &&Strategy| {
            strategy
                .columns()
                .iter()
                .any(|known| known.eq_ignore_ascii_case(&column))
        };
        let is_kept = strategies(&self.layout)
            .into_iter()
            .filter(uses)
            .filter_map(Strategy::algorithm)
            .all(|algorithm| algorithm.sharding().is_one_step(&column, cut, &next));
        is_kept.then(|| cut.to_owned())
    }

    /// Texts that its algorithms list, for columns of text; none where any text has a place.
    pub fn sample_texts(&self) -> impl Iterator<Item = String> {
        algorithms(&self.layout)
            .into_iter()
            .flat_map(|algorithm| algorithm.sharding().listed_texts())
    }

    /// Compiles a table; `groups` are the database's, in the order of `SourceId`.
    ///
    /// # Errors
    /// Every fault of the table, at least one.
    pub fn new(spec: TableSpec, groups: &[Group]) -> Result<Self, Vec<TableFault>> {
        let mut columns = Vec::new();
        let (layout, nodes) = compile(&spec, groups, &mut columns)
            .map_err(|faults| faults.into_iter().map(table_fault).collect::<Vec<_>>())?;
        check_listed(&layout, spec.normalize).map_err(|fault| vec![fault])?;
        let (database_columns, table_columns) = level_columns(&layout, columns.len());
        let declared = spec
            .declared
            .into_iter()
            .map(|(name, kind)| (name.to_lowercase(), kind))
            .collect();
        Ok(Self {
            numeric_text_java: algorithms(&layout)
                .iter()
                .any(|algorithm| algorithm.is_numeric_text_java()),
            name: spec.name.into(),
            nodes,
            columns,
            database_columns,
            table_columns,
            declared,
            layout,
            key: spec.key,
            options: spec.options,
            normalize: spec.normalize,
        })
    }

    /// A quoted number hashes otherwise than the number itself, in `ShardingSphere` and with `numericText: java_text`.
    #[must_use]
    pub fn hashes_numeric_text(&self) -> bool {
        algorithms(&self.layout)
            .iter()
            .any(|algorithm| algorithm.sharding().hashes_numeric_text())
    }

    /// Index of the sharding column called `name`, compared without case.
    #[must_use]
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.eq_ignore_ascii_case(name))
    }

    /// Whether a reload to `other` would leave every row where it is (contract 1.5). Nodes are
    /// compared by number; the caller knows whether a number still means the same server.
    #[must_use]
    pub fn has_same_layout(&self, other: &Self) -> bool {
        self.nodes == other.nodes
            && self.layout.is_same(&other.layout)
            && self.normalize == other.normalize
            && self.numeric_text_java == other.numeric_text_java
    }
}

fn compile(
    spec: &TableSpec,
    groups: &[Group],
    columns: &mut Vec<String>,
) -> Result<(Layout, Vec<DataNode>), Vec<LayoutFault>> {
    match spec.layout.clone() {
        LayoutSpec::Nodes {
            nodes,
            database,
            table,
        } => {
            let name = |source: SourceId| {
                groups
                    .get(source.index())
                    .map_or_else(|| format!("#{}", source.0), |group| group.name.clone())
            };
            let layout = TwoLevel::compile(&nodes, (database, table), name, columns)?;
            Ok((Layout::TwoLevel(Box::new(layout)), nodes))
        }
        LayoutSpec::Auto {
            sources,
            strategy,
            slot_placement,
        } => {
            let (layout, nodes) = AutoPlacement::compile(
                &spec.name,
                &sources,
                strategy,
                slot_placement.as_deref(),
                columns,
            )?;
            Ok((Layout::Auto(layout), nodes))
        }
    }
}

/// Values are folded before they are looked up: one listed in another spelling would never be found.
fn check_listed(layout: &Layout, normalize: Option<Normalize>) -> Result<(), TableFault> {
    let Some(normalize) = normalize else {
        return Ok(());
    };
    let listed = algorithms(layout)
        .into_iter()
        .flat_map(|algorithm| algorithm.sharding().listed_texts());
    for text in listed {
        let folded = normalize.apply(&text);
        if folded.as_deref() != Some(text.as_str()) {
            let remedy = match folded {
                Some(folded) => format!("write {folded}"),
                None => "write it without what normalize cannot fold".to_owned(),
            };
            let cause = AlgorithmFault {
                key: "list".to_owned(),
                message: format!("{text} is listed, but values are folded by normalize first"),
                remedy,
            };
            return Err(TableFault {
                part: TablePart::TableStrategy,
                cause,
            });
        }
    }
    Ok(())
}

fn table_fault(fault: LayoutFault) -> TableFault {
    let (part, cause) = match fault {
        LayoutFault::Nodes(cause) => (TablePart::Nodes, cause),
        LayoutFault::Database(cause) => (TablePart::DatabaseStrategy, cause),
        LayoutFault::Table(cause) => (TablePart::TableStrategy, cause),
        LayoutFault::Placement(cause) => (TablePart::Placement, cause),
    };
    TableFault { part, cause }
}

fn level_columns(layout: &Layout, all: usize) -> (Vec<usize>, Vec<usize>) {
    let (database, table): (Vec<usize>, Vec<usize>) = match layout {
        Layout::Auto(auto) => (auto.slot_columns.clone(), (0..all).collect()),
        Layout::TwoLevel(two) => (two.database.columns.clone(), two.table.columns.clone()),
    };
    match (database.is_empty(), table.is_empty()) {
        (true, false) => (table.clone(), table),
        (false, true) => (database.clone(), database),
        _ => (database, table),
    }
}

fn strategies(layout: &Layout) -> Vec<&Strategy> {
    match layout {
        Layout::Auto(auto) => vec![&auto.strategy],
        Layout::TwoLevel(two) => vec![&two.database.strategy, &two.table.strategy],
    }
}

fn algorithms(layout: &Layout) -> Vec<&super::Algorithm> {
    strategies(layout)
        .into_iter()
        .filter_map(|strategy| strategy.algorithm().map(AsRef::as_ref))
        .collect()
}
