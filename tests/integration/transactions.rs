//! Transactions, contract 7.

use mysql::Conn;

use crate::support::{Placement, ask, number, refusal, shop, token};

fn stock(conn: &mut Conn, sku: i64) -> i64 {
    number(
        conn,
        &format!(
            "/*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
        ),
    )
}

fn set(conn: &mut Conn, sku: i64, stock: i64) {
    let sql =
        format!("UPDATE inv_stock SET stock = {stock} WHERE sku_id = {sku} AND warehouse_id = 1");
    ask(conn, sql).unwrap();
}

#[test]
fn a_commit_keeps_and_a_rollback_undoes() {
    let shop = shop();
    let (mut conn, mut other) = (shop.connect(), shop.connect());
    let sku = shop.stocked(&mut conn, 1);
    ask(&mut conn, "BEGIN").unwrap();
    set(&mut conn, sku, 2);
    assert_eq!(stock(&mut conn, sku), 2);
    assert_eq!(stock(&mut other, sku), 1);
    ask(&mut conn, "COMMIT").unwrap();
    assert_eq!(stock(&mut other, sku), 2);
    ask(&mut conn, "START TRANSACTION").unwrap();
    set(&mut conn, sku, 3);
    ask(&mut conn, "ROLLBACK").unwrap();
    assert_eq!(stock(&mut conn, sku), 2);
}

#[test]
fn a_write_on_a_second_data_source_is_29001_and_the_transaction_goes_on() {
    let shop = shop();
    let (mut conn, mut other) = (shop.connect(), shop.connect());
    let (first, second) = shop.two_apart();
    for sku in [first, second] {
        ask(
            &mut conn,
            format!("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 1)"),
        )
        .unwrap();
    }
    ask(&mut conn, "BEGIN").unwrap();
    set(&mut conn, first, 2);
    let refused = refusal(
        &mut conn,
        &format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {second} AND warehouse_id = 1"),
    );
    assert_eq!(
        (refused.code, refused.state.as_str()),
        (29001, "25000"),
        "{refused:?}"
    );
    let locked = refusal(
        &mut conn,
        &format!(
            "SELECT stock FROM inv_stock WHERE sku_id = {second} AND warehouse_id = 1 FOR UPDATE"
        ),
    );
    assert_eq!(locked.code, 29001, "{locked:?}");
    // reading there is allowed
    assert_eq!(stock(&mut conn, second), 1);
    set(&mut conn, first, 3);
    ask(&mut conn, "COMMIT").unwrap();
    assert_eq!(
        (stock(&mut other, first), stock(&mut other, second)),
        (3, 1)
    );
}

#[test]
fn two_tables_of_one_data_source_share_a_transaction() {
    let shop = shop();
    let (mut conn, mut other) = (shop.connect(), shop.connect());
    let (first, second) = shop.two_together();
    assert_ne!(
        Placement::stock_table(first, 1),
        Placement::stock_table(second, 1)
    );
    ask(&mut conn, "BEGIN").unwrap();
    for sku in [first, second] {
        ask(
            &mut conn,
            format!("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 1)"),
        )
        .unwrap();
    }
    ask(&mut conn, "COMMIT").unwrap();
    assert_eq!(
        (stock(&mut other, first), stock(&mut other, second)),
        (1, 1)
    );
}

#[test]
fn a_disconnect_inside_a_transaction_rolls_it_back() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    {
        let mut leaving = shop.connect();
        ask(&mut leaving, "BEGIN").unwrap();
        set(&mut leaving, sku, 9);
    }
    // the row lock is free once the transaction is gone
    set(&mut conn, sku, 2);
    assert_eq!(stock(&mut conn, sku), 2);
}

