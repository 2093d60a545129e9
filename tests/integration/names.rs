//! Answers name logical tables and the logical database only, contract 2.3 and 10.1.

use crate::support::{Answer, ask, number, refusal, rows, shop};

/// No actual table or schema.
fn is_logical(text: &str) -> bool {
    let actual = |word: &str| {
        text.match_indices(word)
            .any(|(at, _)| text[at + word.len()..].starts_with(|c: char| c.is_ascii_digit()))
    };
    !(actual("inv_stock_") || actual("inv_reservation_") || actual("ecom_"))
}

fn metadata(answer: &Answer) -> String {
    answer
        .sets
        .iter()
        .flat_map(|set| set.columns.iter())
        .map(String::as_str)
        .collect()
}

#[test]
fn errors_name_the_logical_table() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    let key = format!("sku_id = {sku} AND warehouse_id = 1");
    for (code, sql) in [
        (
            1062,
            format!("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 1)"),
        ),
        (1054, format!("SELECT nonsense FROM inv_stock WHERE {key}")),
        (
            1054,
            format!("SELECT inv_stock.nonsense FROM inv_stock WHERE {key}"),
        ),
        (
            1054,
            format!("UPDATE inv_stock SET nonsense = 1 WHERE {key}"),
        ),
        (
            1048,
            format!("UPDATE inv_stock SET stock = NULL WHERE {key}"),
        ),
        (
            1305,
            format!("SELECT no_such_function(1) FROM inv_stock WHERE {key}"),
        ),
        (
            1264,
            format!("UPDATE inv_stock SET stock = 99999999999 WHERE {key}"),
        ),
    ] {
        let refused = refusal(&mut conn, &sql);
        assert_eq!(refused.code, code, "{sql}: {refused:?}");
        assert!(is_logical(&refused.message), "{sql}: {refused:?}");
    }
}

#[test]
fn warnings_name_the_logical_table() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    let sql =
        format!("INSERT IGNORE INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, 1, 1)");
    let answer = ask(&mut conn, sql).unwrap();
    assert_eq!((answer.affected(), answer.sets[0].warnings), (0, 1));
    let warnings = rows(&mut conn, "SHOW WARNINGS").concat().concat();
    assert!(
        warnings.contains("1062") && is_logical(&warnings),
        "{warnings}"
    );
}

#[test]
fn a_value_that_looks_like_a_name_is_left_alone() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.sku();
    let insert = format!(
        "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES ('inv_reservation_3', {sku}, 1, 1)"
    );
    ask(&mut conn, &insert).unwrap();
    let refused = refusal(&mut conn, &insert);
    assert!(
        refused.message.contains("'inv_reservation_3-"),
        "{refused:?}"
    );
}

#[test]
fn column_metadata_names_the_logical_table_and_database() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    for sql in [
        format!("SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"),
        format!("SELECT s.id FROM inv_stock s WHERE s.sku_id = {sku} AND s.warehouse_id = 1"),
        "SELECT * FROM dict_region LIMIT 1".to_owned(),
    ] {
        let text = metadata(&ask(&mut conn, &sql).unwrap());
        assert!(
            is_logical(&text) && text.contains("ecommerce."),
            "{sql}: {text}"
        );
    }
}

#[test]
fn show_and_describe_know_logical_names_only() {
    let shop = shop();
    let mut conn = shop.connect();
    let databases = rows(&mut conn, "SHOW DATABASES").concat();
    assert!(
        databases.contains(&"ecommerce".to_owned())
            && databases.iter().all(|name| is_logical(name)),
        "{databases:?}"
    );
    let tables = rows(&mut conn, "SHOW TABLES").concat();
    for name in [
        "inv_stock",
        "inv_reservation",
        "outbox",
        "dict_currency",
        "dict_region",
    ] {
        assert_eq!(
            tables.iter().filter(|table| *table == name).count(),
            1,
            "{tables:?}"
        );
    }
    assert!(tables.iter().all(|name| is_logical(name)), "{tables:?}");
    let columns = rows(&mut conn, "SHOW COLUMNS FROM inv_stock");
    assert_eq!(columns.len(), 7);
    assert_eq!(rows(&mut conn, "DESCRIBE inv_stock"), columns);
    assert_eq!(rows(&mut conn, "DESC ecommerce.inv_stock"), columns);
    let create = rows(&mut conn, "SHOW CREATE TABLE inv_stock");
    assert_eq!(create[0][0], "inv_stock");
    assert!(
        create[0][1].starts_with("CREATE TABLE `inv_stock`"),
        "{create:?}"
    );
    let index = rows(&mut conn, "SHOW INDEX FROM inv_stock");
    assert!(index.iter().all(|row| row[0] == "inv_stock"), "{index:?}");
}

