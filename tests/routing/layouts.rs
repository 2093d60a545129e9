//! The layouts that statements are routed in, built without any file.

use std::collections::BTreeMap;
use std::sync::Arc;

use shardgate::model::{Column, ColumnKind, DataNode, Schema, SourceId, TableSchema};
use shardgate::rule::{
    Algorithm, Balancer, Database, DatabaseParts, FullRoute, GeneratedKey, Group, GroupCare,
    KeySpec, LayoutSpec, ShardedTable, Strategy, TableOptions, TableRule, TableSpec,
};

/// A logical database with its columns.
pub struct Layout {
    /// Its rules.
    pub database: Database,
    /// Its columns.
    pub schema: Schema,
}

/// The layouts by name.
pub fn layout(name: &str) -> Layout {
    let inv_stock =
        |strategy: Strategy| auto_table("inv_stock", strategy, None, &TableOptions::default());
    match name {
        // databases and tables by sku_id, HASH_MOD 8 x 16, as ShardingSphere users have it
        "seed" => database("logic_db", two_levels("sku_id", "sku_id"), None),
        // a table that has grown: the rule is named as its first node is, in other letters
        "grown" => {
            let mut table = two_level_spec("INV_STOCK_0", "inv_stock", "sku_id", "sku_id");
            let bigint = ColumnKind::Integer {
                unsigned: false,
                bits: 64,
            };
            table.declared.insert("sku_id".to_owned(), bigint);
            database("logic_db", vec![sharded(table)], None)
        }
        // databases by warehouse_id, tables by sku_id
        "two" => database("logic_db", two_levels("warehouse_id", "sku_id"), None),
        // 128 tables numbered through
        "auto" => database(
            "logic_db",
            vec![inv_stock(hash_mod("sku_id", &[("sharding-count", "128")]))],
            None,
        ),
        // the recommended layout: 64 slots by sku_id, 2 splits of each by warehouse
        "shop" => database(
            "ecommerce",
            shop(TableOptions::default()),
            Some(&["outbox"]),
        ),
        // the same, with writes over several data sources
        "split" => database(
            "ecommerce",
            shop(TableOptions {
                allow_split_write: true,
                ..TableOptions::default()
            }),
            Some(&["outbox"]),
        ),
        // the same, with keyless writes over at most 20 nodes
        "full" => database(
            "ecommerce",
            shop(TableOptions {
                allow_full_route: FullRoute::All,
                allow_split_write: true,
                max_route_nodes: 20,
                ..TableOptions::default()
            }),
            Some(&["outbox"]),
        ),
        other => panic!("no layout {other}"),
    }
}

fn shop(options: TableOptions) -> Vec<TableRule> {
    let stock = [
        ("sharding-count", "128"),
        ("hash", "xxh3"),
        ("slot-count", "64"),
        ("slot-columns", "sku_id"),
    ];
    let reservation = [
        ("sharding-count", "64"),
        ("hash", "xxh3"),
        ("slot-count", "64"),
        ("slot-columns", "sku_id"),
    ];
    vec![
        auto_table(
            "inv_stock",
            hash_mod("sku_id,warehouse_id", &stock),
            Some("id"),
            &options,
        ),
        auto_table(
            "inv_reservation",
            hash_mod("sku_id", &reservation),
            Some("id"),
            &options,
        ),
        // its generated key is its sharding key
        auto_table(
            "orders",
            hash_mod("order_id", &[("sharding-count", "16")]),
            Some("order_id"),
            &options,
        ),
        auto_table(
            "session_log",
            hash_mod("token", &[("sharding-count", "16")]),
            None,
            &options,
        ),
    ]
}

fn two_levels(by_database: &str, by_table: &str) -> Vec<TableRule> {
    let table = |name| sharded(two_level_spec(name, name, by_database, by_table));
    vec![table("inv_stock"), table("inv_reservation")]
}

fn two_level_spec(name: &str, actual: &str, by_database: &str, by_table: &str) -> TableSpec {
    let nodes = (0..8_u16).flat_map(|source| {
        (0..16).map(move |table| DataNode {
            source: SourceId(source),
            table: Arc::from(format!("{actual}_{table}")),
        })
    });
    TableSpec {
        name: name.to_owned(),
        layout: LayoutSpec::Nodes {
            nodes: nodes.collect(),
            database: hash_mod(by_database, &[("sharding-count", "8")]),
            table: hash_mod(by_table, &[("sharding-count", "16")]),
        },
        declared: BTreeMap::new(),
        key: Some(snowflake("id")),
        options: TableOptions::default(),
        normalize: None,
    }
}

fn auto_table(
    name: &str,
    strategy: Strategy,
    key: Option<&str>,
    options: &TableOptions,
) -> TableRule {
    sharded(TableSpec {
        name: name.to_owned(),
        layout: LayoutSpec::Auto {
            sources: (0..8).map(SourceId).collect(),
            strategy,
            slot_placement: None,
        },
        declared: BTreeMap::new(),
        key: key.map(snowflake),
        options: options.clone(),
        normalize: None,
    })
}