#[test]
fn savepoints_undo_a_part() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    ask(&mut conn, "BEGIN").unwrap();
    ask(&mut conn, "SAVEPOINT before_all").unwrap();
    set(&mut conn, sku, 2);
    ask(&mut conn, "SAVEPOINT a").unwrap();
    set(&mut conn, sku, 3);
    ask(&mut conn, "ROLLBACK TO SAVEPOINT a").unwrap();
    assert_eq!(stock(&mut conn, sku), 2);
    ask(&mut conn, "ROLLBACK TO before_all").unwrap();
    assert_eq!(stock(&mut conn, sku), 1);
    ask(&mut conn, "RELEASE SAVEPOINT before_all").unwrap();
    assert_eq!(
        refusal(&mut conn, "ROLLBACK TO SAVEPOINT nowhere").code,
        1305
    );
    ask(&mut conn, "COMMIT").unwrap();
}

#[test]
fn autocommit_off_keeps_a_transaction_open_until_commit() {
    let shop = shop();
    let (mut conn, mut other) = (shop.connect(), shop.connect());
    let sku = shop.stocked(&mut conn, 1);
    ask(&mut conn, "SET autocommit = 0").unwrap();
    assert_eq!(number(&mut conn, "SELECT @@autocommit"), 0);
    set(&mut conn, sku, 2);
    assert_eq!(stock(&mut other, sku), 1);
    ask(&mut conn, "ROLLBACK").unwrap();
    set(&mut conn, sku, 3);
    ask(&mut conn, "COMMIT").unwrap();
    assert_eq!(stock(&mut other, sku), 3);
    set(&mut conn, sku, 4);
    // switching it on commits what is open
    ask(&mut conn, "SET autocommit = 1").unwrap();
    assert_eq!(stock(&mut other, sku), 4);
}

#[test]
fn an_outbox_row_commits_with_its_reservation_on_the_same_server() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 5);
    let word = token();
    ask(&mut conn, "BEGIN").unwrap();
    set(&mut conn, sku, 4);
    ask(&mut conn, format!("INSERT INTO outbox (event_type, payload, created_at) VALUES ('T', JSON_OBJECT('word', '{word}'), NOW())"))
        .unwrap();
    ask(&mut conn, "COMMIT").unwrap();
    let found = shop.everywhere(&format!(
        "SELECT id FROM {{schema}}.outbox WHERE payload LIKE '%{word}%'"
    ));
    let schemas: Vec<u64> = found
        .iter()
        .map(|(schema, _)| u64::try_from(*schema).unwrap())
        .collect();
    assert_eq!(schemas, [Placement::schema_of_sku(sku)]);
}

/// Contract 4.11.
#[test]
fn an_outbox_row_outside_a_transaction_that_writes_is_29015() {
    let mut conn = shop().connect();
    let sql = "INSERT INTO outbox (event_type, payload, created_at) VALUES ('T', '{}', NOW())";
    assert_eq!(refusal(&mut conn, sql).code, 29015);
    ask(&mut conn, "BEGIN").unwrap();
    assert_eq!(refusal(&mut conn, sql).code, 29015);
    ask(&mut conn, "ROLLBACK").unwrap();
}

#[test]
fn a_read_only_transaction_refuses_writes() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    ask(&mut conn, "START TRANSACTION READ ONLY").unwrap();
    assert_eq!(stock(&mut conn, sku), 1);
    let refused = refusal(
        &mut conn,
        &format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {sku} AND warehouse_id = 1"),
    );
    assert_eq!(refused.code, 1792);
    ask(&mut conn, "COMMIT").unwrap();
}

#[test]
fn isolation_levels_hold_on_the_server_that_serves() {
    let shop = shop();
    let (mut conn, mut other) = (shop.connect(), shop.connect());
    let sku = shop.stocked(&mut conn, 1);
    ask(
        &mut conn,
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    )
    .unwrap();
    ask(&mut conn, "BEGIN").unwrap();
    assert_eq!(stock(&mut conn, sku), 1);
    set(&mut other, sku, 2);
    assert_eq!(stock(&mut conn, sku), 2);
    ask(&mut conn, "COMMIT").unwrap();
    ask(
        &mut conn,
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    )
    .unwrap();
    ask(&mut conn, "BEGIN").unwrap();
    assert_eq!(stock(&mut conn, sku), 2);
    set(&mut other, sku, 3);
    assert_eq!(stock(&mut conn, sku), 2);
    ask(&mut conn, "COMMIT").unwrap();
}

