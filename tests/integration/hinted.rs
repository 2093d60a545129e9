//! Hints that give values to hint strategies, and that leave a text as it is, through the port (contract 6).

use std::sync::OnceLock;

use mysql::Conn;
use mysql::prelude::Queryable;

use crate::support::{Proxy, ProxyOptions, Shop, ask, refusal, rows, shop, value};

/// Tables of the logical database: `note` is cut by hints on both levels, `memo` by a hint for the tables alone.
fn database(shop: &Shop) -> String {
    let account = shop.farm.account();
    let (user, password) = (&account.user, &account.password);
    let mut sources = String::new();
    for n in 0..2 {
        let server = &shop.farm.pair_of(n).primary;
        let mut sql = format!(
            "CREATE DATABASE IF NOT EXISTS hinted_{n}; GRANT ALL ON hinted_{n}.* TO '{user}'@'127.0.0.1';"
        );
        for table in ["note_0", "note_1", "memo_0", "memo_1", "note"] {
            sql.push_str(&format!(
                "DROP TABLE IF EXISTS hinted_{n}.{table}; \
                 CREATE TABLE hinted_{n}.{table} (id INT PRIMARY KEY, place VARCHAR(20));"
            ));
        }
        for table in ["note_0", "note_1", "note"] {
            sql.push_str(&format!(
                "INSERT INTO hinted_{n}.{table} VALUES (1, '{n} {table}');"
            ));
        }
        server.sql(&sql).unwrap();
        sources.push_str(&format!(
            "  hinted_{n}: {{ url: mysql://127.0.0.1:{}/hinted_{n}, username: {user}, password: {password} }}\n",
            server.port()
        ));
    }
    format!(
        "databaseName: hinted\ndataSources:\n{sources}rules:\n- !SHARDING\n  tables:\n    \
         note:\n      actualDataNodes: hinted_${{0..1}}.note_${{0..1}}\n      \
         databaseStrategy: {{ hint: {{ shardingAlgorithmName: by_source }} }}\n      \
         tableStrategy: {{ hint: {{ shardingAlgorithmName: by_table }} }}\n      \
         columns: {{ id: int }}\n    \
         memo:\n      actualDataNodes: hinted_0.memo_${{0..1}}\n      \
         tableStrategy: {{ hint: {{ shardingAlgorithmName: by_memo }} }}\n      \
         columns: {{ id: int }}\n  \
         shardingAlgorithms:\n    \
         by_source: {{ type: HINT_INLINE, props: {{ algorithm-expression: \"hinted_${{value % 2}}\" }} }}\n    \
         by_table: {{ type: HINT_INLINE, props: {{ algorithm-expression: \"note_${{value % 2}}\" }} }}\n    \
         by_memo: {{ type: HINT_INLINE, props: {{ algorithm-expression: \"memo_${{value}}\" }} }}\n"
    )
}

fn proxy() -> &'static Proxy {
    static PROXY: OnceLock<Proxy> = OnceLock::new();
    PROXY.get_or_init(|| {
        let shop = shop();
        Proxy::start(
            &shop.farm,
            &ProxyOptions {
                files: vec![("hinted.yaml", database(shop))],
                ..ProxyOptions::default()
            },
        )
    })
}

fn connect() -> Conn {
    let mut conn = proxy().connect();
    ask(&mut conn, "USE hinted").unwrap();
    conn
}

#[test]
fn values_of_hints_lead_to_their_nodes_as_text_and_prepared() {
    let mut conn = connect();
    for (source, table) in [(0, 0), (0, 1), (1, 0), (1, 1), (3, 2)] {
        let place = format!("{} note_{}", source % 2, table % 2);
        for hint in [
            format!("SHARDING_DATABASE_VALUE={source}, SHARDING_TABLE_VALUE={table}"),
            format!("note.SHARDING_DATABASE_VALUE={source}, note.SHARDING_TABLE_VALUE={table}"),
            format!(
                "SHARDING_DATABASE_VALUE=7, NOTE.sharding_database_value={source}, shardingTableValue={table}"
            ),
        ] {
            let sql = format!("/* SHARDINGSPHERE_HINT: {hint} */ SELECT place FROM note");
            assert_eq!(value(&mut conn, &sql), place, "{sql}");
            let prepared: Option<String> = conn.exec_first(&sql, ()).unwrap();
            assert_eq!(prepared.as_deref(), Some(place.as_str()), "{sql}");
            let (hint, read) = sql.split_at(sql.find("SELECT").unwrap());
            let route = rows(&mut conn, &format!("{hint} PREVIEW {read}"));
            assert!(
                route[0][1].contains(&format!("`note_{}`", table % 2)),
                "{route:?}"
            );
        }
    }
}

