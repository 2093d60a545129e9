//! `shardgate verify-placement`: rows in place, out of place, and nodes that cannot be read.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{Placement, ProxyOptions, Shop, ask};

fn verify(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shardgate"))
        .args(["verify-placement", "--config"])
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap()
}

/// Exit code and document.
fn report(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["--format", "json"];
    all.extend(arguments);
    let output = verify(folder, &all);
    let text = String::from_utf8_lossy(&output.stdout);
    let document = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!(
            "{error}: {text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
    });
    (output.status.code().unwrap(), document)
}

fn table<'r>(report: &'r Value, name: &str) -> &'r Value {
    let tables = report["tables"].as_array().unwrap();
    tables.iter().find(|table| table["table"] == name).unwrap()
}

#[test]
fn every_row_that_the_rule_would_place_elsewhere_is_reported() {
    let mut shop = Shop::open(&ProxyOptions::default());
    let mut conn = shop.connect();
    let first = shop.skus(40);
    for sku in first..first + 40 {
        let rows: Vec<String> = (1..=4).map(|w| format!("({sku}, {w}, 1)")).collect();
        let sql = format!(
            "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES {}",
            rows.join(",")
        );
        ask(&mut conn, sql).unwrap();
    }
    // keys of several columns, of all kinds of text, more than a page of them on one node
    let ddl = "ALTER TABLE inv_reservation DROP PRIMARY KEY, ADD PRIMARY KEY (order_no, sku_id)";
    ask(&mut conn, ddl).unwrap();
    let rows: Vec<String> = (0..250)
        .map(|n| format!("('o''{n} ä€😀 \\\\', {first}, 1, 1)"))
        .collect();
    let sql = format!(
        "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES {}",
        rows.join(",")
    );
    ask(&mut conn, sql).unwrap();
    let folder = shop.proxy.folder().to_owned();
    let (code, clean) = report(&folder, &[]);
    assert_eq!(code, 0, "{clean}");
    assert_eq!(table(&clean, "inv_stock")["rows"], 160);
    assert_eq!(table(&clean, "inv_reservation")["rows"], 250);
    assert_eq!(clean["misplaced"], 0);

    // rows behind the proxy's back
    let (sku, warehouse) = (first, 7);
    let right = Placement::stock_table(sku, warehouse);
    let wrong = (right + 16) % 128;
    let (schema, right_schema) = (
        Placement::schema_of_table(wrong),
        Placement::schema_of_table(right),
    );
    let server = |schema: u64| &shop.farm.pair_of(usize::try_from(schema).unwrap()).primary;
    server(schema)
        .sql(&format!(
            "INSERT INTO ecom_{schema}.inv_stock_{wrong} (id, sku_id, warehouse_id, stock) VALUES (77, {sku}, {warehouse}, 1)"
        ))
        .unwrap();
    let reserved = (Placement::reservation_table(first) + 1) % 128;
    let reserved_schema = Placement::schema_of_table(reserved);
    server(reserved_schema)
        .sql(&format!(
            "INSERT INTO ecom_{reserved_schema}.inv_reservation_{reserved} (id, order_no, sku_id, warehouse_id, qty) VALUES (1, 'x''y', {first}, 1, 1)"
        ))
        .unwrap();
    let (code, found) = report(&folder, &["--table", "INV_STOCK"]);
    assert_eq!((code, found["tables"].as_array().unwrap().len()), (1, 1));
    let stock = table(&found, "inv_stock");
    assert_eq!(
        (stock["rows"].as_u64(), stock["misplaced"].as_u64()),
        (Some(161), Some(1))
    );
    let row = &stock["rows_misplaced"][0];
    assert_eq!(row["node"], format!("rw_{schema}.inv_stock_{wrong}"));
    assert_eq!(
        row["right_node"],
        format!("rw_{right_schema}.inv_stock_{right}")
    );
    assert_eq!(row["key"]["id"], "77");
    assert_eq!(row["values"]["sku_id"], sku.to_string());
    assert_eq!(row["as_quoted"], false);

    // slowly, in pages of 100, from the replicas; and once more from the file alone
    shop.farm.catch_up().unwrap();
    let progress = folder.join("progress.json");
    let gently = [
        "--table",
        "inv_reservation",
        "--rows-per-second",
        "100",
        "--replica",
        "--resume",
        progress.to_str().unwrap(),
    ];
    for _ in 0..2 {
        let (code, found) = report(&folder, &gently);
        let reservation = table(&found, "inv_reservation");
        assert_eq!(code, 1, "{found}");
        assert_eq!(
            (
                reservation["rows"].as_u64(),
                reservation["misplaced"].as_u64()
            ),
            (Some(251), Some(1))
        );
    }
    // another run is not that one's
    let other = verify(&folder, &["--resume", progress.to_str().unwrap()]);
    assert_eq!(other.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&other.stderr).contains("other rules"));

    // without a primary key: rows are counted by their values
    let ddl = "ALTER TABLE inv_reservation DROP PRIMARY KEY";
    ask(&mut conn, ddl).unwrap();
    let (code, found) = report(&folder, &["--table", "inv_reservation"]);
    let reservation = table(&found, "inv_reservation");
    assert_eq!(
        (
            code,
            reservation["rows"].as_u64(),
            reservation["misplaced"].as_u64()
        ),
        (1, Some(251), Some(1))
    );
    assert_eq!(reservation["rows_misplaced"][0]["rows"], 1);

    let text = verify(&folder, &["--table", "inv_stock"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(
        text.contains(&format!("belongs to rw_{right_schema}.inv_stock_{right}")),
        "{text}"
    );
    let unknown = verify(&folder, &["--table", "nowhere"]);
    assert_eq!(unknown.status.code(), Some(2));

    // a server that is down: its nodes are told, the others are read
    server(schema)
        .sql(&format!(
            "DELETE FROM ecom_{schema}.inv_stock_{wrong} WHERE id = 77"
        ))
        .unwrap();
    shop.farm.pairs_mut()[1].primary.kill();
    let (code, found) = report(&folder, &["--table", "inv_stock"]);
    assert_eq!(code, 2, "{found}");
    assert_eq!(found["unread_nodes"], 64);
    let nodes = table(&found, "inv_stock")["nodes"].as_array().unwrap();
    let told = nodes.iter().find(|node| !node["error"].is_null()).unwrap();
    let port = shop.farm.pairs()[1].primary.port().to_string();
    assert!(!told["error"].as_str().unwrap().contains(&port), "{told}");
}
