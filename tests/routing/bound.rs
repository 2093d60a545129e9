//! Bound parameters: the vectors that must match ShardingSphere's, and every wire type of one number (contract 4.2).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use shardgate::model::{ColumnKind, Schema};
use shardgate::route::{BoundValue, RefusalCode};

use super::ask::{Asking, ask};
use super::layouts::{Layout, layout};

const SQL: &str = "SELECT id FROM inv_stock WHERE sku_id = ?";

/// One row: what was bound, and the node that ShardingSphere took.
struct Vector {
    kind: String,
    value: String,
    node: Option<(String, String)>,
}

fn vectors() -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/hash_mod_8x16.tsv");
    let text = fs::read_to_string(path).unwrap();
    let lines = text
        .split('\n')
        .filter(|line| !line.is_empty() && !line.starts_with("# "));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let node = (cells[2] != "ERR").then(|| (cells[2].to_owned(), cells[3].to_owned()));
            Vector {
                kind: cells[0].to_owned(),
                value: unescaped(cells[1]),
                node,
            }
        })
        .collect()
}

fn unescaped(cell: &str) -> String {
    let mut out = String::new();
    let mut chars = cell.chars();
    while let Some(next) = chars.next() {
        match next {
            '\\' => out.push(match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('0') => '\0',
                Some(other) => other,
                None => '\\',
            }),
            plain => out.push(plain),
        }
    }
    out
}

/// The seed's layout with a string as sharding column.
fn with_text_column() -> Layout {
    let mut layout = layout("seed");
    let mut schema = Schema::default();
    for (name, table) in layout.schema.tables() {
        let mut table = table.as_ref().clone();
        for column in &mut table.columns {
            if column.name == "sku_id" {
                column.kind = ColumnKind::Text {
                    collation: Some("utf8mb4_0900_bin".to_owned()),
                    length: None,
                };
            }
        }
        schema.insert(name, table);
    }
    layout.schema = schema;
    layout
}

/// Data source and table, or the refusal's code.
fn node(layout: &Layout, value: BoundValue<'static>) -> Result<(String, String), u16> {
    let asking = Asking {
        params: Some(vec![value]),
        ..Asking::default()
    };
    match ask(layout, SQL, &asking) {
        Ok(answer) => {
            assert_eq!(answer.nodes.len(), 1);
            let (source, tables) = &answer.nodes[0];
            let number = |name: &str| name.rsplit('_').next().unwrap().to_owned();
            Ok((number(source), number(&tables[0])))
        }
        Err(refusal) => {
            assert_eq!(
                refusal.code,
                RefusalCode::NoShardingValue,
                "{}",
                refusal.message
            );
            Err(refusal.code.number().0)
        }
    }
}

fn leaked(text: &str) -> &'static [u8] {
    text.to_owned().leak().as_bytes()
}

/// Whether a bound integer is one that must match (README.md beside the vectors).
fn must_match(kind: &str, number: i128) -> bool {
    let is_int = i128::from(i32::MIN)..=i128::from(i32::MAX);
    match kind {
        "byte" | "short" | "int" => true,
        "long" => number >= 0 || !is_int.contains(&number),
        // a BigInteger of two words hashes unlike the Long of the same number, which is the literal's hash
        "bigint" => (0..1 << 32).contains(&number),
        _ => false,
    }
}

#[test]
fn bound_integers_that_must_match_lead_to_shardingspheres_node() {
    let layout = layout("seed");
    let mut checked = 0;
    for vector in vectors() {
        let Ok(number) = vector.value.parse::<i128>() else {
            continue;
        };
        if must_match(&vector.kind, number) {
            let ours = node(&layout, BoundValue::Integer(number)).ok();
            assert_eq!(ours, vector.node, "{} {number}", vector.kind);
            checked += 1;
        }
    }
    assert!(checked > 1200, "{checked}");
}

#[test]
fn bound_strings_lead_to_shardingspheres_node_on_a_string_column() {
    let layout = with_text_column();
    let mut checked = 0;
    for vector in vectors() {
        if vector.kind == "str" {
            let ours = node(&layout, BoundValue::Text(leaked(&vector.value))).ok();
            assert_eq!(ours, vector.node, "{:?}", vector.value);
            checked += 1;
        }
    }
    assert!(checked > 1000, "{checked}");
}

