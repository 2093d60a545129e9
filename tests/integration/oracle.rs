//! Token, ledger, stock and placement oracles under load.
//!
//! `SHARDGATE_TEST_THREADS` and `SHARDGATE_TEST_STATEMENTS` make it larger.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::thread;

use mysql::Conn;

use crate::support::{Placement, Shop, ask, number, rows, shop};

pub fn setting(name: &str, default: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// A generator of numbers that needs no crate; each thread has its own.
pub struct Dice(u64);

impl Dice {
    /// Any seed will do.
    pub fn new(seed: u64) -> Dice {
        let mixed = (seed ^ 0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        Dice((mixed ^ mixed >> 31) | 1)
    }

    /// 0 to `sides` - 1.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Each statement carries a word that must come back in its own answer: no cross-talk between sessions that share
/// pools of eight connections; and every acknowledged row exists once, in its place.
#[test]
fn answers_never_cross_and_acknowledged_rows_exist_once() {
    let shop = shop();
    let threads = setting("SHARDGATE_TEST_THREADS", 64);
    let statements = setting("SHARDGATE_TEST_STATEMENTS", 6_000) / threads;
    let first = shop.sku() + 10_000_000;
    let acknowledged = Mutex::new(HashMap::new());
    thread::scope(|scope| {
        for thread in 0..threads {
            let acknowledged = &acknowledged;
            scope.spawn(move || {
                let written = talk(shop, thread, statements, first);
                acknowledged.lock().unwrap().extend(written);
            });
        }
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    assert_ledger(shop, &acknowledged);
    assert_placement(shop);
}

/// One session's talk; returns order numbers of its acknowledged reservations with their SKU.
fn talk(shop: &Shop, thread: usize, statements: usize, first: i64) -> Vec<(String, i64)> {
    let mut conn = shop.connect();
    let mut dice = Dice::new(u64::try_from(thread).unwrap());
    let mut written = Vec::new();
    for n in 0..statements {
        let word = format!("w{thread}-{n}");
        let sku = first + i64::try_from(dice.roll(5_000)).unwrap();
        match dice.roll(5) {
            0 => {
                let sql = format!(
                    "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES ('{first}{word}', {sku}, 1, 1)"
                );
                assert_eq!(ask(&mut conn, sql).unwrap().affected(), 1);
                written.push((format!("{first}{word}"), sku));
            }
            1 => assert_eq!(
                rows(&mut conn, &format!("SELECT '{word}', @mine")),
                [[word.as_str(), "NULL"]]
            ),
            2 => {
                ask(&mut conn, "BEGIN").unwrap();
                let sql = format!(
                    "INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES ({sku}, {}, {n}) ON DUPLICATE KEY UPDATE version = version + 1",
                    thread + 1
                );
                ask(&mut conn, sql).unwrap();
                ask(&mut conn, "COMMIT").unwrap();
            }
            _ => {
                let sql = format!(
                    "SELECT '{word}', COUNT(*) FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
                );
                let answer = rows(&mut conn, &sql);
                assert_eq!(answer[0][0], word);
            }
        }
    }
    written
}

pub fn assert_ledger(shop: &Shop, acknowledged: &HashMap<String, i64>) {
    // an order may hold several SKUs, each once
    let mut found: HashMap<(String, String), usize> = HashMap::new();
    for (_, row) in all_rows(shop, "inv_reservation", "order_no, sku_id") {
        *found.entry((row[0].clone(), row[1].clone())).or_default() += 1;
    }
    for (order, sku) in acknowledged {
        let count = found.get(&(order.clone(), sku.to_string()));
        assert_eq!(count, Some(&1), "order {order} was acknowledged");
    }
    let doubled: Vec<_> = found.iter().filter(|(_, count)| **count != 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
}

/// Every row of both sharded tables lies where its key says.
pub fn assert_placement(shop: &Shop) {
    let mut count = 0;
    for ((schema, table), row) in all_rows(shop, "inv_stock", "sku_id, warehouse_id") {
        let expected = Placement::stock_table(row[0].parse().unwrap(), row[1].parse().unwrap());
        assert_eq!(
            (schema, table),
            (Placement::schema_of_table(expected), expected),
            "{row:?}"
        );
        count += 1;
    }
    for ((schema, table), row) in all_rows(shop, "inv_reservation", "sku_id") {
        let sku = row[0].parse().unwrap();
        assert_eq!(
            (schema, table),
            (
                Placement::schema_of_sku(sku),
                Placement::reservation_table(sku)
            ),
            "{row:?}"
        );
        count += 1;
    }
    assert!(count > 0);
}

/// All rows of all actual tables of `table`, asked at the primaries: schema and table number, row.
pub fn all_rows(shop: &Shop, table: &str, columns: &str) -> Vec<((u64, u64), Vec<String>)> {
    let names = shop.everywhere(&format!(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = '{{schema}}' AND table_name REGEXP '^{table}_[0-9]+$'"
    ));
    let mut parts: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (schema, name) in names {
        let (number, name) = (name[0].rsplit_once('_').unwrap().1, &name[0]);
        let part = format!("SELECT {number}, {columns} FROM ecom_{schema}.{name}");
        parts.entry(schema).or_default().push(part);
    }
    let mut found = Vec::new();
    for (schema, parts) in parts {
        let server = &shop.farm.pair_of(schema).primary;
        for mut row in server.sql(&parts.join(" UNION ALL ")).unwrap() {
            let number = row.remove(0).parse().unwrap();
            found.push(((u64::try_from(schema).unwrap(), number), row));
        }
    }
    found
}

/// Guarded updates of a few hot rows by many clients: no unit is sold twice.
#[test]
fn stock_is_never_oversold() {
    const UNITS: i64 = 120;
    let shop = shop();
    let mut conn = shop.connect();
    let skus: Vec<i64> = (0..4).map(|_| shop.stocked(&mut conn, UNITS)).collect();
    let threads = setting("SHARDGATE_TEST_THREADS", 64);
    let sold = Mutex::new(HashMap::<i64, i64>::new());
    thread::scope(|scope| {
        for thread in 0..threads {
            let (skus, sold) = (&skus, &sold);
            scope.spawn(move || {
                let mut conn = shop.connect();
                for n in 0..12 {
                    let sku = skus[(thread + n) % skus.len()];
                    if buy(&mut conn, sku, &format!("buy-{sku}-{thread}-{n}")) {
                        *sold.lock().unwrap().entry(sku).or_default() += 1;
                    }
                }
            });
        }
    });
    let sold = sold.into_inner().unwrap();
    for sku in skus {
        let key = format!("sku_id = {sku} AND warehouse_id = 1");
        let left = number(
            &mut conn,
            &format!("/*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE {key}"),
        );
        let reserved = number(
            &mut conn,
            &format!("/*+ PROXY_DS=primary */ SELECT reserved FROM inv_stock WHERE {key}"),
        );
        assert_eq!((left + sold[&sku], reserved), (UNITS, 0), "{sku}");
        assert!(left >= 0);
    }
}

/// Reserve and commit one unit in one transaction; false if the shelf is empty.
fn buy(conn: &mut Conn, sku: i64, order: &str) -> bool {
    let key = format!("sku_id = {sku} AND warehouse_id = 1");
    ask(conn, "BEGIN").unwrap();
    let reserve = format!(
        "UPDATE inv_stock SET reserved = reserved + 1, version = version + 1 WHERE {key} AND stock - reserved >= 1"
    );
    // on a machine that is busy otherwise the line for a connection may be longer than anybody waits
    let reserved = loop {
        match ask(conn, &reserve) {
            Err(refusal) if refusal.code == 29010 => {}
            answer => break answer.unwrap(),
        }
    };
    if reserved.affected() == 0 {
        ask(conn, "ROLLBACK").unwrap();
        return false;
    }
    ask(conn, format!("INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty, status) VALUES ('{order}', {sku}, 1, 1, 1)")).unwrap();
    ask(conn, format!("UPDATE inv_stock SET stock = stock - 1, reserved = reserved - 1 WHERE {key} AND reserved >= 1")).unwrap();
    ask(conn, format!("INSERT INTO outbox (event_type, payload, created_at) VALUES ('SOLD', JSON_OBJECT('order', '{order}'), NOW())")).unwrap();
    ask(conn, "COMMIT").unwrap();
    true
}
