//! Whether the pools have all their connections back once the clients are gone.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use crate::support::Proxy;

/// Nothing is in use, nobody waits, and no pool has grown beyond its maximum.
pub fn assert_whole(proxy: &Proxy, maximum: u64) {
    let leaks = || -> Vec<String> {
        let (open, idle, waiting) = (
            gauges(proxy, "shardgate_backend_pool_open_connections"),
            gauges(proxy, "shardgate_backend_pool_idle_connections"),
            gauges(proxy, "shardgate_backend_pool_waiters"),
        );
        assert!(!open.is_empty());
        open.iter()
            .filter(|(source, open)| {
                **open != idle[*source] || **open > maximum || waiting[*source] > 0
            })
            .map(|(source, open)| format!("{source}: {open} open, {} idle", idle[source]))
            .collect()
    };
    let is_whole = (0..200).any(|_| {
        thread::sleep(Duration::from_millis(50));
        leaks().is_empty()
    });
    assert!(is_whole, "{:#?}", leaks());
}

/// A gauge by its labels.
fn gauges(proxy: &Proxy, name: &str) -> BTreeMap<String, u64> {
    let mut stream = TcpStream::connect(("127.0.0.1", proxy.admin_port())).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix('{')?.split_once("} "))
        .map(|(labels, value)| (labels.to_owned(), value.trim().parse().unwrap()))
        .collect()
}
