//! The walk through one logical database's file.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::SourceId;
use crate::rule::{Database, DatabaseParts, Group, TableRule};

use super::catalogue::Scope;
use super::cursor::{Cursor, Place};
use super::data_sources::{self, Found, Source};
use super::firewall;
use super::rules::{Rules, SingleTables};
use super::sharding::{self, Sharding};
use super::sources::Sources;

/// One logical database with its servers.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// What is routed how.
    pub database: Database,
    /// Its physical data sources, in the order of the file; members of read-write groups each for itself.
    pub sources: Vec<Source>,
    /// Where its parts stand, for warnings.
    pub places: DatabasePlaces,
}

/// Where parts of a database stand in its file.
#[derive(Clone, Debug, Default)]
pub struct DatabasePlaces {
    /// The file's root.
    pub root: Place,
    /// `crossShard`
    pub cross_shard: Place,
    /// Sharded tables by folded name.
    pub tables: BTreeMap<String, Place>,
    /// Physical data sources, in the order of [`DatabaseConfig::sources`].
    pub sources: Vec<Place>,
}

/// Reads the whole file; `None` after a fault. `worker_id` is the process's own.
pub(super) fn read(root: &Cursor<'_>, worker_id: u16) -> Option<DatabaseConfig> {
    let map = root.map(Scope::Database);
    let name = map.take("databaseName").or_else(|| map.take("schemaName"));
    let sources_at = map.require(
        "dataSources",
        "declare each server as name: { url: ..., username: ..., password: ... }",
    );
    let found = sources_at
        .as_ref()
        .map(data_sources::read)
        .unwrap_or_default();
    let rules = Rules::sort(map.take("rules").as_ref());
    let cross_shard = map.take("crossShard");
    let catalog = map.take("catalogDataSource");
    let firewall = map.take("sqlFirewall").map(|at| firewall::read(&at));
    map.finish();
    let declared: Vec<&str> = found.iter().map(|found| found.name).collect();
    let groups = groups(&declared, &rules);
    let sources = Sources { groups: &groups };
    let sharding = rules
        .sharding
        .as_ref()
        .map(|at| sharding::read(at, &sources, worker_id))
        .unwrap_or_default();
    let single = rules.read_single(&sources);
    let places = DatabasePlaces {
        root: root.place(),
        cross_shard: cross_shard.as_ref().map(Cursor::place).unwrap_or_default(),
        tables: sharding
            .tables
            .iter()
            .map(|(table, at)| (table.name.to_lowercase(), at.place()))
            .collect(),
        sources: found.iter().map(|found| found.at.place()).collect(),
    };
    check_schemas(&found, &groups);
    if found.is_empty() {
        // said already
        return None;
    }
    let parts = DatabaseParts {
        name: name?.text()?.to_owned(),
        schemas: groups
            .iter()
            .map(|group| schema_of(group, &found))
            .collect(),
        binding: sharding
            .binding
            .iter()
            .map(|(names, _)| names.clone())
            .collect(),
        key_generators: sharding.generators.clone(),
        default_source: single.default_source.unwrap_or(SourceId(0)),
        catalog_source: catalog.and_then(|at| sources.find(&at, at.text()?)),
        allows_cross_shard: cross_shard
            .and_then(|at| at.choice(&[("allow", true), ("refuse", false)]))
            .unwrap_or(false),
        firewall,
        tables: tables(sharding, &rules, single, &sources),
        groups,
    };
    match Database::new(parts) {
        Ok(database) => {
            let sources = found
                .into_iter()
                .map(|found| found.source)
                .collect::<Option<Vec<_>>>()?;
            Some(DatabaseConfig {
                database,
                sources,
                places,
            })
        }
        Err(faults) => {
            for fault in faults {
                let text = fault.to_string();
                let (message, remedy) = text.split_once(": ").unwrap_or((&text, ""));
                root.fault(message, remedy);
            }
            None
        }
    }
}

/// Read-write groups, and every other data source as a group of one, in the order of `dataSources`.
fn groups(declared: &[&str], rules: &Rules<'_>) -> Vec<Group> {
    let mut declared_groups = rules.read_groups(declared);
    let is_replica = |name: &str, groups: &[Group]| {
        groups
            .iter()
            .any(|group| group.replicas.iter().any(|replica| replica == name))
    };
    let replicas: Vec<bool> = declared
        .iter()
        .map(|name| is_replica(name, &declared_groups))
        .collect();
    let mut groups = Vec::new();
    for (name, is_replica) in declared.iter().zip(replicas) {
        let leads = |group: &Group| group.primary == *name;
        if declared_groups.iter().any(leads) {
            groups.extend(declared_groups.iter().filter(|group| leads(group)).cloned());
            declared_groups.retain(|group| !leads(group));
        } else if !is_replica {
            groups.push(Group::alone(name));
        }
    }
    groups
}

fn schema_of(group: &Group, found: &[Found<'_>]) -> String {
    let primary = found.iter().find(|found| found.name == group.primary);
    primary
        .and_then(|found| found.source.as_ref())
        .map(|source| source.endpoint.schema.clone())
        .unwrap_or_default()
}

/// Two data sources that are one schema would hold every row twice; a group's members hold one schema under one name.
fn check_schemas(found: &[Found<'_>], groups: &[Group]) {
    let mut seen: BTreeMap<(&str, u16, &str), &str> = BTreeMap::new();
    for Found { name, at, source } in found {
        let Some(endpoint) = source.as_ref().map(|source| &source.endpoint) else {
            continue;
        };
        if groups.iter().any(|group| group.primary == *name)
            && let Some(first) =
                seen.insert((&endpoint.host, endpoint.port, &endpoint.schema), name)
        {
            at.fault(
                format!("{first} and {name} are the same schema of the same server"),
                "give each its own schema or server",
            );
        }
        let Some(group) = groups
            .iter()
            .find(|group| group.replicas.iter().any(|replica| replica == name))
        else {
            continue;
        };
        let schema = schema_of(group, found);
        if endpoint.schema != schema && !schema.is_empty() {
            let message = format!(
                "replica {name} has schema {}, its primary has {schema}",
                endpoint.schema
            );
            at.fault(
                message,
                "a replica holds its primary's schema under the same name",
            );
        }
    }
}

fn tables(
    sharding: Sharding<'_>,
    rules: &Rules<'_>,
    single: SingleTables,
    sources: &Sources<'_>,
) -> Vec<TableRule> {
    let mut tables: Vec<TableRule> = Vec::new();
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for (table, _) in sharding.tables {
        taken.insert(table.name.to_lowercase(), "a sharded table");
        tables.push(TableRule::Sharded(Arc::new(table)));
    }
    let broadcast = sharding
        .broadcast
        .into_iter()
        .chain(rules.read_lists(&rules.broadcast));
    let lists = [
        (broadcast.collect::<Vec<_>>(), "a broadcast table"),
        (rules.read_lists(&rules.local), "a local table"),
    ];
    for (index, (list, kind)) in lists.into_iter().enumerate() {
        for (name, at) in list {
            if let Some(other) = taken.insert(name.to_lowercase(), kind) {
                at.fault(format!("{name} is {other} already"), "keep one of the two");
                continue;
            }
            let sources = sources.all();
            tables.push(if index == 0 {
                TableRule::Broadcast { name, sources }
            } else {
                TableRule::Local { name, sources }
            });
        }
    }
    tables.extend(
        single
            .tables
            .into_iter()
            .filter(|rule| !taken.contains_key(&rule.name().to_lowercase())),
    );
    tables
}