fn snowflake(column: &str) -> GeneratedKey {
    let generator = KeySpec::Snowflake {
        worker_id: 0,
        max_vibration_offset: 1,
        max_tolerate_ms: 5,
        epoch_ms: 0,
    };
    GeneratedKey {
        column: column.to_owned(),
        generator,
    }
}

fn hash_mod(columns: &str, props: &[(&str, &str)]) -> Strategy {
    let props = props
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let columns = columns.split(',').map(str::to_owned).collect();
    Strategy::Columns {
        columns,
        algorithm: Arc::new(Algorithm::build("HASH_MOD", &props).unwrap()),
    }
}

fn sharded(spec: TableSpec) -> TableRule {
    TableRule::Sharded(Arc::new(ShardedTable::new(spec, &groups()).unwrap()))
}

fn groups() -> Vec<Group> {
    let group = |index: u16| Group {
        name: format!("ds_{index}"),
        primary: format!("ds_{index}_primary"),
        replicas: vec![format!("ds_{index}_replica")],
        balancer: Balancer::RoundRobin,
        read_your_writes_ms: 0,
        care: GroupCare::default(),
    };
    (0..8).map(group).collect()
}

fn database(name: &str, mut tables: Vec<TableRule>, local: Option<&[&str]>) -> Layout {
    let sources: Vec<SourceId> = (0..8).map(SourceId).collect();
    for name in ["dict_currency", "dict_region"] {
        tables.push(TableRule::Broadcast {
            name: name.to_owned(),
            sources: sources.clone(),
        });
    }
    for name in local.unwrap_or_default() {
        tables.push(TableRule::Local {
            name: (*name).to_owned(),
            sources: sources.clone(),
        });
    }
    tables.push(TableRule::Single {
        name: "orders_audit".to_owned(),
        source: SourceId(0),
    });
    tables.push(TableRule::Single {
        name: "report".to_owned(),
        source: SourceId(3),
    });
    let parts = DatabaseParts {
        name: name.to_owned(),
        groups: groups(),
        schemas: (0..8).map(|index| format!("ecom_{index}")).collect(),
        tables,
        binding: Vec::new(),
        default_source: SourceId(0),
        catalog_source: None,
        allows_cross_shard: false,
        ..DatabaseParts::default()
    };
    Layout {
        database: Database::new(parts).unwrap(),
        schema: schema(),
    }
}

fn schema() -> Schema {
    let mut schema = Schema::default();
    let int = |name: &str| {
        column(
            name,
            ColumnKind::Integer {
                unsigned: false,
                bits: 64,
            },
        )
    };
    let bin = |name: &str| {
        column(
            name,
            ColumnKind::Text {
                collation: Some("utf8mb4_bin".to_owned()),
                length: Some(20),
            },
        )
    };
    let text = |name: &str| {
        column(
            name,
            ColumnKind::Text {
                collation: Some("utf8mb4_general_ci".to_owned()),
                length: None,
            },
        )
    };
    let other = |name: &str, kind: &str| column(name, ColumnKind::Other(kind.to_owned()));
    let mut table = |name: &str, columns: Vec<Column>| {
        schema.insert(
            name,
            TableSchema {
                columns,
                ..TableSchema::default()
            },
        )
    };
    table(
        "inv_stock",
        vec![
            int("id"),
            int("sku_id"),
            int("warehouse_id"),
            int("stock"),
            int("reserved"),
            int("version"),
            other("updated_at", "timestamp"),
        ],
    );
    table(
        "inv_reservation",
        vec![
            int("id"),
            text("order_no"),
            int("sku_id"),
            int("warehouse_id"),
            int("qty"),
            other("expire_at", "timestamp"),
            int("status"),
        ],
    );
    table(
        "orders",
        vec![int("order_id"), int("buyer_id"), other("total", "decimal")],
    );
    table("session_log", vec![bin("token"), text("note")]);
    table(
        "outbox",
        vec![
            int("id"),
            text("event_type"),
            other("payload", "json"),
            other("created_at", "datetime"),
            int("status"),
        ],
    );
    table(
        "dict_currency",
        vec![text("code"), text("name"), int("decimals")],
    );
    table(
        "dict_region",
        vec![int("id"), text("name"), text("currency")],
    );
    table(
        "orders_audit",
        vec![int("id"), int("sku_id"), int("status")],
    );
    table("report", vec![int("id"), text("body")]);
    schema
}

fn column(name: &str, kind: ColumnKind) -> Column {
    Column {
        name: name.to_owned(),
        kind,
        auto_increment: false,
        is_invisible: false,
        is_zerofill: false,
        is_boolean: false,
    }
}
