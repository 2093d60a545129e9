//! Prepared statements of the binary protocol over a driver, contract 2.2 and 4.2.

use mysql::prelude::Queryable;
use mysql::{Conn, Error, Params, Row, Value, params};

use crate::support::{Placement, ask, distribution, number, rows, shop, value};

fn code(error: &Error) -> u16 {
    match error {
        Error::MySqlError(error) => error.code,
        other => panic!("{other}"),
    }
}

fn exec(conn: &mut Conn, sql: &str, params: impl Into<Params>) -> Vec<Row> {
    conn.exec(sql, params)
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn one(conn: &mut Conn, sql: &str, params: impl Into<Params>) -> String {
    let rows = exec(conn, sql, params);
    assert_eq!(rows.len(), 1, "{sql}");
    shown(&rows[0][0])
}

fn shown(value: &Value) -> String {
    match value {
        Value::NULL => "NULL".to_owned(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_data_statement_takes_parameters() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.sku();
    conn.exec_drop(
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, ?)",
        (sku, 1, 10),
    )
    .unwrap();
    assert_eq!(conn.affected_rows(), 1);
    let id = conn.last_insert_id();
    assert!(id > 0);
    assert_eq!(value(&mut conn, "SELECT LAST_INSERT_ID()"), id.to_string());
    let read = "SELECT stock, id FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?";
    assert_eq!(one(&mut conn, read, (sku, 1)), "10");
    assert_eq!(
        shown(&exec(&mut conn, read, (sku, 1))[0][1]),
        id.to_string()
    );
    let update = "UPDATE inv_stock SET stock = stock - ? WHERE sku_id = ? AND warehouse_id = ? AND stock >= ?";
    conn.exec_drop(update, (3, sku, 1, 3)).unwrap();
    assert_eq!(conn.affected_rows(), 1);
    conn.exec_drop(update, (30, sku, 1, 30)).unwrap();
    assert_eq!(conn.affected_rows(), 0);
    assert_eq!(one(&mut conn, read, (sku, 1)), "7");
    conn.exec_drop(
        "REPLACE INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (?, ?, ?, ?)",
        (id, sku, 1, 4),
    )
    .unwrap();
    assert_eq!(one(&mut conn, read, (sku, 1)), "4");
    conn.exec_drop(
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE stock = stock + ?",
        (sku, 1, 1, 5),
    )
    .unwrap();
    assert_eq!(one(&mut conn, read, (sku, 1)), "9");
    conn.exec_drop(
        "DELETE FROM inv_stock WHERE sku_id = ? AND warehouse_id = ? LIMIT 1",
        (sku, 1),
    )
    .unwrap();
    assert_eq!(conn.affected_rows(), 1);
    assert!(exec(&mut conn, read, (sku, 1)).is_empty());
}

#[test]
fn lists_limits_and_null_take_parameters() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.sku();
    for warehouse in 1..=3 {
        conn.exec_drop(
            "INSERT INTO inv_stock SET sku_id = ?, warehouse_id = ?, stock = ?",
            (sku, warehouse, warehouse * 10),
        )
        .unwrap();
    }
    let one_table: Vec<i64> = (1..=40)
        .filter(|w| Placement::stock_table(sku, *w) == Placement::stock_table(sku, 1))
        .take(2)
        .collect();
    let listed = exec(
        &mut conn,
        "SELECT stock FROM inv_stock WHERE sku_id = ? AND warehouse_id IN (?, ?) ORDER BY stock",
        (sku, one_table[0], one_table[1]),
    );
    assert_eq!(shown(&listed[0][0]), "10");
    let limited =
        "SELECT stock FROM inv_stock WHERE sku_id = ? AND warehouse_id = ? ORDER BY id LIMIT ?, ?";
    assert_eq!(exec(&mut conn, limited, (sku, 2, 0, 5)).len(), 1);
    assert!(exec(&mut conn, limited, (sku, 2, 1, 5)).is_empty());
    // equal to NULL is nothing
    let none = "SELECT stock FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?";
    assert!(exec(&mut conn, none, (Value::NULL, 1)).is_empty());
}

#[test]
fn rows_of_one_insert_have_consecutive_ids() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.sku();
    let table = Placement::stock_table(sku, 1);
    let same: Vec<i64> = (1..200)
        .filter(|w| Placement::stock_table(sku, *w) == table)
        .take(3)
        .collect();
    for (text, values) in [
        (
            "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, 1), (?, ?, 1), (?, ?, 1)",
            vec![sku, same[0], sku, same[1], sku, same[2]],
        ),
        (
            "INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (NULL, ?, ?, 1), (0, ?, ?, 1), (DEFAULT, ?, ?, 1)",
            vec![sku, same[0], sku, same[1], sku, same[2]],
        ),
        (
            "INSERT INTO inv_stock (sku_id, id, warehouse_id, stock) VALUES (?, ?, ?, 1), (?, ?, ?, 1), (?, ?, ?, 1)",
            vec![sku, 0, same[0], sku, 0, same[1], sku, 0, same[2]],
        ),
    ] {
        for _ in 0..2 {
            ask(
                &mut conn,
                format!(
                    "DELETE FROM inv_stock WHERE sku_id = {sku} AND warehouse_id IN ({}, {}, {})",
                    same[0], same[1], same[2]
                ),
            )
            .unwrap();
            conn.exec_drop(text, values.clone()).unwrap();
            let first = conn.last_insert_id();
            for (n, warehouse) in same.iter().enumerate() {
                let read = format!(
                    "/*+ PROXY_DS=primary */ SELECT id FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = {warehouse}"
                );
                assert_eq!(
                    number(&mut conn, &read),
                    i64::try_from(first).unwrap() + n as i64,
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn a_null_key_is_generated_and_an_explicit_one_kept() {
    let shop = shop();
    let mut conn = shop.connect();
    let insert = conn
        .prep("INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (:id, :sku, 1, 1)")
        .unwrap();
    let sku = shop.sku();
    conn.exec_drop(&insert, params! {"id" => Value::NULL, "sku" => sku})
        .unwrap();
    assert!(conn.last_insert_id() > 1_000_000_000);
    let sku = shop.sku();
    conn.exec_drop(&insert, params! {"id" => sku, "sku" => sku})
        .unwrap();
    let read = format!(
        "/*+ PROXY_DS=primary */ SELECT id FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
    );
    assert_eq!(number(&mut conn, &read), sku);
}

#[test]
fn every_type_of_one_number_reaches_its_row() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 7);
    let read = conn
        .prep("/*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?")
        .unwrap();
    let text = || Value::Bytes(sku.to_string().into_bytes());
    for (n, sku) in [
        Value::Int(sku),
        Value::UInt(sku.cast_unsigned()),
        Value::Double(sku as f64),
        text(),
        Value::Int(sku),
    ]
    .into_iter()
    .enumerate()
    {
        let rows: Vec<Row> = conn.exec(&read, (sku, 1)).unwrap();
        assert_eq!(rows.len(), 1, "{n}");
    }
}

#[test]
fn what_is_refused_for_every_value_is_refused_by_prepare() {
    let shop = shop();
    let mut conn = shop.connect();
    for (sql, expected) in [
        ("SELECT * FROM inv_stock WHERE stock = ?", 20090),
        ("UPDATE inv_stock SET stock = ?", 20090),
        ("SELECT * FROM no_such_table WHERE a = ?", 1146),
        (
            "SELECT no_such_column FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?",
            1054,
        ),
        ("SELEC ?", 1064),
        ("SELECT ?; SELECT ?", 1064),
        ("", 1065),
        ("SELECT * FROM inv_stock_3 WHERE sku_id = ?", 29003),
        ("PREPARE a FROM 'SELECT 1'", 1295),
    ] {
        let error = conn.prep(sql).map(drop).unwrap_err();
        assert_eq!(code(&error), expected, "{sql}: {error}");
    }
    assert_eq!(one(&mut conn, "SELECT ?", (5,)), "5");
}

#[test]
fn statements_that_are_not_for_servers_are_served_too() {
    let shop = shop();
    let mut conn = shop.connect();
    assert_eq!(one(&mut conn, "SELECT DATABASE()", ()), "ecommerce");
    let id = number(&mut conn, "SELECT CONNECTION_ID()");
    assert_eq!(one(&mut conn, "SELECT CONNECTION_ID()", ()), id.to_string());
    assert!(
        exec(&mut conn, "SHOW TABLES", ())
            .iter()
            .any(|row| shown(&row[0]) == "inv_stock")
    );
    exec(&mut conn, "SET @a = ?", ("it's \\ here",));
    assert_eq!(value(&mut conn, "SELECT @a"), "it's \\ here");
    assert_eq!(one(&mut conn, "SELECT @a", ()), "it's \\ here");
    exec(&mut conn, "SET @a = ?", (5,));
    assert_eq!(one(&mut conn, "SELECT @a + ?", (1,)), "6");
    assert!(!exec(&mut conn, "SHOW CREATE TABLE inv_stock", ()).is_empty());
    let plan = exec(
        &mut conn,
        "EXPLAIN SELECT * FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?",
        (1, 1),
    );
    assert_eq!(plan.len(), 1);
    let columns = exec(
        &mut conn,
        "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ? AND column_name = ?",
        ("ecommerce", "inv_stock", "stock"),
    );
    assert_eq!(columns.len(), 1);
}

#[test]
fn transactions_hold_over_prepared_statements() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 5);
    let update = conn
        .prep("UPDATE inv_stock SET stock = ? WHERE sku_id = ? AND warehouse_id = 1")
        .unwrap();
    let read = conn
        .prep("SELECT stock FROM inv_stock WHERE sku_id = ? AND warehouse_id = 1 FOR UPDATE")
        .unwrap();
    ask(&mut conn, "BEGIN").unwrap();
    conn.exec_drop(&update, (9, sku)).unwrap();
    let seen: Option<i64> = conn.exec_first(&read, (sku,)).unwrap();
    assert_eq!(seen, Some(9));
    ask(&mut conn, "ROLLBACK").unwrap();
    let seen: Option<i64> = conn.exec_first(&read, (sku,)).unwrap();
    assert_eq!(seen, Some(5));
    let (one, two) = shop.two_apart();
    let insert = conn
        .prep("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, 1, 1)")
        .unwrap();
    ask(&mut conn, "BEGIN").unwrap();
    conn.exec_drop(&insert, (one,)).unwrap();
    assert_eq!(code(&conn.exec_drop(&insert, (two,)).unwrap_err()), 29001);
    ask(&mut conn, "COMMIT").unwrap();
}

#[test]
fn broadcast_writes_take_parameters() {
    let shop = shop();
    let mut conn = shop.connect();
    let id = shop.sku();
    let insert = conn
        .prep("INSERT INTO dict_region (id, name) VALUES (?, ?)")
        .unwrap();
    assert_eq!(insert.num_params(), 2);
    conn.exec_drop(&insert, (id, "it's \\ there")).unwrap();
    let held = shop.everywhere(&format!(
        "SELECT name FROM {{schema}}.dict_region WHERE id = {id}"
    ));
    assert!(held.len() > 1);
    assert!(
        held.iter().all(|(_, row)| row == &["it's \\ there"]),
        "{held:?}"
    );
    assert_eq!(
        one(
            &mut conn,
            "SELECT name FROM dict_region WHERE id = ?",
            (id,)
        ),
        "it's \\ there"
    );
    conn.exec_drop("DELETE FROM dict_region WHERE id = ?", (id,))
        .unwrap();
}

#[test]
fn a_procedure_takes_parameters_and_gives_results_back() {
    let shop = shop();
    let mut conn = shop.connect();
    ask(&mut conn, "DROP PROCEDURE IF EXISTS prepared_sum").unwrap();
    ask(
        &mut conn,
        "CREATE PROCEDURE prepared_sum(IN a INT, IN b INT) SELECT a + b AS s",
    )
    .unwrap();
    assert_eq!(one(&mut conn, "CALL prepared_sum(?, ?)", (2, 3)), "5");
    assert_eq!(one(&mut conn, "CALL prepared_sum(?, 4)", (2,)), "6");
    ask(&mut conn, "DROP PROCEDURE prepared_sum").unwrap();
    ask(&mut conn, "DROP PROCEDURE IF EXISTS prepared_out").unwrap();
    ask(
        &mut conn,
        "CREATE PROCEDURE prepared_out(IN a INT, OUT b INT) SET b = a + 1",
    )
    .unwrap();
    // the value of the out parameter comes as a result of its own
    assert_eq!(one(&mut conn, "CALL prepared_out(?, ?)", (2, 0)), "3");
    assert_eq!(one(&mut conn, "SELECT ?", (7,)), "7");
    ask(&mut conn, "DROP PROCEDURE prepared_out").unwrap();
}

#[test]
fn what_is_only_shown_tells_its_columns_when_prepared() {
    let shop = shop();
    let mut conn = shop.connect();
    for (sql, columns) in [
        ("SHOW TABLES", 1),
        ("SHOW CREATE TABLE inv_stock", 2),
        ("SHOW DATABASES", 1),
        ("SELECT CONNECTION_ID(), ?", 2),
        (
            "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
            1,
        ),
        ("SET @a = 1", 0),
        ("DO 1", 0),
    ] {
        let prepared = conn
            .prep(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(usize::from(prepared.num_columns()), columns, "{sql}");
    }
    let error = conn.prep("SHOW CREATE TABLE nowhere_to_be_seen").map(drop);
    assert_eq!(code(&error.unwrap_err()), 1146);
}

#[test]
fn a_statement_keeps_the_database_and_follows_the_sql_mode() {
    let shop = shop();
    let mut conn = shop.connect();
    let quoted = conn.prep("SELECT \"a\", ?").unwrap();
    let row: Row = conn.exec_first(&quoted, (1,)).unwrap().unwrap();
    assert_eq!(shown(&row[0]), "a");
    ask(&mut conn, "SET sql_mode = 'ANSI_QUOTES'").unwrap();
    // a name now, to the proxy and to the servers
    assert_eq!(code(&conn.exec_drop(&quoted, (1,)).unwrap_err()), 1054);
    ask(&mut conn, "SET sql_mode = ''").unwrap();
    let row: Row = conn.exec_first(&quoted, (1,)).unwrap().unwrap();
    assert_eq!(shown(&row[0]), "a");
}

#[test]
fn autocommit_off_and_isolation_hold_for_prepared_statements() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 5);
    ask(&mut conn, "SET autocommit = 0").unwrap();
    let update = conn
        .prep("UPDATE inv_stock SET stock = ? WHERE sku_id = ? AND warehouse_id = 1")
        .unwrap();
    conn.exec_drop(&update, (8, sku)).unwrap();
    let read = format!(
        "/*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
    );
    assert_eq!(number(&mut shop.connect(), &read), 5);
    ask(&mut conn, "COMMIT").unwrap();
    assert_eq!(number(&mut shop.connect(), &read), 8);
}

