//! `rules:` of a database file, sorted by kind.

use crate::model::SourceId;
use crate::rule::{Group, TableRule};

use super::catalogue::Scope;
use super::cursor::Cursor;
use super::readwrite;
use super::sources::{Sources, expand_names};

/// The rules' places.
#[derive(Default)]
pub(super) struct Rules<'a> {
    /// `!SHARDING`
    pub sharding: Option<Cursor<'a>>,
    /// `!BROADCAST`
    pub broadcast: Vec<Cursor<'a>>,
    /// `!LOCAL`
    pub local: Vec<Cursor<'a>>,
    groups: Vec<Cursor<'a>>,
    single: Vec<Cursor<'a>>,
}

/// What `!SINGLE` says.
#[derive(Default)]
pub(super) struct SingleTables {
    /// Tables that are named.
    pub tables: Vec<TableRule>,
    /// `defaultDataSource`
    pub default_source: Option<SourceId>,
}

/// Tags that would change results or safety if they were ignored, and what to do instead.
const REFUSED: &[(&str, &str)] = &[
    ("ENCRYPT", "encrypt in the application, or at the servers"),
    (
        "COMPATIBLE_ENCRYPT",
        "encrypt in the application, or at the servers",
    ),
    ("MASK", "mask in the application, or grant a view"),
    ("SHADOW", "send test load to a database of its own"),
    (
        "DB_DISCOVERY",
        "name primary and replicas in !READWRITE_SPLITTING",
    ),
    ("TRAFFIC", "send the traffic to the other proxies there"),
];

const KNOWN: [&str; 5] = [
    "SHARDING",
    "READWRITE_SPLITTING",
    "BROADCAST",
    "SINGLE",
    "LOCAL",
];

impl<'a> Rules<'a> {
    /// Sorts the list.
    pub(super) fn sort(at: Option<&Cursor<'a>>) -> Self {
        let mut rules = Self::default();
        for item in at.into_iter().flat_map(Cursor::items) {
            rules.add(item);
        }
        rules
    }

    fn add(&mut self, at: Cursor<'a>) {
        let Some(tag) = at.tag().map(str::to_owned).or_else(|| guess_tag(&at)) else {
            at.fault(
                "a rule without tag",
                format!("write - !{}", KNOWN.join(", - !")),
            );
            return;
        };
        match tag.as_str() {
            "SHARDING" if self.sharding.is_some() => {
                at.fault("!SHARDING stands twice", "write one rule with all tables")
            }
            "SHARDING" => self.sharding = Some(at),
            "READWRITE_SPLITTING" => self.groups.push(at),
            "BROADCAST" => self.broadcast.push(at),
            "LOCAL" => self.local.push(at),
            "SINGLE" => self.single.push(at),
            other => match REFUSED.iter().find(|(tag, _)| *tag == other) {
                Some((tag, remedy)) => at.fault(
                    format!("!{tag} is not supported, and ignoring it would be wrong"),
                    *remedy,
                ),
                None => at.unknown_name("rule", other, KNOWN.into_iter()),
            },
        }
    }

    /// The read-write groups among the data sources called `declared`.
    pub(super) fn read_groups(&self, declared: &[&str]) -> Vec<Group> {
        let mut found: Vec<Group> = Vec::new();
        for (group, at) in self
            .groups
            .iter()
            .flat_map(|at| readwrite::read(at, declared))
        {
            if found.iter().any(|other| other.name == group.name)
                || (declared.contains(&group.name.as_str()) && group.name != group.primary)
            {
                at.fault(
                    format!("the name {} is taken", group.name),
                    "give the group a name of its own",
                );
            }
            if let Some(other) = found.iter().find(|other| other.primary == group.primary) {
                at.fault(
                    format!("{} is the primary of {} already", group.primary, other.name),
                    "a primary leads one group",
                );
                continue;
            }
            if let Some(other) = found.iter().find(|other| {
                other.replicas.contains(&group.primary) || group.replicas.contains(&other.primary)
            }) {
                at.warn(
                    format!("a server is a replica in one of the groups {} and {} and the primary of the other", other.name, group.name),
                    "name each server once",
                );
            }
            found.push(group);
        }
        found
    }

    /// Names of `tables:` of `!BROADCAST` or `!LOCAL`.
    pub(super) fn read_lists(&self, rules: &[Cursor<'a>]) -> Vec<(String, Cursor<'a>)> {
        let mut names = Vec::new();
        for at in rules {
            let map = at.map(Scope::TableList);
            for item in map
                .require("tables", "write tables: [a, b]")
                .iter()
                .flat_map(Cursor::items)
            {
                names.extend(
                    expand_names(&item)
                        .into_iter()
                        .map(|name| (name, item.clone())),
                );
            }
            map.finish();
        }
        names
    }

    /// What `!SINGLE` says.
    pub(super) fn read_single(&self, sources: &Sources<'_>) -> SingleTables {
        let mut single = SingleTables::default();
        for at in &self.single {
            let map = at.map(Scope::Single);
            for item in map.take("tables").iter().flat_map(Cursor::items) {
                single.tables.extend(
                    expand_names(&item)
                        .iter()
                        .filter_map(|name| read_single_table(name, &item, sources)),
                );
            }
            if let Some(at) = map.take("defaultDataSource") {
                single.default_source = at.text().and_then(|name| sources.find(&at, name));
            }
            map.finish();
        }
        single
    }
}

/// `source.table`; `source.*` and `*.*` name nothing, their tables are found in the default source.
fn read_single_table(name: &str, at: &Cursor<'_>, sources: &Sources<'_>) -> Option<TableRule> {
    let Some((source, table)) = name.split_once('.') else {
        at.fault(
            format!("{name} is no single table"),
            "write source.table, source.* or *.*",
        );
        return None;
    };
    if source == "*" && table == "*" {
        return None;
    }
    let id = sources.find(at, source)?;
    if table == "*" {
        if id != SourceId(0) {
            at.warn(
                format!("tables of {source} that are not named are not found: tables without a rule lie in the default data source"),
                format!("name them, such as {source}.orders, or write defaultDataSource: {source}"),
            );
        }
        return None;
    }
    Some(TableRule::Single {
        name: table.to_owned(),
        source: id,
    })
}

/// Files written without tags are told by keys that only one rule has.
fn guess_tag(at: &Cursor<'_>) -> Option<String> {
    if !at.is_mapping() {
        return None;
    }
    let keys: Vec<&str> = at.entries().into_iter().map(|(key, _)| key).collect();
    let has = |known: &[&str]| known.iter().any(|key| keys.contains(key));
    let tag = if has(&[
        "autoTables",
        "shardingAlgorithms",
        "bindingTables",
        "keyGenerators",
        "defaultDatabaseStrategy",
        "defaultTableStrategy",
    ]) {
        "SHARDING"
    } else if has(&["dataSourceGroups", "dataSources"]) {
        "READWRITE_SPLITTING"
    } else if has(&["defaultDataSource"]) {
        "SINGLE"
    } else if has(&["encryptors"]) {
        "ENCRYPT"
    } else if has(&["maskAlgorithms"]) {
        "MASK"
    } else if has(&["shadowAlgorithms"]) {
        "SHADOW"
    } else {
        return None;
    };
    Some(tag.to_owned())
}
