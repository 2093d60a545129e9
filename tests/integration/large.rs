//! Large results: complete, and without growing the proxy, contract 2.5.

use mysql::prelude::Queryable;
use mysql::{Conn, Row};

use crate::support::{Proxy, ProxyOptions, shop};

/// A million rows without a table.
const MILLION: &str = "WITH RECURSIVE d AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM d WHERE n < 999) \
                       SELECT a.n * 1000 + b.n AS n, CONCAT('row ', a.n, '-', b.n) AS t FROM d a, d b";

/// Most memory that the process has held, in KiB.
fn peak(proxy: &Proxy) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", proxy.pid())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Rows, and a sum over all their bytes that depends on none's order.
fn digest(conn: &mut Conn, sql: &str) -> (u64, u64) {
    let mut result = conn.query_iter(sql).unwrap();
    let (mut rows, mut sum) = (0, 0_u64);
    for row in result.by_ref() {
        let row: Row = row.unwrap();
        rows += 1;
        for value in row.unwrap() {
            if let mysql::Value::Bytes(bytes) = value {
                sum = sum.wrapping_add(xxhash_rust::xxh3::xxh3_64(&bytes));
            }
        }
    }
    (rows, sum)
}

#[test]
fn a_million_rows_arrive_whole_and_leave_the_proxy_as_small_as_it_was() {
    let shop = shop();
    // a proxy of its own: the other tests' memory is theirs
    let proxy = Proxy::start(&shop.farm, &ProxyOptions::default());
    let mut direct = shop.direct();
    let mut through = proxy.connect();
    digest(&mut through, "SELECT 1");
    let before = peak(&proxy);
    let expected = digest(&mut direct, MILLION);
    assert_eq!(expected.0, 1_000_000);
    assert_eq!(digest(&mut through, MILLION), expected);
    let grown = peak(&proxy) - before;
    assert!(grown < 64 << 10, "the proxy grew by {grown} KiB");
}

#[test]
fn a_client_that_does_not_read_stops_the_server_and_not_the_proxys_memory() {
    let shop = shop();
    let proxy = Proxy::start(&shop.farm, &ProxyOptions::default());
    let mut slow = proxy.connect();
    let before = peak(&proxy);
    // 100 MB wait at the proxy's door while nobody reads
    let mut result = slow.query_iter("SELECT REPEAT('z', 1000000) FROM (WITH RECURSIVE d AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM d WHERE n < 99) SELECT n FROM d) t").unwrap();
    let _first: Row = result.next().unwrap().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(1));
    let grown = peak(&proxy) - before;
    assert!(grown < 64 << 10, "the proxy grew by {grown} KiB");
    assert_eq!(result.by_ref().count(), 99);
}
