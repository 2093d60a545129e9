//! Random conditions: whatever is routed gives the answer that all nodes together would give.
//!
//! A small evaluator of SQL's three-valued logic answers each query twice: over all rows, and over
//! the rows of the nodes that the statement was routed to. Both answers must be the same (contract 4.9).

use proptest::prelude::*;

use super::ask::{Asking, ask};
use super::layouts::{Layout, layout};

/// A column: table 0 is `a`, table 1 is `b`; column 0 is `sku_id`, column 1 is `warehouse_id`.
type Column = (usize, usize);

/// Values of a row.
type Row = [i64; 2];

#[derive(Clone, Debug)]
enum Condition {
    Equal(Column, i64),
    Quoted(Column, i64),
    NullSafe(Column, Option<i64>),
    In(Column, Vec<Option<i64>>),
    NotIn(Column, Vec<Option<i64>>),
    Greater(Column, i64),
    Between(Column, i64, i64),
    NotBetween(Column, i64, i64),
    Same(Column, Column),
    Pairs(usize, Vec<(i64, i64)>),
    Plus(Column, i64),
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Xor(Box<Condition>, Box<Condition>),
}

use Condition::{
    And, Between, Equal, Greater, In, Not, NotBetween, NotIn, NullSafe, Or, Pairs, Plus, Quoted,
    Same, Xor,
};

fn name((table, column): Column) -> String {
    format!(
        "{}.{}",
        ["a", "b"][table],
        ["sku_id", "warehouse_id"][column]
    )
}

fn list(values: &[Option<i64>]) -> String {
    values
        .iter()
        .map(|value| value.map_or("NULL".to_owned(), |value| value.to_string()))
        .collect::<Vec<_>>()
        .join(", ")
}

impl Condition {
    fn sql(&self) -> String {
        match self {
            Equal(c, v) => format!("{} = {v}", name(*c)),
            Quoted(c, v) => format!("'{v}' = {}", name(*c)),
            NullSafe(c, v) => format!("{} <=> {}", name(*c), list(&[*v])),
            In(c, vs) => format!("{} IN ({})", name(*c), list(vs)),
            NotIn(c, vs) => format!("{} NOT IN ({})", name(*c), list(vs)),
            Greater(c, v) => format!("{} > {v}", name(*c)),
            Between(c, low, high) => format!("{} BETWEEN {low} AND {high}", name(*c)),
            NotBetween(c, low, high) => format!("{} NOT BETWEEN {low} AND {high}", name(*c)),
            Same(c, d) => format!("{} = {}", name(*c), name(*d)),
            Plus(c, v) => format!("{} + 1 = {v}", name(*c)),
            Pairs(table, pairs) => {
                let pairs: Vec<String> = pairs
                    .iter()
                    .map(|(sku, warehouse)| format!("({sku}, {warehouse})"))
                    .collect();
                format!(
                    "({}, {}) IN ({})",
                    name((*table, 0)),
                    name((*table, 1)),
                    pairs.join(", ")
                )
            }
            Not(c) => format!("NOT ({})", c.sql()),
            And(c, d) => format!("({} AND {})", c.sql(), d.sql()),
            Or(c, d) => format!("({} OR {})", c.sql(), d.sql()),
            Xor(c, d) => format!("({} XOR {})", c.sql(), d.sql()),
        }
    }