#[test]
fn ddl_between_executions_is_seen() {
    let shop = shop();
    let mut conn = shop.connect();
    let read = conn.prep("SELECT * FROM outbox WHERE id = ?");
    // a local table needs a data source; a single one serves as well
    drop(read);
    ask(
        &mut conn,
        "CREATE TABLE ddl_between (id INT PRIMARY KEY, a INT)",
    )
    .unwrap();
    ask(&mut conn, "INSERT INTO ddl_between VALUES (1, 2)").unwrap();
    let read = conn.prep("SELECT * FROM ddl_between WHERE id = ?").unwrap();
    let row: Row = conn.exec_first(&read, (1,)).unwrap().unwrap();
    assert_eq!(row.len(), 2);
    ask(
        &mut conn,
        "ALTER TABLE ddl_between ADD COLUMN b INT DEFAULT 7",
    )
    .unwrap();
    let row: Row = conn.exec_first(&read, (1,)).unwrap().unwrap();
    assert_eq!(row.len(), 3);
    assert_eq!(shown(&row[2]), "7");
    let read = conn
        .prep("SELECT * FROM ddl_between WHERE id = ? LIMIT 1")
        .unwrap();
    assert_eq!(read.columns().len(), 3);
    ask(&mut conn, "ALTER TABLE ddl_between DROP COLUMN b").unwrap();
    let read = shop
        .connect()
        .prep("SELECT * FROM ddl_between WHERE id = ? LIMIT 1")
        .unwrap();
    assert_eq!(read.columns().len(), 2);
    ask(&mut conn, "DROP TABLE ddl_between").unwrap();
    assert_eq!(
        code(
            &conn
                .prep("SELECT * FROM ddl_between")
                .map(drop)
                .unwrap_err()
        ),
        1146
    );
}

