//! Proof against the vectors of ShardingSphere and of the reference xxHash library (contract 4.3).

use std::path::Path;

use super::samples::{auto, by, seed001, two_level};
use super::{ShardedTable, Strategy, ValueSet};
use crate::model::ShardingValue;

fn read(file: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows = text
        .split('\n')
        .filter(|line| !line.is_empty() && !line.starts_with("# "));
    rows.map(|line| line.split('\t').map(unescape).collect())
        .collect()
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(next) = chars.next() {
        match (next, next == '\\') {
            (_, true) => out.push(match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('0') => '\0',
                Some(other) => other,
                None => '\\',
            }),
            (plain, false) => out.push(plain),
        }
    }
    out
}

/// The value of a row that must match, at the level of algorithms; `None` for the others.
fn value(kind: &str, text: &str) -> Option<ShardingValue> {
    let integer = || {
        let digits: String = text.chars().filter(|c| !" ()+".contains(*c)).collect();
        digits.parse::<i128>().ok().map(ShardingValue::Int)
    };
    match kind {
        "lit_int" | "byte" | "short" | "int" => integer(),
        "long" => integer().filter(|value| {
            *value >= ShardingValue::Int(0) || *value < ShardingValue::Int(i32::MIN.into())
        }),
        // a BigInteger of two words hashes unlike the Long of the same number, which is the literal's hash
        "bigint" => integer()
            .filter(|value| (ShardingValue::Int(0)..ShardingValue::Int(1 << 32)).contains(value)),
        "str" => Some(ShardingValue::Text(text.to_owned())),
        "lit_str" | "lit_dqstr" => {
            let quote = text.chars().next().filter(|c| "'\"".contains(*c))?;
            let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
            (!inner.contains(quote) && !inner.contains('\\'))
                .then(|| ShardingValue::Text(inner.to_owned()))
        }
        _ => None,
    }
}

/// Every row that must match leads to `ds_n.table_m`; returns how many there were.
fn agree(file: &str, table: &ShardedTable) -> usize {
    let mut checked = 0;
    for row in read(file) {
        let [kind, text, n, m] = row.as_slice() else {
            continue;
        };
        let Some(value) = value(kind, text) else {
            continue;
        };
        let node = table.place_row(std::slice::from_ref(&value)).unwrap();
        let node = &table.nodes[node];
        assert_eq!(
            (node.source.0.to_string(), &*node.table),
            (n.clone(), &*format!("inv_stock_{m}")),
            "{kind} {text}"
        );
        checked += 1;
    }
    checked
}

#[test]
fn hash_mod_of_the_seed_agrees_with_shardingsphere_on_every_row_that_must() {
    assert!(agree("hash_mod_8x16.tsv", &seed001()) > 4000);
}

#[test]
fn auto_tables_agree_with_shardingsphere_on_every_row_that_must() {
    let table = auto(
        "inv_stock",
        by(&["sku_id"], "HASH_MOD", &[("sharding-count", "128")]),
    );
    assert!(agree("auto_hash_mod_128.tsv", &table) > 1000);
}

#[test]
fn xxh3_agrees_with_the_reference_library() {
    let mut checked = 0;
    for row in read("xxh3.tsv") {
        let [seed, texts, _, m8, m16, m128] = row.as_slice() else {
            panic!("{row:?}")
        };
        let values: Vec<ShardingValue> = texts
            .split('|')
            .map(|text| match text.split_once(':').unwrap() {
                ("i", digits) => ShardingValue::Int(digits.parse().unwrap()),
                (_, text) => ShardingValue::Text(text.to_owned()),
            })
            .collect();
        let names = ["a", "b", "c", "d"];
        for (count, expected) in [("8", m8), ("16", m16), ("128", m128)] {
            let props = [("sharding-count", count), ("hash", "xxh3"), ("seed", seed)];
            let table = auto("t", by(&names[..values.len()], "HASH_MOD", &props));
            assert_eq!(
                table.place_row(&values).unwrap().to_string(),
                *expected,
                "{seed} {texts} % {count}"
            );
            checked += 1;
        }
    }
    assert_eq!(checked, 161 * 4 * 3);
}

#[test]
fn slots_agree_with_the_reference_library_and_lie_side_by_side() {
    let mut checked = 0;
    for row in read("xxh3_slots.tsv") {
        let [seed, sku, warehouse, slot, _, n, source] = row.as_slice() else {
            panic!("{row:?}")
        };
        let props = [
            ("sharding-count", "128"),
            ("hash", "xxh3"),
            ("slot-count", "64"),
            ("slot-columns", "sku_id"),
            ("seed", seed),
        ];
        let table = auto(
            "inv_stock",
            by(&["sku_id", "warehouse_id"], "HASH_MOD", &props),
        );
        let int = |text: &str| ShardingValue::Int(text.parse().unwrap());
        let node = table.place_row(&[int(sku), int(warehouse)]).unwrap();
        assert_eq!(
            (node.to_string(), table.nodes[node].source.0.to_string()),
            (n.clone(), source.clone())
        );
        let of_slot = table
            .place(&[Some(ValueSet::Points(vec![int(sku)])), None])
            .unwrap();
        let slot: usize = slot.parse().unwrap();
        assert_eq!(of_slot.nodes, [slot * 2, slot * 2 + 1]);
        assert!(of_slot.is_database_known && !of_slot.is_table_known);
        checked += 1;
    }
    assert!(checked > 400);
}

