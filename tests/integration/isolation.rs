//! Two sessions over a pool of two connections never see each other's state, contract 3.2.

use mysql::Conn;
use mysql::prelude::Queryable;

use crate::support::{Binary, DATABASE, Param, ask, narrow, number, refusal, rows, shop, value};

/// Rounds in which both sessions take turns, so that each connection serves both.
const ROUNDS: usize = 6;

fn two() -> (Conn, Conn) {
    (narrow().connect(), narrow().connect())
}

#[test]
fn user_variables_belong_to_their_session() {
    let (mut one, mut two) = two();
    ask(&mut one, "SET @x = 1, @y = CONCAT('a', 'b')").unwrap();
    ask(&mut two, "SET @x = 2").unwrap();
    for _ in 0..ROUNDS {
        assert_eq!(rows(&mut one, "SELECT @x, @y, @z"), [["1", "ab", "NULL"]]);
        assert_eq!(rows(&mut two, "SELECT @x, @y"), [["2", "NULL"]]);
    }
}

#[test]
fn session_variables_belong_to_their_session() {
    let (mut one, mut two) = two();
    let default = value(&mut two, "SELECT @@sql_mode");
    ask(
        &mut one,
        "SET SESSION sql_mode = 'ANSI_QUOTES', time_zone = '+08:00'",
    )
    .unwrap();
    ask(&mut two, "SET time_zone = '-03:00'").unwrap();
    for _ in 0..ROUNDS {
        assert_eq!(
            rows(&mut one, "SELECT @@sql_mode, @@time_zone"),
            [["ANSI_QUOTES", "+08:00"]]
        );
        assert_eq!(
            rows(&mut two, "SELECT @@sql_mode, @@time_zone"),
            [[default.as_str(), "-03:00"]]
        );
    }
}

#[test]
fn the_sql_mode_of_a_session_decides_how_its_statements_are_read() {
    let shop = shop();
    let (mut one, mut two) = two();
    let sku = shop.stocked(&mut one, 3);
    ask(&mut one, "SET sql_mode = 'ANSI_QUOTES'").unwrap();
    for _ in 0..ROUNDS {
        let sql = format!(
            "SELECT \"stock\" FROM \"inv_stock\" WHERE \"sku_id\" = {sku} AND warehouse_id = 1"
        );
        assert_eq!(value(&mut one, &sql), "3");
        assert_eq!(value(&mut two, "SELECT \"stock\""), "stock");
    }
}

#[test]
fn a_temporary_table_is_seen_by_its_session_only() {
    let (mut one, mut two) = two();
    let name = format!("t{}", shop().sku());
    ask(&mut one, format!("CREATE TEMPORARY TABLE {name} (a INT)")).unwrap();
    ask(&mut one, format!("INSERT INTO {name} VALUES (1), (2)")).unwrap();
    for _ in 0..ROUNDS {
        assert_eq!(number(&mut one, &format!("SELECT COUNT(*) FROM {name}")), 2);
        assert_eq!(
            refusal(&mut two, &format!("SELECT COUNT(*) FROM {name}")).code,
            1146
        );
    }
    drop(one);
    let mut three = narrow().connect();
    assert_eq!(
        refusal(&mut three, &format!("SELECT COUNT(*) FROM {name}")).code,
        1146
    );
}

#[test]
fn a_named_lock_is_held_by_its_session_until_it_leaves() {
    let (mut one, mut two) = two();
    let name = format!("lock{}", shop().sku());
    assert_eq!(
        number(&mut one, &format!("SELECT GET_LOCK('{name}', 5)")),
        1
    );
    for _ in 0..3 {
        assert_eq!(
            number(&mut two, &format!("SELECT GET_LOCK('{name}', 0)")),
            0
        );
    }
    assert_eq!(
        number(&mut one, &format!("SELECT RELEASE_LOCK('{name}')")),
        1
    );
    assert_eq!(
        number(&mut two, &format!("SELECT GET_LOCK('{name}', 5)")),
        1
    );
    drop(two);
    assert_eq!(
        number(&mut one, &format!("SELECT GET_LOCK('{name}', 10)")),
        1
    );
}

#[test]
fn found_rows_and_row_count_are_the_sessions_own() {
    let shop = shop();
    let (mut one, mut two) = two();
    let name = format!("f{}", shop.sku());
    let mut admin = shop.connect();
    ask(
        &mut admin,
        format!("CREATE TABLE {name} (a INT PRIMARY KEY)"),
    )
    .unwrap();
    ask(
        &mut admin,
        format!("INSERT INTO {name} VALUES (1), (2), (3)"),
    )
    .unwrap();
    rows(
        &mut one,
        &format!("/*+ PROXY_DS=primary */ SELECT SQL_CALC_FOUND_ROWS a FROM {name} LIMIT 1"),
    );
    rows(&mut two, "SELECT 1");
    assert_eq!(number(&mut one, "SELECT FOUND_ROWS()"), 3);
    ask(
        &mut one,
        format!("UPDATE {name} SET a = a + 10 WHERE a < 3"),
    )
    .unwrap();
    rows(&mut two, "SELECT 1");
    assert_eq!(number(&mut one, "SELECT ROW_COUNT()"), 2);
    ask(&mut admin, format!("DROP TABLE {name}")).unwrap();
}

#[test]
fn warnings_are_the_sessions_own() {
    let (mut one, mut two) = two();
    let divided = ask(&mut one, "SELECT CAST('1x' AS SIGNED)").unwrap();
    assert_eq!(divided.sets[0].warnings, 1);
    rows(&mut two, "SELECT 1");
    assert!(rows(&mut two, "SHOW WARNINGS").is_empty());
    let warnings = rows(&mut one, "SHOW WARNINGS");
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0][1], "1292");
}

