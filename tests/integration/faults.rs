//! Clients that vanish, statements that are killed, servers that restart: nothing acknowledged is lost or doubled.
//!
//! `SHARDGATE_TEST_KILLS` and `SHARDGATE_TEST_RESTARTS` make it larger.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, Error};

use crate::oracle::{assert_placement, setting};
use crate::support::{ProxyOptions, Shop, ask, rows};

const WRITERS: usize = 16;

/// What the clients know of their orders.
#[derive(Default)]
struct Ledger {
    acknowledged: HashSet<String>,
    refused: HashSet<String>,
    /// The connection broke before the answer: either is right.
    unknown: HashSet<String>,
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled_by_kills_and_restarts() {
    // servers are restarted here: a farm of its own
    let mut shop = Shop::open(&ProxyOptions::default());
    let ledger = Mutex::new(Ledger::default());
    let done = AtomicBool::new(false);
    let next = AtomicUsize::new(0);
    let ids = RwLock::new(HashMap::<usize, u32>::new());
    let proxy = &shop.proxy;
    let farm = &mut shop.farm;
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (ledger, done, next, ids) = (&ledger, &done, &next, &ids);
            scope.spawn(move || write(proxy, writer, ledger, done, next, ids));
        }
        let (ids, done) = (&ids, &done);
        scope.spawn(move || kill(proxy, ids, setting("SHARDGATE_TEST_KILLS", 40), done));
        for round in 0..setting("SHARDGATE_TEST_RESTARTS", 2) {
            thread::sleep(Duration::from_millis(1500));
            let pairs = farm.pairs_mut();
            let at = round % pairs.len();
            pairs[at].primary.kill();
            pairs[at].primary.restart().unwrap();
        }
        thread::sleep(Duration::from_millis(2500));
        done.store(true, Ordering::Relaxed);
    });
    check(&shop, &ledger.into_inner().unwrap());
    assert_placement(&shop);
}

/// Inserts reservations until told to stop; reconnects when its connection is gone.
fn write(
    proxy: &crate::support::Proxy,
    writer: usize,
    ledger: &Mutex<Ledger>,
    done: &AtomicBool,
    next: &AtomicUsize,
    ids: &RwLock<HashMap<usize, u32>>,
) {
    let mut conn = None;
    while !done.load(Ordering::Relaxed) {
        let Some(open) = conn.as_mut() else {
            conn = Conn::new(proxy.opts("root", "root-secret")).ok();
            if let Some(open) = &conn {
                ids.write().unwrap().insert(writer, open.connection_id());
            }
            continue;
        };
        let n = next.fetch_add(1, Ordering::Relaxed);
        let (order, sku) = (format!("fault-{n}"), 70_000_000 + n);
        let sql = format!(
            "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES ('{order}', {sku}, 1, 1)"
        );
        let outcome = open.query_drop(sql);
        let mut ledger = ledger.lock().unwrap();
        let entry = match outcome {
            Ok(()) => &mut ledger.acknowledged,
            // 29009: sent, and the answer was lost
            Err(Error::MySqlError(error)) if error.code != 29009 => &mut ledger.refused,
            Err(Error::MySqlError(_)) => &mut ledger.unknown,
            Err(_) => {
                conn = None;
                &mut ledger.unknown
            }
        };
        entry.insert(order);
        // every so often a client leaves without a word
        if n.is_multiple_of(97) {
            conn = None;
        }
    }
}

/// Kills statements and connections of the writers.
fn kill(
    proxy: &crate::support::Proxy,
    ids: &RwLock<HashMap<usize, u32>>,
    kills: usize,
    done: &AtomicBool,
) {
    let mut conn = proxy.connect();
    for n in 0..kills {
        if done.load(Ordering::Relaxed) {
            break;
        }
        thread::sleep(Duration::from_millis(50));
        let id = ids.read().unwrap().get(&(n % WRITERS)).copied();
        if let Some(id) = id {
            let what = if n % 2 == 0 { "QUERY" } else { "CONNECTION" };
            // 1094: it has left already
            let _ = ask(&mut conn, format!("KILL {what} {id}"));
        }
    }
}

