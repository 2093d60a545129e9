//! What is refused, with which code, and that no server hears of it: contract 5.

use std::fs;
use std::path::Path;

use mysql::prelude::Queryable;
use shardgate::route::RefusalCode;

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

/// A statement for each code that a statement alone provokes; `{s}` is a SKU with a row in warehouse 1, `{a}` and `{b}`
/// are of two data sources.
const KINDS: &[(u16, &str)] = &[
    (20090, "SELECT * FROM inv_stock"),
    (
        20031,
        "UPDATE inv_stock SET sku_id = sku_id + 1 WHERE sku_id = {s} AND warehouse_id = 1",
    ),
    (
        20031,
        "UPDATE inv_stock SET warehouse_id = 2 WHERE sku_id = {s} AND warehouse_id = 1",
    ),
    (
        20036,
        "UPDATE inv_stock SET stock = 0 WHERE sku_id = {s} LIMIT 1",
    ),
    (20036, "DELETE FROM inv_stock WHERE sku_id = {s} LIMIT 1"),
    (20030, "LOCK TABLES inv_stock WRITE"),
    (20030, "HANDLER inv_stock OPEN"),
    (
        20035,
        "UPDATE inv_stock a JOIN inv_stock b ON a.id = b.id SET a.stock = 0 WHERE a.sku_id = {a} AND b.sku_id = {b}",
    ),
    (
        20056,
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({s} + 0, 1, 1)",
    ),
    (
        20020,
        "INSERT INTO inv_stock (warehouse_id, stock) VALUES (1, 1)",
    ),
    (
        20020,
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (NULL, 1, 1)",
    ),
    (
        20034,
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) SELECT sku_id, 2, stock FROM inv_stock WHERE sku_id = {s} AND warehouse_id = 1",
    ),
    (12200, "/* shardgate: data_source=nowhere */ SELECT 1"),
    (
        29002,
        "SELECT stock FROM inv_stock WHERE sku_id = {s} AND warehouse_id = 1 PROCEDURE ANALYSE() SOMETHING",
    ),
    (
        29003,
        "SELECT * FROM inv_stock_3 WHERE sku_id = {s} AND warehouse_id = 1",
    ),
    (
        29003,
        "SELECT * FROM ecom_0.inv_stock WHERE sku_id = {s} AND warehouse_id = 1",
    ),
    (
        29004,
        "/* shardgate: nonsense */ SELECT * FROM inv_stock WHERE sku_id = {s} AND warehouse_id = 1",
    ),
    (
        29006,
        "SELECT * FROM inv_stock WHERE sku_id IN ({a}, {b}) ORDER BY id",
    ),
    (
        29008,
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({a}, 1, 1), ({b}, 1, 1)",
    ),
    (
        1054,
        "SELECT nonsense FROM inv_stock WHERE sku_id = {s} AND warehouse_id = 1",
    ),
    (1146, "SELECT * FROM nowhere_at_all"),
    (1049, "USE nowhere_at_all"),
    (1064, "SELEKT 1"),
    (1136, "INSERT INTO inv_stock VALUES ({s}, 1)"),
    (1235, "XA START 'x'"),
];

/// Codes that need more than one statement: the file and the test that provokes them.
const ELSEWHERE: &[(u16, &str, &str)] = &[
    (
        10440,
        "tests/integration/fuse.rs",
        "an_hour_back_opens_the_fuse_and_the_rest_is_served",
    ),
    (
        29001,
        "tests/integration/transactions.rs",
        "a_write_on_a_second_data_source_is_29001_and_the_transaction_goes_on",
    ),
    (
        29005,
        "tests/integration/refusals.rs",
        "an_ordinary_user_has_no_right_to_a_hint_that_widens",
    ),
    (
        29007,
        "tests/integration/load_local.rs",
        "what_would_not_land_on_one_server_or_in_one_transaction_is_refused",
    ),
    (
        29009,
        "tests/integration/torn.rs",
        "a_torn_commit_of_several_nodes_is_told_and_never_repeated_contract_7_3",
    ),
    (
        29010,
        "tests/integration/kills.rs",
        "who_gets_no_connection_in_time_is_told_so_and_goes_on",
    ),
    (
        29011,
        "tests/integration/fan_write.rs",
        "a_server_lost_between_two_nodes_leaves_nothing_behind_contract_7_3",
    ),
    (29012, "tests/replication/failover.rs", "quarrel"),
    (
        29013,
        "tests/integration/firewall.rs",
        "lists_are_learned_written_and_enforced_in_every_way_that_a_statement_comes_in",
    ),
    (
        29014,
        "tests/integration/ddl.rs",
        "what_one_node_refuses_is_told_and_a_repetition_does_the_rest",
    ),
    (
        29015,
        "tests/integration/transactions.rs",
        "an_outbox_row_outside_a_transaction_that_writes_is_29015",
    ),
];

#[test]
fn each_kind_of_refusal_has_its_own_code() {
    let shop = shop();
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1).to_string();
    let (first, second) = shop.two_apart();
    for (code, sql) in KINDS {
        let sql = sql
            .replace("{s}", &sku)
            .replace("{a}", &first.to_string())
            .replace("{b}", &second.to_string());
        let told = refusal(&mut conn, &sql);
        assert_eq!(told.code, *code, "{sql}: {told:?}");
        let known = RefusalCode::ALL.iter().map(|known| known.number());
        let state = known
            .filter(|(number, _)| number == code)
            .map(|(_, state)| state)
            .next();
        assert_eq!(Some(told.state.as_str()), state, "{sql}");
    }
}

#[test]
fn every_code_of_the_page_is_provoked_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for code in RefusalCode::ALL {
        let number = code.number().0;
        if KINDS.iter().any(|(provoked, _)| *provoked == number) {
            continue;
        }
        let row = ELSEWHERE.iter().find(|(listed, ..)| *listed == number);
        let (_, file, test) = row.unwrap_or_else(|| panic!("nothing provokes {number}"));
        let text = fs::read_to_string(root.join(file)).unwrap();
        let (_, body) = text
            .split_once(&format!("fn {test}"))
            .unwrap_or_else(|| panic!("{number}: {file} has no test {test}"));
        let body = body.split_once("\n}\n").map_or(body, |(body, _)| body);
        assert!(
            body.contains(&number.to_string()),
            "{file} {test} does not expect {number}"
        );
    }
    for (number, ..) in ELSEWHERE {
        let is_known = RefusalCode::ALL
            .iter()
            .any(|code| code.number().0 == *number);
        assert!(is_known, "{number}");
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
