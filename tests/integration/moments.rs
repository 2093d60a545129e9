//! Rows with fractions of seconds that their column does not keep: where a server stores them, the table is that of what
//! it has stored, or the row was refused (contract 4.2).

use mysql::Conn;

use crate::support::{Proxy, ProxyOptions, Shop, ask, rows, shop};

/// A table and what cuts it: by seconds, by minutes that begin within a minute, by days, by numbered lengths, by a hash.
const TABLES: &[(&str, &str, &str)] = &[
    (
        "ticks",
        "${['000000', '000005', '000010']}",
        "INTERVAL, props: { datetime-pattern: \"yyyy-MM-dd HH:mm:ss\", datetime-lower: \"2026-01-01 00:00:00\", \
         datetime-upper: \"2026-01-01 00:00:14\", sharding-suffix-pattern: HHmmss, datetime-interval-unit: SECONDS, \
         datetime-interval-amount: 5 }",
    ),
    (
        "halves",
        "${['0003', '0103']}",
        "INTERVAL, props: { datetime-pattern: \"yyyy-MM-dd HH:mm:ss\", datetime-lower: \"2026-01-01 00:00:03\", \
         datetime-upper: \"2026-01-01 00:02:02\", sharding-suffix-pattern: mmss, datetime-interval-unit: MINUTES }",
    ),
    (
        "days",
        "${['01', '02']}",
        "INTERVAL, props: { datetime-pattern: \"yyyy-MM-dd HH:mm:ss\", datetime-lower: \"2026-01-01 00:00:00\", \
         datetime-upper: \"2026-01-02 23:59:59\", sharding-suffix-pattern: dd, datetime-interval-unit: DAYS }",
    ),
    (
        "lengths",
        "${0..4}",
        "AUTO_INTERVAL, props: { datetime-lower: \"2026-01-01 00:00:00\", datetime-upper: \"2026-01-01 00:00:15\", \
         sharding-seconds: 5 }",
    ),
    (
        "hashes",
        "${0..3}",
        "HASH_MOD, props: { sharding-count: 4 }",
    ),
];

const MOMENTS: &[&str] = &[
    "2026-01-01",
    "2026-01-01 00:00:03",
    "2026-01-01 00:00:03.9",
    "2026-01-01 00:00:04.4",
    "2026-01-01 00:00:04.5",
    "2026-01-01 00:00:04.999999",
    "2026-01-01 00:00:05.000",
    "2026-01-01 00:00:09.6",
    "2026-01-01 00:00:12.2",
    "2026-01-01 00:01:02.7",
    "2026-01-01 00:01:03.2",
    "2026-01-01 12:00:00.7",
    "2026-01-01 23:59:58.7",
    "2026-01-01 23:59:59.7",
    "2026-01-02 00:00:00",
];

fn proxy(shop: &Shop) -> Proxy {
    let account = shop.farm.account();
    let (user, password) = (&account.user, &account.password);
    let server = &shop.farm.pair_of(0).primary;
    let mut sql = format!(
        "CREATE DATABASE IF NOT EXISTS moments; GRANT ALL ON moments.* TO '{user}'@'127.0.0.1'; USE moments;"
    );
    let (mut tables, mut algorithms) = (String::new(), String::new());
    for (name, suffixes, algorithm) in TABLES {
        for suffix in list(suffixes) {
            sql.push_str(&format!(
                "DROP TABLE IF EXISTS {name}_{suffix}; CREATE TABLE {name}_{suffix} (id INT PRIMARY KEY, at DATETIME);"
            ));
        }
        tables.push_str(&format!(
            "    {name}:\n      actualDataNodes: one.{name}_{suffixes}\n      \
             tableStrategy: {{ standard: {{ shardingColumn: at, shardingAlgorithmName: {name} }} }}\n"
        ));
        algorithms.push_str(&format!("    {name}: {{ type: {algorithm} }}\n"));
    }
    server.sql(&sql).unwrap();
    let text = format!(
        "databaseName: moments\ndataSources:\n  one: {{ url: mysql://127.0.0.1:{}/moments, username: {user}, password: {password} }}\n\
         rules:\n- !SHARDING\n  tables:\n{tables}  shardingAlgorithms:\n{algorithms}",
        server.port()
    );
    let options = ProxyOptions {
        files: vec![("moments.yaml", text)],
        ..ProxyOptions::default()
    };
    Proxy::start(&shop.farm, &options)
}

/// The suffixes that an expression of [`TABLES`] stands for.
fn list(suffixes: &str) -> Vec<String> {
    let inner = suffixes.trim_start_matches("${").trim_end_matches('}');
    match inner.split_once("..") {
        Some((first, last)) => (first.parse::<u8>().unwrap()..=last.parse().unwrap())
            .map(|number| number.to_string())
            .collect(),
        None => inner
            .trim_matches(['[', ']'])
            .split(", ")
            .map(|word| word.trim_matches('\'').to_owned())
            .collect(),
    }
}

/// Writes every moment; which are taken.
fn written(conn: &mut Conn, name: &str) -> Vec<usize> {
    let mut taken = Vec::new();
    for (id, moment) in MOMENTS.iter().enumerate() {
        match ask(
            conn,
            format!("INSERT INTO {name} (id, at) VALUES ({id}, '{moment}')"),
        ) {
            Ok(_) => taken.push(id),
            // no exact value, or outside of what the table is cut into
            Err(refused) => assert!(
                [20056, 20090].contains(&refused.code),
                "{name} {moment}: {refused:?}"
            ),
        }
    }
    taken
}

#[test]
fn a_row_lies_where_the_moment_that_its_server_has_stored_leads_to() {
    let shop = shop();
    let proxy = proxy(shop);
    let mut conn = proxy.connect();
    ask(&mut conn, "USE moments").unwrap();
    let server = &shop.farm.pair_of(0).primary;
    for (name, suffixes, _) in TABLES {
        let taken = written(&mut conn, name);
        assert!(taken.len() >= 4, "{name}: {taken:?}");
        let mut found = Vec::new();
        for suffix in list(suffixes) {
            let stored = server
                .sql(&format!("SELECT id, at FROM moments.{name}_{suffix}"))
                .unwrap();
            for row in stored {
                let sql = format!(
                    "SELECT id FROM {name} WHERE at = '{}' AND id = {}",
                    row[1], row[0]
                );
                assert_eq!(
                    rows(&mut conn, &sql),
                    [[row[0].clone()]],
                    "{name}_{suffix}: {row:?}"
                );
                found.push(row[0].parse::<usize>().unwrap());
            }
        }
        found.sort_unstable();
        assert_eq!(found, taken, "{name}");
        // a fraction that leads over the edge is refused, others are not
        for (table, moment, is_kept) in [
            ("ticks", "2026-01-01 00:00:03.9", true),
            ("ticks", "2026-01-01 00:00:04.5", false),
            ("days", "2026-01-01 23:59:58.7", true),
            ("days", "2026-01-01 23:59:59.7", false),
            ("hashes", "2026-01-01 00:00:03.9", false),
        ] {
            let id = MOMENTS.iter().position(|known| *known == moment).unwrap();
            assert!(
                table != *name || taken.contains(&id) == is_kept,
                "{table} {moment}"
            );
        }
    }
}
