//! `!READWRITE_SPLITTING`: groups of one primary and its replicas, in the three shapes that ShardingSphere had.

use std::collections::BTreeMap;

use crate::rule::{Balancer, Group, GroupCare, NoReplica, TransactionalReads};

use super::catalogue::Scope;
use super::cursor::{Cursor, Map};
use super::typed::{Typed, read_all};

/// How long a session reads at the primary after its write, unless the group says otherwise (contract 8.1).
const READ_YOUR_WRITES_MS: u64 = 200;
/// How long a read waits for a write's GTID on a replica, unless the group says otherwise (contract 8.3).
const GTID_WAIT_MS: u64 = 100;
/// Longest time that a key may say.
const DAY_MS: u64 = 86_400_000;

/// Reads the rule's groups, each with its place.
pub(super) fn read<'a>(cursor: &Cursor<'a>, sources: &[&str]) -> Vec<(Group, Cursor<'a>)> {
    let map = cursor.map(Scope::ReadwriteSplitting);
    let balancers = map
        .take("loadBalancers")
        .map(|at| read_all(&at))
        .unwrap_or_default();
    let groups: Vec<_> = ["dataSourceGroups", "dataSources"]
        .iter()
        .filter_map(|key| map.take(key))
        .flat_map(|at| at.entries())
        .collect();
    if groups.is_empty() {
        cursor.fault("no group", "declare groups as dataSourceGroups: { rw_0: { writeDataSourceName: ..., readDataSourceNames: [...] } }");
    }
    map.finish();
    let read = |(name, at): (&str, Cursor<'a>)| {
        read_group(name, &at, sources, &balancers).map(|group| (group, at))
    };
    let found: Vec<_> = groups.into_iter().filter_map(read).collect();
    for (name, balancer) in &balancers {
        check_balancer(name, balancer);
    }
    found
}

fn read_group(
    name: &str,
    at: &Cursor<'_>,
    sources: &[&str],
    balancers: &BTreeMap<&str, Typed<'_>>,
) -> Option<Group> {
    let map = at.map(Scope::Group);
    let nested = map
        .take("staticStrategy")
        .map(|at| at.map(Scope::StaticStrategy));
    let members = nested.as_ref().unwrap_or(&map);
    let primary = members.require(
        "writeDataSourceName",
        "name the data source that takes writes",
    );
    let replicas = members.take("readDataSourceNames");
    let balancer = map.take("loadBalancerName");
    let window = map
        .take("readYourWritesMs")
        .and_then(|at| at.number(0..=DAY_MS));
    let (mut care, delayed) = read_care(&map);
    if let Some(nested) = &nested {
        nested.finish();
    }
    map.finish();
    let primary = known_source(&primary?, sources)?;
    let replicas: Vec<String> = replicas
        .iter()
        .flat_map(Cursor::items)
        .filter_map(|item| known_source(&item, sources))
        .collect();
    care.delayed = read_delayed(delayed.as_ref(), &replicas);
    if replicas.contains(&primary) {
        at.fault(
            format!("{primary} is both primary and replica of {name}"),
            "name each server once",
        );
    }
    let balancer = balancer
        .and_then(|at| read_balancer(&at, balancers, &replicas))
        .unwrap_or(Balancer::RoundRobin);
    let read_your_writes_ms = window.unwrap_or(READ_YOUR_WRITES_MS);
    Some(Group {
        name: name.to_owned(),
        primary,
        replicas,
        balancer,
        read_your_writes_ms,
        care,
    })
}

/// How the group is watched; the delayed replicas can be read only when the replicas are known.
fn read_care<'a>(map: &Map<'a>) -> (GroupCare, Option<Cursor<'a>>) {
    let mut care = GroupCare::default();
    let time = |key, least| map.take(key).and_then(|at| at.number(least..=DAY_MS));
    if let Some(at) = map.take("transactionalReadQueryStrategy") {
        care.transactional_reads = read_transactional(&at);
    }
    if let Some(at) = map.take("maxReplicaLagMs") {
        care.max_replica_lag_ms = match at.scalar() {
            Some("unlimited") => None,
            _ => at.number(1..=DAY_MS).or(care.max_replica_lag_ms),
        };
    }
    let wait_ms = time("gtidWaitMs", 0).unwrap_or(GTID_WAIT_MS);
    let by_gtid = map
        .take("readYourWrites")
        .and_then(|at| at.choice(&[("window", false), ("gtid", true)]))
        .unwrap_or(false);
    care.gtid_wait_ms = by_gtid.then_some(wait_ms);
    if let Some(at) = map.take("noFreshReplica") {
        let choices = [
            ("primary", NoReplica::Primary),
            ("refuse", NoReplica::Refuse),
        ];
        care.no_replica = at.choice(&choices).unwrap_or_default();
    }
    care.probe_interval_ms = time("probeIntervalMs", 0).unwrap_or(care.probe_interval_ms);
    care.probe_timeout_ms = time("probeTimeoutMs", 1).unwrap_or(care.probe_timeout_ms);
    care.failover_buffer_ms = time("failoverBufferMs", 0).unwrap_or(care.failover_buffer_ms);
    care.failover_buffer_statements = map
        .take("failoverBufferStatements")
        .and_then(|at| at.number(0..=1_000_000))
        .unwrap_or(care.failover_buffer_statements);
    care.heartbeat_table = map
        .take("heartbeatTable")
        .and_then(|at| read_heartbeat(&at));
    (care, map.take("delayedDataSourceNames"))
}