#[test]
fn begin_commits_what_is_open() {
    let shop = shop();
    let (mut conn, mut other) = (shop.connect(), shop.connect());
    let sku = shop.stocked(&mut conn, 1);
    ask(&mut conn, "BEGIN").unwrap();
    set(&mut conn, sku, 2);
    ask(&mut conn, "BEGIN").unwrap();
    assert_eq!(stock(&mut other, sku), 2);
    ask(&mut conn, "ROLLBACK").unwrap();
    assert_eq!(stock(&mut conn, sku), 2);
}

#[test]
fn a_failed_statement_leaves_the_transaction_open() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    ask(&mut conn, "BEGIN").unwrap();
    set(&mut conn, sku, 2);
    let duplicate =
        format!("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 1)");
    assert_eq!(refusal(&mut conn, &duplicate).code, 1062);
    set(&mut conn, sku, 3);
    ask(&mut conn, "COMMIT").unwrap();
    assert_eq!(stock(&mut conn, sku), 3);
}

#[test]
fn characteristics_of_set_transaction_are_for_the_next_one_alone() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    let update =
        format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {sku} AND warehouse_id = 1");
    for begin in ["BEGIN", "SET @nothing = 1"] {
        ask(&mut conn, "SET TRANSACTION READ ONLY").unwrap();
        ask(&mut conn, begin).unwrap();
        assert_eq!(refusal(&mut conn, &update).code, 1792, "{begin}");
        ask(&mut conn, "COMMIT").unwrap();
        ask(&mut conn, &update).unwrap();
    }
    ask(&mut conn, "SET autocommit = 0").unwrap();
    ask(&mut conn, "SET TRANSACTION READ ONLY").unwrap();
    assert_eq!(refusal(&mut conn, &update).code, 1792);
    ask(&mut conn, "ROLLBACK").unwrap();
    ask(&mut conn, &update).unwrap();
    ask(&mut conn, "COMMIT").unwrap();
}

#[test]
fn a_savepoint_before_anything_is_open_holds_under_autocommit_off() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    ask(&mut conn, "SET autocommit = 0").unwrap();
    ask(&mut conn, "SAVEPOINT first").unwrap();
    set(&mut conn, sku, 2);
    ask(&mut conn, "ROLLBACK TO first").unwrap();
    assert_eq!(stock(&mut conn, sku), 1);
    ask(&mut conn, "ROLLBACK").unwrap();
}

#[test]
fn a_commit_by_a_procedure_ends_the_sessions_transaction() {
    let shop = shop();
    let mut conn = shop.connect();
    let name = format!("ended{}", shop.sku());
    ask(&mut conn, format!("CREATE TABLE {name} (a INT)")).unwrap();
    ask(
        &mut conn,
        format!("CREATE PROCEDURE {name}_p() BEGIN INSERT INTO {name} VALUES (1); COMMIT; END"),
    )
    .unwrap();
    ask(&mut conn, "BEGIN").unwrap();
    ask(&mut conn, format!("CALL {name}_p()")).unwrap();
    ask(&mut conn, format!("INSERT INTO {name} VALUES (2)")).unwrap();
    ask(&mut conn, "ROLLBACK").unwrap();
    // as on a server: the procedure's COMMIT left autocommit, which has kept the second row
    assert_eq!(
        number(
            &mut conn,
            &format!("/*+ PROXY_DS=primary */ SELECT COUNT(*) FROM {name}")
        ),
        2
    );
    ask(&mut conn, format!("DROP PROCEDURE {name}_p")).unwrap();
    ask(&mut conn, format!("DROP TABLE {name}")).unwrap();
}
