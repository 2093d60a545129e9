//! Generated keys, contract 9.3 and 3.4.

use std::collections::HashSet;
use std::thread;

use crate::support::{ask, number, rows, shop, value};

#[test]
fn an_insert_without_the_key_column_gets_one_and_says_which() {
    let shop = shop();
    let mut conn = shop.connect();
    for (n, body) in [
        "(sku_id, warehouse_id, stock) VALUES ({sku}, 1, 1)",
        "(sku_id, warehouse_id, stock) VALUE ({sku}, 1, 1)",
        "(id, sku_id, warehouse_id, stock) VALUES (NULL, {sku}, 1, 1)",
        "(id, sku_id, warehouse_id, stock) VALUES (DEFAULT, {sku}, 1, 1)",
        "(id, sku_id, warehouse_id, stock) VALUES (0, {sku}, 1, 1)",
        "SET sku_id = {sku}, warehouse_id = 1, stock = 1",
        "VALUES (NULL, {sku}, 1, 1, 0, 0, NOW())",
    ]
    .iter()
    .enumerate()
    {
        let sku = shop.sku();
        let sql = format!(
            "INSERT INTO inv_stock {}",
            body.replace("{sku}", &sku.to_string())
        );
        let id = ask(&mut conn, &sql)
            .unwrap_or_else(|refusal| panic!("{n}: {sql}: {refusal:?}"))
            .insert_id();
        assert!(id > 0, "{sql}");
        assert_eq!(
            value(&mut conn, "SELECT LAST_INSERT_ID()"),
            id.to_string(),
            "{sql}"
        );
        let read = format!("SELECT id FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1");
        assert_eq!(value(&mut conn, &read), id.to_string(), "{sql}");
    }
}

#[test]
fn an_explicit_key_is_kept_and_leaves_last_insert_id_alone() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    let generated = value(&mut conn, "SELECT LAST_INSERT_ID()");
    ask(
        &mut conn,
        format!(
            "INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES ({sku}, {sku}, 2, 1)"
        ),
    )
    .unwrap();
    let read = format!("SELECT id FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 2");
    assert_eq!(value(&mut conn, &read), sku.to_string());
    assert_eq!(value(&mut conn, "SELECT LAST_INSERT_ID()"), generated);
}

#[test]
fn last_insert_id_is_the_sessions_own() {
    let shop = shop();
    let (mut one, mut two) = (shop.connect(), shop.connect());
    shop.stocked(&mut one, 1);
    let id = number(&mut one, "SELECT LAST_INSERT_ID()");
    assert_eq!(number(&mut two, "SELECT LAST_INSERT_ID()"), 0);
    shop.stocked(&mut two, 1);
    assert_eq!(number(&mut one, "SELECT LAST_INSERT_ID()"), id);
}

#[test]
fn last_insert_id_serves_inside_a_statement_on_another_server() {
    let shop = shop();
    let mut conn = shop.connect();
    let (first, second) = shop.two_apart();
    ask(
        &mut conn,
        format!("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({first}, 1, 1)"),
    )
    .unwrap();
    let id = value(&mut conn, "SELECT LAST_INSERT_ID()");
    ask(
        &mut conn,
        format!("INSERT INTO inv_reservation (id, order_no, sku_id, warehouse_id, qty) VALUES (5 + {second}, LAST_INSERT_ID(), {second}, 1, 1)"),
    )
    .unwrap();
    let read = format!("SELECT order_no FROM inv_reservation WHERE sku_id = {second}");
    assert_eq!(value(&mut conn, &read), id);
}

#[test]
fn ids_of_many_sessions_are_unique_and_grow_within_each() {
    let shop = shop();
    let ids: Vec<Vec<i64>> = thread::scope(|scope| {
        let sessions: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut conn = shop.connect();
                    (0..50)
                        .map(|_| {
                            shop.stocked(&mut conn, 1);
                            number(&mut conn, "SELECT LAST_INSERT_ID()")
                        })
                        .collect()
                })
            })
            .collect();
        sessions
            .into_iter()
            .map(|session| session.join().unwrap())
            .collect()
    });
    assert!(ids.iter().all(|ids| ids.is_sorted_by(|a, b| a < b)));
    let unique: HashSet<i64> = ids.iter().flatten().copied().collect();
    assert_eq!(unique.len(), 400);
}

#[test]
fn a_local_tables_own_auto_increment_is_answered_as_it_is() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    ask(&mut conn, "BEGIN").unwrap();
    ask(
        &mut conn,
        format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {sku} AND warehouse_id = 1"),
    )
    .unwrap();
    let event = format!(
        "INSERT INTO outbox (event_type, payload, created_at) VALUES ('T', JSON_OBJECT('sku', {sku}), NOW())"
    );
    let id = ask(&mut conn, event).unwrap().insert_id();
    assert!(id > 0);
    assert_eq!(
        rows(&mut conn, "SELECT LAST_INSERT_ID()"),
        [[id.to_string()]]
    );
    ask(&mut conn, "COMMIT").unwrap();
}
