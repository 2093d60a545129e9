//! Attacks 17, 18 and 19: logins of odd capabilities and names, and compressed frames where no compression is offered.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::raw::Raw;
use crate::support::{DATABASE, Proxy, ProxyOptions, number, shop};

const CONNECT_WITH_DB: u32 = 1 << 3;
const COMPRESS: u32 = 1 << 5;
const PROTOCOL_41: u32 = 1 << 9;
const SECURE_CONNECTION: u32 = 1 << 15;
const PLUGIN_AUTH: u32 = 1 << 19;
const CONNECT_ATTRS: u32 = 1 << 20;
const LENENC_PROOF: u32 = 1 << 21;
const ZSTD: u32 = 1 << 26;
const QUERY_ATTRIBUTES: u32 = 1 << 27;
const USUAL: u32 = PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH;

fn packet(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut header = [0; 4];
    stream.read_exact(&mut header).ok()?;
    let len = u32::from_le_bytes([header[0], header[1], header[2], 0]);
    let mut payload = vec![0; usize::try_from(len).unwrap()];
    stream.read_exact(&mut payload).ok()?;
    Some(payload)
}

fn send(stream: &mut TcpStream, sequence: u8, payload: &[u8]) {
    let [a, b, c, _] = u32::try_from(payload.len()).unwrap().to_le_bytes();
    // the proxy may have closed already
    let _ = stream.write_all(&[&[a, b, c, sequence], payload].concat());
}

/// What is answered to a login of these capabilities with `tail` behind its fixed part; `None` if nothing is.
fn first_answer(port: u16, capabilities: u32, tail: &[u8]) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    packet(&mut stream).unwrap();
    let mut payload = capabilities.to_le_bytes().to_vec();
    payload.extend([0, 0, 0, 1, 45]);
    payload.extend([0; 23]);
    payload.extend(tail);
    send(&mut stream, 1, &payload);
    packet(&mut stream)
}

/// The capabilities that a greeting offers.
fn offered(greeting: &[u8]) -> u32 {
    let version_end = greeting.iter().position(|byte| *byte == 0).unwrap();
    // connection id, first part of the nonce, a filler
    let at = version_end + 1 + 4 + 8 + 1;
    let low = u16::from_le_bytes([greeting[at], greeting[at + 1]]);
    // collation, status
    let high = u16::from_le_bytes([greeting[at + 5], greeting[at + 6]]);
    u32::from(low) | u32::from(high) << 16
}

/// Most memory that a proxy has held, in KiB.
fn peak(proxy: &Proxy) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", proxy.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let word = line.unwrap().split_whitespace().nth(1);
    word.unwrap().parse().unwrap()
}

#[test]
fn compression_is_not_offered_and_its_frames_are_no_packets() {
    // a proxy of its own: the other tests' memory is theirs
    let proxy = Proxy::start(&shop().farm, &ProxyOptions::default());
    let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
    let greeting = packet(&mut stream).unwrap();
    assert_eq!(offered(&greeting) & (COMPRESS | ZSTD), 0);
    drop(stream);
    // who asks for it anyway is spoken to without
    let mut raw = Raw::login(proxy.port(), "empty", DATABASE, COMPRESS | ZSTD);
    assert!(raw.ask("SELECT 1").iter().any(|line| line == "row 1"));
    // a frame that says its bytes are 16 MiB: its first byte is a command that nobody knows
    let bomb = [&[0x10, 0, 0, 0, 0xFF, 0xFF, 0xFF][..], &[0x78; 13]].concat();
    raw.write(&bomb);
    let answer = raw.receive();
    assert_eq!(
        (answer[0], u16::from_le_bytes([answer[1], answer[2]])),
        (0xFF, 1047)
    );
    // frames that say 16 MiB are to come, and do not: nothing is held ready for them
    let before = peak(&proxy);
    let mut held = Vec::new();
    for _ in 0..32 {
        let mut raw = Raw::login(proxy.port(), "empty", DATABASE, COMPRESS);
        raw.write(&[&[0xFF, 0xFF, 0xFF, 0][..], &[0; 1024]].concat());
        held.push(raw);
    }
    let mut conn = proxy.connect();
    assert_eq!(number(&mut conn, "SELECT 5"), 5);
    let grown = peak(&proxy) - before;
    assert!(grown < 64 << 10, "the proxy grew by {grown} KiB");
}

#[test]
fn logins_of_odd_capabilities_and_names_are_refused_and_others_are_served() {
    let shop = shop();
    let port = shop.proxy.port();
    let named = |user: &str, database: &str| format!("{user}\0\0{database}\0").into_bytes();
    let long = "u".repeat(65_536);
    let cases: Vec<(&str, u32, Vec<u8>)> = vec![
        ("4.0's protocol", SECURE_CONNECTION, named("empty", "")),
        ("a user of 64 KiB", USUAL, named(&long, "")),
        (
            "a way out",
            USUAL | CONNECT_WITH_DB,
            named("empty", "../ecommerce"),
        ),
        (
            "a path",
            USUAL | CONNECT_WITH_DB,
            named("empty", "ecommerce/x"),
        ),
        (
            "a schema of a server",
            USUAL | CONNECT_WITH_DB,
            named("empty", "ecom_0"),
        ),
        (
            "a NUL in a name",
            USUAL | CONNECT_WITH_DB,
            named("empty", "ecom\0merce"),
        ),
        (
            "attributes longer than the packet",
            USUAL | CONNECT_ATTRS,
            [
                &b"empty\0\0caching_sha2_password\0"[..],
                &[0xFD, 0xFF, 0xFF, 0xFF],
            ]
            .concat(),
        ),
        (
            "a proof longer than the packet",
            USUAL | LENENC_PROOF,
            [
                &b"empty\0"[..],
                &[0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            ]
            .concat(),
        ),
        ("an unknown user", USUAL, named("nobody", "")),
        (
            "a clear password without TLS",
            USUAL,
            b"root\0\x0croot-secret\0mysql_clear_password\0".to_vec(),
        ),
    ];
    for (name, capabilities, tail) in cases {
        let answer = first_answer(port, capabilities, &tail);
        // an error, the end, or a question for another proof: never an OK
        let first = answer.as_ref().map(|payload| payload[0]);
        assert!(
            matches!(first, None | Some(0xFF | 0xFE)),
            "{name}: {answer:?}"
        );
        if let Some(text) = answer {
            let text = String::from_utf8_lossy(&text).into_owned();
            assert!(
                !text.contains("127.0.0.1:") && !text.contains("root-secret"),
                "{name}: {text}"
            );
        }
    }
    // attributes of queries are not offered: the bytes are a statement's text
    let mut raw = Raw::login(port, "empty", DATABASE, QUERY_ATTRIBUTES);
    assert!(raw.ask("SELECT 1").iter().any(|line| line == "row 1"));
    let attributes = [&[0x03, 0xFC, 0xFF, 0xFF, 0x01][..], b"SELECT 1"].concat();
    raw.send_commands(&[attributes]);
    assert!(raw.answer()[0].starts_with("error 1064"));
    assert!(raw.ask("SELECT 1").iter().any(|line| line == "row 1"));
}
