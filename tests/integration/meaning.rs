//! Random statements, direct to one unsharded server and through the proxy: what the proxy answers is the same.
//!
//! Refusing is always allowed; a wrong answer never is (contract 4.9). `SHARDGATE_TEST_STATEMENTS` and
//! `SHARDGATE_TEST_SEED` scale and vary the run.

mod grammar;

use std::collections::BTreeMap;

use mysql::prelude::Queryable;
use mysql::{Conn, Error, Row, Value};

use crate::support::{Answer, Placement, ProxyOptions, Refusal, Shop, ask};
use grammar::{Class, Grammar, Made};

const MODES: &[&str] = &[
    "STRICT_TRANS_TABLES",
    "",
    "ANSI_QUOTES",
    "NO_BACKSLASH_ESCAPES",
    "PIPES_AS_CONCAT",
    "HIGH_NOT_PRECEDENCE",
    "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE",
    "IGNORE_SPACE,STRICT_TRANS_TABLES",
];

/// Statements that chance would seldom make; `{sku}` has neighbors that no double tells apart.
const TRICKS: &[&str] = &[
    "SELECT * FROM inv_stock WHERE (sku_id, warehouse_id) = ('{sku}', 1)",
    "SELECT * FROM inv_stock WHERE (sku_id, warehouse_id) IN (('{sku}', '1'))",
    "SELECT * FROM inv_stock WHERE (sku_id, warehouse_id) IN (('{sku}', 1), ({sku}, 2))",
    "SELECT * FROM inv_stock WHERE sku_id IN ('{sku}', {sku}) AND warehouse_id = 1",
    "SELECT * FROM inv_stock WHERE sku_id IN ('{sku}', '{sku}') AND warehouse_id = 1",
    "SELECT * FROM inv_stock WHERE sku_id <=> '{sku}' AND warehouse_id <=> '1'",
    "SELECT * FROM inv_stock WHERE '{sku}' = sku_id AND warehouse_id = 1",
    "SELECT * FROM inv_reservation r WHERE r.sku_id BETWEEN '{sku}' AND '{sku}'",
    "SELECT * FROM inv_reservation WHERE sku_id = '{sku}' OR sku_id = {sku}",
    "SELECT * FROM inv_stock s JOIN inv_reservation r ON (r.sku_id, r.warehouse_id) = (s.sku_id, s.warehouse_id) WHERE s.sku_id = '{sku}' AND s.warehouse_id = 1 AND r.sku_id = '{sku}'",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 AND @x\u{e0}OR-1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 AND @x\u{a0}OR\u{a0}1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1\u{a0}OR 1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1\u{1}OR 1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 --\u{1}OR 1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 -- \rOR 1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 # \rOR 1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 /*!OR*/ 1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 /*!50000OR*/ 1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 /*!50700 OR 1 */",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 /*!100000 OR 1 */",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 /*!080000 OR 1 */",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 /*M! OR 1 */",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 /*!99999 /* OR 1 */ OR 1 -- */",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 /* /*! OR 1 */",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 AND '\\' OR 1 -- '",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 AND \"\\\" OR 1 -- \"",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 AND `stock\\` OR 1 -- `",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 OR NOT 1 = 0",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 AND NOT 1 BETWEEN 0 AND 0 OR 1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 AND stock = 1 || 1",
    "SELECT * FROM inv_stock WHERE NOT sku_id = {sku} AND warehouse_id = 1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} = 1 AND warehouse_id = 1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} IN (1) AND warehouse_id = 1",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} BETWEEN 0 AND 1 AND warehouse_id = 1",
    "SELECT * FROM inv_stock WHERE sku_id IN ({sku}) IS NULL AND warehouse_id = 1",
    "SELECT * FROM inv_stock WHERE CASE WHEN 1 THEN sku_id = {sku} AND warehouse_id = 1 END",
    "SELECT * FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 PROCEDURE ANALYSE()",
    "TABLE inv_stock",
    "SELECT inv_stock.sku_id + 1 AS stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1 AND stock = {sku} HAVING EXISTS (SELECT 1 FROM inv_reservation r WHERE r.sku_id = stock)",
    "SELECT * FROM inv_reservation WHERE sku_id = {sku} AND EXISTS (SELECT 1 FROM inv_stock AS inv_reservation JOIN inv_reservation r ON r.sku_id = ecommerce.inv_reservation.sku_id WHERE inv_reservation.sku_id = {sku} AND inv_reservation.warehouse_id = 1)",
];

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// SKUs that share a table, a data source, or nothing; some that no double can tell apart.
fn skus(shop: &Shop) -> Vec<i64> {
    let first = std::iter::repeat_with(|| shop.sku())
        .find(|sku| Placement::schema_of_sku(*sku) == 0)
        .unwrap();
    let near = std::iter::repeat_with(|| shop.sku())
        .find(|sku| Placement::slot(*sku) == Placement::slot(first))
        .unwrap();
    let beside = std::iter::repeat_with(|| shop.sku())
        .find(|sku| {
            Placement::schema_of_sku(*sku) == 0 && Placement::slot(*sku) != Placement::slot(first)
        })
        .unwrap();
    let (one, other) = shop.two_apart();
    let big = (1_i64 << 53) + 10 * shop.sku();
    vec![
        first,
        near,
        beside,
        one,
        other,
        big,
        big + 1,
        big + 2,
        -shop.sku(),
    ]
}