#[test]
fn definitions_tell_logical_names() {
    let shop = shop();
    let mut conn = shop.connect();
    for _ in 0..2 {
        let read = conn
            .prep("SELECT s.stock, s.id FROM inv_stock s WHERE s.sku_id = ? AND s.warehouse_id = ?")
            .unwrap();
        assert_eq!((read.num_params(), read.num_columns()), (2, 2));
        let column = &read.columns()[0];
        assert_eq!(column.org_table_str(), "inv_stock");
        assert_eq!(column.table_str(), "s");
        assert_eq!(column.schema_str(), "ecommerce");
        let insert = conn
            .prep("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, ?), (?, ?, ?)")
            .unwrap();
        assert_eq!((insert.num_params(), insert.num_columns()), (6, 0));
    }
}

#[test]
fn a_shared_statement_reads_each_sessions_user_variables_as_they_are() {
    // one connection is enough for both sessions, so they meet in its prepared statements
    let proxy = crate::support::narrow();
    let (mut one_conn, mut other) = (proxy.connect(), proxy.connect());
    let sql = "SELECT @prepared_type, ?";
    for _ in 0..3 {
        ask(&mut one_conn, "SET @prepared_type = 5").unwrap();
        assert_eq!(one(&mut one_conn, sql, (1,)), "5");
        ask(&mut other, "SET @prepared_type = 'word'").unwrap();
        assert_eq!(one(&mut other, sql, (1,)), "word");
    }
}

