//! What is kept of a shape gives each of its texts the route that it has by itself.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use shardgate::rewrite::{ShapeEdits, is_planned};
use shardgate::route::{BoundValue, KeyNeed, Refusal, Route, RouteInput, ShapeRoute, route};
use shardgate::sql::{Lexed, ServerFamily, SqlMode, TokenKind, lex};

use super::ask::{Asking, statements, with_input};
use super::layouts::{Layout, layout};

const LAYOUTS: [&str; 6] = ["seed", "two", "auto", "shop", "split", "full"];

/// Statements on one table that a shop sends all day, beside those of the files.
const EVERYDAY: &str = "
SELECT stock FROM inv_stock WHERE sku_id = 439563 AND warehouse_id = 3;
SELECT * FROM inv_stock s WHERE s.warehouse_id = 3 AND 439563 = s.sku_id AND stock > 5 ORDER BY id LIMIT 10;
SELECT stock FROM inv_stock WHERE sku_id = '439563' AND warehouse_id = '3' FOR UPDATE;
SELECT stock FROM inv_stock WHERE sku_id = -5 AND warehouse_id <=> 3 LOCK IN SHARE MODE;
SELECT stock FROM inv_stock WHERE sku_id IN (5) AND warehouse_id IN (3) AND version BETWEEN 1 AND 9;
SELECT stock FROM inv_stock WHERE sku_id = 5.0 AND warehouse_id = 3;
SELECT stock FROM inv_stock WHERE sku_id = 5 AND warehouse_id = 3 AND sku_id = 6;
SELECT stock FROM inv_stock WHERE sku_id = 5 AND warehouse_id = 3 AND sku_id > 6;
SELECT stock FROM inv_stock WHERE sku_id = 5 AND warehouse_id = 3 AND (version = 1 OR version = 2);
SELECT stock FROM inv_stock WHERE sku_id = 5 AND warehouse_id = 3 OR version = 2;
SELECT stock FROM inv_stock WHERE sku_id = NULL AND warehouse_id = 3;
SELECT stock FROM inv_stock WHERE sku_id = 5 AND warehouse_id = 3 GROUP BY version HAVING sku_id = 6;
SELECT (SELECT 1) FROM inv_stock WHERE sku_id = 5 AND warehouse_id = 3;
SELECT DISTINCT SUM(stock) OVER (PARTITION BY version) FROM inv_stock WHERE sku_id = 5 AND warehouse_id = 3;
UPDATE inv_stock SET stock = stock - 2 WHERE sku_id = 5 AND warehouse_id = 3 AND stock >= 2;
UPDATE inv_stock s SET s.stock = 7, s.version = s.version + 1 WHERE s.sku_id = 5 AND s.warehouse_id = 3 LIMIT 1;
UPDATE inv_stock SET sku_id = 5, warehouse_id = 3, stock = 7 WHERE sku_id = 5 AND warehouse_id = 3;
UPDATE inv_stock SET SKU_ID = 7 WHERE sku_id = 7 AND warehouse_id = 7;
DELETE FROM inv_stock WHERE sku_id = 5 AND warehouse_id = 3 ORDER BY id LIMIT 1;
DELETE s FROM inv_stock s WHERE s.sku_id = 5 AND s.warehouse_id = 3 AND s.stock = 0;
SELECT 7, 'x' FROM inv_stock WHERE 1 = 1 AND sku_id = 5 AND warehouse_id = 3;
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (7, 439563, 3, 10);
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (0, 7, 3, 10), (7, 7, 3, 10);
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (NULL, 439563, 3, 10);
INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ( 439563, 3, 10 ) , (7, 3, 10 );
INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (-7, 3, DEFAULT) ON DUPLICATE KEY UPDATE inv_stock.stock = inv_stock.stock + 7;
INSERT INTO inv_stock (sku_id, warehouse_id) VALUES (7, 3) ON DUPLICATE KEY UPDATE sku_id = VALUES(sku_id), stock = (stock + 7);
INSERT INTO inv_stock (sku_id, warehouse_id) VALUES (7, 3) ON DUPLICATE KEY UPDATE sku_id = 7;
INSERT INTO inv_stock(sku_id,warehouse_id,id)VALUES(439563,3,0);
INSERT IGNORE INTO inv_stock SET sku_id = 439563, warehouse_id = 3, stock = (7);
INSERT INTO inv_stock SET sku_id = 439563, warehouse_id = 3 ON DUPLICATE KEY UPDATE stock = 7;
REPLACE INTO inv_stock (id, sku_id, warehouse_id) VALUES (7, '439563', '3');
REPLACE inv_stock VALUES (7, 7, 3, 0, 0, 0, '2026-11-22');
INSERT INTO inv_stock VALUES (7, 3, 0, 0, 0, '2026-11-22');
INSERT INTO inv_stock (id, sku_id, warehouse_id) VALUES (7, 439563, 5 + 1);
INSERT INTO inv_stock (id, sku_id, warehouse_id, stock) VALUES (7, 439563, 3, (SELECT 7));
INSERT INTO inv_stock (id, sku_id) SELECT 7, 439563;
INSERT INTO orders (order_id, buyer_id) VALUES (0, 7);
INSERT INTO orders (order_id, buyer_id) VALUES (7, 7), (439563, 7);
INSERT INTO orders (buyer_id) VALUES (7);
INSERT INTO orders (buyer_id) VALUES (7), (0);
INSERT INTO orders () VALUES ();
INSERT INTO orders VALUES ();
INSERT INTO session_log (token, seen) VALUES ('x', 7), ('x', 0);
INSERT INTO outbox (event_type, payload) VALUES ('x', '7'), ('7', 'x');
INSERT INTO elsewhere (a, b) VALUES (7, 'x') ON DUPLICATE KEY UPDATE b = 'x';
UPDATE elsewhere SET a = 7 WHERE b = 'x' LIMIT 7;
DELETE FROM elsewhere WHERE a = 7 AND b = 'x';
SELECT 7 + a, 'x' FROM elsewhere WHERE a = 7;
SELECT e.a, (SELECT 7) FROM elsewhere e JOIN other o ON e.a = o.a AND o.b = 7;
SELECT 7, 'x'
";

