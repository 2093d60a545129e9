//! Everyday statements of a shop: served, and answered as one unsharded server answers them (contract 4.10).

use std::collections::BTreeMap;

use mysql::prelude::Queryable;
use mysql::{Conn, Value};

use crate::support::{Placement, ProxyOptions, Shop, ask, refusal, rows};

const LIST: &str = include_str!("everyday.sql");
/// What an application of a shop needs at least.
const FEWEST: usize = 150;

/// One line of the list.
struct Line {
    kind: &'static str,
    sql: &'static str,
}

fn lines() -> Vec<Line> {
    let written = LIST
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("--"));
    written
        .map(|line| {
            let (kind, sql) = line.split_once(": ").unwrap();
            Line { kind, sql }
        })
        .collect()
}

/// {a} and {b} in one data source, {c} and {d} in two others.
struct Skus(BTreeMap<&'static str, i64>);

impl Skus {
    fn of(shop: &Shop) -> Skus {
        let (a, b) = shop.two_together();
        let place = Placement::schema_of_sku;
        let mut others = std::iter::repeat_with(|| shop.sku());
        let c = others.find(|sku| place(*sku) != place(a)).unwrap();
        let d = others
            .find(|sku| place(*sku) != place(a) && place(*sku) != place(c))
            .unwrap();
        Skus(BTreeMap::from([
            ("{a}", a),
            ("{b}", b),
            ("{c}", c),
            ("{d}", d),
        ]))
    }

    fn text(&self, sql: &str) -> String {
        let names = self.0.iter();
        names.fold(sql.to_owned(), |sql, (name, sku)| {
            sql.replace(name, &sku.to_string())
        })
    }

    /// With `?` for the names, and their values.
    fn bound(&self, sql: &str) -> (String, Vec<Value>) {
        let (mut text, mut values, mut rest) = (String::new(), Vec::new(), sql);
        while let Some(at) = rest.find('{') {
            let (before, behind) = rest.split_at(at);
            let (name, behind) = behind.split_at(3);
            text.push_str(before);
            text.push('?');
            values.push(Value::Int(self.0[name]));
            rest = behind;
        }
        text.push_str(rest);
        (text, values)
    }
}

fn fill(skus: &Skus, shop: &Shop, through: &mut Conn, direct: &mut Conn) {
    let mut both = |sql: String| {
        ask(through, &sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
        ask(direct, &sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
    };
    let regions = [
        (1, "north"),
        (2, "south"),
        (3, "east"),
        (4, "west"),
        (5, "far"),
    ];
    for (id, name) in regions {
        both(format!("INSERT INTO dict_region VALUES ({id}, '{name}')"));
    }
    both("INSERT INTO dict_currency VALUES ('EUR', 'euro', 2), ('CNY', 'yuan', 2)".to_owned());
    let at = "'2026-02-03 04:05:06'";
    for (n, sku) in skus.0.values().enumerate() {
        for house in 1..=4 {
            let id = shop.sku();
            let stock = [30, 10, 20, 10][(n + house) % 4];
            both(format!(
                "INSERT INTO inv_stock VALUES ({id}, {sku}, {house}, {stock}, {house}, {}, {at})",
                house % 2
            ));
        }
        for order in 1..=4 {
            let id = shop.sku();
            both(format!(
                "INSERT INTO inv_reservation VALUES ({id}, 'o-{order}', {sku}, {}, {order}, {at}, {})",
                1 + order % 3,
                order % 3
            ));
        }
    }
    shop.farm.catch_up().unwrap();
}

/// Names and rows; rows in their order where the statement says one.
fn shown(sql: &str, answer: &crate::support::Answer) -> (Vec<String>, Vec<String>, u64) {
    let set = &answer.sets[0];
    let mut rows: Vec<String> = set.rows.iter().map(|row| format!("{row:?}")).collect();
    // an ORDER BY inside of parentheses orders a part only
    let is_ordered = sql
        .rfind("ORDER BY")
        .is_some_and(|at| !sql[at..].contains(')') || sql[at..].contains("OFFSET"));
    if !is_ordered {
        rows.sort();
    }
    let name = |column: &String| {
        let name = column.split_once(") ").map_or("", |(_, rest)| rest);
        let (name, rest) = name.split_once("ColumnFlags").unwrap();
        let charset = rest.split_once(" length").unwrap().0;
        format!("{name}{}", charset.split_once(')').unwrap().1)
    };
    (set.columns.iter().map(name).collect(), rows, set.affected)
}

fn bound_rows(conn: &mut Conn, sql: &str, values: Vec<Value>) -> Vec<String> {
    let result: Vec<mysql::Row> = conn
        .exec(sql, values)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let mut rows: Vec<String> = result
        .into_iter()
        .map(|row| format!("{:?}", row.unwrap()))
        .collect();
    rows.sort();
    rows
}

/// Data source and actual SQL of each unit.
fn units(conn: &mut Conn, sql: &str) -> Vec<Vec<String>> {
    rows(conn, &format!("PREVIEW {sql}"))
}

fn kind(conn: &mut Conn, sql: &str) -> &'static str {
    let units = units(conn, sql);
    let branches = |text: &str| text.matches("UNION ALL").count();
    let is_derived = units.iter().any(|unit| branches(&unit[1]) > branches(sql));
    match (units.len(), is_derived) {
        (1, false) => "one",
        (1, true) => "fan",
        _ => "join",
    }
}

#[test]
fn everyday_statements_are_served_as_one_server_serves_them_contract_4_10() {
    let shop = &Shop::open(&ProxyOptions::default());
    let (mut through, mut direct) = (shop.connect(), shop.direct());
    let skus = Skus::of(shop);
    fill(&skus, shop, &mut through, &mut direct);
    let lines = lines();
    assert!(lines.len() >= FEWEST, "{} statements", lines.len());
    let mut faults = Vec::new();
    for Line {
        kind: expected,
        sql,
    } in &lines
    {
        let text = skus.text(sql);
        if *expected == "write" {
            faults.extend(write(&skus, &text, &mut through, &mut direct));
            continue;
        }
        let told = kind(&mut through, &text);
        if told != *expected {
            faults.push(format!("{sql}\n  is {told}, not {expected}"));
        }
        match (ask(&mut through, &text), ask(&mut direct, &text)) {
            (Ok(ours), Ok(theirs)) => {
                let (ours, theirs) = (shown(&text, &ours), shown(&text, &theirs));
                if ours != theirs {
                    faults.push(format!("{sql}\n  through {ours:?}\n  direct  {theirs:?}"));
                }
            }
            (ours, theirs) => {
                faults.push(format!("{sql}\n  through {ours:?}\n  direct  {theirs:?}"))
            }
        }
        let (marked, values) = skus.bound(sql);
        let ours = bound_rows(&mut through, &marked, values.clone());
        let again = bound_rows(&mut through, &marked, values.clone());
        let theirs = bound_rows(&mut direct, &marked, values);
        if ours != theirs || again != theirs {
            faults.push(format!(
                "prepared {sql}\n  through {ours:?}\n  direct  {theirs:?}"
            ));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// Affected rows, and what both sides hold behind it.
fn write(skus: &Skus, sql: &str, through: &mut Conn, direct: &mut Conn) -> Option<String> {
    let on = |conn: &mut Conn| {
        ask(conn, "BEGIN").unwrap();
        let affected = ask(conn, sql).map(|answer| answer.affected());
        let state: Vec<_> = skus
            .0
            .values()
            .flat_map(|sku| {
                [
                    format!("SELECT id, sku_id, warehouse_id, stock, reserved, version FROM inv_stock WHERE sku_id = {sku} ORDER BY id"),
                    format!("SELECT id, order_no, sku_id, warehouse_id, qty, status FROM inv_reservation WHERE sku_id = {sku} ORDER BY id"),
                ]
            })
            .map(|sql| rows(conn, &sql))
            .collect();
        ask(conn, "ROLLBACK").unwrap();
        (affected, state)
    };
    let (ours, theirs) = (on(through), on(direct));
    let is_done = ours.0.is_ok() && ours == theirs;
    (!is_done).then(|| format!("{sql}\n  through {:?}\n  direct  {:?}", ours.0, theirs.0))
}

#[test]
fn each_branch_of_a_derived_table_uses_an_index_contract_4_10() {
    let shop = crate::support::shop();
    let mut conn = shop.connect();
    let (a, b) = shop.two_together();
    // tables of which the SKUs are a small part
    let slots = [a, b].map(Placement::slot);
    let first = shop.skus(4000);
    let beside = (first..first + 4000).filter(|sku| slots.contains(&Placement::slot(*sku)));
    let all = [a, b].into_iter().chain(beside);
    let values: Vec<String> = all
        .flat_map(|sku| (1..6).map(move |house| format!("({sku}, {house}, 1)")))
        .collect();
    let sql = format!(
        "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES {}",
        values.join(", ")
    );
    ask(&mut conn, sql).unwrap();
    for condition in [
        format!("sku_id = {a}"),
        format!("sku_id = '{a}'"),
        format!("sku_id IN ({a}, {b})"),
        format!("sku_id = {a} OR sku_id = {b}"),
        format!("(sku_id, warehouse_id) IN (({a}, 1), ({b}, 2), ({a}, 3))"),
        format!("sku_id = {a} AND warehouse_id BETWEEN 1 AND 3"),
        format!("(sku_id = {a} AND warehouse_id = 1) OR (sku_id = {b} AND warehouse_id = 2)"),
    ] {
        let sql = format!("SELECT SUM(stock) FROM inv_stock WHERE {condition}");
        assert_eq!(kind(&mut conn, &sql), "fan", "{sql}");
        let answer = ask(&mut conn, format!("EXPLAIN FORMAT=TRADITIONAL {sql}")).unwrap();
        let set = &answer.sets[0];
        let place = |name: &str| {
            let is_it = |column: &&String| column.contains(&format!(" {name} ("));
            let found = set.columns.iter().find(is_it).unwrap();
            set.columns
                .iter()
                .position(|column| column == found)
                .unwrap()
        };
        let (table, access) = (place("table"), place("type"));
        let mut branches = 0;
        for row in &set.rows {
            let text = |at: usize| crate::support::render(&row[at]);
            if text(table) == "inv_stock" {
                branches += 1;
                let access = text(access);
                assert!(
                    ["ref", "range", "const", "eq_ref"].contains(&&*access),
                    "{sql}: {access} in {row:?}"
                );
            }
        }
        assert!(branches > 1, "{sql}: {:?}", set.rows);
    }
}

#[test]
fn what_needs_merging_over_data_sources_is_refused_by_what_is_in_the_way_contract_4_10() {
    let shop = crate::support::shop();
    let mut conn = shop.connect();
    let (a, b) = shop.two_apart();
    for (sql, word) in [
        (
            "SELECT * FROM inv_stock WHERE sku_id IN ({a}, {b}) ORDER BY id",
            "ORDER BY",
        ),
        (
            "SELECT * FROM inv_stock WHERE sku_id IN ({a}, {b}) LIMIT 5",
            "LIMIT",
        ),
        (
            "SELECT SUM(stock) FROM inv_stock WHERE sku_id IN ({a}, {b})",
            "an aggregate function",
        ),
        (
            "SELECT sku_id FROM inv_stock WHERE sku_id IN ({a}, {b}) GROUP BY sku_id",
            "GROUP BY",
        ),
        (
            "SELECT DISTINCT sku_id FROM inv_stock WHERE sku_id IN ({a}, {b})",
            "DISTINCT",
        ),
        (
            "SELECT * FROM inv_stock WHERE sku_id IN ({a}, {b}) FOR UPDATE",
            "a locking clause",
        ),
        (
            "SELECT ROW_NUMBER() OVER () FROM inv_stock WHERE sku_id IN ({a}, {b})",
            "a window function",
        ),
        (
            "SELECT r.id FROM dict_region r LEFT JOIN inv_stock s ON s.warehouse_id = r.id AND s.sku_id IN ({a}, {b})",
            "outer join",
        ),
        (
            "SELECT * FROM dict_region WHERE id IN (SELECT warehouse_id FROM inv_stock WHERE sku_id IN ({a}, {b}))",
            "a sub-query",
        ),
        (
            "SELECT s.id FROM inv_stock s JOIN inv_reservation r ON r.warehouse_id = s.warehouse_id WHERE s.sku_id IN ({a}, {b}) AND r.sku_id IN ({a}, {b})",
            "need not lie in the same one",
        ),
    ] {
        let sql = sql
            .replace("{a}", &a.to_string())
            .replace("{b}", &b.to_string());
        let refused = refusal(&mut conn, &sql);
        assert_eq!(refused.code, 29006, "{sql}: {refused:?}");
        assert!(refused.message.contains(word), "{sql}: {refused:?}");
    }
    // a locking clause locks nothing through a derived table
    let refused = refusal(
        &mut conn,
        &format!("SELECT * FROM inv_stock WHERE sku_id = {a} FOR UPDATE"),
    );
    assert_eq!(refused.code, 29006);
    assert!(refused.message.contains("locking"), "{refused:?}");
}