#[test]
fn every_wire_type_of_one_number_leads_to_the_node_of_its_literal() {
    let layout = layout("seed");
    let mut numbers: BTreeMap<i128, Option<(String, String)>> = BTreeMap::new();
    for vector in vectors() {
        if vector.kind == "lit_int"
            && let Ok(number) = vector.value.parse::<i128>()
        {
            numbers.insert(number, vector.node);
        }
    }
    assert!(numbers.len() > 500, "{}", numbers.len());
    for (number, literal) in numbers {
        let text = number.to_string();
        let mut values = vec![
            BoundValue::Integer(number),
            BoundValue::Text(leaked(&text)),
            BoundValue::Binary(leaked(&text)),
            BoundValue::Decimal(leaked(&text)),
            BoundValue::Decimal(leaked(&format!("{text}.00"))),
        ];
        if number.unsigned_abs() < 1 << 53 {
            values.push(BoundValue::Double(text.parse().unwrap()));
        }
        for value in values {
            assert_eq!(node(&layout, value.clone()).ok(), literal, "{value:?}");
        }
    }
}

#[test]
fn what_is_no_exact_value_is_refused() {
    let numbers = layout("seed");
    for value in [
        BoundValue::Double(5.5),
        BoundValue::Double(1e300),
        BoundValue::Double(f64::NAN),
        BoundValue::Decimal(b"5.01"),
        BoundValue::Decimal(b""),
        BoundValue::Decimal(b"1e3"),
        BoundValue::Text(b"05"),
        BoundValue::Text(b"5.0"),
        BoundValue::Text(b" 5"),
        BoundValue::Text(b"5 "),
        BoundValue::Text(b""),
        BoundValue::Text(b"1abc"),
        BoundValue::Binary(b"1abc"),
        BoundValue::Binary(b"\x05"),
        BoundValue::Moment("2026-01-02".to_owned()),
        BoundValue::Other,
    ] {
        assert_eq!(node(&numbers, value.clone()), Err(20090), "{value:?}");
    }
    let texts = with_text_column();
    for value in [
        BoundValue::Integer(5),
        BoundValue::Double(5.0),
        BoundValue::Decimal(b"5"),
        BoundValue::Text(b"\xff"),
        BoundValue::Binary(b"a"),
        BoundValue::Other,
    ] {
        assert_eq!(node(&texts, value.clone()), Err(20090), "{value:?}");
    }
}

#[test]
fn null_matches_nothing_and_any_is_some_value() {
    let layout = layout("seed");
    assert!(node(&layout, BoundValue::Null).is_ok());
    let any = BoundValue::Any {
        number: 1,
        moment: "2026-01-01 00:00:00",
    };
    assert_eq!(
        node(&layout, any.clone()),
        node(&layout, BoundValue::Integer(1))
    );
    assert!(node(&with_text_column(), any).is_ok());
}

#[test]
fn generated_keys_are_parameters_of_a_prepared_insert() {
    let layout = layout("shop");
    let actual = |sql: &str, params: Vec<BoundValue<'static>>| {
        let asking = Asking {
            params: Some(params),
            ..Asking::default()
        };
        ask(&layout, sql, &asking).unwrap().units[0].1.clone()
    };
    let int = BoundValue::Integer;
    let values = "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, ?)";
    assert!(
        actual(values, vec![int(5), int(1), int(2)])
            .ends_with("(sku_id, warehouse_id, stock, `id`) VALUES (?, ?, ?, ?)")
    );
    let set = "INSERT INTO inv_stock SET sku_id = ?, warehouse_id = ?, stock = 1";
    assert!(actual(set, vec![int(5), int(1)]).ends_with("stock = 1, `id` = ?"));
    let null = "INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (NULL, ?, ?, 1)";
    assert!(actual(null, vec![int(5), int(1)]).ends_with("VALUES (?, ?, ?, 1)"));
    let bound = "INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (?, ?, ?, 1)";
    for id in [BoundValue::Null, int(0), int(77)] {
        assert!(actual(bound, vec![id, int(5), int(1)]).ends_with("VALUES (?, ?, ?, 1)"));
    }
}
