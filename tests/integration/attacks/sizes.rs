//! Attack 13: how deep, wide and long a text may be; what is too much is an error, in bounded memory.

use super::{code, login, stage};
use crate::support::{Shop, token};

/// A text, what may come of it, and its name.
struct Size {
    name: &'static str,
    text: String,
    /// Codes of errors, or none where it may be answered.
    codes: &'static [u16],
}

const MIB: usize = 1 << 20;
/// Nothing that reads a table.
const ANSWERED: &[u16] = &[];
/// Refused for want of a key or of understanding, or as the servers would.
const REFUSED: &[u16] = &[1064, 29002, 20090];

fn sizes(a: i64) -> Vec<Size> {
    let keyed = format!("SELECT stock FROM inv_stock WHERE sku_id = {a} AND warehouse_id = 1 AND ");
    let keyless = "SELECT stock FROM inv_stock WHERE ";
    let of = |name, text, codes| Size { name, text, codes };
    let around = |open: &str, inner: &str, close: &str, count: usize| {
        format!("{}{inner}{}", open.repeat(count), close.repeat(count))
    };
    let list: Vec<String> = (0..1_000_000).map(|n| n.to_string()).collect();
    let list = list.join(",");
    vec![
        of(
            "parentheses",
            format!("{keyed}{}", around("(", "1", ")", 100_000)),
            REFUSED,
        ),
        of(
            "parentheses left open",
            format!("{keyed}{}1", "(".repeat(100_000)),
            REFUSED,
        ),
        of(
            "parentheses never opened",
            format!("{keyed}1{}", ")".repeat(100_000)),
            REFUSED,
        ),
        of(
            "brackets of both kinds",
            format!("{keyed}{}", "()".repeat(100_000)),
            REFUSED,
        ),
        of(
            "ORs",
            format!("{keyless}sku_id = 1{}", " OR sku_id = 2".repeat(100_000)),
            REFUSED,
        ),
        of(
            "ANDs",
            format!("{keyless}stock = 1{}", " AND stock = 2".repeat(100_000)),
            REFUSED,
        ),
        of(
            "NOTs",
            format!("{keyed}{}1", "NOT ".repeat(100_000)),
            REFUSED,
        ),
        of(
            "minus signs",
            format!("{keyed}{}1", "- ".repeat(100_000)),
            REFUSED,
        ),
        of(
            "plus terms",
            format!("{keyed}1{}", "+1".repeat(100_000)),
            REFUSED,
        ),
        of(
            "an IN of a million",
            format!("{keyless}sku_id IN ({list})"),
            &[29002, 20090, 29006],
        ),
        of(
            "an IN of a million on another column",
            format!("{keyless}stock IN ({list})"),
            &[20090],
        ),
        of(
            "sub-queries",
            format!(
                "{keyless}id = {}",
                around("(SELECT 1 WHERE 1 = ", "1", ")", 10_000)
            ),
            REFUSED,
        ),
        of(
            "derived tables",
            around("SELECT * FROM (", "SELECT * FROM inv_stock", ") t", 10_000),
            REFUSED,
        ),
        of(
            "CASE in CASE",
            format!(
                "{keyed}{}",
                around("CASE WHEN 1 THEN ", "1", " END", 50_000)
            ),
            REFUSED,
        ),
        of(
            "functions",
            format!("{keyed}{}", around("ABS(", "1", ")", 100_000)),
            REFUSED,
        ),
        of(
            "set operators",
            format!(
                "SELECT 1 FROM inv_stock{}",
                " UNION ALL SELECT 1".repeat(50_000)
            ),
            REFUSED,
        ),
        of(
            "joins",
            format!(
                "SELECT 1 FROM inv_stock{}",
                " JOIN inv_stock".repeat(20_000)
            ),
            REFUSED,
        ),
        of(
            "WITHs",
            format!(
                "WITH {} SELECT * FROM inv_stock",
                vec!["c AS (SELECT 1)"; 20_000].join(",")
            ),
            REFUSED,
        ),
        of(
            "tables in one FROM",
            format!("SELECT 1 FROM {}", vec!["inv_stock"; 100_000].join(",")),
            REFUSED,
        ),
        of(
            "columns",
            format!("SELECT {} FROM inv_stock", vec!["stock"; 200_000].join(",")),
            REFUSED,
        ),
        of(
            "a name of 16 MiB",
            format!("SELECT {} FROM inv_stock", "a".repeat(16 * MIB)),
            REFUSED,
        ),
        of(
            "a quoted name of 16 MiB",
            format!(
                "SELECT * FROM inv_stock WHERE `{}` = 1",
                "a".repeat(16 * MIB)
            ),
            REFUSED,
        ),
        of(
            "a table's name of 16 MiB",
            format!("SELECT * FROM inv_stock, {}", "b".repeat(16 * MIB)),
            &[1064, 29002, 20090, 1059, 1103],
        ),
        of(
            "a number of 1 MiB",
            format!("{keyless}sku_id = {}", "9".repeat(MIB)),
            REFUSED,
        ),
        of(
            "a string of 32 MiB",
            format!("{keyless}stock = '{}'", "x".repeat(32 * MIB)),
            REFUSED,
        ),
        of(
            "a string left open",
            format!("{keyless}stock = '{}", "x".repeat(8 * MIB)),
            &[1064],
        ),
        of(
            "a name left open",
            format!("{keyless}`{}", "x".repeat(8 * MIB)),
            &[1064],
        ),
        of(
            "a comment left open",
            format!("{keyless}1 /* {}", "x".repeat(8 * MIB)),
            &[1064],
        ),
        of(
            "comments",
            format!("{keyless}1 {}", "/**/".repeat(MIB)),
            REFUSED,
        ),
        of(
            "executable comments",
            format!("{keyless}1 {}", "/*!*/".repeat(200_000)),
            REFUSED,
        ),
        of(
            "executable comments left open",
            format!("{keyless}1 {}", "/*! ".repeat(200_000)),
            REFUSED,
        ),
        of("semicolons", ";".repeat(MIB), ANSWERED),
        of(
            "quotes",
            format!("{keyless}1 = {}", "''".repeat(MIB)),
            REFUSED,
        ),
        of(
            "backslashes",
            format!("{keyless}1 = '{}'", "\\\\".repeat(4 * MIB)),
            REFUSED,
        ),
        of(
            "dots",
            format!("SELECT {}a FROM inv_stock", "a.".repeat(100_000)),
            REFUSED,
        ),
        of(
            "at signs",
            format!("SELECT {}a FROM inv_stock", "@".repeat(100_000)),
            REFUSED,
        ),
        of(
            "hints",
            format!(
                "{} SELECT * FROM inv_stock",
                "/* shardgate: primary */".repeat(50_000)
            ),
            &[20090, 29002, 29004, 1064],
        ),
        of(
            "a hint without end",
            format!(
                "/* shardgate: {} */ SELECT * FROM inv_stock",
                "primary, ".repeat(100_000)
            ),
            &[20090, 29002, 29004, 1064],
        ),
        of(
            "rows of a write",
            format!(
                "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (1, 1, 1){}",
                ",(-2 + 1, 1, 1)".repeat(100_000)
            ),
            &[20056, 29008, 29002],
        ),
        of(
            "tuples",
            format!(
                "{keyless}(sku_id, warehouse_id) IN (({a}, 1){})",
                format!(",({a}, 2)").repeat(50_000)
            ),
            &[29002, 20090, 29006],
        ),
        of(
            "OR of complete keys",
            format!(
                "{keyless}(sku_id = {a} AND warehouse_id = 1){}",
                format!(" OR (sku_id = {a} AND warehouse_id = 2)").repeat(30_000)
            ),
            &[29002, 20090, 29006],
        ),
        of(
            "parameters",
            format!("{keyless}stock IN ({}1)", "?,".repeat(70_000)),
            REFUSED,
        ),
        of(
            "windows",
            format!(
                "SELECT {} FROM inv_stock",
                vec!["SUM(1) OVER (PARTITION BY id ORDER BY id)"; 10_000].join(",")
            ),
            REFUSED,
        ),
    ]
}

/// Most memory that the proxy has held, in KiB.
fn peak(shop: &Shop) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", shop.proxy.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn size_is_bounded_and_the_session_goes_on() {
    let shop = stage();
    let mut keeper = shop.connect();
    let a = shop.stocked(&mut keeper, 3);
    let mut raw = login(shop);
    let mut faults = Vec::new();
    for Size { name, text, codes } in sizes(a) {
        let word = token();
        let answer = raw.ask_bytes(format!("/* {word} */ {text}").as_bytes());
        let found = code(&answer);
        let is_expected = match found {
            Some(code) => codes.contains(&code),
            None => codes.is_empty(),
        };
        if !is_expected {
            let shown: String = format!("{:?}", answer.last()).chars().take(300).collect();
            faults.push(format!("{name}: {shown}"));
        }
        if shop.witnesses(&word) > 0 {
            faults.push(format!("{name}: a server heard of it"));
        }
        // the session goes on
        let still = raw.ask("SELECT 1");
        assert!(
            still.iter().any(|line| line == "row 1"),
            "{name}: {still:?}"
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // 32 MiB of text are held once or twice, a tree of it never
    assert!(peak(shop) < 1_500 << 10, "{} KiB", peak(shop));
}
