//! More clients than connections, storms of logins, and what a client costs that only stays.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::{House, Packets};

const QUERY: u8 = 3;
/// More than keep their buffers between two commands.
const CLIENTS: usize = 1_200;

/// A house with pools of four connections, for whose sake a client waits as long as it takes.
fn house() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(|| {
        // each client is an open file of this process too
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit {
            current: limit.maximum,
            ..limit
        };
        setrlimit(Resource::Nofile, raised).unwrap();
        let house = House::open(4);
        let file = house.proxy.folder().join("database.yaml");
        let text = fs::read_to_string(&file).unwrap();
        let patient = text.replace(
            "maxPoolSize: 4",
            "maxPoolSize: 4, connectionTimeoutMilliseconds: 120000",
        );
        assert_ne!(text, patient);
        fs::write(&file, patient).unwrap();
        house.proxy.reload();
        house.proxy.wait_for_log("configuration reloaded");
        house
    })
}

fn asks(client: &mut Packets, token: &str) {
    client.send(QUERY, format!("SELECT '{token}'").as_bytes());
}

fn answered(client: &mut Packets, token: &str) {
    let (rows, _) = client.answer().rows();
    assert_eq!(rows.len(), 1);
    // a length and the text
    assert_eq!(rows[0].get(1..), Some(token.as_bytes()));
}

#[test]
fn twelve_hundred_clients_on_four_connections_are_all_served_with_their_own_answers() {
    // contract 11 and 6: who waits is served in turn, and never with somebody else's answer
    let house = house();
    let _turn = house.turn();
    let mut clients: Vec<_> = (0..CLIENTS)
        .map(|_| Packets::login(house.proxy.port(), true))
        .collect();
    for round in 0..3 {
        let token = |number: usize| format!("token {number} of round {round}");
        for (number, client) in clients.iter_mut().enumerate() {
            asks(client, &token(number));
        }
        for (number, client) in clients.iter_mut().enumerate() {
            answered(client, &token(number));
        }
    }
    let metrics = house.proxy.get("/metrics");
    let opened = metrics
        .lines()
        .find(|line| line.starts_with("shardgate_session_connections "));
    let count: usize = opened
        .and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap();
    assert!(count >= CLIENTS, "{count}");
    let ids = house.backend_ids();
    assert!(ids.len() <= 4, "{ids:?}");
}

#[test]
fn a_storm_of_logins_is_served_whole_while_others_work_on() {
    let house = house();
    let _turn = house.turn();
    let is_over = AtomicBool::new(false);
    let served = AtomicU32::new(0);
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let mut client = Packets::login(house.proxy.port(), true);
            while !is_over.load(Ordering::Relaxed) {
                let token = format!("query {}", served.fetch_add(1, Ordering::Relaxed));
                asks(&mut client, &token);
                answered(&mut client, &token);
            }
        });
        let storm: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    let held: Vec<_> = (0..40)
                        .map(|_| Packets::login(house.proxy.port(), true))
                        .collect();
                    held.len()
                })
            })
            .collect();
        let logged_in: usize = storm.into_iter().map(|part| part.join().unwrap()).sum();
        is_over.store(true, Ordering::Relaxed);
        worker.join().unwrap();
        assert_eq!(logged_in, 640);
    });
    assert!(served.load(Ordering::Relaxed) > 0);
}

#[test]
fn who_connects_and_says_nothing_keeps_nobody_from_logging_in() {
    // contract 11: two logins at once; 2.1: time enough for the silent ones to outlive the test
    let house = house();
    let _turn = house.turn();
    let limits = "  limits: { maxHandshakes: 2, handshakeTimeoutMs: 600000 }\n";
    let proxy = house.another(limits);
    let connect = || {
        let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
        let mut header = [0; 4];
        stream.read_exact(&mut header).unwrap();
        stream
    };
    let silent: Vec<_> = (0..20).map(|_| connect()).collect();
    let half: Vec<_> = (0..4)
        .map(|_| {
            let mut stream = connect();
            stream.write_all(&[40, 0]).unwrap();
            stream
        })
        .collect();
    for _ in 0..3 {
        let mut client = Packets::login(proxy.port(), true);
        asks(&mut client, "in");
        answered(&mut client, "in");
    }
    drop((silent, half));
}

#[test]
fn a_client_that_only_stays_costs_little_memory() {
    // a bound of twice the goal of 4 KiB, which a debug build keeps too
    let house = house();
    let _turn = house.turn();
    let proxy = house.another("");
    let mut clients = Vec::new();
    let mut more = |count: usize| {
        for _ in 0..count {
            let mut client = Packets::login(proxy.port(), true);
            asks(&mut client, "here");
            answered(&mut client, "here");
            clients.push(client);
        }
        resident(proxy.pid())
    };
    // what the first sessions make once for all
    let before = more(200);
    let after = more(2_000);
    let each = after.saturating_sub(before) * 1024 / 2_000;
    assert!(each < 2 * 4096, "{each} bytes a session");
}

/// `VmRSS` in KiB.
fn resident(pid: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
