//! The same statements direct to one server and through the proxy: the same answers, whatever a driver can see.

use mysql::prelude::Queryable;
use mysql::{Conn, Value};

use crate::support::{Answer, Refusal, ask, shop};

/// Statements on a single table, and on no table: one a line, or over several lines until a line ends with `;;`.
const SINGLE: &str = include_str!("differential/single.sql");
/// Statements on sharded tables, each with its key.
const SHARDED: &str = include_str!("differential/sharded.sql");

fn statements(script: &str) -> Vec<String> {
    let text: String = script
        .lines()
        .filter(|line| !line.starts_with("--"))
        .map(|line| format!("{line}\n"))
        .collect();
    text.split(";;\n")
        .map(|sql| sql.trim().to_owned())
        .filter(|sql| !sql.is_empty())
        .collect()
}

/// How much of an answer must be the same. What the proxy answers by itself describes its columns more simply and
/// without the server's deprecation notes: such
/// statements are marked `[rows]` in the script; errors that it finds by itself have words of their own: `[code]`.
enum Extent {
    All,
    Rows,
    Code,
}

impl Extent {
    fn of(statement: &str) -> (Extent, &str) {
        for (mark, extent) in [("[rows] ", Extent::Rows), ("[code] ", Extent::Code)] {
            if let Some(sql) = statement.strip_prefix(mark) {
                return (extent, sql);
            }
        }
        (Extent::All, statement)
    }

    fn same(&self, expected: &Result<Answer, Refusal>, answer: &Result<Answer, Refusal>) -> bool {
        match (self, expected, answer) {
            (Extent::Rows, Ok(expected), Ok(answer)) => rows(expected) == rows(answer),
            (Extent::Code, Err(expected), Err(answer)) => {
                (expected.code, &expected.state) == (answer.code, &answer.state)
            }
            _ => expected == answer,
        }
    }
}

fn rows(answer: &Answer) -> Vec<&Vec<Vec<Value>>> {
    answer.sets.iter().map(|set| &set.rows).collect()
}

/// Both sides' answers where they differ.
fn differences(direct: &mut Conn, through: &mut Conn, script: &str) -> Vec<String> {
    let mut differences = Vec::new();
    for statement in statements(script) {
        let (extent, sql) = Extent::of(&statement);
        let expected = ask(direct, sql);
        let answer = ask(through, sql);
        if !extent.same(&expected, &answer) {
            differences.push(format!(
                "{sql}\n   direct:  {}\n   through: {}",
                show(&expected),
                show(&answer)
            ));
        }
    }
    differences
}

fn show(answer: &Result<Answer, Refusal>) -> String {
    let text = format!("{answer:?}");
    text.chars().take(900).collect()
}

#[test]
fn a_single_table_answers_as_without_a_proxy() {
    let shop = shop();
    let (mut direct, mut through) = (shop.direct(), shop.connect());
    assert!(statements(SINGLE).len() + statements(SHARDED).len() >= 150);
    let differences = differences(&mut direct, &mut through, SINGLE);
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn a_sharded_table_answers_as_an_unsharded_one() {
    let shop = shop();
    let (mut direct, mut through) = (shop.direct(), shop.connect());
    let script = SHARDED
        .replace("{sku}", &shop.sku().to_string())
        .replace("{id}", &(shop.sku() * 1000).to_string());
    let differences = differences(&mut direct, &mut through, &script);
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn a_blob_of_20_mib_is_the_same_on_both_ways() {
    let shop = shop();
    let blob: Vec<u8> = (0..20 << 20)
        .map(|n: u32| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).unwrap())
        .collect();
    let mut sql = String::from("INSERT INTO big_blob VALUES (1, x'");
    sql.extend(
        blob.iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(u32::from(digit), 16)),
    );
    sql.push_str("')");
    let plain = Conn::new(
        shop.proxy
            .opts("root", "root-secret")
            .max_allowed_packet(Some(128 << 20)),
    );
    let mut answers = Vec::new();
    for mut conn in [shop.direct(), plain.unwrap()] {
        conn.query_drop("DROP TABLE IF EXISTS big_blob").unwrap();
        conn.query_drop("CREATE TABLE big_blob (id INT PRIMARY KEY, data LONGBLOB)")
            .unwrap();
        conn.query_drop(&sql).unwrap();
        let back: Option<Vec<u8>> = conn
            .query_first("SELECT data FROM big_blob WHERE id = 1 FOR UPDATE")
            .unwrap();
        assert!(back.as_ref() == Some(&blob));
        answers.push(ask(
            &mut conn,
            "SELECT id, LENGTH(data), MD5(data) FROM big_blob LOCK IN SHARE MODE",
        ));
        conn.query_drop("DROP TABLE big_blob").unwrap();
    }
    assert_eq!(answers[0], answers[1]);
}