/// The tables of `algorithms_5.3.2.tsv` with integer keys; `t_off` counts from 1, a fault here.
fn algorithm_table(name: &str) -> Option<ShardedTable> {
    let (tables, columns, type_name, props): (&str, &[&str], &str, &[(&str, &str)]) = match name {
        "t_mod" => ("${0..3}", &["k"], "MOD", &[("sharding-count", "4")]),
        "t_modz" => (
            "0${0..9},ds_0.t_modz_${10..11}",
            &["k"],
            "MOD",
            &[("sharding-count", "12"), ("zero-padding", "true")],
        ),
        "t_modp" => (
            "0${0..9},ds_0.t_modp_${10..11}",
            &["k"],
            "MOD",
            &[("sharding-count", "12")],
        ),
        "t_modo" => (
            "${0..3}",
            &["k"],
            "MOD",
            &[
                ("sharding-count", "4"),
                ("start-offset", "2"),
                ("stop-offset", "1"),
            ],
        ),
        "t_hash" => ("${0..3}", &["k"], "HASH_MOD", &[("sharding-count", "4")]),
        "t_hashz" => (
            "0${0..9},ds_0.t_hashz_${10..11}",
            &["k"],
            "HASH_MOD",
            &[("sharding-count", "12")],
        ),
        "t_inline" => (
            "${0..15}",
            &["k"],
            "INLINE",
            &[("algorithm-expression", "t_inline_${k % 16}")],
        ),
        "t_inlr" => (
            "${0..3}",
            &["k"],
            "INLINE",
            &[("algorithm-expression", "t_inlr_$->{k % 4}")],
        ),
        "t_ci" => (
            "${0..15}",
            &["k", "v"],
            "COMPLEX_INLINE",
            &[
                ("sharding-columns", "k,v"),
                ("algorithm-expression", "t_ci_${(k + v) % 16}"),
            ],
        ),
        "t_cir" => (
            "${0..15}",
            &["k", "v"],
            "COMPLEX_INLINE",
            &[("algorithm-expression", "t_cir_${(k * 4 + v) % 16}")],
        ),
        "t_vol" => (
            "${0..7}",
            &["k"],
            "VOLUME_RANGE",
            &[
                ("range-lower", "10"),
                ("range-upper", "65"),
                ("sharding-volume", "10"),
            ],
        ),
        "t_bound" => (
            "${0..5}",
            &["k"],
            "BOUNDARY_RANGE",
            &[("sharding-ranges", "1,5,10,20,30")],
        ),
        "t_ival" => (
            "${202401..202412}",
            &["d"],
            "INTERVAL",
            &[
                ("datetime-pattern", "yyyy-MM-dd HH:mm:ss"),
                ("datetime-lower", "2024-01-01 00:00:00"),
                ("datetime-upper", "2024-12-31 23:59:59"),
                ("sharding-suffix-pattern", "yyyyMM"),
                ("datetime-interval-unit", "MONTHS"),
            ],
        ),
        "t_ivd" => (
            "${20240101..20240131}",
            &["d"],
            "INTERVAL",
            &[
                ("datetime-pattern", "yyyy-MM-dd"),
                ("datetime-lower", "2024-01-01"),
                ("datetime-upper", "2024-01-31"),
                ("sharding-suffix-pattern", "yyyyMMdd"),
                ("datetime-interval-amount", "1"),
            ],
        ),
        "t_auti" => (
            "${0..13}",
            &["d"],
            "AUTO_INTERVAL",
            &[
                ("datetime-lower", "2024-01-01 00:00:00"),
                ("datetime-upper", "2024-01-01 00:10:00"),
                ("sharding-seconds", "50"),
            ],
        ),
        _ => return None,
    };
    Some(
        two_level(
            &format!("ds_0.{name}_{tables}"),
            Strategy::None,
            by(columns, type_name, props),
        )
        .unwrap(),
    )
}

