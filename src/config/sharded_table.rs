//! One table of `tables:` or `autoTables:`.

use std::collections::BTreeMap;

use crate::model::{ColumnKind, DataNode, Moments, SourceId};
use crate::rule::{
    FullRoute, GeneratedKey, LayoutSpec, Normalize, ShardedTable, Strategy, TableOptions,
    TablePart, TableSpec,
};

use super::catalogue::Scope;
use super::cursor::{Cursor, Map};
use super::key_generator;
use super::sharding::ShardingContext;
use super::sources::expand_names;

/// Reads one table; `None` after a fault.
pub(super) type Reader =
    for<'a> fn(&str, &Cursor<'a>, &ShardingContext<'_, '_>) -> Option<ShardedTable>;

/// One of `tables:`.
pub(super) fn read(
    name: &str,
    at: &Cursor<'_>,
    context: &ShardingContext<'_, '_>,
) -> Option<ShardedTable> {
    let map = at.map(Scope::Table);
    let nodes_at = map.require("actualDataNodes", "write such as ds_${0..7}.t_${0..15}");
    let nodes = nodes_at.as_ref().map(|at| read_nodes(at, context));
    let level = |key, default: &Strategy| {
        let written = map.take(key);
        let strategy = written
            .as_ref()
            .map_or_else(|| Some(default.clone()), |at| context.strategies.read(at));
        (strategy, written)
    };
    let (database, database_at) = level("databaseStrategy", &context.default_database);
    let (table, table_at) = level("tableStrategy", &context.default_table);
    let common = Common::read(name, &map, context);
    map.finish();
    let layout = LayoutSpec::Nodes {
        nodes: nodes??,
        database: database?,
        table: table?,
    };
    let places = Places {
        nodes: nodes_at,
        database: database_at,
        table: table_at,
        placement: None,
    };
    common.compile(name, layout, at, &places, context)
}

/// One of `autoTables:`.
pub(super) fn read_auto(
    name: &str,
    at: &Cursor<'_>,
    context: &ShardingContext<'_, '_>,
) -> Option<ShardedTable> {
    let map = at.map(Scope::AutoTable);
    let nodes_at = map.require("actualDataSources", "write such as ds_${0..7}");
    let sources = nodes_at.as_ref().map(|at| context.sources.expand(at));
    let strategy_at = map.require(
        "shardingStrategy",
        "write standard: { shardingColumn: ..., shardingAlgorithmName: ... }",
    );
    let strategy = strategy_at
        .as_ref()
        .and_then(|at| context.strategies.read(at));
    let placement_at = map.take("slotPlacement");
    let common = Common::read(name, &map, context);
    map.finish();
    let strategy = strategy?;
    let slots = strategy
        .algorithm()
        .and_then(|algorithm| algorithm.slot_count())
        .unwrap_or(0);
    let slot_placement = match &placement_at {
        Some(at) => Some(read_placement(
            at,
            usize::try_from(slots).unwrap_or(0),
            context,
        )?),
        None => None,
    };
    let layout = LayoutSpec::Auto {
        sources: sources?,
        strategy,
        slot_placement,
    };
    let places = Places {
        nodes: nodes_at,
        database: None,
        table: strategy_at,
        placement: placement_at,
    };
    common.compile(name, layout, at, &places, context)
}

fn read_nodes(at: &Cursor<'_>, context: &ShardingContext<'_, '_>) -> Option<Vec<DataNode>> {
    let mut unknown: Vec<String> = Vec::new();
    let mut nodes = Vec::new();
    let names = expand_names(at);
    for name in &names {
        let Some((source, table)) = name
            .split_once('.')
            .filter(|(source, table)| !source.is_empty() && !table.is_empty())
        else {
            at.fault(
                format!("{name} is no data node"),
                "write source.table, such as ds_${0..7}.t_${0..15}",
            );
            return None;
        };
        // one fault per unknown source, not one per node
        if unknown.iter().any(|other| other == source) {
            continue;
        }
        match context.sources.find(at, source) {
            Some(source) => nodes.push(DataNode {
                source,
                table: table.into(),
            }),
            None => unknown.push(source.to_owned()),
        }
    }
    (unknown.is_empty() && !names.is_empty()).then_some(nodes)
}