/// The name goes into statements of our own: an ordinary name and nothing else.
fn read_heartbeat(at: &Cursor<'_>) -> Option<String> {
    let name = at.text()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.len() <= 64 && name.chars().all(is_plain) {
        return Some(name.to_owned());
    }
    at.fault(
        format!("{name} is no name for the heartbeat table"),
        "use letters, digits and _, at most 64",
    );
    None
}

fn read_delayed(at: Option<&Cursor<'_>>, replicas: &[String]) -> Vec<String> {
    let items = at.into_iter().flat_map(Cursor::items);
    let names = replicas.iter().map(String::as_str);
    items
        .filter_map(|item| {
            let name = item.text()?;
            if replicas.iter().any(|replica| replica == name) {
                return Some(name.to_owned());
            }
            item.unknown_name("replica", name, names.clone());
            None
        })
        .collect()
}

fn known_source(at: &Cursor<'_>, sources: &[&str]) -> Option<String> {
    let name = at.text()?;
    if sources.contains(&name) {
        return Some(name.to_owned());
    }
    at.unknown_name("data source", name, sources.iter().copied());
    None
}

/// Only transactions begun READ ONLY ever read on a replica, and each keeps to one: a snapshot is one server's.
fn read_transactional(at: &Cursor<'_>) -> TransactionalReads {
    let choices = [
        ("PRIMARY", (TransactionalReads::Primary, true)),
        ("FIXED", (TransactionalReads::Replica, true)),
        ("DYNAMIC", (TransactionalReads::Replica, false)),
    ];
    let (reads, is_exact) = at.choice(&choices).unwrap_or_default();
    if at.scalar().is_some() && !is_exact && reads == TransactionalReads::Replica {
        at.warn(
            "a transaction reads on one replica from its first read to its end, not on another one for each statement",
            "write FIXED, which says so",
        );
    }
    reads
}

fn read_balancer(
    at: &Cursor<'_>,
    balancers: &BTreeMap<&str, Typed<'_>>,
    replicas: &[String],
) -> Option<Balancer> {
    let name = at.text()?;
    let Some(typed) = balancers.get(name) else {
        at.unknown_name("load balancer", name, balancers.keys().copied());
        return None;
    };
    match kind(typed.type_name)? {
        Kind::RoundRobin => Some(Balancer::RoundRobin),
        Kind::Random => Some(Balancer::Random),
        Kind::LeastConnections => Some(Balancer::LeastConnections),
        Kind::Weight => Some(Balancer::Weight(weights(typed, replicas))),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    RoundRobin,
    Random,
    Weight,
    LeastConnections,
}

/// Types and the variants that 5.1 and 5.2 knew, which differ only inside a transaction.
const KINDS: &[(&str, Kind)] = &[
    ("ROUND_ROBIN", Kind::RoundRobin),
    ("RANDOM", Kind::Random),
    ("WEIGHT", Kind::Weight),
    ("LEAST_CONNECTIONS", Kind::LeastConnections),
    ("TRANSACTION_ROUND_ROBIN", Kind::RoundRobin),
    ("TRANSACTION_RANDOM", Kind::Random),
    ("TRANSACTION_WEIGHT", Kind::Weight),
];

fn kind(type_name: &str) -> Option<Kind> {
    KINDS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(type_name))
        .map(|(_, kind)| *kind)
}

fn check_balancer(name: &str, typed: &Typed<'_>) {
    match kind(typed.type_name) {
        None => typed.at.unknown_name(
            "type of load balancer",
            typed.type_name,
            KINDS.iter().take(4).map(|(name, _)| *name),
        ),
        Some(Kind::Weight) => {
            for at in typed.props.values() {
                at.number(0..=1_000_000_u32);
            }
        }
        Some(_) => {
            for at in typed.props.values() {
                at.fault(
                    format!("load balancer {name} has no such property"),
                    "remove it",
                );
            }
        }
    }
}

fn weights(typed: &Typed<'_>, replicas: &[String]) -> Vec<u32> {
    let weight = |replica: &String| match typed.props.get(replica.as_str()) {
        Some(at) => at.scalar().and_then(|text| text.parse().ok()).unwrap_or(0),
        None => {
            typed.at.fault(
                format!("no weight for replica {replica}"),
                format!("add {replica}: 1 to props"),
            );
            0
        }
    };
    let weights: Vec<u32> = replicas.iter().map(weight).collect();
    if !weights.is_empty() && weights.iter().all(|weight| *weight == 0) {
        typed.at.fault(
            "all weights are 0",
            "give at least one replica a weight above 0",
        );
    }
    weights
}
