//! What is refused, with which code, and that no server hears of it: contract 5.

use mysql::prelude::Queryable;

use crate::support::{ask, refusal, shop, token};

/// One statement a line; none has a sharding value for the databases.
const KEYLESS: &str = include_str!("keyless.sql");

fn keyless() -> impl Iterator<Item = &'static str> {
    KEYLESS
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("--"))
}

#[test]
fn no_statement_without_a_sharding_value_reaches_any_server() {
    let shop = shop();
    shop.witness();
    let mut conn = shop.connect();
    let mut answered = Vec::new();
    let mut reached = Vec::new();
    for sql in keyless() {
        let word = token();
        // the token in front of the last word: a trailing comment could be cut off
        let marked = format!("{sql} /* {word} */");
        match ask(&mut conn, &marked) {
            Ok(_) => answered.push(sql),
            Err(refusal) => assert!(
                refusal.code < 2000 || refusal.code >= 10_000,
                "{sql}: {refusal:?}"
            ),
        }
        // nor does it go round by being prepared, in either way
        assert!(conn.exec_drop(&marked, ()).is_err(), "{sql}");
        let quoted = marked.replace('\\', "\\\\").replace('\'', "''");
        let prepared = ask(&mut conn, format!("PREPARE keyless FROM '{quoted}'"));
        if prepared.is_ok() {
            assert!(ask(&mut conn, "EXECUTE keyless").is_err(), "{sql}");
        }
        if shop.witnesses(&word) > 0 {
            reached.push(sql);
        }
        // a statement that opened something must not shield the next one
        ask(&mut conn, "ROLLBACK").unwrap();
    }
    assert!(keyless().count() >= 60);
    assert_eq!(
        (answered, reached),
        (Vec::<&str>::new(), Vec::<&str>::new())
    );
    // the witness is awake: a statement with its key does reach a server
    let word = token();
    let sku = shop.stocked(&mut conn, 1);
    ask(
        &mut conn,
        format!("SELECT '{word}' FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"),
    )
    .unwrap();
    assert_eq!(shop.witnesses(&word), 1);
}

#[test]
fn a_refusal_names_table_columns_nodes_and_remedy() {
    let mut conn = shop().connect();
    let refused = refusal(&mut conn, "SELECT * FROM inv_stock WHERE warehouse_id = 1");
    assert_eq!((refused.code, refused.state.as_str()), (20090, "42000"));
    for word in ["inv_stock", "sku_id", "128"] {
        assert!(
            refused.message.contains(word),
            "{word}: {}",
            refused.message
        );
    }
}

#[test]
fn each_kind_of_refusal_has_its_own_code() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    let key = format!("sku_id = {sku} AND warehouse_id = 1");
    let (first, second) = shop.two_apart();
    for (code, sql) in [
        (
            20031,
            format!("UPDATE inv_stock SET sku_id = sku_id + 1 WHERE {key}"),
        ),
        (
            20031,
            format!("UPDATE inv_stock SET warehouse_id = 2 WHERE {key}"),
        ),
        (
            20020,
            "INSERT INTO inv_stock (warehouse_id, stock) VALUES (1, 1)".to_owned(),
        ),
        (
            20020,
            "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (NULL, 1, 1)".to_owned(),
        ),
        (
            20034,
            format!(
                "INSERT INTO inv_stock (sku_id, warehouse_id, stock) SELECT sku_id, 2, stock FROM inv_stock WHERE {key}"
            ),
        ),
        (
            29008,
            format!(
                "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({first}, 1, 1), ({second}, 1, 1)"
            ),
        ),
        (29003, format!("SELECT * FROM inv_stock_3 WHERE {key}")),
        (29003, format!("SELECT * FROM ecom_0.inv_stock WHERE {key}")),
        (
            29004,
            format!("/* shardgate: nonsense */ SELECT * FROM inv_stock WHERE {key}"),
        ),
        (1054, format!("SELECT nonsense FROM inv_stock WHERE {key}")),
        (1146, "SELECT * FROM nowhere_at_all".to_owned()),
        (1049, "USE nowhere_at_all".to_owned()),
        (1064, "SELEKT 1".to_owned()),
        (1136, format!("INSERT INTO inv_stock VALUES ({sku}, 1)")),
    ] {
        assert_eq!(refusal(&mut conn, &sql).code, code, "{sql}");
    }
}

#[test]
fn an_ordinary_user_has_no_right_to_a_hint_that_widens() {
    let shop = shop();
    let mut conn = shop.proxy.connect_as_app();
    let refused = refusal(
        &mut conn,
        "/* shardgate: full_route */ SELECT COUNT(*) FROM inv_stock",
    );
    assert_eq!(refused.code, 29005, "{refused:?}");
}

#[test]
fn a_refused_statement_leaves_the_session_usable() {
    let shop = shop();
    let mut conn = shop.connect();
    for _ in 0..3 {
        assert_eq!(refusal(&mut conn, "DELETE FROM inv_stock").code, 20090);
        shop.stocked(&mut conn, 1);
    }
}
