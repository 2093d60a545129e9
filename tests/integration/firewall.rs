//! The digest lists of `sqlFirewall`, from learning to enforcing, in every way that a statement comes in.

use std::time::{Duration, Instant};

use mysql::Conn;
use mysql::prelude::Queryable;

use crate::support::{Proxy, ProxyOptions, ask, refusal, rows, shop};

const FIREWALL: &str = "databaseName: ecommerce\nsqlFirewall:\n  mode: learn\n";
const STOCK: &str = "SELECT stock FROM inv_stock WHERE sku_id = ";

fn guarded() -> Proxy {
    Proxy::start(
        &shop().farm,
        &ProxyOptions {
            layout: vec![("databaseName: ecommerce\n", FIREWALL)],
            ..ProxyOptions::default()
        },
    )
}

/// What the proxy has seen of a user: outcome, list and digest by statement.
fn seen(root: &mut Conn, user: &str) -> Vec<(String, String, String, String)> {
    let all = rows(root, "SHOW SHARDGATE FIREWALL");
    let of_user = all.into_iter().filter(|row| row[1] == user);
    of_user
        .map(|row| {
            (
                row[4].clone(),
                row[5].clone(),
                row[2].clone(),
                row[6].clone(),
            )
        })
        .collect()
}

/// Writes the lists and waits until they hold for `probe`.
fn enforce(proxy: &Proxy, lists: &str, probe: impl Fn() -> bool) {
    let path = proxy.folder().join("database.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let end = text.find("sqlFirewall:").unwrap();
    let behind = text[end..].find("\n\n").unwrap();
    let text = format!(
        "{}sqlFirewall:\n{lists}{}",
        &text[..end],
        &text[end + behind..]
    );
    std::fs::write(&path, text).unwrap();
    proxy.reload();
    let start = Instant::now();
    while !probe() {
        assert!(start.elapsed() < Duration::from_secs(30), "{}", proxy.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn lists_are_learned_written_and_enforced_in_every_way_that_a_statement_comes_in() {
    let proxy = guarded();
    let (mut root, mut app) = (proxy.connect(), proxy.connect_as_app());
    let sku = shop().stocked(&mut root, 3);
    // another session may read it on a replica
    shop().farm.catch_up().unwrap();
    let stock = |sku: i64| format!("{STOCK}{sku} AND warehouse_id = 1");
    // while it learns, everything runs and is told once, without its literals
    for _ in 0..2 {
        assert_eq!(rows(&mut app, &stock(sku)), [["3"]]);
    }
    let learned = seen(&mut root, "app");
    let of_stock: Vec<_> = learned
        .iter()
        .filter(|row| row.3.contains("inv_stock"))
        .collect();
    let [(outcome, list, digest, normalized)] = of_stock.as_slice() else {
        panic!("{learned:?}")
    };
    assert_eq!(
        (outcome.as_str(), list.as_str()),
        ("learned", "not allowed")
    );
    assert!(!normalized.contains(&sku.to_string()), "{normalized}");
    let log = proxy.log();
    assert_eq!(
        log.matches("the digest list would refuse").count(),
        seen_in(&log),
        "{log}"
    );
    assert!(
        log.contains(digest.as_str()) && !log.contains(&sku.to_string()),
        "{log}"
    );

    // what was learned is allowed, one of it is denied all the same
    let sum = format!("SELECT SUM(stock) FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1");
    let told = rows(&mut app, &format!("EXPLAIN ROUTE {sum}"));
    let denied = told.iter().find(|row| row[0] == "digest").unwrap()[1][..16].to_owned();
    // also what the driver asks when it connects
    let allowed: String = learned
        .iter()
        .map(|(_, _, digest, text)| format!("  - {digest}: {}\n", quoted(text)))
        .collect();
    let lists = format!(
        "  deny:\n  - {denied}: the sum\n  allow:\n{allowed}  - {denied}\n  users:\n    root: {{ mode: \"off\" }}\n"
    );
    enforce(&proxy, &lists, || {
        ask(&mut proxy.connect_as_app(), "SELECT 1").is_err()
    });
    let mut app = proxy.connect_as_app();
    let other = format!("SELECT version FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1");
    // text, text behind another, prepared in either way, explained, previewed
    assert_eq!(rows(&mut app, &stock(sku)), [["3"]]);
    assert_eq!(rows(&mut app, &format!("EXPLAIN {}", stock(sku))).len(), 1);
    let prepared = "SELECT stock FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?";
    assert_eq!(
        app.exec_first::<i64, _, _>(prepared, (sku, 1)).unwrap(),
        Some(3)
    );
    ask(&mut app, format!("PREPARE s FROM '{prepared}'")).unwrap();
    ask(&mut app, format!("SET @sku = {sku}, @one = 1")).unwrap();
    assert_eq!(rows(&mut app, "EXECUTE s USING @sku, @one"), [["3"]]);
    for (list, sql) in [("deny list", &sum), ("allow list", &other)] {
        let refused = refusal(&mut app, sql);
        assert_eq!(
            (refused.code, refused.state.as_str()),
            (29013, "42000"),
            "{sql}"
        );
        assert!(refused.message.contains(list), "{}", refused.message);
        for text in [
            format!("EXPLAIN {sql}"),
            format!("/* a comment */ {sql}"),
            format!("PREVIEW {sql}"),
            format!("PREPARE s FROM '{sql}'"),
        ] {
            assert_eq!(refusal(&mut app, &text).code, 29013, "{text}");
        }
        let by_parameter = sql.replace(&sku.to_string(), "?");
        assert!(app.prep(&by_parameter).is_err(), "{sql}");
        let told = rows(&mut app, &format!("EXPLAIN ROUTE {sql}"));
        assert!(
            told.iter()
                .any(|row| row[0] == "refused" && row[1].starts_with("29013")),
            "{told:?}"
        );
    }
    assert_eq!(
        refusal(&mut app, "SET @x = (SELECT COUNT(*) FROM dict_region)").code,
        29013
    );
    // a transaction and a session's own statements need no allowance, and another user has lists of their own
    for sql in [
        "BEGIN",
        "SET NAMES utf8mb4",
        "USE ecommerce",
        "ROLLBACK",
        "SHOW WARNINGS",
    ] {
        ask(&mut app, sql).unwrap();
    }
    let mut root = proxy.connect();
    ask(&mut root, &other).unwrap();
    assert!(
        seen(&mut root, "app")
            .iter()
            .any(|row| row.0 == "refused" && row.1 == "denied")
    );
    assert_eq!(
        refusal(&mut proxy.connect_as_app(), "SHOW SHARDGATE FIREWALL").code,
        1227
    );
}

/// A text as YAML's single quotes hold it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Each digest of each user is logged once.
fn seen_in(log: &str) -> usize {
    let lines = log.lines().filter(|line| line.contains("would refuse"));
    let who =
        lines.filter_map(|line| Some((line.split("user=").nth(1)?, line.split("digest=").nth(1)?)));
    let first = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
    let pairs = who.map(|(user, digest)| (first(user), first(digest)));
    pairs.collect::<std::collections::BTreeSet<_>>().len()
}