#[test]
fn database_and_version_and_connection_id_answer_without_a_key() {
    let shop = shop();
    let mut conn = shop.connect();
    assert_eq!(rows(&mut conn, "SELECT DATABASE()"), [["ecommerce"]]);
    assert_eq!(rows(&mut conn, "SELECT SCHEMA()"), [["ecommerce"]]);
    let id = conn.connection_id().to_string();
    assert_eq!(rows(&mut conn, "SELECT CONNECTION_ID()"), [[id]]);
    for sql in [
        "SELECT VERSION()",
        "SELECT @@version_comment LIMIT 1",
        "SELECT @@max_allowed_packet, @@wait_timeout, @@socket",
        "SELECT 1",
        "SHOW VARIABLES LIKE 'sql_mode'",
        "SELECT USER()",
        "SELECT CURRENT_USER()",
    ] {
        assert_eq!(rows(&mut conn, sql).len(), 1, "{sql}");
    }
    assert!(rows(&mut conn, "SELECT USER()")[0][0].starts_with("root@"));
}

#[test]
fn preview_of_a_question_to_information_schema_shows_what_the_server_gets() {
    let mut conn = shop().connect();
    let question =
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()";
    for prefix in ["PREVIEW", "EXPLAIN ROUTE"] {
        let shown = rows(&mut conn, &format!("{prefix} {question}"));
        let sql = shown.last().unwrap()[1].clone();
        // the view in the table's place, and the session's own database as a literal
        assert!(
            sql.contains("inv_stock") && !sql.contains("DATABASE()"),
            "{sql}"
        );
    }
}

#[test]
fn preview_and_explain_route_tell_without_running() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    let update =
        format!("UPDATE inv_stock SET stock = 0 WHERE sku_id = {sku} AND warehouse_id = 1");
    for prefix in ["PREVIEW", "EXPLAIN ROUTE"] {
        let told = rows(&mut conn, &format!("{prefix} {update}"));
        let table = crate::support::Placement::stock_table(sku, 1);
        let actual = &told.last().unwrap()[1];
        assert!(actual.contains(&format!("inv_stock_{table}")), "{told:?}");
    }
    let stock = format!(
        "/*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
    );
    assert_eq!(rows(&mut conn, &stock), [["1"]]);
    assert_eq!(
        refusal(&mut conn, "PREVIEW SELECT * FROM inv_stock").code,
        20090
    );
}

/// The details of a step of EXPLAIN ROUTE.
fn details(told: &[Vec<String>], step: &str) -> Vec<String> {
    let of_step = told.iter().filter(|row| row[0] == step);
    of_step.map(|row| row[1].clone()).collect()
}

#[test]
fn explain_route_tells_the_story_of_what_passes_and_of_what_is_refused() {
    let mut conn = shop().connect();
    let ask = "EXPLAIN ROUTE SELECT stock FROM inv_stock WHERE warehouse_id = 1";
    let told = rows(&mut conn, ask);
    let table = details(&told, "table").concat();
    assert!(
        table.contains("sku_id no value known") && table.contains("warehouse_id = 1"),
        "{told:?}"
    );
    assert!(
        details(&told, "refused")[0].starts_with("20090 (42000): inv_stock: no value"),
        "{told:?}"
    );
    assert_eq!(details(&told, "remedy").len(), 1, "{told:?}");
    let told = rows(&mut conn, &format!("{ask} AND sku_id = ?"));
    assert_eq!(details(&told, "refused"), [""; 0], "{told:?}");
    assert!(
        details(&told, "note")[0].starts_with("each ? stands for"),
        "{told:?}"
    );
    assert!(
        details(&told, "table")[0].contains("1 of its nodes can hold rows: rw_"),
        "{told:?}"
    );
    assert!(
        details(&told, "digest")[0].contains("select stock from inv_stock where"),
        "{told:?}"
    );
    let told = rows(&mut conn, "EXPLAIN ROUTE BEGIN");
    assert!(
        details(&told, "route")[0].contains("the proxy answers it"),
        "{told:?}"
    );
}