fn fill(shop: &Shop, through: &mut Conn, direct: &mut Conn, skus: &[i64]) {
    let mut both = |sql: String| {
        ask(through, &sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
        ask(direct, &sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
    };
    both("DROP TABLE IF EXISTS meaning_audit".to_owned());
    both("CREATE TABLE meaning_audit (id BIGINT PRIMARY KEY, sku_id BIGINT NULL, note VARCHAR(20) NULL)".to_owned());
    for (index, sku) in skus.iter().enumerate() {
        for house in 1..4 {
            let id = shop.sku() * 1000;
            let at = "'2026-01-02 03:04:05'";
            both(format!(
                "INSERT INTO inv_stock VALUES ({id}, {sku}, {house}, {}, {house}, 0, {at})",
                4 * index
            ));
            for (n, order) in ["a", "A", "it''s", "5", ""]
                .iter()
                .enumerate()
                .take(1 + index % 5)
            {
                let order = format!(
                    "{order}{}",
                    if n == 0 {
                        house.to_string()
                    } else {
                        format!("-{house}")
                    }
                );
                both(format!(
                    "INSERT INTO inv_reservation VALUES ({}, '{order}', {sku}, {house}, {n}, {at}, {house})",
                    id + 1 + i64::try_from(n).unwrap()
                ));
            }
        }
        let note = if index % 2 == 0 { "NULL" } else { "'a'" };
        let own = if index % 3 == 0 {
            "NULL".to_owned()
        } else {
            sku.to_string()
        };
        both(format!(
            "INSERT INTO meaning_audit VALUES ({}, {own}, {note})",
            index + 1
        ));
    }
    both("DELETE FROM dict_region WHERE id IN (1, 2, 3)".to_owned());
    both("INSERT INTO dict_region VALUES (1, 'a'), (2, 'b'), (3, 'it''s')".to_owned());
    shop.farm.catch_up().unwrap();
}

fn run(conn: &mut Conn, made: &Made) -> Result<Answer, Refusal> {
    if made.params.is_empty() {
        return ask(conn, &made.sql);
    }
    let refused = |error: Error| match error {
        Error::MySqlError(error) => Refusal {
            code: error.code,
            state: error.state,
            message: error.message,
        },
        other => Refusal {
            code: 0,
            state: String::new(),
            message: other.to_string(),
        },
    };
    let mut result = conn
        .exec_iter(&made.sql, made.params.clone())
        .map_err(refused)?;
    let affected = result.affected_rows();
    let names = result
        .columns()
        .as_ref()
        .iter()
        .map(|column| column.name_str().into_owned())
        .collect();
    let rows: Result<Vec<Vec<Value>>, Error> =
        result.by_ref().map(|row| row.map(Row::unwrap)).collect();
    let set = crate::support::Set {
        columns: names,
        rows: rows.map_err(refused)?,
        affected,
        insert_id: None,
        warnings: 0,
        info: String::new(),
    };
    Ok(Answer { sets: vec![set] })
}

/// A column without its flags, which follow the optimizer, and without the blank where a long name was cut.
fn described(column: &str) -> String {
    let (name, rest) = column.split_once("ColumnFlags(").unwrap_or((column, ""));
    let rest = rest.split_once(')').map_or("", |(_, rest)| rest);
    format!("{}{rest}", name.replace("  ()", " ()"))
}

/// An answer without what need not be the same: order of rows, warnings, insert ids, what the server counts beside.
fn essence(answer: &Answer) -> Vec<(Vec<String>, Vec<String>, u64)> {
    let of = |set: &crate::support::Set| {
        let mut rows: Vec<String> = set.rows.iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        (
            set.columns.iter().map(|column| described(column)).collect(),
            rows,
            set.affected,
        )
    };
    answer.sets.iter().map(of).collect()
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Verdict {
    SameRows,
    SameEmpty,
    SameError,
    Refused,
    OtherWords,
    OtherColumns,
    Wrong,
}

fn is_refusal(refusal: &Refusal) -> bool {
    (20_000..30_000).contains(&refusal.code) || refusal.code == 1235
}

/// Code and text, without what depends on the rows around; a syntax error may be told in words of our own.
fn words(refusal: &Refusal) -> (u16, &str) {
    let message = if refusal.code == 1064 {
        ""
    } else {
        refusal.message.as_str()
    };
    (
        refusal.code,
        message.split(" at row ").next().unwrap_or_default(),
    )
}

fn judge(through: &Result<Answer, Refusal>, direct: &Result<Answer, Refusal>) -> Verdict {
    match (through, direct) {
        (Err(refusal), _) if is_refusal(refusal) => Verdict::Refused,
        (Err(one), Err(other)) if words(one) == words(other) => Verdict::SameError,
        (Err(one), Err(other)) if one.code == other.code => Verdict::OtherWords,
        // MariaDB finds a table named twice while it still reads, so in front of a string that is not closed
        (Err(one), Err(other)) if one.code == 1064 && other.code == 1066 => Verdict::SameError,
        // several tables lie behind one name: the statement does not read the very table that it writes
        (Ok(_), Err(other)) if other.code == 1093 => Verdict::SameError,
        (Ok(one), Ok(other)) => {
            let (one, other) = (essence(one), essence(other));
            let is_empty = one
                .iter()
                .all(|(_, rows, affected)| rows.is_empty() && *affected == 0);
            let same = one
                .iter()
                .map(|set| (&set.1, set.2))
                .eq(other.iter().map(|set| (&set.1, set.2)));
            match (same, one == other) {
                (true, true) if is_empty => Verdict::SameEmpty,
                (true, true) => Verdict::SameRows,
                (true, false) => Verdict::OtherColumns,
                (false, _) => Verdict::Wrong,
            }
        }
        _ => Verdict::Wrong,
    }
}

/// Both connections, and how one statement ends on each.
struct Pair {
    through: Conn,
    direct: Conn,
    /// What is read back behind a write.
    state: Vec<String>,
}

impl Pair {
    fn compare(&mut self, made: &Made) -> (Verdict, String) {
        match made.class {
            Class::Read => self.one(made),
            Class::Write => {
                self.both("BEGIN");
                let mut found = self.one(made);
                // an error leaves nothing, but for 1093 of the one server (see `judge`)
                if !matches!(found.0, Verdict::Refused | Verdict::SameError) {
                    for sql in self.state.clone() {
                        let check = self.one(&Made {
                            class: Class::Read,
                            sql,
                            params: Vec::new(),
                        });
                        if check.0 == Verdict::Wrong {
                            found = (
                                Verdict::Wrong,
                                format!("{} {}\n  leaves {}", made.sql, found.1, check.1),
                            );
                        }
                    }
                }
                self.both("ROLLBACK");
                found
            }
        }
    }

    fn one(&mut self, made: &Made) -> (Verdict, String) {
        let through = run(&mut self.through, made);
        if through.as_ref().is_err_and(is_refusal) {
            return (Verdict::Refused, String::new());
        }
        let direct = run(&mut self.direct, made);
        let verdict = judge(&through, &direct);
        let show = |answer: &Result<Answer, Refusal>| {
            format!("{answer:?}").chars().take(700).collect::<String>()
        };
        let same = matches!(
            verdict,
            Verdict::SameRows | Verdict::SameEmpty | Verdict::SameError
        );
        let told = if same {
            String::new()
        } else {
            format!(
                "{verdict:?}: {} {:?}\n   through: {}\n   direct:  {}",
                made.sql,
                made.params,
                show(&through),
                show(&direct)
            )
        };
        (verdict, told)
    }

    fn both(&mut self, sql: &str) {
        ask(&mut self.through, sql).unwrap();
        ask(&mut self.direct, sql).unwrap();
    }
}

#[test]
fn whatever_is_answered_is_what_one_server_would_answer() {
    // other tests write the dictionaries: these rows must be the same on both sides
    let shop = &Shop::open(&ProxyOptions::default());
    let (mut through, mut direct) = (shop.connect(), shop.direct());
    let skus = skus(shop);
    fill(shop, &mut through, &mut direct, &skus);
    let state = skus.iter().flat_map(|sku| {
        [
            format!("SELECT id, sku_id, warehouse_id, stock, reserved, version FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"),
            format!("SELECT id, order_no, sku_id, warehouse_id, qty, status FROM inv_reservation WHERE sku_id = {sku}"),
        ]
    });
    let mut pair = Pair {
        through,
        direct,
        state: state.collect(),
    };
    let count = setting("SHARDGATE_TEST_STATEMENTS", 3000);
    let seed = setting("SHARDGATE_TEST_SEED", 1);
    let mut grammar = Grammar::new(seed, skus.clone());
    grammar.binds = pair.through.prep("SELECT ?").is_ok();
    let mut tally: BTreeMap<Verdict, u64> = BTreeMap::new();
    let mut wrong = Vec::new();
    for number in 0..count {
        if number % 100 == 0 {
            let mode = grammar.dice.of(MODES);
            grammar.ansi = mode.contains("ANSI_QUOTES");
            pair.both(&format!("SET sql_mode = '{mode}'"));
        }
        let made = grammar.statement();
        let (verdict, told) = pair.compare(&made);
        *tally.entry(verdict).or_default() += 1;
        let tells = matches!(
            verdict,
            Verdict::Wrong | Verdict::OtherColumns | Verdict::OtherWords
        );
        if tells && wrong.len() < 400 {
            wrong.push(told);
        }
    }
    let charsets = ["utf8mb4", "latin1"];
    for (mode, charset) in MODES
        .iter()
        .flat_map(|mode| charsets.map(|charset| (mode, charset)))
    {
        pair.both(&format!("SET sql_mode = '{mode}', NAMES {charset}"));
        for sku in [skus[0], skus[6]] {
            for sql in TRICKS {
                let sql = sql.replace("{sku}", &sku.to_string());
                let (verdict, told) = pair.compare(&Made {
                    class: Class::Read,
                    sql,
                    params: Vec::new(),
                });
                let is_wrong = matches!(verdict, Verdict::Wrong | Verdict::OtherColumns);
                if is_wrong && wrong.len() < 400 {
                    wrong.push(format!("{mode} {charset} {told}"));
                }
            }
        }
    }
    println!("seed {seed}, {count} statements: {tally:?}");
    assert!(wrong.is_empty(), "{tally:?}\n{}", wrong.join("\n"));
    let answered = |verdict| tally.get(&verdict).copied().unwrap_or_default();
    assert!(
        answered(Verdict::SameRows) * 20 > count,
        "too few answers with rows: {tally:?}"
    );
}
