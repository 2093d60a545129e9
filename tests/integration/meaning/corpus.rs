//! Statements of everything that the servers understand, and those of the vectors: what is answered is right.

use std::collections::BTreeSet;

use super::grammar::{Class, Made};
use super::pair::{Pair, Verdict};
use super::staged;
use crate::support::Shop;

const OWN: &[&str] = &[
    include_str!("corpus/read.sql"),
    include_str!("corpus/joins.sql"),
    include_str!("corpus/write.sql"),
    include_str!("corpus/moments.sql"),
];

/// `tests/vectors/`: what was asked of `ShardingSphere`, its third column without parameters.
const VECTORS: &[&str] = &[
    include_str!("../../vectors/statements_seed_532.tsv"),
    include_str!("../../vectors/statements_seed_552.tsv"),
    include_str!("../../vectors/statements_audit_532.tsv"),
    include_str!("../../vectors/statements_audit_552.tsv"),
    include_str!("../../vectors/statements_auto_552.tsv"),
    include_str!("../../vectors/statements_two_532.tsv"),
    include_str!("../../vectors/statements_twoaudit_552.tsv"),
];

/// SKUs of the vectors that have rows.
const VECTOR_KEYS: &[i64] = &[439_563, 439_564, 439_579, 5, 16, 17, 32];

/// What one server answers otherwise, as the contract wants it.
const INTENDED: &[(&str, &str)] = &[
    ("INV_STOCK", "table names compare without case (4.8)"),
    (
        "(id, sku_id, warehouse_id, stock) VALUES (DEFAULT,",
        "the key is generated (9.3)",
    ),
    (
        "(id, sku_id, warehouse_id, stock) VALUES (NULL,",
        "the key is generated (9.3)",
    ),
    (
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES",
        "the key is generated (9.3)",
    ),
    ("CONNECTION_ID()", "the client's own (3.4)"),
    (
        "stock) TABLE inv_stock",
        "an error of both, where one family knows no TABLE",
    ),
];

/// A statement of the corpus.
struct Entry {
    sql: String,
    /// Both families answer it, and through the proxy it must be answered.
    must_be_answered: bool,
}

fn own(skus: &[i64]) -> impl Iterator<Item = Entry> {
    let lines = OWN.iter().flat_map(|text| text.lines());
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (must_be_answered, sql) = match line.strip_prefix("+ ") {
                Some(sql) => (true, sql),
                None => (false, line),
            };
            let names = ["{a}", "{n}", "{s}", "{o}", "{g}"];
            let values = [skus[0], skus[1], skus[2], skus[4], skus[5]];
            let sql = names
                .iter()
                .zip(values)
                .fold(sql.to_owned(), |sql, (name, value)| {
                    sql.replace(name, &value.to_string())
                });
            // a line cannot hold them
            let sql = sql.replace("{f}", "\u{c}").replace("{}", "\u{b}\r\t");
            Entry {
                sql,
                must_be_answered,
            }
        })
}

fn vectors() -> impl Iterator<Item = Entry> {
    let lines = VECTORS.iter().flat_map(|text| text.lines());
    let texts: BTreeSet<&str> = lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut columns = line.split('\t').skip(1);
            let mode = columns.next()?;
            columns.next().filter(|_| mode == "T")
        })
        .filter(|sql| is_data_statement(sql))
        .collect();
    texts.into_iter().map(|sql| Entry {
        sql: sql
            .replace("\\n", "\n")
            .replace("\\t", "\t")
            .replace("logic_db.", "ecommerce."),
        must_be_answered: false,
    })
}

fn verb(sql: &str) -> String {
    sql.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic())
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .next()
        .unwrap_or_default()
        .to_uppercase()
}

fn is_data_statement(sql: &str) -> bool {
    const VERBS: [&str; 8] = [
        "SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE", "WITH", "TABLE", "VALUES",
    ];
    VERBS.contains(&verb(sql).as_str()) || sql.starts_with("/*")
}

fn class(sql: &str) -> Class {
    let writes = ["INSERT", "REPLACE", "UPDATE", "DELETE", "TRUNCATE"];
    let is_write = match verb(sql).as_str() {
        "WITH" => sql.contains(" UPDATE ") || sql.contains(" DELETE "),
        "SELECT" => sql.contains(" FOR ") || sql.contains(" LOCK "),
        verb => writes.contains(&verb),
    };
    if is_write { Class::Write } else { Class::Read }
}

/// Rows for the keys that the vectors name, and their single table.
fn fill(shop: &Shop, pair: &mut Pair) {
    pair.both("DROP TABLE IF EXISTS orders_audit");
    pair.both("CREATE TABLE orders_audit (id BIGINT PRIMARY KEY, sku_id BIGINT, note VARCHAR(20))");
    pair.both("INSERT INTO orders_audit VALUES (1, 439563, 'a'), (2, 16, 'b'), (3, NULL, NULL)");
    for (index, sku) in VECTOR_KEYS.iter().enumerate() {
        let id = 7_000 + 100 * index;
        for house in 1..4 {
            pair.both(&format!("INSERT INTO inv_stock VALUES ({id} + {house}, {sku}, {house}, {house}, 0, 0, '2026-01-02 03:04:05')"));
            pair.both(&format!("INSERT INTO inv_reservation VALUES ({id} + {house}, 'a{house}', {sku}, {house}, {index}, '2026-01-02 03:04:05', 0)"));
            pair.state.push((
                "inv_stock",
                format!("SELECT id, sku_id, warehouse_id, stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = {house}"),
            ));
        }
        pair.state.push((
            "inv_reservation",
            format!("SELECT id, order_no, sku_id, qty FROM inv_reservation WHERE sku_id = {sku}"),
        ));
    }
    shop.farm.catch_up().unwrap();
}

#[test]
fn the_corpus_is_answered_as_one_server_answers_it() {
    let (shop, mut pair, skus) = staged();
    fill(&shop, &mut pair);
    let entries: Vec<Entry> = own(&skus).chain(vectors()).collect();
    assert!(entries.len() >= 600, "{}", entries.len());
    let (mut wrong, mut unanswered) = (Vec::new(), Vec::<String>::new());
    // to see what is answered and why the rest is not, one line each
    let path = std::env::var_os("SHARDGATE_TEST_CORPUS_VERDICTS");
    let mut verdicts = Vec::new();
    let mut tally = std::collections::BTreeMap::new();
    for entry in &entries {
        let (verdict, told) = pair.compare(&Made {
            class: class(&entry.sql),
            sql: entry.sql.clone(),
            params: Vec::new(),
        });
        *tally.entry(verdict).or_insert(0) += 1;
        let is_intended = INTENDED.iter().any(|(part, _)| entry.sql.contains(part));
        if verdict.is_wrong() && !is_intended {
            wrong.push(told.clone());
        }
        let is_answered = matches!(
            verdict,
            Verdict::SameRows | Verdict::SameEmpty | Verdict::OtherColumns
        );
        let told = told.replace('\n', " ");
        if entry.must_be_answered && !is_answered {
            unanswered.push(format!("{}: {told}", entry.sql));
        }
        verdicts.push(format!("{verdict:?}\t{}\t{told}", entry.sql));
    }
    if let Some(path) = path {
        std::fs::write(path, verdicts.join("\n")).unwrap();
    }
    println!("{} statements: {tally:?}", entries.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unanswered.is_empty(), "{}", unanswered.join("\n"));
}