#[test]
fn explain_runs_on_the_node_of_its_statement() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    let plan = rows(
        &mut conn,
        &format!("EXPLAIN SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"),
    );
    assert_eq!(plan.len(), 1);
    assert!(is_logical(&plan.concat().concat()), "{plan:?}");
}

/// Questions that would tell what lies on the servers, or that are no reads.
const TELLTALES: &[&str] = &[
    "SELECT (SELECT GROUP_CONCAT(table_name) FROM information_schema.tables) FROM dict_region",
    "SELECT db FROM information_schema.processlist",
    "SELECT name FROM information_schema.innodb_sys_tables",
    "SELECT table_name INTO @v FROM information_schema.tables LIMIT 1",
    "SELECT @v := table_name FROM information_schema.tables",
    "SELECT GET_LOCK('names', 0) FROM information_schema.tables LIMIT 1",
    "SELECT grantee FROM information_schema.schema_privileges",
    "SET @names = (SELECT GROUP_CONCAT(table_name) FROM information_schema.tables)",
    "CREATE TABLE names AS SELECT table_name FROM information_schema.tables",
    "CREATE VIEW names AS SELECT table_name FROM information_schema.tables",
    "DO (SELECT COUNT(*) FROM information_schema.tables)",
];
/// Questions in shapes of all kinds; each has a row or more, with logical names.
const SHAPES: &[&str] = &[
    "SELECT table_name FROM information_schema.tables",
    "SELECT * FROM information_schema.columns",
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'ecommerce'",
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'ecommerce' AND table_name LIKE 'inv%'",
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'ecommerce' AND table_name = 'inv_stock' OR 1 = 1",
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'ecommerce' AND table_name = 'inv_stock' \
     UNION SELECT table_name FROM information_schema.tables",
    "SELECT k.table_name FROM information_schema.table_constraints t, information_schema.key_column_usage k \
     WHERE t.table_schema = 'ecommerce' AND t.table_name = 'inv_stock'",
    "SELECT x.table_name FROM (SELECT * FROM information_schema.tables) x WHERE x.table_schema = 'ecommerce' AND x.table_name = 'inv_stock'",
    "SELECT schema_name FROM information_schema.schemata",
    "SELECT tables.table_name, information_schema.tables.table_schema FROM information_schema.tables WHERE tables.table_name = 'inv_stock'",
    "WITH t AS (SELECT table_name AS n FROM information_schema.tables WHERE table_schema = DATABASE()) SELECT n FROM t WHERE n LIKE '%stock'",
];

#[test]
fn information_schema_tells_logical_names_only() {
    let shop = shop();
    let mut conn = shop.connect();
    for sql in TELLTALES {
        assert_eq!(refusal(&mut conn, sql).code, 1235, "{sql}");
    }
    for sql in SHAPES {
        let told = rows(&mut conn, sql);
        assert!(!told.is_empty(), "{sql}");
        assert!(told.iter().all(|row| is_logical(&row.concat())), "{sql}");
    }
    for name in ["inv_stock_3", "nonsense"] {
        let sql =
            format!("SELECT table_name FROM information_schema.tables WHERE table_name = '{name}'");
        assert!(rows(&mut conn, &sql).is_empty(), "{sql}");
    }
    let foreign = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'ecom_0' AND table_name = 'inv_stock'";
    assert!(rows(&mut conn, foreign).is_empty());
    assert_eq!(
        rows(
            &mut conn,
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_name LIKE 'inv\\_stock%'"
        ),
        [["1"]]
    );
    let named = "SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_name IN ('inv_stock', 'outbox') ORDER BY 1";
    assert_eq!(
        rows(&mut conn, named),
        [["ecommerce.inv_stock"], ["ecommerce.outbox"]]
    );
    let joined = "SELECT k.table_name, k.column_name FROM information_schema.table_constraints t \
                  JOIN information_schema.key_column_usage k ON k.table_schema = t.table_schema \
                  AND k.table_name = t.table_name AND k.constraint_name = t.constraint_name \
                  WHERE t.table_schema = 'ecommerce' AND t.table_name = 'inv_stock' AND t.constraint_type = 'PRIMARY KEY'";
    assert_eq!(rows(&mut conn, joined), [["inv_stock", "id"]]);
    assert!(
        number(
            &mut conn,
            "SELECT COUNT(*) FROM information_schema.collations"
        ) > 100
    );
}