/// Literals that may stand where one of the same kind stands.
fn others(kind: TokenKind) -> &'static [&'static str] {
    match kind {
        TokenKind::Integer => &[
            "0",
            "7",
            "439563",
            "9223372036854775808",
            "99999999999999999999999999999999999999999",
        ],
        TokenKind::Text => &[
            "''",
            "'7'",
            "'0007'",
            "'7 '",
            "'x'",
            "'2026-11-22'",
            "'it''s'",
            "'\\n'",
        ],
        TokenKind::Decimal => &["7.0", "0.5"],
        TokenKind::Float => &["7e0", "1e40"],
        TokenKind::Hex => &["0x07"],
        _ => &[],
    }
}

/// Texts of the same shape: one literal after the other is another one, and all of them at once.
fn alike(text: &str) -> Vec<String> {
    let mut lexed = Lexed::default();
    let family = ServerFamily::MariaDb(101_119);
    lex(text.as_bytes(), SqlMode::default(), family, &mut lexed).unwrap();
    let tokens: Vec<_> = lexed
        .tokens
        .iter()
        .filter(|token| !others(token.kind).is_empty())
        .collect();
    let written = |choice: &dyn Fn(usize, TokenKind) -> Option<&'static str>| {
        let (mut out, mut at) = (String::new(), 0);
        for (index, token) in tokens.iter().enumerate() {
            out.push_str(&text[at..token.start as usize]);
            let own = &text[token.start as usize..token.end as usize];
            out.push_str(choice(index, token.kind).unwrap_or(own));
            at = token.end as usize;
        }
        out + &text[at..]
    };
    // blanks and comments are no part of a shape
    let mut all = vec![text.replace(' ', " /* x */\n  "), text.replace(" = ", "=")];
    for round in 0..8 {
        let pick =
            |kind: TokenKind, round: usize| others(kind).get(round % others(kind).len()).copied();
        all.push(written(&|_, kind| pick(kind, round)));
        all.push(written(&|index, kind| pick(kind, round + index)));
        for only in 0..tokens.len() {
            all.push(written(&|index, kind| {
                pick(kind, round).filter(|_| index == only)
            }));
        }
    }
    all
}

