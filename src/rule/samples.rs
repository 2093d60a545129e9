//! Tables that the tests of this room place values on.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Algorithm, Balancer, Group, GroupCare, LayoutSpec, ShardedTable, Strategy, TableOptions,
    TableSpec, expand,
};
use crate::model::{DataNode, SourceId};

pub(super) fn algorithm(type_name: &str, props: &[(&str, &str)]) -> Arc<Algorithm> {
    let props: BTreeMap<String, String> = props
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    Arc::new(Algorithm::build(type_name, &props).unwrap())
}

pub(super) fn by(columns: &[&str], type_name: &str, props: &[(&str, &str)]) -> Strategy {
    Strategy::Columns {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        algorithm: algorithm(type_name, props),
    }
}

pub(super) fn groups(amount: u16) -> Vec<Group> {
    let group = |index| Group {
        name: format!("ds_{index}"),
        primary: format!("ds_{index}"),
        replicas: Vec::new(),
        balancer: Balancer::RoundRobin,
        read_your_writes_ms: 0,
        care: GroupCare::default(),
    };
    (0..amount).map(group).collect()
}

pub(super) fn spec(name: &str, layout: LayoutSpec) -> TableSpec {
    let options = TableOptions::default();
    TableSpec {
        name: name.to_owned(),
        layout,
        declared: BTreeMap::new(),
        key: None,
        options,
        normalize: None,
    }
}

fn nodes(expression: &str, groups: &[Group]) -> Vec<DataNode> {
    let name = |text: String| {
        let (source, table) = text.split_once('.').expect("source.table");
        let index = groups
            .iter()
            .position(|group| group.name == source)
            .expect("a known source");
        DataNode {
            source: SourceId(u16::try_from(index).unwrap()),
            table: table.into(),
        }
    };
    expand(expression).unwrap().into_iter().map(name).collect()
}

pub(super) fn two_level(
    expression: &str,
    database: Strategy,
    table: Strategy,
) -> Result<ShardedTable, String> {
    let groups = groups(8);
    let layout = LayoutSpec::Nodes {
        nodes: nodes(expression, &groups),
        database,
        table,
    };
    ShardedTable::new(spec("t", layout), &groups).map_err(|faults| faults[0].to_string())
}

pub(super) fn auto(name: &str, strategy: Strategy) -> ShardedTable {
    let sources = (0..8).map(SourceId).collect();
    ShardedTable::new(
        spec(
            name,
            LayoutSpec::Auto {
                sources,
                strategy,
                slot_placement: None,
            },
        ),
        &groups(8),
    )
    .unwrap()
}

pub(super) fn seed001() -> ShardedTable {
    let database = by(&["sku_id"], "HASH_MOD", &[("sharding-count", "8")]);
    let table = by(&["sku_id"], "HASH_MOD", &[("sharding-count", "16")]);
    two_level("ds_${0..7}.inv_stock_${0..15}", database, table).unwrap()
}

pub(super) fn slots() -> ShardedTable {
    let props = [
        ("sharding-count", "128"),
        ("hash", "xxh3"),
        ("slot-count", "64"),
        ("slot-columns", "sku_id"),
    ];
    auto(
        "inv_stock",
        by(&["sku_id", "warehouse_id"], "HASH_MOD", &props),
    )
}
