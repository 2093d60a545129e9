//! SET, ids, warnings and locks of one session as one server would have them, contract 3.

use std::thread;
use std::time::Duration;

use mysql::prelude::Queryable;

use crate::support::{Set, ask, house, narrow, number, refusal, rows, shop, token, value};

#[test]
fn the_name_of_a_column_is_the_items_text() {
    let mut conn = narrow().connect();
    for sql in [
        "SELECT CONNECTION_ID()>0",
        "SELECT CONCAT(DATABASE(),'x') IS NULL",
        "SELECT (SELECT USER())",
        "SELECT LENGTH(SCHEMA()), 1",
    ] {
        let answer = ask(&mut conn, sql).unwrap();
        let item = sql.trim_start_matches("SELECT ").trim_end_matches(", 1");
        assert!(
            answer.sets[0].columns[0].contains(&format!(" {item} (")),
            "{answer:?}"
        );
    }
    assert_eq!(
        value(
            &mut conn,
            "SELECT CONNECTION_ID() > 0 AS x, DATABASE() d FROM DUAL"
        ),
        "1"
    );
}

#[test]
fn a_set_of_many_items_is_all_or_nothing() {
    let mut conn = narrow().connect();
    ask(
        &mut conn,
        "SET NAMES utf8mb4, autocommit = 0, @a = 1, wait_timeout = 100",
    )
    .unwrap();
    assert_eq!(
        rows(&mut conn, "SELECT @@autocommit, @a, @@wait_timeout"),
        [["0", "1", "100"]]
    );
    ask(&mut conn, "SET autocommit = 1").unwrap();
    assert_eq!(
        refusal(
            &mut conn,
            "SET @a = 2, time_zone = 'nowhere', autocommit = 0"
        )
        .code,
        1298
    );
    assert_eq!(rows(&mut conn, "SELECT @@autocommit, @a"), [["1", "1"]]);
}

#[test]
fn a_default_stays_the_servers_and_is_not_frozen() {
    let mut conn = narrow().connect();
    ask(&mut conn, "SET timestamp = 1000").unwrap();
    assert_eq!(number(&mut conn, "SELECT UNIX_TIMESTAMP()"), 1000);
    ask(&mut conn, "SET timestamp = DEFAULT").unwrap();
    let first = number(&mut conn, "SELECT UNIX_TIMESTAMP(NOW(6)) * 1000000 DIV 1");
    assert!(number(&mut conn, "SELECT UNIX_TIMESTAMP(NOW(6)) * 1000000 DIV 1") > first);
}

#[test]
fn a_value_in_set_is_the_sessions_own() {
    let mut conn = narrow().connect();
    ask(
        &mut conn,
        "SET @d = CONCAT(DATABASE(), '-', CONNECTION_ID() > 0)",
    )
    .unwrap();
    assert_eq!(value(&mut conn, "SELECT @d"), "ecommerce-1");
    ask(&mut conn, "SET last_insert_id = 77").unwrap();
    ask(&mut conn, "SET @id = LAST_INSERT_ID() + 1").unwrap();
    assert_eq!(value(&mut conn, "SELECT @id"), "78");
}

#[test]
fn user_variables_keep_type_character_set_and_collation() {
    let mut conn = narrow().connect();
    ask(
        &mut conn,
        "SET @n = 1.50, @f = 1e20, @s = 'abc' COLLATE utf8mb4_bin, @l = _latin1'abc', @b = x'00ff'",
    )
    .unwrap();
    assert_eq!(
        rows(
            &mut conn,
            "SELECT @n, @f, COLLATION(@s), CHARSET(@l), HEX(@b), @s = 'ABC'"
        ),
        [["1.50", "1e20", "utf8mb4_bin", "latin1", "00FF", "0"]]
    );
}

#[test]
fn variables_assigned_by_a_query_are_carried_to_other_servers() {
    let (mut one, mut two) = (narrow().connect(), narrow().connect());
    rows(&mut one, "SELECT @r := 5");
    ask(&mut one, "SELECT 7, 8 INTO @s, @t").unwrap();
    for sku in 0..16 {
        // a replica or a primary of every data source
        let sql = format!("SELECT MAX(@r), MAX(@s + @t) FROM inv_reservation WHERE sku_id = {sku}");
        let seen = rows(
            &mut one,
            &sql.replace("MAX(@r)", "COALESCE(MAX(@r), @r)")
                .replace("MAX(@s + @t)", "COALESCE(MAX(@s + @t), @s + @t)"),
        );
        assert_eq!(seen, [["5", "15"]]);
        assert_eq!(rows(&mut two, "SELECT @r, @s"), [["NULL", "NULL"]]);
    }
}