/// Without the story, which only an explained statement has.
fn routed(input: &RouteInput<'_>) -> Result<Route, Refusal> {
    route(&RouteInput {
        explain: false,
        ..*input
    })
}

/// How many texts were routed and rewritten the short way, of those that are like `first`.
fn hold(
    layout: &Layout,
    (first, asking): (&str, &Asking),
    texts: &[(String, Asking)],
) -> (usize, usize) {
    let shape = with_input(layout, first, asking, |input| {
        let route = routed(input)?;
        let edits = ShapeEdits::of(input, &route).map(Arc::new);
        Ok(ShapeRoute::of(input, &route).map(|shape| (shape, edits)))
    });
    let Ok(Some((shape, edits))) = shape else {
        return (0, 0);
    };
    let (mut short, mut edited) = (0, 0);
    for (text, asking) in texts {
        let told = || format!("{first}\n{text}\n{:?}", asking.params);
        let both = with_input(layout, text, asking, |input| {
            let need = shape.key_need(input);
            assert_eq!(Ok(&need), KeyNeed::of(input).as_ref(), "{}", told());
            let kept = shape.route(input, need.as_ref());
            if let (Some(edits), Some(route)) = (&edits, &kept)
                && let Some(unit) = ShapeEdits::unit(edits, input, need.as_ref(), route)
            {
                assert!(is_planned(input, route, &unit), "{}", told());
                edited += 1;
            }
            Ok((kept, routed(input)))
        });
        let (kept, own) = both.unwrap();
        if let Some(kept) = kept {
            assert_eq!(Ok(kept), own, "{}", told());
            short += 1;
        }
    }
    (short, edited)
}

#[test]
fn texts_of_one_shape_have_the_routes_that_they_have_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut all = statements(EVERYDAY);
    for entry in fs::read_dir(folder.join("routes")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let blocks = text.split("\n\n").map(|block| {
            let lines = block.lines().filter(|line| !line.starts_with([' ', '#']));
            lines.collect::<Vec<_>>().join("\n")
        });
        let is_of_rows = |sql: &String| {
            let mut words = ["select", "insert", "replace", "update", "delete"].into_iter();
            words.any(|word| sql.to_ascii_lowercase().starts_with(word))
        };
        all.extend(blocks.filter(is_of_rows));
    }
    let (mut short, mut edited, mut inserted) = (0, 0, 0);
    for layout in LAYOUTS.map(layout) {
        for first in &all {
            let plain = |text| (text, Asking::default());
            let texts: Vec<_> = alike(first).into_iter().map(plain).collect();
            let both = hold(&layout, (first, &Asking::default()), &texts);
            (short, edited) = (short + both.0, edited + both.1);
            if first.starts_with("INSERT") || first.starts_with("REPLACE") {
                inserted += both.1;
            }
        }
    }
    assert!(short > 1000, "{short} of the texts took the short way");
    assert!(
        edited * 2 > short && edited < short && inserted > 1000,
        "{edited} of {short} were rewritten the short way, {inserted} of them insert"
    );
}

/// Each kind of value that a parameter may have.
fn values() -> [BoundValue<'static>; 12] {
    [
        BoundValue::Null,
        BoundValue::Integer(7),
        BoundValue::Integer(-7),
        BoundValue::Integer(0),
        BoundValue::Double(7.0),
        BoundValue::Double(7.5),
        BoundValue::Decimal(b"7.00"),
        BoundValue::Text(b"7"),
        BoundValue::Text(b" 7"),
        BoundValue::Binary(b"7"),
        BoundValue::Moment("2026-11-22".to_owned()),
        BoundValue::Other,
    ]
}

