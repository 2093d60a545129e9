//! The same statements direct to one server and through the proxy: the same answers, whatever a driver can see.

use mysql::prelude::Queryable;
use mysql::{Conn, Value};

use crate::support::{Answer, Refusal, ask, shop};

/// Statements on a single table, and on no table: one a line, or over several lines until a line ends with `;;`.
pub(crate) const SINGLE: &str = include_str!("differential/single.sql");
/// What clients, drivers and consoles send beside their own reads and writes.
const EVERYDAY: &str = include_str!("differential/everyday.sql");
/// Statements on sharded tables, each with its key.
pub(crate) const SHARDED: &str = include_str!("differential/sharded.sql");

pub(crate) fn statements(script: &str) -> Vec<String> {
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

/// Both sides' answers where they differ. Statements marked `[id]` tell ids of connections, which are made equal.
fn differences(direct: &mut Conn, through: &mut Conn, script: &str) -> Vec<String> {
    let mut differences = Vec::new();
    for statement in statements(script) {
        let (sql, tells_id) = match statement.strip_prefix("[id] ") {
            Some(sql) => (sql, true),
            None => (statement.as_str(), false),
        };
        let mut expected = ask(direct, sql);
        let mut answer = ask(through, sql);
        if tells_id {
            without_id(&mut expected, direct.connection_id());
            without_id(&mut answer, through.connection_id());
        }
        without_estimates(&mut expected);
        without_estimates(&mut answer);
        if expected != answer {
            differences.push(format!(
                "{sql}\n   direct:  {}\n   through: {}",
                show(&expected),
                show(&answer)
            ));
        }
    }
    differences
}

/// The rows of this connection alone, without its id and its client's port.
fn without_id(answer: &mut Result<Answer, Refusal>, id: u32) {
    let id = Value::Bytes(id.to_string().into_bytes());
    for set in answer.iter_mut().flat_map(|answer| &mut answer.sets) {
        set.rows.retain(|row| row.first() == Some(&id));
        for row in &mut set.rows {
            row[0] = Value::NULL;
            if let Some(Value::Bytes(host)) = row.get_mut(2)
                && let Some(port) = host.iter().position(|byte| *byte == b':')
            {
                host.truncate(port);
            }
        }
    }
}

/// Without the cardinality of indexes: InnoDB estimates it anew behind the statements' back.
fn without_estimates(answer: &mut Result<Answer, Refusal>) {
    for set in answer.iter_mut().flat_map(|answer| &mut answer.sets) {
        let cardinality = set
            .columns
            .iter()
            .position(|column| column.contains(" Cardinality ("));
        for row in &mut set.rows {
            if let Some(value) = cardinality.and_then(|at| row.get_mut(at)) {
                *value = Value::NULL;
            }
        }
    }
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
fn everyday_statements_answer_as_without_a_proxy() {
    let shop = shop();
    let (mut direct, mut through) = (shop.direct(), shop.connect());
    let differences = differences(&mut direct, &mut through, EVERYDAY);
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
