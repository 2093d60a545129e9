//! Broadcast and single tables, contract 4.7.

use crate::support::{ask, number, refusal, rows, shop};

#[test]
fn a_broadcast_write_reaches_every_data_source_once() {
    let shop = shop();
    let mut conn = shop.connect();
    let id = shop.sku();
    let answer = ask(
        &mut conn,
        format!("INSERT INTO dict_region (id, name) VALUES ({id}, 'Kowloon')"),
    )
    .unwrap();
    assert_eq!(answer.affected(), 1);
    let count = |shop: &crate::support::Shop| {
        shop.everywhere(&format!(
            "SELECT name FROM {{schema}}.dict_region WHERE id = {id}"
        ))
    };
    let found = count(shop);
    assert_eq!(found.len(), 8);
    assert!(found.iter().all(|(_, row)| row == &["Kowloon"]));
    assert_eq!(
        ask(
            &mut conn,
            format!("UPDATE dict_region SET name = 'Sha Tin' WHERE id = {id}")
        )
        .unwrap()
        .affected(),
        1
    );
    assert!(count(shop).iter().all(|(_, row)| row == &["Sha Tin"]));
    assert_eq!(
        ask(
            &mut conn,
            format!("DELETE FROM dict_region WHERE id = {id}")
        )
        .unwrap()
        .affected(),
        1
    );
    assert!(count(shop).is_empty());
}

#[test]
fn a_broadcast_table_is_read_on_one_data_source() {
    let shop = shop();
    let mut conn = shop.connect();
    let id = shop.sku();
    ask(
        &mut conn,
        format!("INSERT INTO dict_region (id, name) VALUES ({id}, 'Tai Po')"),
    )
    .unwrap();
    for _ in 0..10 {
        let sql =
            format!("/*+ PROXY_DS=primary */ SELECT COUNT(*) FROM dict_region WHERE id = {id}");
        assert_eq!(number(&mut conn, &sql), 1);
    }
}

#[test]
fn now_is_the_same_moment_on_every_server() {
    let shop = shop();
    let mut conn = shop.connect();
    let id = shop.sku();
    ask(
        &mut conn,
        format!("INSERT INTO dict_region (id, name) VALUES ({id}, NOW())"),
    )
    .unwrap();
    let mut moments: Vec<_> = shop.everywhere(&format!(
        "SELECT name FROM {{schema}}.dict_region WHERE id = {id}"
    ));
    moments.dedup_by(|a, b| a.1 == b.1);
    assert_eq!(moments.len(), 1);
}

#[test]
fn values_that_differ_by_server_are_refused() {
    let shop = shop();
    let mut conn = shop.connect();
    for value in ["UUID()", "RAND()", "@x", "CONNECTION_ID()"] {
        let id = shop.sku();
        refusal(
            &mut conn,
            &format!("INSERT INTO dict_region (id, name) VALUES ({id}, {value})"),
        );
        assert!(
            shop.everywhere(&format!(
                "SELECT 1 FROM {{schema}}.dict_region WHERE id = {id}"
            ))
            .is_empty(),
            "{value}"
        );
    }
}

#[test]
fn a_broadcast_write_in_a_transaction_is_29001() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    ask(&mut conn, "BEGIN").unwrap();
    ask(
        &mut conn,
        format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {sku} AND warehouse_id = 1"),
    )
    .unwrap();
    let id = shop.sku();
    assert_eq!(
        refusal(
            &mut conn,
            &format!("INSERT INTO dict_region (id, name) VALUES ({id}, 'x')")
        )
        .code,
        29001
    );
    ask(&mut conn, "ROLLBACK").unwrap();
}

#[test]
fn a_broadcast_table_joins_a_sharded_one_where_that_is() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 10);
    let id = shop.sku();
    ask(
        &mut conn,
        format!("INSERT INTO dict_region (id, name) VALUES ({id}, 'Central')"),
    )
    .unwrap();
    let sql = format!(
        "/*+ PROXY_DS=primary */ SELECT s.stock, r.name FROM inv_stock s JOIN dict_region r ON r.id = {id} \
         WHERE s.sku_id = {sku} AND s.warehouse_id = 1"
    );
    assert_eq!(rows(&mut conn, &sql), [["10", "Central"]]);
}

#[test]
fn a_table_without_a_rule_lives_in_one_data_source() {
    let shop = shop();
    let mut conn = shop.connect();
    let name = format!("single_{}", shop.sku());
    ask(
        &mut conn,
        format!("CREATE TABLE {name} (a INT PRIMARY KEY)"),
    )
    .unwrap();
    ask(&mut conn, format!("INSERT INTO {name} VALUES (1), (2)")).unwrap();
    assert_eq!(
        number(
            &mut conn,
            &format!("/*+ PROXY_DS=primary */ SELECT COUNT(*) FROM {name}")
        ),
        2
    );
    let sql = format!(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = '{{schema}}' AND table_name = '{name}'"
    );
    assert_eq!(shop.everywhere(&sql).len(), 1);
    ask(&mut conn, format!("DROP TABLE {name}")).unwrap();
}