/// `rw_0: 0-7,16` for each data source, as the data source of each slot.
fn read_placement(
    at: &Cursor<'_>,
    slots: usize,
    context: &ShardingContext<'_, '_>,
) -> Option<Vec<SourceId>> {
    let mut placed: Vec<Option<SourceId>> = vec![None; slots];
    for (name, at) in at.entries() {
        let Some(source) = context.sources.find(&at, name) else {
            continue;
        };
        for item in at.items() {
            for range in item
                .text()
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|range| !range.is_empty())
            {
                place_range(&item, range, source, &mut placed);
            }
        }
    }
    let missing: Vec<String> = (0..slots)
        .filter(|slot| placed.get(*slot).is_none_or(Option::is_none))
        .map(|slot| slot.to_string())
        .collect();
    if !missing.is_empty() {
        let few: Vec<_> = missing.iter().take(8).map(String::as_str).collect();
        at.fault(
            format!(
                "{} of {slots} slots have no data source: {} ...",
                missing.len(),
                few.join(", ")
            ),
            "place every slot once",
        );
    }
    placed.into_iter().collect()
}

fn place_range(at: &Cursor<'_>, range: &str, source: SourceId, placed: &mut [Option<SourceId>]) {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (Ok(first), Ok(last)) = (first.trim().parse::<usize>(), last.trim().parse::<usize>())
    else {
        return at.fault(
            format!("{range} is no range of slots"),
            "write such as 0-7,16",
        );
    };
    let count = placed.len();
    let Some(run) = placed.get_mut(first..=last).filter(|_| first <= last) else {
        return at.fault(
            format!("slots {range} lie outside 0-{}", count.saturating_sub(1)),
            "write slots below slot-count",
        );
    };
    if run.iter().any(Option::is_some) {
        return at.fault(
            format!("a slot of {range} is placed twice"),
            "place every slot once",
        );
    }
    run.fill(Some(source));
}

/// Where a table's parts stand, for faults found when it is compiled.
struct Places<'a> {
    nodes: Option<Cursor<'a>>,
    database: Option<Cursor<'a>>,
    table: Option<Cursor<'a>>,
    placement: Option<Cursor<'a>>,
}

/// What both kinds of tables have.
struct Common {
    declared: BTreeMap<String, ColumnKind>,
    key: Option<GeneratedKey>,
    options: TableOptions,
    normalize: Option<Normalize>,
    is_faulty: bool,
}

impl Common {
    fn read(name: &str, map: &Map<'_>, context: &ShardingContext<'_, '_>) -> Self {
        let key_at = map.take("keyGenerateStrategy");
        let key = match &key_at {
            Some(at) => key_generator::read_strategy(at, &context.generators),
            None => context
                .named_keys
                .get(&name.to_lowercase())
                .or(context.default_key.as_ref())
                .cloned(),
        };
        let audit = map
            .take("auditStrategy")
            .map(|at| Audit::read(&at, &context.auditors))
            .or_else(|| context.default_audit.clone());
        let audit = audit.unwrap_or_default();
        let defaults = TableOptions::default();
        let options = TableOptions {
            allow_full_route: map
                .take("allowFullRoute")
                .and_then(|at| at.choice(FULL_ROUTES))
                .unwrap_or_default(),
            max_route_nodes: map
                .take("maxRouteNodes")
                .and_then(|at| at.number(1..=65_536))
                .unwrap_or(defaults.max_route_nodes),
            allow_split_write: map
                .take("allowSplitWrite")
                .and_then(|at| at.boolean())
                .unwrap_or(false),
            allow_hint_disable: audit.allow_hint_disable,
            auditors: audit.names,
        };
        Self {
            is_faulty: key_at.is_some() && key.is_none(),
            declared: map
                .take("columns")
                .iter()
                .flat_map(Cursor::entries)
                .filter_map(read_column)
                .collect(),
            normalize: map.take("normalize").and_then(|at| read_normalize(&at)),
            key,
            options,
        }
    }