#[test]
fn a_collation_of_one_session_is_no_other_ones() {
    let proxy = narrow();
    let expected = rows(
        &mut proxy.connect(),
        "SELECT @@character_set_connection, @@collation_connection",
    );
    for _ in 0..4 {
        let mut one = proxy.connect();
        ask(&mut one, "SET NAMES utf8mb4 COLLATE utf8mb4_bin").unwrap();
        assert_eq!(
            value(&mut one, "SELECT @@collation_connection"),
            "utf8mb4_bin"
        );
        drop(one);
        let mut two = proxy.connect();
        assert_eq!(
            rows(
                &mut two,
                "SELECT @@character_set_connection, @@collation_connection"
            ),
            expected
        );
    }
}

/// Contract 3.4.
#[test]
fn only_a_generated_id_is_the_last_insert_id() {
    let mut conn = shop().connect();
    let name = format!("ids{}", shop().sku());
    ask(
        &mut conn,
        format!("CREATE TABLE {name} (id INT AUTO_INCREMENT PRIMARY KEY, v INT)"),
    )
    .unwrap();
    ask(&mut conn, format!("INSERT INTO {name} (v) VALUES (1), (2)")).unwrap();
    assert_eq!(number(&mut conn, "SELECT LAST_INSERT_ID()"), 1);
    for (sql, expected) in [
        (format!("INSERT INTO {name} (id, v) VALUES (50, 1)"), 1),
        (
            format!("INSERT INTO {name} VALUES (60, LAST_INSERT_ID())"),
            1,
        ),
        (format!("INSERT INTO {name} VALUES (NULL, 1)"), 61),
        (
            format!("UPDATE {name} SET v = LAST_INSERT_ID(v + 98) WHERE id = 2"),
            100,
        ),
        ("DO LAST_INSERT_ID(600)".to_owned(), 600),
    ] {
        ask(&mut conn, &sql).unwrap();
        assert_eq!(
            number(&mut conn, "SELECT LAST_INSERT_ID()"),
            expected,
            "{sql}"
        );
    }
    ask(&mut conn, format!("DROP TABLE {name}")).unwrap();
}

#[test]
fn warnings_stay_until_a_table_is_used() {
    // MySQL forgets them with every other statement
    let (mut direct, mut conn) = (shop().direct(), narrow().connect());
    for sql in [
        "SELECT CAST('1x' AS SIGNED)",
        "SET @a = 1",
        "BEGIN",
        "SELECT @@warning_count",
        "SHOW COUNT(*) WARNINGS",
        "SHOW WARNINGS LIMIT 1",
        "SELECT COUNT(*) FROM dict_region WHERE id < 0",
        "SHOW WARNINGS",
        "ROLLBACK",
    ] {
        let (expected, answer) = (rows(&mut direct, sql), rows(&mut conn, sql));
        assert_eq!(answer, expected, "{sql}");
    }
}

/// A connection with a lock is held; with the last lock it goes back to its pool of two.
#[test]
fn a_lock_given_back_frees_its_connection() {
    let proxy = narrow();
    let mut sessions: Vec<_> = (0..5).map(|_| proxy.connect()).collect();
    for (n, conn) in sessions.iter_mut().enumerate() {
        let name = format!("freed{}_{n}", shop().sku());
        assert_eq!(number(conn, &format!("SELECT GET_LOCK('{name}', 5)")), 1);
        assert_eq!(number(conn, &format!("SELECT GET_LOCK('{name}', 5)")), 1);
        assert_eq!(number(conn, &format!("SELECT RELEASE_LOCK('{name}')")), 1);
        assert_eq!(
            number(
                conn,
                &format!("SELECT IS_USED_LOCK('{name}') = CONNECTION_ID()")
            ),
            1
        );
        assert_eq!(number(conn, &format!("SELECT RELEASE_LOCK('{name}')")), 1);
    }
}

