//! `!SHARDING`: the rule around its tables.

use std::collections::BTreeMap;

use crate::rule::{GeneratedKey, KeySpec, ShardedTable, Strategy};

use super::catalogue::Scope;
use super::cursor::{Cursor, Map};
use super::key_generator::{self, KeyGenerators};
use super::sharded_table::{self, Audit};
use super::sources::Sources;
use super::strategy::{StrategyContext, names, read_algorithms};
use super::typed;

/// What the rule says.
#[derive(Default)]
pub(super) struct Sharding<'a> {
    /// Its tables, each with its place.
    pub tables: Vec<(ShardedTable, Cursor<'a>)>,
    /// `bindingTables`
    pub binding: Vec<(Vec<String>, Cursor<'a>)>,
    /// `broadcastTables`
    pub broadcast: Vec<(String, Cursor<'a>)>,
    /// `keyGenerators`
    pub generators: BTreeMap<String, KeySpec>,
}

/// What its tables need to know of the rule.
pub(super) struct ShardingContext<'a, 's> {
    /// Data sources of the database.
    pub sources: &'s Sources<'s>,
    /// Algorithms.
    pub strategies: StrategyContext<'a>,
    /// Key generators.
    pub generators: KeyGenerators<'a>,
    /// `keyGenerateStrategies`, by folded table.
    pub named_keys: BTreeMap<String, GeneratedKey>,
    /// Names of `auditors`.
    pub auditors: Vec<&'a str>,
    /// `defaultDatabaseStrategy`
    pub default_database: Strategy,
    /// `defaultTableStrategy`
    pub default_table: Strategy,
    /// `defaultKeyGenerateStrategy`
    pub default_key: Option<GeneratedKey>,
    /// `defaultAuditStrategy`
    pub default_audit: Option<Audit>,
}

/// Reads the whole rule; `worker_id` is the process's own.
pub(super) fn read<'a>(at: &Cursor<'a>, sources: &Sources<'_>, worker_id: u16) -> Sharding<'a> {
    let map = at.map(Scope::Sharding);
    let context = read_context(&map, sources, worker_id);
    let mut found = Sharding::default();
    let mut declared = Vec::new();
    for (key, read) in [
        ("tables", sharded_table::read as sharded_table::Reader),
        ("autoTables", sharded_table::read_auto),
    ] {
        for (name, at) in map.take(key).iter().flat_map(Cursor::entries) {
            declared.push(name);
            found
                .tables
                .extend(read(name, &at, &context).map(|table| (table, at)));
        }
    }
    for item in map.take("bindingTables").iter().flat_map(Cursor::items) {
        let names = names(&item);
        check_binding(&names, &item, &declared);
        let is_read = |name: &String| {
            let mut tables = found.tables.iter();
            tables.any(|(table, _)| table.name.eq_ignore_ascii_case(name))
        };
        if names.iter().all(is_read) {
            found.binding.push((names, item));
        }
    }
    for item in map.take("broadcastTables").iter().flat_map(Cursor::items) {
        found
            .broadcast
            .extend(item.text().map(str::to_owned).map(|name| (name, item)));
    }
    map.finish();
    let generators = context.generators.into_iter();
    found.generators = generators
        .filter_map(|(name, spec)| Some((name.to_owned(), spec?)))
        .collect();
    found
}

fn read_context<'a, 's>(
    map: &Map<'a>,
    sources: &'s Sources<'s>,
    worker_id: u16,
) -> ShardingContext<'a, 's> {
    let strategies = StrategyContext {
        algorithms: map
            .take("shardingAlgorithms")
            .map(|at| read_algorithms(&at))
            .unwrap_or_default(),
        default_column: map.take("defaultShardingColumn").and_then(|at| at.text()),
    };
    let generators = map
        .take("keyGenerators")
        .map(|at| key_generator::read_all_generators(&at, worker_id))
        .unwrap_or_default();
    let auditors = map
        .take("auditors")
        .map(|at| read_auditors(&at))
        .unwrap_or_default();
    let strategy = |key| {
        map.take(key)
            .and_then(|at| strategies.read(&at))
            .unwrap_or_default()
    };
    ShardingContext {
        sources,
        default_database: strategy("defaultDatabaseStrategy"),
        default_table: strategy("defaultTableStrategy"),
        default_key: map
            .take("defaultKeyGenerateStrategy")
            .and_then(|at| key_generator::read_strategy(&at, &generators)),
        default_audit: map
            .take("defaultAuditStrategy")
            .map(|at| Audit::read(&at, &auditors)),
        named_keys: map
            .take("keyGenerateStrategies")
            .map(|at| key_generator::read_named(&at, &generators))
            .unwrap_or_default(),
        strategies,
        generators,
        auditors,
    }
}

fn read_auditors<'a>(at: &Cursor<'a>) -> Vec<&'a str> {
    let auditors = typed::read_all(at);
    for auditor in auditors.values() {
        auditor.checked_props(Scope::NoProps);
        if !auditor
            .type_name
            .eq_ignore_ascii_case("DML_SHARDING_CONDITIONS")
        {
            auditor.type_at.unknown_name(
                "type of auditor",
                auditor.type_name,
                ["DML_SHARDING_CONDITIONS"].into_iter(),
            );
        }
    }
    auditors.into_keys().collect()
}

/// A table that stands there with a fault of its own is no fault of its binding.
fn check_binding(names: &[String], at: &Cursor<'_>, declared: &[&str]) {
    for name in names {
        if !declared
            .iter()
            .any(|table| table.eq_ignore_ascii_case(name))
        {
            at.unknown_name("sharded table", name, declared.iter().copied());
        }
    }
    if names.len() < 2 {
        at.fault(
            "a binding needs two tables or more",
            "write them on one line: a, b",
        );
    }
}
