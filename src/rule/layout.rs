//! How values lead to nodes: two levels, or one global numbering.

use std::collections::BTreeMap;

use super::level::{self, Level};
use super::{AlgorithmFault, Strategy};
use crate::model::{DataNode, SourceId};

/// Placement of an `autoTables` table: table n is node n.
#[derive(Clone, Debug)]
pub struct AutoPlacement {
    /// The strategy, columns folded to lower case.
    pub strategy: Strategy,
    /// The slot columns as indices into [`super::ShardedTable::columns`]; empty without slots.
    pub(super) slot_columns: Vec<usize>,
}

/// Placement by a databases' and a tables' strategy.
#[derive(Clone, Debug)]
pub struct TwoLevel {
    /// Which data source.
    pub database: Level,
    /// Which actual table in it.
    pub table: Level,
    /// Node of each pair of targets that exists: where a node lives is data.
    pub(super) nodes: BTreeMap<(usize, usize), usize>,
    /// The pair of each node.
    pub(super) pairs: Vec<(usize, usize)>,
    /// The same as `nodes` by database and table, for one look; `u32::MAX` where there is no node. Empty where it would
    /// be large.
    grid: Vec<u32>,
}

/// Cells of the largest grid.
const MOST_CELLS: usize = 1 << 16;

impl TwoLevel {
    /// The node of a pair of targets, if it exists.
    pub(super) fn node_at(&self, pair: (usize, usize)) -> Option<usize> {
        if self.grid.is_empty() {
            return self.nodes.get(&pair).copied();
        }
        let cell = *self.grid.get(pair.0 * self.table.targets.len() + pair.1)?;
        // of a grid so small no node has the number that stands for none
        usize::try_from(cell).ok().filter(|_| cell != u32::MAX)
    }

    fn with_grid(mut self) -> Self {
        let (databases, tables) = (self.database.targets.len(), self.table.targets.len());
        let Some(cells) = databases
            .checked_mul(tables)
            .filter(|cells| *cells <= MOST_CELLS)
        else {
            return self;
        };
        let mut grid = vec![u32::MAX; cells];
        for ((database, table), node) in &self.nodes {
            let number = u32::try_from(*node);
            if let (Some(cell), Ok(number)) = (grid.get_mut(database * tables + table), number) {
                *cell = number;
            }
        }
        self.grid = grid;
        self
    }
}

/// How values lead to nodes.
#[derive(Clone, Debug)]
pub enum Layout {
    /// `autoTables`
    Auto(AutoPlacement),
    /// `tables`
    TwoLevel(Box<TwoLevel>),
}

impl Layout {
    /// Whether both layouts send every value to the same node number.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Auto(one), Self::Auto(two)) => one.strategy.is_same(&two.strategy),
            (Self::TwoLevel(one), Self::TwoLevel(two)) => {
                one.database.strategy.is_same(&two.database.strategy)
                    && one.table.strategy.is_same(&two.table.strategy)
                    && one.database.targets == two.database.targets
                    && one.table.targets == two.table.targets
            }
            _ => false,
        }
    }
}

/// What is wrong with which part of a layout.
pub(super) enum LayoutFault {
    Nodes(AlgorithmFault),
    Database(AlgorithmFault),
    Table(AlgorithmFault),
    Placement(AlgorithmFault),
}

fn fault(message: impl Into<String>, remedy: impl Into<String>) -> AlgorithmFault {
    AlgorithmFault {
        key: String::new(),
        message: message.into(),
        remedy: remedy.into(),
    }
}

impl TwoLevel {
    /// Compiles `actualDataNodes` and both strategies; `source_name` gives a data source's name.
    pub(super) fn compile(
        nodes: &[DataNode],
        strategies: (Strategy, Strategy),
        source_name: impl Fn(SourceId) -> String,
        columns: &mut Vec<String>,
    ) -> Result<Self, Vec<LayoutFault>> {
        let (mut sources, mut tables) = (Distinct::default(), Distinct::default());
        let mut by_pair = BTreeMap::new();
        let mut pairs = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let name = source_name(node.source);
            let pair = (sources.add(&name), tables.add(&node.table));
            if by_pair.insert(pair, index).is_some() {
                let message = format!("{name}.{} is declared twice", node.table);
                return Err(vec![LayoutFault::Nodes(fault(
                    message,
                    "name each data node once",
                ))]);
            }
            pairs.push(pair);
        }
        let mut faults = Vec::new();
        if nodes.is_empty() {
            faults.push(LayoutFault::Nodes(fault(
                "there is no data node",
                "write actualDataNodes: ds_${0..7}.t_${0..15}",
            )));
        }
        let database = Level::compile(strategies.0, sources.names, columns)
            .map_err(|list| faults.extend(list.into_iter().map(LayoutFault::Database)));
        let table = Level::compile(strategies.1, tables.names, columns)
            .map_err(|list| faults.extend(list.into_iter().map(LayoutFault::Table)));
        match (database, table) {
            (Ok(database), Ok(table)) if faults.is_empty() => {
                let layout = Self {
                    database,
                    table,
                    nodes: by_pair,
                    pairs,
                    grid: Vec::new(),
                }
                .with_grid();
                layout.check_slots().map_err(|fault| vec![fault])?;
                Ok(layout)
            }
            _ => Err(faults),
        }
    }

    fn check_slots(&self) -> Result<(), LayoutFault> {
        let has_slots = |level: &Level| {
            level
                .strategy
                .algorithm()
                .is_some_and(|algorithm| algorithm.slot_count().is_some())
        };
        let message = || {
            fault(
                "slot-count works with autoTables only",
                "declare the table under autoTables, or remove slot-count",
            )
        };
        match (has_slots(&self.database), has_slots(&self.table)) {
            (true, _) => Err(LayoutFault::Database(message())),
            (_, true) => Err(LayoutFault::Table(message())),
            _ => Ok(()),
        }
    }
}