#[test]
fn an_open_transaction_is_nobody_elses() {
    let shop = shop();
    let (mut one, mut two) = two();
    let sku = shop.stocked(&mut one, 1);
    let read = format!(
        "/*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
    );
    ask(&mut one, "BEGIN").unwrap();
    ask(
        &mut one,
        format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {sku} AND warehouse_id = 1"),
    )
    .unwrap();
    for _ in 0..ROUNDS {
        assert_eq!(number(&mut two, &read), 1);
        assert_eq!(number(&mut one, &read), 2);
    }
    ask(&mut one, "ROLLBACK").unwrap();
    assert_eq!(number(&mut two, &read), 1);
}

#[test]
fn a_reset_connection_is_like_a_new_one() {
    let (mut one, _) = two();
    let mode = value(&mut one, "SELECT @@sql_mode");
    ask(&mut one, "SET @x = 1, sql_mode = ''").unwrap();
    ask(&mut one, "BEGIN").unwrap();
    one.reset().unwrap();
    assert_eq!(rows(&mut one, "SELECT @x"), [["NULL"]]);
    assert_eq!(value(&mut one, "SELECT @@sql_mode"), mode);
    assert_eq!(value(&mut one, "SELECT DATABASE()"), "ecommerce");
    assert!(one.ping().is_ok());
}

#[test]
fn character_sets_of_two_sessions_do_not_mix() {
    let (mut one, mut two) = two();
    ask(&mut one, "SET NAMES latin1").unwrap();
    for _ in 0..ROUNDS {
        let answer: Option<Vec<u8>> = one.query_first("SELECT _utf8mb4'é'").unwrap();
        assert_eq!(answer, Some(vec![0xE9]));
        assert_eq!(number(&mut one, "SELECT CHAR_LENGTH('é')"), 2);
        assert_eq!(value(&mut two, "SELECT 'é'"), "é");
        assert_eq!(number(&mut two, "SELECT CHAR_LENGTH('é')"), 1);
    }
}

/// Every kind of state that a session can leave behind, in an order that differs from run to run of the loop.
const ACTS: [&str; 20] = [
    "SET @x = '1'",
    "SELECT @y := 5",
    "SET sql_mode = 'ANSI'",
    "SET time_zone = '+07:00'",
    "SET NAMES latin1 COLLATE latin1_bin",
    "SET character_set_results = NULL",
    "SET foreign_key_checks = 0, unique_checks = 0",
    "SET timestamp = 1000",
    "SET sql_select_limit = 1",
    "SET last_insert_id = 500",
    "SET SESSION TRANSACTION READ ONLY",
    "SET SESSION TRANSACTION READ WRITE",
    "SET TRANSACTION READ ONLY",
    "SET autocommit = 0",
    "BEGIN",
    "SAVEPOINT s",
    "SELECT CAST('1x' AS SIGNED)",
    "CREATE TEMPORARY TABLE IF NOT EXISTS canary (a INT)",
    "DO GET_LOCK('canary', 0)",
    "SELECT * FROM nowhere",
];

#[test]
fn whatever_one_session_does_another_one_is_as_it_was() {
    let probe = "SELECT @x, @y, @@sql_mode, @@time_zone, @@character_set_client, @@collation_connection, \
                 @@character_set_results, @@autocommit, @@foreign_key_checks, @@unique_checks, @@timestamp > 100000, \
                 @@sql_select_limit, LAST_INSERT_ID(), @@warning_count";
    let (mut one, mut two) = two();
    let expected = rows(&mut two, probe);
    for round in 0..200_usize {
        let act = ACTS[round * 7 % ACTS.len()];
        // some are refused, depending on what went before
        let _ = ask(&mut one, act);
        assert_eq!(
            rows(&mut two, probe),
            expected,
            "round {round}, after {act}"
        );
        match round % 40 {
            39 => one = narrow().connect(),
            19 => one.reset().unwrap(),
            _ => {}
        }
    }
}

/// A server may keep the types that a statement was executed with: sessions share statements, not types.
#[test]
fn the_parameter_types_of_one_session_are_no_other_ones() {
    let sku = shop().stocked(&mut shop().connect(), 1);
    // a locking read: always the primary's pool, and always the same statement there
    let sql = "SELECT ? FROM inv_stock WHERE sku_id = ? AND warehouse_id = 1 LOCK IN SHARE MODE";
    let told = [
        (Param::Double(1.5), "1.5"),
        (Param::VarString("word".to_owned()), "word"),
        (Param::LongLong(9_007_199_254_740_993), "9007199254740993"),
        (Param::Null, "NULL"),
        (Param::LongData("long word".to_owned()), "long word"),
        (Param::Long(-5), "-5"),
    ];
    let mut sessions: Vec<_> = told
        .iter()
        .map(|_| {
            let mut binary = Binary::connect(narrow().port(), DATABASE, true).unwrap();
            let prepared = binary.prepare(sql).unwrap();
            (binary, prepared)
        })
        .collect();
    for _ in 0..4 {
        for ((binary, prepared), (param, expected)) in sessions.iter_mut().zip(&told) {
            let params = [param.clone(), Param::LongLong(sku)];
            let answer = binary.execute(prepared, &params).unwrap();
            assert_eq!(answer.rows, [[*expected]], "{param:?}");
        }
    }
}