#[test]
fn algorithms_agree_with_shardingsphere_wherever_it_answers_for_one_value() {
    let (mut checked, mut refused) = (0, 0);
    for row in read("algorithms_5.3.2.tsv") {
        let [name, mode, condition, parameters, status, result, ..] = row.as_slice() else {
            continue;
        };
        let Some(table) = algorithm_table(name) else {
            continue;
        };
        let Some(values) = points(&table, mode, condition, parameters) else {
            continue;
        };
        let placed = table.place_row(&values);
        match (status.as_str(), placed) {
            ("OK", Ok(node)) => {
                assert_eq!(&*table.nodes[node].table, result, "{row:?}");
                checked += 1;
            }
            // no moment for the server either
            ("OK", Err(_)) if condition.contains(" 24:00:00") => refused += 1,
            ("OK", Err(error)) => panic!("{row:?}: {error}"),
            // a value that it drops in silence, or answers with an unknown exception
            (_, Err(_)) => refused += 1,
            (_, Ok(_)) => {}
        }
    }
    assert!(
        checked > 300 && refused > 10,
        "{checked} agree, {refused} refused"
    );
}

/// `k = 5`, `k = ?`, `k = 5 AND v = 6` as one value per sharding column.
fn points(
    table: &ShardedTable,
    mode: &str,
    condition: &str,
    parameters: &str,
) -> Option<Vec<ShardingValue>> {
    let terms: Vec<&str> = condition.split(" AND ").collect();
    let mut bound = parameters
        .split('|')
        .filter_map(|parameter| parameter.split_once(':'));
    let mut values = Vec::new();
    for column in &table.columns {
        let [term] = terms
            .iter()
            .filter(|term| term.starts_with(&format!("{column} = ")))
            .collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let text = term.split_once(" = ")?.1;
        let (kind, text) = match (mode, text) {
            ("P", "?") => bound.next()?,
            ("T", text) if text.starts_with('\'') => ("lit_str", text),
            ("T", text) => ("lit_int", text),
            _ => return None,
        };
        values.push(value(kind, text)?);
    }
    (terms.len() == values.len()).then_some(values)
}

#[test]
fn ranges_narrow_to_no_less_than_the_answer() {
    let mut checked = 0;
    for row in read("algorithms_5.3.2.tsv") {
        let [name, mode, condition, _, status, result, ..] = row.as_slice() else {
            continue;
        };
        let Some(table) = algorithm_table(name).filter(|_| mode == "T" && status == "OK") else {
            continue;
        };
        let Some((low, high)) = condition
            .strip_prefix("k BETWEEN ")
            .and_then(|rest| rest.split_once(" AND "))
        else {
            continue;
        };
        let (Ok(low), Ok(high)) = (low.parse(), high.parse()) else {
            continue;
        };
        if table.columns.len() > 1 || name == "t_modo" {
            continue;
        }
        let range = ValueSet::Range {
            lower: Some((ShardingValue::Int(low), true)),
            upper: Some((ShardingValue::Int(high), true)),
        };
        let placement = table.place(&[Some(range)]).unwrap();
        let mut names: Vec<&str> = placement
            .nodes
            .iter()
            .map(|node| &*table.nodes[*node].table)
            .collect();
        names.sort_unstable();
        assert_eq!(names.join(","), *result, "{row:?}");
        checked += 1;
    }
    assert!(checked > 20, "{checked}");
}

/// A date range as one set: `d >= 'a' AND d < 'b'`, `d BETWEEN 'a' AND 'b'`, `d > 'a'`, `d <= 'b'`.
fn date_range(condition: &str) -> Option<ValueSet> {
    let (mut lower, mut upper) = (None, None);
    let between = condition.strip_prefix("d BETWEEN ");
    let text = between.map(|rest| format!("d >= {}", rest.replace(" AND ", " AND d <= ")));
    for term in text.as_deref().unwrap_or(condition).split(" AND ") {
        let (operator, date) = term.strip_prefix("d ")?.split_once(' ')?;
        let date = ShardingValue::Text(date.strip_prefix('\'')?.strip_suffix('\'')?.to_owned());
        match operator {
            ">" | ">=" => lower = Some((date, operator == ">=")),
            "<" | "<=" => upper = Some((date, operator == "<=")),
            _ => return None,
        }
    }
    Some(ValueSet::Range { lower, upper })
}

#[test]
fn date_ranges_agree_with_shardingsphere() {
    let mut checked = 0;
    for row in read("algorithms_5.3.2.tsv") {
        let [name, mode, condition, _, status, result, ..] = row.as_slice() else {
            continue;
        };
        let Some(range) = date_range(condition).filter(|_| mode == "T" && status == "OK") else {
            continue;
        };
        let Some(table) = algorithm_table(name) else {
            continue;
        };
        let placement = table.place(&[Some(range)]).unwrap();
        let mut names: Vec<&str> = placement
            .nodes
            .iter()
            .map(|node| &*table.nodes[*node].table)
            .collect();
        names.sort_unstable();
        assert_eq!(names.join(","), *result, "{row:?}");
        checked += 1;
    }
    assert!(checked > 30, "{checked}");
}