#[test]
fn a_procedure_is_never_called_again() {
    let shop = shop();
    let mut conn = shop.connect();
    for sql in [
        "CREATE TABLE prepared_once (a INT)",
        "CREATE PROCEDURE prepared_once_p(IN a INT) BEGIN INSERT INTO prepared_once VALUES (a); EXECUTE nosuch; END",
    ] {
        ask(&mut conn, sql).unwrap();
    }
    let error = conn.exec_drop("CALL prepared_once_p(?)", (1,)).unwrap_err();
    assert_eq!(code(&error), 1243);
    assert_eq!(
        number(&mut conn, "SELECT COUNT(*) FROM prepared_once FOR UPDATE"),
        1
    );
    ask(&mut conn, "DROP PROCEDURE prepared_once_p").unwrap();
    ask(&mut conn, "DROP TABLE prepared_once").unwrap();
}

#[test]
fn what_is_told_of_user_variables_is_each_sessions_own() {
    let proxy = crate::support::narrow();
    let (mut one, mut other) = (proxy.connect(), proxy.connect());
    let told = |conn: &mut Conn, value: &str| {
        ask(conn, format!("SET @told_type = {value}")).unwrap();
        let statement = conn.prep("SELECT @told_type, ?").unwrap();
        let told = statement.columns()[0].column_type();
        conn.close(statement).unwrap();
        told
    };
    for _ in 0..2 {
        let number = told(&mut one, "5");
        let text = told(&mut other, "'word'");
        let kinds = [number.is_numeric_type(), text.is_numeric_type()];
        // MariaDB tells no type of a variable before it is executed
        if distribution().family() == shardgate::lab::Family::Mysql {
            assert_eq!(kinds, [true, false], "{number:?} {text:?}");
        }
    }
}

