//! A write over several nodes of one data source whose COMMIT loses its connection: told as unknown, never repeated,
//! nothing half written (contract 4.4, 7.3).

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use shardgate::lab::{Configuration, Server};

use crate::support::{Cut, Cutter, Placement, Proxy, ProxyOptions, Shop, ask, refusal, token};

const LAYOUT: &str = include_str!("../../config/ecommerce.yaml");

/// The shop's servers behind a proxy that reaches one schema's primary over the cutter.
fn behind_cutter(shop: &Shop, schema: usize) -> (Proxy, Cutter) {
    let primary = &shop.farm.pair_of(schema).primary;
    let cutter = Cutter::start(primary.address());
    let written = Configuration::write("", LAYOUT, &shop.farm, 4).unwrap();
    let text = fs::read_to_string(written.file("database.yaml")).unwrap();
    let name = &shop.farm.schemas()[schema];
    let (from, to) = (
        format!("127.0.0.1:{}/{name}\"", primary.port()),
        // in clear, so that the COMMIT is seen
        format!("127.0.0.1:{}/{name}?sslMode=DISABLED\"", cutter.port()),
    );
    assert_eq!(text.matches(&from).count(), 1);
    let options = ProxyOptions {
        files: vec![("database.yaml", text.replace(&from, &to))],
        ..ProxyOptions::default()
    };
    (Proxy::start(&shop.farm, &options), cutter)
}

/// Stock of the SKU in each of its two tables, once no transaction holds them.
fn stocks(server: &Server, schema: usize, sku: i64) -> Vec<String> {
    let tables = [0, 1].map(|split| Placement::slot(sku) * 2 + split);
    let rows = tables.map(|table| {
        format!("SELECT stock FROM ecom_{schema}.inv_stock_{table} WHERE sku_id = {sku} FOR UPDATE")
    });
    let sql = rows.map(|sql| format!("({sql})")).join(" UNION ALL ");
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match server.sql(&sql) {
            Ok(rows) => return rows.into_iter().map(|mut row| row.remove(0)).collect(),
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// A warehouse in each of the SKU's tables.
fn warehouses(sku: i64) -> [i64; 2] {
    [0, 1].map(|split| {
        (1..)
            .find(|warehouse| Placement::stock_table(sku, *warehouse) % 2 == split)
            .unwrap()
    })
}

#[test]
fn a_torn_commit_of_several_nodes_is_told_and_never_repeated_contract_7_3() {
    let shop = Shop::open(&ProxyOptions::default());
    let sku = shop.sku();
    let schema = usize::try_from(Placement::schema_of_sku(sku)).unwrap();
    let (proxy, cutter) = behind_cutter(&shop, schema);
    let server = &shop.farm.pair_of(schema).primary;
    let mut conn = proxy.connect();
    let [one, other] = warehouses(sku);
    let insert = format!(
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, {one}, 0), ({sku}, {other}, 0)"
    );
    ask(&mut conn, insert).unwrap();
    let (mut expected, mut cuts) = (0, 0);
    for cut in [Cut::Before, Cut::Behind] {
        for is_own in [true, false] {
            server.witness().unwrap();
            let mark = token();
            let update =
                format!("UPDATE inv_stock SET stock = stock + 1 WHERE sku_id = {sku} /* {mark} */");
            if is_own {
                cutter.arm(cut);
                let told = refusal(&mut conn, &update);
                assert_eq!(
                    (told.code, told.state.as_str()),
                    (29009, "08S01"),
                    "{cut:?}: {told:?}"
                );
            } else {
                ask(&mut conn, "BEGIN").unwrap();
                assert_eq!(ask(&mut conn, &update).unwrap().affected(), 2);
                cutter.arm(cut);
                let told = refusal(&mut conn, "COMMIT");
                assert_eq!(told.code, 29009, "{cut:?}: {told:?}");
            }
            cuts += 1;
            expected += usize::from(cut == Cut::Behind);
            assert_eq!(cutter.cuts(), cuts);
            // both rows or none, and each node heard of it once
            let both = expected.to_string();
            assert_eq!(stocks(server, schema, sku), [both.clone(), both], "{cut:?}");
            let heard = server.testimony().unwrap().matches(&mark).count();
            assert_eq!(heard, 2, "{cut:?}");
        }
    }
    // the session goes on, out of the transaction, and writes again
    let update = format!("UPDATE inv_stock SET stock = stock + 1 WHERE sku_id = {sku}");
    assert_eq!(ask(&mut conn, &update).unwrap().affected(), 2);
    ask(&mut conn, "ROLLBACK").unwrap();
    assert_eq!(stocks(server, schema, sku), ["3", "3"]);
}