/// The text with each pair of values for its two parameters, where 0 is a key and where it is none.
fn bound(text: &str) -> Vec<(String, Asking)> {
    let values = values();
    let ones = values.iter().flat_map(|one| [(one, false), (one, true)]);
    let pairs = ones.flat_map(|one| values.iter().map(move |other| (one, other)));
    let asked = pairs.map(|((one, keeps_zero), other)| Asking {
        params: Some(vec![one.clone(), other.clone()]),
        keeps_zero,
        ..Asking::default()
    });
    asked.map(|asking| (text.to_owned(), asking)).collect()
}

#[test]
fn a_shape_with_parameters_holds_for_every_kind_of_value() {
    for (text, least_short, least_edited) in [
        (
            "SELECT stock FROM inv_stock WHERE sku_id = ? AND warehouse_id = ?",
            96,
            96,
        ),
        (
            "INSERT INTO inv_stock (id, sku_id, warehouse_id) VALUES (?, ?, 3)",
            300,
            100,
        ),
        (
            "INSERT INTO inv_stock (sku_id, warehouse_id) VALUES (?, ?)",
            96,
            96,
        ),
        (
            "INSERT INTO inv_stock (sku_id, warehouse_id) VALUES (?, 3), (?, 3)",
            40,
            40,
        ),
        (
            "REPLACE INTO inv_stock (sku_id, warehouse_id, id) VALUES (7, 3, ?), (7, 3, ?)",
            600,
            40,
        ),
        (
            "INSERT INTO inv_stock SET sku_id = ?, warehouse_id = ?",
            96,
            96,
        ),
        (
            "INSERT INTO outbox (event_type, payload) VALUES (?, ?)",
            600,
            600,
        ),
    ] {
        let (mut short, mut edited) = (0, 0);
        for layout in LAYOUTS.map(layout) {
            let texts = bound(text);
            // two numbers, two absent keys
            for first in [14 + 12, 0] {
                let both = hold(&layout, (text, &texts[first].1), &texts);
                (short, edited) = (short + both.0, edited + both.1);
            }
        }
        assert!(
            short >= least_short && edited >= least_edited,
            "{text}: {short}, {edited}"
        );
    }
}

#[test]
fn zero_is_a_key_or_none_in_texts_of_one_shape_contract_9_3() {
    let text = |id: usize| format!("INSERT INTO orders (order_id, buyer_id) VALUES ({id}, 7)");
    let asking = |keeps_zero| Asking {
        keeps_zero,
        ..Asking::default()
    };
    let texts: Vec<_> = (0..32)
        .map(|number| (text(number / 2), asking(number % 2 == 0)))
        .collect();
    let layout = layout("shop");
    // learned from a key that the client gives: only the zero that is none is planned by itself
    let both = hold(&layout, (&text(5), &asking(false)), &texts);
    assert_eq!(both, (32, 31));
    // learned from a generated one: only that zero is not
    let both = hold(&layout, (&text(0), &asking(false)), &texts);
    assert_eq!(both, (32, 1));
}

#[test]
fn a_text_without_parameters_gets_its_key_as_it_is_sent() {
    let text = "INSERT INTO inv_stock (sku_id, warehouse_id) VALUES (7, 3)";
    let asked = [None, Some(Vec::new())].map(|params| Asking {
        params,
        ..Asking::default()
    });
    let texts = asked.map(|asking| (text.to_owned(), asking));
    for layout in ["seed", "two", "shop"].map(layout) {
        // in its text or among its parameters: what was learned of the one is not for the other
        for (_, first) in &texts {
            assert_eq!(hold(&layout, (text, first), &texts), (2, 1));
        }
    }
}

#[test]
fn a_node_named_as_the_client_writes_the_table_teaches_nothing_of_the_others() {
    let layout = layout("grown");
    let text = |id: usize| format!("DELETE FROM inv_stock_0 WHERE sku_id = {id}");
    let all: Vec<_> = (0..64).map(|id| (text(id), Asking::default())).collect();
    let both = (0..16).map(|first| hold(&layout, (&text(first), &Asking::default()), &all));
    let edited: Vec<_> = both.map(|(_, edited)| edited).collect();
    assert!(edited.contains(&0), "no first text was of that node");
    assert!(edited.iter().any(|edited| *edited > 30), "{edited:?}");
}
