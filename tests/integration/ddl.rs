//! DDL on sharded and broadcast tables runs on every node, contract 10.3.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::support::{ProxyOptions, Shop, ask, refusal, rows, shop};

/// One at a time: definitions of nodes are compared while they change.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_column_is_added_and_dropped_on_every_node() {
    let _turn = turn();
    // the other tests compare what these tables look like
    let shop = Shop::open(&ProxyOptions::default());
    let mut conn = shop.connect();
    let count = || {
        let sql = "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = '{schema}' \
                   AND table_name LIKE 'inv\\_reservation\\_%' AND column_name = 'note'";
        shop.everywhere(sql)
            .iter()
            .map(|(_, row)| row[0].parse::<usize>().unwrap())
            .sum::<usize>()
    };
    let tables: usize = {
        let sql = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{schema}' AND table_name LIKE 'inv\\_reservation\\_%'";
        shop.everywhere(sql)
            .iter()
            .map(|(_, row)| row[0].parse::<usize>().unwrap())
            .sum()
    };
    ask(
        &mut conn,
        "ALTER TABLE inv_reservation ADD COLUMN note VARCHAR(20)",
    )
    .unwrap();
    assert_eq!(count(), tables);
    ask(&mut conn, "ALTER TABLE inv_reservation DROP COLUMN note").unwrap();
    assert_eq!(count(), 0);
}

#[test]
fn an_index_keeps_its_name() {
    let _turn = turn();
    // the other tests compare what these tables look like
    let shop = Shop::open(&ProxyOptions::default());
    let mut conn = shop.connect();
    ask(&mut conn, "CREATE INDEX idx_version ON inv_stock (version)").unwrap();
    let sql = "SELECT COUNT(DISTINCT table_name) FROM information_schema.statistics WHERE table_schema = '{schema}' AND index_name = 'idx_version'";
    assert!(shop.everywhere(sql).iter().all(|(_, row)| row == &["16"]));
    shop.farm.catch_up().unwrap();
    let shown = rows(&mut conn, "SHOW INDEX FROM inv_stock");
    assert!(shown.iter().any(|row| row[2] == "idx_version"), "{shown:?}");
    ask(&mut conn, "DROP INDEX idx_version ON inv_stock").unwrap();
    assert!(shop.everywhere(sql).iter().all(|(_, row)| row == &["0"]));
}

#[test]
fn an_ordinary_user_may_not() {
    let _turn = turn();
    let shop = shop();
    let mut conn = shop.proxy.connect_as_app();
    for sql in [
        "ALTER TABLE inv_stock ADD COLUMN x INT",
        "DROP TABLE inv_stock",
        "TRUNCATE TABLE inv_stock",
    ] {
        assert_eq!(refusal(&mut conn, sql).code, 29005, "{sql}");
    }
}

/// The server that has one of the copies of dict_currency, and that table's path.
fn one_copy() -> (&'static shardgate::lab::Server, String) {
    let shop = shop();
    let schema = shop.farm.schemas()[3].clone();
    (
        &shop.farm.pair_of(3).primary,
        format!("`{schema}`.dict_currency"),
    )
}

#[test]
fn what_one_node_refuses_is_told_and_a_repetition_does_the_rest() {
    let _turn = turn();
    let shop = shop();
    let mut conn = shop.connect();
    let (server, path) = one_copy();
    let add = "ALTER TABLE dict_currency ADD COLUMN shelf INT";
    // the node has a column of the name already, but another one
    server
        .sql(&format!("ALTER TABLE {path} ADD COLUMN shelf VARCHAR(7)"))
        .unwrap();
    let refused = refusal(&mut conn, add);
    assert_eq!(refused.code, 29014, "{refused:?}");
    assert!(refused.message.contains("7 of 8"), "{refused:?}");
    assert_eq!(rows(&mut conn, "SHOW WARNINGS").len(), 8);
    assert_eq!(rows(&mut conn, "SHOW ERRORS").len(), 1);
    server
        .sql(&format!("ALTER TABLE {path} DROP COLUMN shelf"))
        .unwrap();
    ask(&mut conn, add).unwrap();
    assert_eq!(refusal(&mut conn, add).code, 1060);
    ask(&mut conn, "ALTER TABLE dict_currency DROP COLUMN shelf").unwrap();
}