fn check(shop: &Shop, ledger: &Ledger) {
    let mut found: HashMap<String, usize> = HashMap::new();
    let names = shop.everywhere(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}' AND table_name LIKE 'inv\\_reservation\\_%'",
    );
    for (schema, name) in names {
        let server = &shop.farm.pair_of(schema).primary;
        for row in server
            .sql(&format!("SELECT order_no FROM ecom_{schema}.{}", name[0]))
            .unwrap()
        {
            *found.entry(row[0].clone()).or_default() += 1;
        }
    }
    assert!(
        ledger.acknowledged.len() > 100,
        "{} acknowledged, {} refused",
        ledger.acknowledged.len(),
        ledger.refused.len()
    );
    assert!(found.values().all(|count| *count == 1));
    let lost: Vec<_> = ledger
        .acknowledged
        .iter()
        .filter(|order| !found.contains_key(*order))
        .collect();
    let kept: Vec<_> = ledger
        .refused
        .iter()
        .filter(|order| found.contains_key(*order))
        .collect();
    assert_eq!((lost, kept), (Vec::<&String>::new(), Vec::<&String>::new()));
    let stray: Vec<_> = found
        .keys()
        .filter(|order| !ledger.acknowledged.contains(*order) && !ledger.unknown.contains(*order))
        .collect();
    assert_eq!(stray, Vec::<&String>::new());
}

/// A data source that is down costs its own statements an error, and nobody else anything.
#[test]
fn a_data_source_that_is_down_is_named_and_the_others_serve() {
    let mut shop = Shop::open(&ProxyOptions::default());
    let mut conn = shop.connect();
    let skus: Vec<i64> = (0..16).map(|_| shop.stocked(&mut conn, 1)).collect();
    shop.farm.pairs_mut()[1].primary.kill();
    let mut down = 0;
    for sku in &skus {
        let sql =
            format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {sku} AND warehouse_id = 1");
        let on_dead = crate::support::Placement::schema_of_sku(*sku) % 2 == 1;
        match ask(&mut conn, &sql) {
            Ok(answer) => assert!(!on_dead && answer.affected() == 1),
            Err(refusal) => {
                assert!(on_dead, "{refusal:?}");
                assert!([29011, 29009].contains(&refusal.code), "{refusal:?}");
                let port = shop.farm.pairs()[1].primary.port().to_string();
                assert!(
                    !refusal.message.contains(&port),
                    "no addresses in errors: {refusal:?}"
                );
                down += 1;
            }
        }
    }
    assert!(down > 0);
    shop.farm.pairs_mut()[1].primary.restart().unwrap();
    let sku = skus
        .iter()
        .find(|sku| crate::support::Placement::schema_of_sku(**sku) % 2 == 1)
        .unwrap();
    let sql = format!(
        "/*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
    );
    let back = (0..600).any(|_| {
        thread::sleep(Duration::from_millis(50));
        ask(&mut conn, &sql).is_ok()
    });
    assert!(back);
    assert_eq!(rows(&mut conn, &sql), [["1"]]);
}

/// A lost backend inside a transaction: one error, and the session is rolled back, contract 7.3.
#[test]
fn a_backend_lost_inside_a_transaction_is_one_error() {
    let mut shop = Shop::open(&ProxyOptions::default());
    let mut conn = shop.connect();
    let sku = shop.stocked(&mut conn, 1);
    let update =
        format!("UPDATE inv_stock SET stock = 2 WHERE sku_id = {sku} AND warehouse_id = 1");
    ask(&mut conn, "BEGIN").unwrap();
    ask(&mut conn, &update).unwrap();
    let at = usize::try_from(crate::support::Placement::schema_of_sku(sku)).unwrap() % 2;
    shop.farm.pairs_mut()[at].primary.kill();
    shop.farm.pairs_mut()[at].primary.restart().unwrap();
    assert!(ask(&mut conn, &update).is_err());
    ask(&mut conn, "ROLLBACK").unwrap();
    let sql = format!(
        "/*+ PROXY_DS=primary */ SELECT stock FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
    );
    let back = (0..600).any(|_| {
        thread::sleep(Duration::from_millis(50));
        ask(&mut conn, &sql).is_ok()
    });
    assert!(back);
    assert_eq!(rows(&mut conn, &sql), [["1"]]);
}