    /// True, false or NULL; a missing row's columns are NULL.
    fn holds(&self, rows: &[Option<Row>; 2]) -> Option<bool> {
        let get = |(table, column): Column| rows[table].map(|row| row[column]);
        let within = |value: Option<i64>, list: &[Option<i64>]| {
            let value = value?;
            match list.contains(&Some(value)) {
                true => Some(true),
                false if list.contains(&None) => None,
                false => Some(false),
            }
        };
        match self {
            Equal(c, v) | Quoted(c, v) => get(*c).map(|value| value == *v),
            NullSafe(c, v) => Some(get(*c) == *v),
            In(c, vs) => within(get(*c), vs),
            NotIn(c, vs) => within(get(*c), vs).map(|found| !found),
            Greater(c, v) => get(*c).map(|value| value > *v),
            Between(c, low, high) => get(*c).map(|value| (*low..=*high).contains(&value)),
            NotBetween(c, low, high) => get(*c).map(|value| !(*low..=*high).contains(&value)),
            Same(c, d) => Some(get(*c)? == get(*d)?),
            Plus(c, v) => get(*c).map(|value| value + 1 == *v),
            Pairs(table, pairs) => rows[*table].map(|row| pairs.contains(&(row[0], row[1]))),
            Not(c) => c.holds(rows).map(|holds| !holds),
            And(c, d) => match (c.holds(rows), d.holds(rows)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Or(c, d) => match (c.holds(rows), d.holds(rows)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Xor(c, d) => Some(c.holds(rows)? != d.holds(rows)?),
        }
    }
}

fn column(tables: usize) -> impl Strategy<Value = Column> {
    (0..tables, prop_oneof![3 => Just(0_usize), 2 => Just(1)])
}

fn condition(tables: usize) -> impl Strategy<Value = Condition> {
    let value = 0..4_i64;
    let some = proptest::option::weighted(0.9, 0..4_i64);
    let leaf = prop_oneof![
        8 => (column(tables), value.clone()).prop_map(|(c, v)| Equal(c, v)),
        2 => (column(tables), value.clone()).prop_map(|(c, v)| Quoted(c, v)),
        1 => (column(tables), some.clone()).prop_map(|(c, v)| NullSafe(c, v)),
        2 => (column(tables), prop::collection::vec(some.clone(), 1..3)).prop_map(|(c, vs)| In(c, vs)),
        1 => (column(tables), prop::collection::vec(some, 1..3)).prop_map(|(c, vs)| NotIn(c, vs)),
        1 => (column(tables), value.clone()).prop_map(|(c, v)| Greater(c, v)),
        1 => (column(tables), value.clone(), value.clone()).prop_map(|(c, l, h)| Between(c, l, h)),
        1 => (column(tables), value.clone(), value.clone()).prop_map(|(c, l, h)| NotBetween(c, l, h)),
        3 => (column(tables), column(tables)).prop_map(|(c, d)| Same(c, d)),
        1 => (column(tables), value.clone()).prop_map(|(c, v)| Plus(c, v)),
        2 => (0..tables, prop::collection::vec((value.clone(), value), 1..3)).prop_map(|(t, ps)| Pairs(t, ps)),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        let two = (inner.clone(), inner.clone()).prop_map(|(c, d)| (Box::new(c), Box::new(d)));
        prop_oneof![
            6 => two.clone().prop_map(|(c, d)| And(c, d)),
            3 => two.clone().prop_map(|(c, d)| Or(c, d)),
            1 => two.prop_map(|(c, d)| Xor(c, d)),
            1 => inner.prop_map(|c| Not(Box::new(c))),
        ]
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    Inner,
    Left,
    Right,
}

/// All rows, or those of the node (data source by warehouse or SKU, table by SKU) of each table.
fn rows(is_there: impl Fn(&Row) -> bool) -> Vec<Row> {
    (0..4)
        .flat_map(|sku| (0..4).map(move |warehouse| [sku, warehouse]))
        .filter(is_there)
        .collect()
}

fn answer(
    a: &[Row],
    b: &[Row],
    join: Join,
    on: &Condition,
    filter: &Condition,
) -> Vec<[Option<Row>; 2]> {
    let mut joined = Vec::new();
    for left in a {
        let matches: Vec<&Row> = b
            .iter()
            .filter(|right| on.holds(&[Some(*left), Some(**right)]) == Some(true))
            .collect();
        if matches.is_empty() && join == Join::Left {
            joined.push([Some(*left), None]);
        }
        joined.extend(matches.into_iter().map(|right| [Some(*left), Some(*right)]));
    }
    if join == Join::Right {
        let is_matched = |right: &Row, joined: &[[Option<Row>; 2]]| {
            joined.iter().any(|pair| pair[1] == Some(*right))
        };
        let lonely: Vec<_> = b
            .iter()
            .filter(|right| !is_matched(right, &joined))
            .map(|right| [None, Some(*right)])
            .collect();
        joined.extend(lonely);
    }
    joined.retain(|pair| filter.holds(pair) == Some(true));
    joined.sort();
    joined
}

/// The rows that lie on the node of a route: small numbers are their own hash.
fn on_node(layout_name: &str, source: &str, table: &str) -> Vec<Row> {
    rows(|row| {
        let by_source = if layout_name == "two" { row[1] } else { row[0] };
        source == format!("ds_{by_source}") && table.rsplit('_').next() == Some(&row[0].to_string())
    })
}

fn check(
    layout: &Layout,
    layout_name: &str,
    sql: &str,
    join: Option<Join>,
    on: &Condition,
    filter: &Condition,
) -> Result<bool, TestCaseError> {
    let Ok(routed) = ask(layout, sql, &Asking::default()) else {
        return Ok(false);
    };
    let all = rows(|_| true);
    let joined = |a: &[Row], b: &[Row]| match join {
        Some(join) => answer(a, b, join, on, filter),
        None => a
            .iter()
            .map(|row| [Some(*row), None])
            .filter(|pair| filter.holds(pair) == Some(true))
            .collect(),
    };
    let whole = joined(&all, &all);
    // the answers of several data sources follow each other
    let mut part = Vec::new();
    for (source, tables) in &routed.nodes {
        let of = |name: &str| -> Vec<Row> {
            let own = tables.iter().filter(|table| table.starts_with(name));
            own.flat_map(|table| on_node(layout_name, source, table))
                .collect()
        };
        part.extend(joined(&of("inv_stock"), &of("inv_reservation")));
    }
    part.sort();
    prop_assert_eq!(whole, part, "{} routed to {:?}", sql, routed.nodes);
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_table_is_answered_in_full(filter in condition(1)) {
        for name in ["seed", "two"] {
            let sql = format!("SELECT * FROM inv_stock a WHERE {}", filter.sql());
            check(&layout(name), name, &sql, None, &filter, &filter)?;
        }
    }

    #[test]
    fn two_tables_are_answered_in_full(
        join in prop_oneof![Just(Join::Inner), Just(Join::Left), Just(Join::Right)],
        on in condition(2),
        filter in condition(2),
    ) {
        let word = match join { Join::Inner => "JOIN", Join::Left => "LEFT JOIN", Join::Right => "RIGHT JOIN" };
        for name in ["seed", "two"] {
            let sql = format!("SELECT * FROM inv_stock a {word} inv_reservation b ON {} WHERE {}", on.sql(), filter.sql());
            check(&layout(name), name, &sql, Some(join), &on, &filter)?;
        }
    }

    #[test]
    fn keyed_joins_are_answered_in_full(
        join in prop_oneof![Just(Join::Inner), Just(Join::Left), Just(Join::Right)],
        on in condition(2),
        filter in condition(2),
        (sku, warehouse) in (0..4_i64, 0..4_i64),
    ) {
        let word = match join { Join::Inner => "JOIN", Join::Left => "LEFT JOIN", Join::Right => "RIGHT JOIN" };
        let on = And(Box::new(Same((0, 0), (1, 0))), Box::new(And(Box::new(Same((1, 1), (0, 1))), Box::new(on))));
        let key = And(Box::new(Equal((0, 0), sku)), Box::new(Equal((0, 1), warehouse)));
        let filter = And(Box::new(key), Box::new(filter));
        for name in ["seed", "two"] {
            let sql = format!("SELECT * FROM inv_stock a {word} inv_reservation b ON {} WHERE {}", on.sql(), filter.sql());
            let is_routed = check(&layout(name), name, &sql, Some(join), &on, &filter)?;
            prop_assert!(is_routed || join == Join::Right, "{} is refused", sql);
        }
    }
}