#[test]
fn an_index_that_carries_its_tables_name_is_found_without_it() {
    let _turn = turn();
    let shop = shop();
    let mut conn = shop.connect();
    for (n, schema) in shop.farm.schemas().iter().enumerate() {
        for table in n * 16..n * 16 + 16 {
            let sql = format!(
                "CREATE INDEX idx_shelf_inv_stock_{table} ON `{schema}`.inv_stock_{table} (reserved)"
            );
            shop.farm.pair_of(n).primary.sql(&sql).unwrap();
        }
    }
    let names = rows(&mut conn, "SHOW INDEX FROM inv_stock");
    assert!(names.iter().any(|row| row[2] == "idx_shelf"), "{names:?}");
    ask(&mut conn, "DROP INDEX idx_shelf ON inv_stock").unwrap();
    let names = rows(&mut conn, "SHOW INDEX FROM inv_stock");
    assert!(names.iter().all(|row| row[2] != "idx_shelf"), "{names:?}");
    assert_eq!(
        refusal(&mut conn, "DROP INDEX idx_shelf ON inv_stock").code,
        1091
    );
}

#[test]
fn a_constraint_is_shown_without_its_tables_name() {
    let _turn = turn();
    let shop = shop();
    let mut conn = shop.connect();
    ask(
        &mut conn,
        "ALTER TABLE inv_reservation ADD CONSTRAINT ck_qty CHECK (qty < 1000000)",
    )
    .unwrap();
    let create = rows(&mut conn, "SHOW CREATE TABLE inv_reservation");
    assert!(
        create[0][1].contains("CONSTRAINT `ck_qty` CHECK"),
        "{create:?}"
    );
    ask(
        &mut conn,
        "ALTER TABLE inv_reservation DROP CONSTRAINT ck_qty",
    )
    .unwrap();
}

#[test]
fn a_table_is_made_and_dropped_on_every_node() {
    let _turn = turn();
    let shop = shop();
    let mut conn = shop.connect();
    let count = || {
        let sql = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{schema}' AND table_name = 'dict_currency'";
        shop.everywhere(sql)
            .iter()
            .map(|(_, row)| row[0].parse::<usize>().unwrap())
            .sum::<usize>()
    };
    let create = "CREATE TABLE dict_currency (code CHAR(3) NOT NULL PRIMARY KEY, name VARCHAR(64) NOT NULL, decimals TINYINT NOT NULL DEFAULT 2)";
    assert_eq!(refusal(&mut conn, create).code, 1050);
    ask(&mut conn, "SET autocommit = 0").unwrap();
    ask(&mut conn, "DROP TABLE dict_currency").unwrap();
    ask(&mut conn, "SET autocommit = 1").unwrap();
    assert_eq!(count(), 0);
    ask(&mut conn, create).unwrap();
    assert_eq!(count(), 8);
}

#[test]
fn what_cannot_be_done_on_every_node_is_refused() {
    let _turn = turn();
    let shop = shop();
    let mut conn = shop.connect();
    for (code, sql) in [
        (20030, "ALTER TABLE inv_stock RENAME TO stock"),
        (20030, "RENAME TABLE inv_stock TO stock"),
        (20030, "CREATE VIEW stock AS SELECT * FROM inv_stock"),
        (20030, "CREATE TABLE stock LIKE inv_stock"),
        (20030, "CREATE TABLE stock AS SELECT * FROM inv_stock"),
        (20030, "CREATE TEMPORARY TABLE inv_stock (a INT)"),
        (20030, "LOAD DATA INFILE '/nowhere' INTO TABLE inv_stock"),
        (29003, "DROP TABLE inv_stock_3"),
        (1235, "DROP DATABASE ecommerce"),
    ] {
        assert_eq!(refusal(&mut conn, sql).code, code, "{sql}");
    }
}

#[test]
fn a_shape_that_is_known_is_routed_by_the_columns_that_its_table_has_now() {
    let _turn = turn();
    // the other tests compare what these tables look like
    let shop = Shop::open(&ProxyOptions::default());
    let mut conn = shop.connect();
    let read =
        |sku: u32| format!("SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 3");
    for sku in 1..=4 {
        rows(&mut conn, &read(sku));
    }
    ask(
        &mut conn,
        "ALTER TABLE inv_stock MODIFY sku_id VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL",
    )
    .unwrap();
    // a number compared with texts is no exact value: it equals '5', '05' and '5.0', wherever they are
    assert_eq!(refusal(&mut conn, &read(5)).code, 20090);
    ask(
        &mut conn,
        "ALTER TABLE inv_stock MODIFY sku_id BIGINT NOT NULL",
    )
    .unwrap();
    rows(&mut conn, &read(6));
}