    fn compile(
        self,
        name: &str,
        layout: LayoutSpec,
        at: &Cursor<'_>,
        places: &Places<'_>,
        context: &ShardingContext<'_, '_>,
    ) -> Option<ShardedTable> {
        let spec = TableSpec {
            name: name.to_owned(),
            layout,
            declared: self.declared,
            key: self.key,
            options: self.options,
            normalize: self.normalize,
        };
        match ShardedTable::new(spec, context.sources.groups) {
            Ok(table) => (!self.is_faulty).then_some(table),
            Err(faults) => {
                for fault in faults {
                    let place = match fault.part {
                        TablePart::Nodes => &places.nodes,
                        TablePart::DatabaseStrategy => &places.database,
                        TablePart::TableStrategy => &places.table,
                        TablePart::Placement => &places.placement,
                    };
                    place
                        .as_ref()
                        .unwrap_or(at)
                        .fault(fault.cause.message, fault.cause.remedy);
                }
                None
            }
        }
    }
}

const FULL_ROUTES: &[(&str, FullRoute)] = &[
    ("false", FullRoute::Refuse),
    ("refuse", FullRoute::Refuse),
    ("read", FullRoute::Read),
    ("all", FullRoute::All),
];

fn read_normalize(at: &Cursor<'_>) -> Option<Normalize> {
    let found = Normalize::from_name(at.text()?);
    if found.is_none() {
        at.fault(
            format!("{} is no folding", at.scalar().unwrap_or_default()),
            "write exact or ascii_ci",
        );
    }
    found
}

/// `sku_id: bigint unsigned`
fn read_column((name, at): (&str, Cursor<'_>)) -> Option<(String, ColumnKind)> {
    let text = at.text()?.to_ascii_lowercase();
    let word: String = text
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    if let Some(integer) = ColumnKind::integer(&word, text.contains("unsigned")) {
        return Some((name.to_lowercase(), integer));
    }
    let kind = match word.as_str() {
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => {
            let collation = text
                .split_once("collate ")
                .map(|(_, collation)| collation.trim().to_owned());
            ColumnKind::Text {
                collation,
                length: ColumnKind::length(&text),
            }
        }
        "" => {
            at.fault(
                format!("{text} is no type of a column"),
                "write such as bigint, bigint unsigned, varchar(64) collate utf8mb4_bin",
            );
            return None;
        }
        other => Moments::of(other, ColumnKind::length(&text))
            .map_or_else(|| ColumnKind::Other(other.to_owned()), ColumnKind::DateTime),
    };
    Some((name.to_lowercase(), kind))
}

/// An `auditStrategy`.
#[derive(Clone, Debug, Default)]
pub(super) struct Audit {
    names: Vec<String>,
    allow_hint_disable: bool,
}

impl Audit {
    /// Reads it; `auditors` are the known names.
    pub(super) fn read(at: &Cursor<'_>, auditors: &[&str]) -> Self {
        let map = at.map(Scope::Audit);
        let mut names = Vec::new();
        for item in map.take("auditorNames").iter().flat_map(Cursor::items) {
            let Some(name) = item.text() else { continue };
            if !auditors.contains(&name) {
                item.unknown_name("auditor", name, auditors.iter().copied());
            }
            names.push(name.to_owned());
        }
        let allow_hint_disable = map
            .take("allowHintDisable")
            .and_then(|at| at.boolean())
            .unwrap_or(true);
        map.finish();
        Self {
            names,
            allow_hint_disable,
        }
    }
}
