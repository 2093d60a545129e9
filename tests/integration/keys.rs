//! Generated keys, contract 9.3 and 3.4.

use std::collections::HashSet;
use std::thread;

use mysql::consts::{ColumnFlags, ColumnType};
use mysql::prelude::Queryable;

use crate::support::{ask, number, refusal, rows, shop, value};

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

#[test]
fn an_application_asks_for_ids_before_it_has_a_row() {
    let shop = shop();
    let mut conn = shop.connect();
    let one = number(&mut conn, "SELECT SNOWFLAKE()");
    let by_table = number(&mut conn, "select snowflake('INV_STOCK') as id from dual");
    let all = rows(
        &mut conn,
        "SELECT SNOWFLAKE() a, SNOWFLAKE(inv_stock) AS `b`, SNOWFLAKE('snowflake')",
    );
    let all: Vec<i64> = all[0].iter().map(|id| id.parse().unwrap()).collect();
    assert!(one < by_table && by_table < all[0] && all.is_sorted_by(|a, b| a < b));
    // no server is asked, and EXPLAIN ROUTE says so
    let story = rows(&mut conn, "EXPLAIN ROUTE SELECT SNOWFLAKE()");
    let route: Vec<_> = story.iter().filter(|step| step[0] == "route").collect();
    assert!(
        route.len() == 1 && route[0][1].starts_with("the proxy answers it"),
        "{story:?}"
    );
    assert!(!story.iter().any(|step| step[0] == "sends"), "{story:?}");
    // an INSERT with such an id keeps it
    let sku = shop.sku();
    let sql = format!(
        "INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES ({one}, {sku}, 1, 1)"
    );
    ask(&mut conn, sql).unwrap();
    let read = format!("SELECT id FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1");
    assert_eq!(number(&mut conn, &read), one);
}

#[test]
fn an_id_has_the_metadata_of_a_bigint_and_is_prepared_too() {
    let shop = shop();
    let mut conn = shop.connect();
    let result = conn
        .query_iter("SELECT SNOWFLAKE(), SNOWFLAKE() AS id")
        .unwrap();
    let columns: Vec<_> = result.columns().as_ref().to_vec();
    let names: Vec<_> = columns.iter().map(|column| column.name_str()).collect();
    assert_eq!(names, ["SNOWFLAKE()", "id"]);
    for column in &columns {
        assert_eq!(column.column_type(), ColumnType::MYSQL_TYPE_LONGLONG);
        assert!(column.flags().contains(ColumnFlags::NOT_NULL_FLAG));
    }
    drop(result);
    let statement = conn.prep("SELECT SNOWFLAKE('inv_stock') AS id").unwrap();
    assert_eq!(statement.columns()[0].name_str(), "id");
    let ids: Vec<i64> = (0..3)
        .map(|_| conn.exec_first(&statement, ()).unwrap().unwrap())
        .collect();
    assert!(ids.is_sorted_by(|a, b| a < b) && ids[0] > 1 << 40);
    ask(&mut conn, "PREPARE p FROM 'SELECT SNOWFLAKE()'").unwrap();
    assert!(number(&mut conn, "EXECUTE p") > ids[2]);
}

#[test]
fn an_id_inside_another_statement_is_refused_and_nothing_is_written() {
    let shop = shop();
    let mut conn = shop.connect();
    for sql in [
        "INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (SNOWFLAKE(), 4, 1, 1)",
        "UPDATE inv_stock SET stock = SNOWFLAKE() WHERE sku_id = 4 AND warehouse_id = 1",
        "DELETE FROM inv_stock WHERE sku_id = 4 AND warehouse_id = SNOWFLAKE()",
        "SELECT SNOWFLAKE() + 1",
        "SELECT SNOWFLAKE(), sku_id FROM inv_stock WHERE sku_id = 4 AND warehouse_id = 1",
        "SET @id = SNOWFLAKE()",
    ] {
        let refusal = refusal(&mut conn, sql);
        assert!(
            refusal.message.contains("SNOWFLAKE() stands alone"),
            "{sql}: {refusal:?}"
        );
    }
    let unknown = refusal(&mut conn, "SELECT SNOWFLAKE('nothing')");
    assert!(unknown.message.contains("called nothing"), "{unknown:?}");
    // a qualified name is a function of the servers': none such, or none that one may know of
    let qualified = refusal(&mut conn, "SELECT ecommerce.snowflake()").code;
    assert!([1305, 1370].contains(&qualified), "{qualified}");
}