impl AutoPlacement {
    /// Compiles the strategy and numbers the nodes: n % D as ShardingSphere, or whole slots side by
    /// side as contract 4.3 says, or each slot where `slot_placement` puts it.
    pub(super) fn compile(
        name: &str,
        sources: &[SourceId],
        strategy: Strategy,
        slot_placement: Option<&[SourceId]>,
        columns: &mut Vec<String>,
    ) -> Result<(Self, Vec<DataNode>), Vec<LayoutFault>> {
        let strategy = level::fold(strategy);
        level::check_strategy(&strategy)
            .map_err(|list| list.into_iter().map(LayoutFault::Table).collect::<Vec<_>>())?;
        if sources.is_empty() {
            return Err(vec![LayoutFault::Nodes(fault(
                "there is no data source",
                "write actualDataSources: ds_${0..7}",
            ))]);
        }
        let algorithm = match &strategy {
            Strategy::Columns { algorithm, .. } => algorithm,
            Strategy::None | Strategy::Hint { .. } => {
                return Err(vec![LayoutFault::Table(fault(
                    "autoTables need a standard or complex strategy",
                    "write standard: { shardingColumn: .., shardingAlgorithmName: .. }",
                ))]);
            }
        };
        let Some(count) = algorithm.auto_table_count() else {
            let message = format!(
                "{} cannot number the tables of autoTables",
                algorithm.type_name()
            );
            return Err(vec![LayoutFault::Table(fault(
                message,
                "declare the table under tables, or write HASH_MOD or MOD",
            ))]);
        };
        for column in strategy.columns() {
            level::index_of(column, columns);
        }
        let slots = algorithm.sharding().slots();
        let slot_columns = slots
            .iter()
            .flat_map(|slots| &slots.columns)
            .map(|name| level::index_of(name, columns))
            .collect();
        let places = Places {
            sources,
            count,
            splits: slots.map(|slots| (slots.count, slots.splits)),
            slot_placement,
        };
        let nodes = places
            .check()
            .and_then(|()| places.nodes(name))
            .map_err(|fault| vec![LayoutFault::Placement(fault)])?;
        Ok((
            Self {
                strategy,
                slot_columns,
            },
            nodes,
        ))
    }
}

/// Where the numbered tables lie.
struct Places<'a> {
    sources: &'a [SourceId],
    count: u64,
    splits: Option<(u64, u64)>,
    slot_placement: Option<&'a [SourceId]>,
}

impl Places<'_> {
    fn check(&self) -> Result<(), AlgorithmFault> {
        let Some(placement) = self.slot_placement else {
            return Ok(());
        };
        let Some((slots, _)) = self.splits else {
            return Err(fault(
                "slotPlacement without slots",
                "give the algorithm slot-count and slot-columns, or remove it",
            ));
        };
        if u64::try_from(placement.len()) != Ok(slots) {
            let message = format!("slotPlacement places {} slots of {slots}", placement.len());
            return Err(fault(message, "name the data source of every slot once"));
        }
        match placement
            .iter()
            .find(|source| !self.sources.contains(source))
        {
            Some(_) => Err(fault(
                "slotPlacement names a data source outside actualDataSources",
                "add it to actualDataSources",
            )),
            None => Ok(()),
        }
    }

    fn nodes(&self, name: &str) -> Result<Vec<DataNode>, AlgorithmFault> {
        (0..self.count)
            .map(|number| {
                let source = self
                    .source(number)
                    .ok_or_else(|| fault("a table has no place", "name more data sources"))?;
                Ok(DataNode {
                    source,
                    table: format!("{name}_{number}").into(),
                })
            })
            .collect()
    }

    fn source(&self, number: u64) -> Option<SourceId> {
        let amount = u64::try_from(self.sources.len()).ok()?;
        let (list, index) = match (self.splits, self.slot_placement) {
            (Some((_, splits)), Some(placement)) => (placement, number / splits),
            (Some(_), None) => (self.sources, number * amount / self.count),
            (None, _) => (self.sources, number % amount),
        };
        list.get(usize::try_from(index).ok()?).copied()
    }
}

/// Names in order of their first appearance.
#[derive(Default)]
struct Distinct {
    names: Vec<String>,
    indices: BTreeMap<String, usize>,
}

impl Distinct {
    fn add(&mut self, name: &str) -> usize {
        if let Some(index) = self.indices.get(name) {
            return *index;
        }
        let index = self.names.len();
        self.names.push(name.to_owned());
        self.indices.insert(name.to_owned(), index);
        index
    }
}