#[test]
fn a_write_goes_where_its_hint_says_and_nowhere_else() {
    let shop = shop();
    let mut conn = connect();
    let hint = "/* SHARDINGSPHERE_HINT: memo.SHARDING_TABLE_VALUE=1 */";
    ask(
        &mut conn,
        format!("{hint} INSERT INTO memo VALUES (5, 'x')"),
    )
    .unwrap();
    ask(&mut conn, format!("{hint} UPDATE memo SET place = 'y'")).unwrap();
    let server = &shop.farm.pair_of(0).primary;
    let held = |table: &str| {
        server
            .value(&format!(
                "SELECT GROUP_CONCAT(id, place) FROM hinted_0.{table}"
            ))
            .unwrap()
    };
    assert_eq!(held("memo_1"), "5y");
    assert_ne!(held("memo_0"), "5y");
    ask(&mut conn, format!("{hint} DELETE FROM memo WHERE id = 5")).unwrap();
    assert_ne!(held("memo_1"), "5y");
}

#[test]
fn a_hint_strategy_without_its_value_or_right_is_refused_and_no_value_is_a_silent_nothing() {
    let mut conn = connect();
    for (code, sql) in [
        (20090, "SELECT place FROM note"),
        // the tables' value alone does not know the data source
        (
            20090,
            "/* SHARDINGSPHERE_HINT: SHARDING_TABLE_VALUE=1 */ SELECT place FROM note",
        ),
        // it leads nowhere
        (
            20090,
            "/* SHARDINGSPHERE_HINT: SHARDING_TABLE_VALUE=9 */ SELECT place FROM memo",
        ),
        // no table takes it
        (
            29004,
            "/* SHARDINGSPHERE_HINT: SHARDING_DATABASE_VALUE=1 */ SELECT place FROM memo",
        ),
        (
            29004,
            "/* SHARDINGSPHERE_HINT: other.SHARDING_TABLE_VALUE=1 */ SELECT place FROM memo",
        ),
        (
            29004,
            "/* SHARDINGSPHERE_HINT: SHARDING_VALUE=1 */ SELECT place FROM memo",
        ),
        // behind the first word it is no hint any more
        (
            29004,
            "SELECT /* SHARDINGSPHERE_HINT: SHARDING_TABLE_VALUE=1 */ place FROM memo",
        ),
    ] {
        let told = refusal(&mut conn, sql);
        assert_eq!(told.code, code, "{sql}: {told:?}");
    }
    let told = refusal(&mut conn, "DELETE FROM memo WHERE id = 1");
    assert!(
        told.message
            .contains("begin it with `/* SHARDINGSPHERE_HINT: SHARDING_TABLE_VALUE=... */`"),
        "{told:?}"
    );
    let mut app = proxy().connect_as_app();
    ask(&mut app, "USE hinted").unwrap();
    let sql = "/* SHARDINGSPHERE_HINT: SHARDING_DATABASE_VALUE=0, SHARDING_TABLE_VALUE=0 */ SELECT place FROM note";
    assert_eq!(refusal(&mut app, sql).code, 29005);
}

#[test]
fn skip_sql_rewrite_routes_as_ever_and_sends_the_text_unchanged() {
    let mut conn = connect();
    let values = "SHARDING_DATABASE_VALUE=1, SHARDING_TABLE_VALUE=0";
    let plain = format!("/* SHARDINGSPHERE_HINT: {values} */ SELECT place FROM note");
    let as_is = format!(
        "/* SHARDINGSPHERE_HINT: {values}, SKIP_SQL_REWRITE=true */ SELECT place FROM note"
    );
    assert_eq!(value(&mut conn, &plain), "1 note_0");
    // the server's own table of the logical name
    assert_eq!(value(&mut conn, &as_is), "1 note");
    let prepared: Option<String> = conn.exec_first(&as_is, ()).unwrap();
    assert_eq!(prepared.as_deref(), Some("1 note"));
    // one text is not for several nodes, in one data source or in several
    ask(&mut conn, "USE ecommerce").unwrap();
    let shop = shop();
    let (one, other) = shop.two_apart();
    for sql in [
        format!("SELECT stock FROM inv_stock WHERE sku_id = {one}"),
        format!(
            "SELECT stock FROM inv_stock WHERE sku_id IN ({one}, {other}) AND warehouse_id = 1"
        ),
        format!("DELETE FROM inv_stock WHERE sku_id = {one}"),
    ] {
        let hinted = format!("/* SHARDINGSPHERE_HINT: SKIP_SQL_REWRITE=true */ {sql}");
        assert_eq!(refusal(&mut conn, &hinted).code, 29004, "{sql}");
    }
    // and routing refuses as ever
    let keyless = "/* SHARDINGSPHERE_HINT: SKIP_SQL_REWRITE=true */ SELECT stock FROM inv_stock";
    assert_eq!(refusal(&mut conn, keyless).code, 20090);
    let mut app = proxy().connect_as_app();
    let sql = format!(
        "/* SHARDINGSPHERE_HINT: SKIP_SQL_REWRITE=true */ SELECT stock FROM inv_stock WHERE sku_id = {one} AND warehouse_id = 1"
    );
    assert_eq!(refusal(&mut app, &sql).code, 29005);
}