#[test]
fn a_tables_name_keeps_its_spelling() {
    let shop = shop();
    let mut conn = shop.connect();
    super::support::ask(
        &mut conn,
        "CREATE TABLE NamesMixedCase (id INT PRIMARY KEY)",
    )
    .unwrap();
    assert_eq!(
        rows(&mut conn, "SHOW TABLES LIKE 'Names%'"),
        [["NamesMixedCase"]]
    );
    let listed =
        "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'NamesMixed%'";
    assert_eq!(rows(&mut conn, listed), [["NamesMixedCase"]]);
    super::support::ask(&mut conn, "DROP TABLE NamesMixedCase").unwrap();
}

#[test]
fn the_servers_own_schemas_are_an_admins() {
    let shop = shop();
    let mut conn = shop.proxy.connect_as_app();
    for sql in [
        "SELECT user FROM mysql.user",
        "SELECT * FROM performance_schema.threads",
        "SELECT 1 FROM sys.version",
    ] {
        assert_eq!(refusal(&mut conn, sql).code, 1142, "{sql}");
    }
    assert_eq!(refusal(&mut conn, "SHOW ENGINE INNODB STATUS").code, 1227);
}

#[test]
fn show_filters_its_rows() {
    let shop = shop();
    let mut conn = shop.connect();
    let one = [["outbox"]];
    assert_eq!(rows(&mut conn, "SHOW TABLES LIKE 'outb%'"), one);
    assert_eq!(
        rows(
            &mut conn,
            "SHOW TABLES WHERE Tables_in_ecommerce = 'outbox'"
        ),
        one
    );
    let full = "SHOW FULL TABLES FROM ecommerce WHERE Table_type = 'BASE TABLE' AND Tables_in_ecommerce LIKE 'inv%'";
    assert_eq!(rows(&mut conn, full).len(), 2);
    assert_eq!(
        refusal(
            &mut conn,
            "SHOW TABLES WHERE EXISTS (SELECT 1 FROM ecom_0.outbox)"
        )
        .code,
        1235
    );
    let status = rows(&mut conn, "SHOW TABLE STATUS LIKE 'inv%'");
    assert_eq!(
        status.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(),
        ["inv_reservation", "inv_stock"]
    );
    let grants = rows(&mut conn, "SHOW GRANTS").concat().concat();
    assert!(
        is_logical(&grants) && grants.contains("`ecommerce`.*"),
        "{grants}"
    );
    for sql in [
        "SHOW TRIGGERS",
        "SHOW EVENTS",
        "SHOW PROCEDURE STATUS",
        "SHOW OPEN TABLES",
    ] {
        assert_eq!(rows(&mut conn, sql), Vec::<Vec<String>>::new(), "{sql}");
    }
}

#[test]
fn a_view_of_a_table_that_is_gone_is_shown() {
    let mut conn = shop().connect();
    for sql in [
        "CREATE TABLE soon_gone (id INT)",
        "CREATE VIEW view_of_nothing AS SELECT id FROM soon_gone",
        "DROP TABLE soon_gone",
    ] {
        ask(&mut conn, sql).unwrap();
    }
    assert_eq!(
        rows(&mut conn, "SHOW FULL TABLES LIKE 'view_of%'"),
        [["view_of_nothing", "VIEW"]]
    );
    assert_eq!(
        rows(&mut conn, "SHOW TABLES LIKE 'view_of%'"),
        [["view_of_nothing"]]
    );
    ask(&mut conn, "DROP VIEW view_of_nothing").unwrap();
}

#[test]
fn plans_and_definitions_name_logical_tables_in_either_quotes() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    let key = format!("sku_id = {sku} AND warehouse_id = 1");
    for sql in [
        format!("EXPLAIN DELETE FROM inv_stock WHERE {key}"),
        format!("EXPLAIN FORMAT=JSON DELETE FROM inv_stock WHERE {key}"),
        format!("EXPLAIN FORMAT=JSON SELECT * FROM inv_stock WHERE {key}"),
        "SHOW WARNINGS".to_owned(),
    ] {
        let told = rows(&mut conn, &sql).concat().concat();
        assert!(is_logical(&told), "{sql}: {told}");
    }
    ask(&mut conn, "SET SESSION sql_mode = 'ANSI_QUOTES'").unwrap();
    let create = rows(&mut conn, "SHOW CREATE TABLE \"inv_stock\"");
    assert!(
        create[0][1].starts_with("CREATE TABLE \"inv_stock\""),
        "{create:?}"
    );
}
