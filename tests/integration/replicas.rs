//! Reads on replicas, contract 8.1.

use std::collections::HashSet;

use crate::support::{Shop, ask, shop, value};

fn ports(shop: &Shop, primaries: bool) -> HashSet<String> {
    let pick = |pair: &'_ shardgate::lab::Pair| match primaries {
        true => pair.primary.port().to_string(),
        false => pair.replica.as_ref().unwrap().port().to_string(),
    };
    shop.farm.pairs().iter().map(pick).collect()
}

#[test]
fn a_plain_read_is_a_replicas_and_everything_else_a_primarys() {
    let shop = shop();
    let mut writer = shop.connect();
    let sku = shop.stocked(&mut writer, 1);
    shop.farm.catch_up().unwrap();
    let (primaries, replicas) = (ports(shop, true), ports(shop, false));
    let mut conn = shop.connect();
    let read = format!("SELECT @@port FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1");
    assert!(replicas.contains(&value(&mut conn, &read)));
    for sql in [
        format!("/*+ PROXY_DS=primary */ {read}"),
        format!("/*+ PROXY_HINT(PRIMARY_ONLY=true) */ {read}"),
        format!("/* SHARDINGSPHERE_HINT: WRITE_ROUTE_ONLY=true */ {read}"),
        format!("/* shardgate: primary */ {read}"),
        format!("{read} FOR UPDATE"),
        format!("{read} LOCK IN SHARE MODE"),
    ] {
        assert!(primaries.contains(&value(&mut conn, &sql)), "{sql}");
    }
    ask(&mut conn, "BEGIN").unwrap();
    assert!(primaries.contains(&value(&mut conn, &read)));
    ask(&mut conn, "COMMIT").unwrap();
}

#[test]
fn a_session_reads_its_own_write_at_once() {
    let shop = shop();
    let mut conn = shop.connect();
    for _ in 0..20 {
        let sku = shop.stocked(&mut conn, 7);
        let sql = format!("SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1");
        assert_eq!(value(&mut conn, &sql), "7");
    }
}