#[test]
fn the_last_temporary_table_and_the_last_handler_free_their_connection() {
    let proxy = narrow();
    let mut conns: Vec<_> = (0..6).map(|_| proxy.connect()).collect();
    let table = token();
    ask(
        &mut conns[0],
        format!("CREATE TABLE {table} (a INT PRIMARY KEY)"),
    )
    .unwrap();
    // more sessions than connections: each must have given its one back
    for conn in &mut conns {
        for sql in [
            "CREATE TEMPORARY TABLE own_one (a INT)".to_owned(),
            "CREATE TEMPORARY TABLE own_two (a INT)".to_owned(),
            "INSERT INTO own_two VALUES (1)".to_owned(),
            "DROP TEMPORARY TABLE own_one".to_owned(),
            "DROP TABLE own_two".to_owned(),
            format!("HANDLER {table} OPEN AS own_handler"),
            "HANDLER own_handler READ FIRST".to_owned(),
            "HANDLER own_handler CLOSE".to_owned(),
        ] {
            ask(conn, &sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
        }
    }
    // and one that is still there keeps it
    ask(&mut conns[0], "CREATE TEMPORARY TABLE own_one (a INT)").unwrap();
    ask(&mut conns[0], "CREATE TEMPORARY TABLE own_two (a INT)").unwrap();
    ask(&mut conns[0], "DROP TEMPORARY TABLE own_one").unwrap();
    assert_eq!(value(&mut conns[0], "SELECT COUNT(*) FROM own_two"), "0");
    assert_eq!(
        refusal(&mut conns[1], "SELECT COUNT(*) FROM own_two").code,
        1146
    );
    ask(&mut conns[0], format!("DROP TABLE {table}")).unwrap();
}

#[test]
fn nobody_learns_the_account_of_a_data_source() {
    let shop = shop();
    let mut conn = shop.connect();
    for sql in ["SHOW GRANTS", "SHOW GRANTS FOR CURRENT_USER()"] {
        let Set { columns, rows, .. } = ask(&mut conn, sql).unwrap().sets.remove(0);
        assert!(
            columns[0].contains("Grants for root@127.0.0.1"),
            "{columns:?}"
        );
        assert!(rows.len() > 1);
    }
    let account = &shop.farm.account().user;
    for sql in ["SELECT USER(), CURRENT_USER()", "SHOW PROCESSLIST"] {
        let answer = format!("{:?}", ask(&mut conn, sql).unwrap().sets[0].rows);
        assert!(!answer.contains(&format!("{account}@")), "{answer}");
    }
    let mut app = shop.proxy.connect_as_app();
    let refused = refusal(&mut app, "USE mysql");
    assert_eq!(
        (refused.code, refused.message.as_str()),
        (
            1044,
            "Access denied for user 'app'@'127.0.0.1' to database 'mysql'"
        )
    );
}

#[test]
fn a_global_variable_is_set_by_an_admin_on_the_server_that_a_hint_names() {
    let house = house();
    let _turn = house.turn();
    let (mut admin, mut app) = (house.connect(), house.proxy.connect_as_app());
    let sql = "SET GLOBAL max_connect_errors = 1000";
    let hinted = format!("/* shardgate: data_source=ds_0_primary */ {sql}");
    for refused in [
        refusal(&mut app, sql),
        refusal(&mut app, &hinted),
        refusal(&mut admin, sql),
        refusal(&mut admin, "SET PERSIST max_connect_errors = 1000"),
        refusal(&mut admin, "SET @@global.max_connect_errors = 1000"),
    ] {
        assert_eq!(refused.code, 1227, "{refused:?}");
        assert!(refused.message.contains("belong to the servers"));
    }
    // the server has the last word: the proxy's account there may not either
    let refused = refusal(&mut admin, &hinted);
    assert_eq!(refused.code, 1227);
    assert!(refused.message.contains("privilege"), "{refused:?}");
    let mixed = format!("{hinted}, @a = 1");
    assert_eq!(refusal(&mut admin, &mixed).code, 1235);
}

#[test]
fn a_session_goes_on_after_a_pause_as_it_was() {
    // a client that pauses longer than a fifth of a second is kept in less room
    let shop = shop();
    let mut conn = shop.connect();
    let mut other = shop.connect();
    ask(&mut conn, "SET @kept = 5, sql_mode = 'ANSI_QUOTES'").unwrap();
    let statement = conn.prep("SELECT ? + 1").unwrap();
    ask(&mut conn, "BEGIN").unwrap();
    let sku = shop.sku();
    let sql = format!("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 7)");
    ask(&mut conn, sql).unwrap();
    thread::sleep(Duration::from_millis(700));
    assert_eq!(value(&mut conn, "SELECT @kept"), "5");
    let stock =
        format!("SELECT stock AS \"s\" FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1");
    assert_eq!(value(&mut conn, &stock), "7");
    assert_eq!(conn.exec_first(&statement, (41,)).unwrap(), Some(42_i64));
    thread::sleep(Duration::from_millis(700));
    ask(&mut conn, "COMMIT").unwrap();
    // one that pauses is there to be killed
    thread::sleep(Duration::from_millis(700));
    let id = conn.connection_id();
    ask(&mut other, format!("KILL {id}")).unwrap();
    assert!(conn.query_drop("SELECT 1").is_err());
}
