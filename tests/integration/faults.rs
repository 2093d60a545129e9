//! Data sources that go away: their statements are told so, and nobody else's.

use std::thread;
use std::time::Duration;

use mysql::prelude::Queryable;

use crate::support::{Placement, ProxyOptions, Shop, ask, rows};

/// A data source that is down costs its own statements an error, and nobody else anything.
#[test]
fn a_data_source_that_is_down_is_named_and_the_others_serve() {
    let mut shop = Shop::open(&ProxyOptions::default());
    let mut conn = shop.connect();
    let skus: Vec<i64> = (0..16).map(|_| shop.stocked(&mut conn, 1)).collect();
    let write = conn
        .prep("UPDATE inv_stock SET stock = ? WHERE sku_id = ? AND warehouse_id = 1")
        .unwrap();
    for sku in &skus {
        conn.exec_drop(&write, (1, sku)).unwrap();
    }
    shop.farm.pairs_mut()[1].primary.kill();
    // whatever node is down, others tell the columns
    for n in 0..8 {
        let sql =
            format!("SELECT stock + {n} FROM inv_stock WHERE sku_id = ? AND warehouse_id = 1");
        let prepared = (0..20).any(|_| conn.prep(&sql).is_ok());
        assert!(prepared, "{sql}");
    }
    let mut down = 0;
    for sku in &skus {
        let sql =
            format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {sku} AND warehouse_id = 1");
        let on_dead = Placement::schema_of_sku(*sku) % 2 == 1;
        match ask(&mut conn, &sql) {
            Ok(answer) => assert!(!on_dead && answer.affected() == 1),
            Err(refusal) => {
                assert!(on_dead, "{refusal:?}");
                assert!([29011, 29009].contains(&refusal.code), "{refusal:?}");
                let port = shop.farm.pairs()[1].primary.port().to_string();
                assert!(
                    !refusal.message.contains(&port),
                    "no addresses in errors: {refusal:?}"
                );
                down += 1;
            }
        }
    }
    assert!(down > 0);
    shop.farm.pairs_mut()[1].primary.restart().unwrap();
    let sku = skus
        .iter()
        .find(|sku| Placement::schema_of_sku(**sku) % 2 == 1)
        .unwrap();
    let sql = format!(
        "/*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
    );
    let back = (0..600).any(|_| {
        thread::sleep(Duration::from_millis(50));
        ask(&mut conn, &sql).is_ok()
    });
    assert!(back);
    assert_eq!(rows(&mut conn, &sql), [["1"]]);
    // the server has forgotten it; each of its data sources comes back in its own time
    for sku in &skus {
        let back = (0..600).any(|_| {
            let is_written = conn.exec_drop(&write, (3, sku)).is_ok();
            if !is_written {
                thread::sleep(Duration::from_millis(50));
            }
            is_written
        });
        assert!(back, "{sku}");
    }
    assert_eq!(rows(&mut conn, &sql), [["3"]]);
}

/// A lost backend inside a transaction: one error, and the session is rolled back, contract 7.3.
#[test]
fn a_backend_lost_inside_a_transaction_is_one_error() {
    let mut shop = Shop::open(&ProxyOptions::default());
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    let update =
        format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {sku} AND warehouse_id = 1");
    ask(&mut conn, "BEGIN").unwrap();
    ask(&mut conn, &update).unwrap();
    let at = usize::try_from(Placement::schema_of_sku(sku)).unwrap() % 2;
    shop.farm.pairs_mut()[at].primary.kill();
    shop.farm.pairs_mut()[at].primary.restart().unwrap();
    assert!(ask(&mut conn, &update).is_err());
    ask(&mut conn, "ROLLBACK").unwrap();
    let sql = format!(
        "/*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
    );
    let back = (0..600).any(|_| {
        thread::sleep(Duration::from_millis(50));
        ask(&mut conn, &sql).is_ok()
    });
    assert!(back);
    assert_eq!(rows(&mut conn, &sql), [["1"]]);
}