#[test]
fn a_temporary_tables_columns_are_told_to_its_session_alone() {
    let shop = shop();
    let (mut one, mut two, mut none) = (shop.connect(), shop.connect(), shop.connect());
    let sql = "SELECT * FROM prepared_temporary WHERE 1 = ?";
    let columns = |conn: &mut Conn| {
        let statement = conn.prep(sql)?;
        let columns = statement.columns();
        let names = columns.iter().map(|column| column.name_str().into_owned());
        Ok::<_, Error>(names.collect::<Vec<_>>())
    };
    let create = "CREATE TEMPORARY TABLE prepared_temporary";
    ask(&mut one, format!("{create} (own INT, secret INT)")).unwrap();
    assert_eq!(columns(&mut one).unwrap(), ["own", "secret"]);
    assert_eq!(code(&columns(&mut none).unwrap_err()), 1146);
    ask(&mut two, format!("{create} (other INT)")).unwrap();
    assert_eq!(columns(&mut two).unwrap(), ["other"]);
    assert_eq!(columns(&mut one).unwrap(), ["own", "secret"]);
}

#[test]
fn names_of_a_servers_own_schema_are_its_own_when_prepared() {
    let shop = shop();
    let mut conn = shop.connect();
    ask(&mut conn, "USE information_schema").unwrap();
    let sql = "SELECT COUNT(*) FROM SCHEMATA WHERE SCHEMA_NAME = ?";
    for _ in 0..2 {
        assert_eq!(one(&mut conn, sql, ("ecommerce",)), "1");
    }
    let text = "SELECT COUNT(*) FROM SCHEMATA WHERE SCHEMA_NAME = ''ecommerce'' AND 1 = ?";
    ask(&mut conn, format!("PREPARE own_schema FROM '{text}'")).unwrap();
    ask(&mut conn, "SET @one = 1").unwrap();
    assert_eq!(value(&mut conn, "EXECUTE own_schema USING @one"), "1");
    ask(&mut conn, "USE ecommerce").unwrap();
    assert_eq!(value(&mut conn, "EXECUTE own_schema USING @one"), "1");
    assert_eq!(one(&mut conn, sql, ("ecommerce",)), "1");
}

#[test]
fn a_variable_in_wide_characters_is_the_same_value_in_execute() {
    let shop = shop();
    let mut conn = shop.connect();
    ask(
        &mut conn,
        "PREPARE wide FROM 'SELECT CONCAT(CHARSET(?), HEX(?))'",
    )
    .unwrap();
    for (charset, hex) in [("utf16", "0041"), ("ucs2", "0041"), ("utf32", "00000041")] {
        ask(
            &mut conn,
            format!("SET @wide = CONVERT('A' USING {charset})"),
        )
        .unwrap();
        let told = value(&mut conn, "EXECUTE wide USING @wide, @wide");
        assert_eq!(told, format!("{charset}{hex}"));
        ask(
            &mut conn,
            format!("SET @text = CONVERT('SELECT 7' USING {charset})"),
        )
        .unwrap();
        ask(&mut conn, "PREPARE of_wide FROM @text").unwrap();
        assert_eq!(value(&mut conn, "EXECUTE of_wide"), "7");
    }
}

#[test]
fn status_counts_the_sessions_own_statements() {
    let mut conn = shop().connect();
    let told = |conn: &mut Conn| {
        let mut count = |name: &str| {
            rows(conn, &format!("SHOW SESSION STATUS LIKE 'Com_stmt_{name}'"))[0][1].clone()
        };
        [count("prepare"), count("execute"), count("close")]
    };
    assert_eq!(told(&mut conn), ["0", "0", "0"]);
    let statement = conn.prep("DO ?").unwrap();
    conn.exec_drop(&statement, (1,)).unwrap();
    conn.exec_drop(&statement, (2,)).unwrap();
    conn.close(statement).unwrap();
    assert!(conn.prep("SELEKT ?").is_err());
    assert_eq!(told(&mut conn), ["2", "2", "1"]);
}
