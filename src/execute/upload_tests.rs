//! Files on their way, to a server that behaves as the test tells it to.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::backend::fake::{Fake, Manners};
use crate::backend::{Guard, Pool, PoolKey, PoolOptions};
use crate::protocol::{Capabilities, StatusFlags, write_packet};

use super::downstream::Downstream;
use super::ending::{Ending, Relayed};
use super::relay::relay;
use super::relay_error::RelayError;
use super::response::ResultLimits;
use super::shown_columns::AnswerNames;
use super::upload::{Phase, Upload};

const KEY: PoolKey = PoolKey {
    has_found_rows: false,
};

/// A client that has a file in pieces as they come from its socket, and goes away after the last.
struct Sender {
    pieces: VecDeque<Vec<u8>>,
    arrived: Vec<u8>,
    out: Vec<u8>,
    sequence: u8,
}

impl Sender {
    /// A client that sends `packets` behind the request, in pieces of `size`.
    fn new(packets: &[&[u8]], size: usize) -> Self {
        let mut bytes = Vec::new();
        let mut sequence = 2;
        for packet in packets {
            write_packet(&mut bytes, &mut sequence, packet);
        }
        Self {
            pieces: bytes.chunks(size).map(<[u8]>::to_vec).collect(),
            arrived: Vec::new(),
            out: Vec::new(),
            sequence: 1,
        }
    }

    fn has_been_heard_out(&self) -> bool {
        self.pieces.is_empty() && self.arrived.is_empty()
    }
}

impl Downstream for Sender {
    fn out_mut(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    fn sequence_mut(&mut self) -> &mut u8 {
        &mut self.sequence
    }

    fn parts_mut(&mut self) -> (&mut Vec<u8>, &mut u8) {
        (&mut self.out, &mut self.sequence)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::DEPRECATE_EOF
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn arrived(&self) -> &[u8] {
        &self.arrived
    }

    fn take_arrived(&mut self, count: usize) {
        self.arrived.drain(..count);
    }

    async fn fill(&mut self) -> io::Result<()> {
        // as from a socket: others get their turn
        tokio::task::yield_now().await;
        match self.pieces.pop_front() {
            Some(piece) => {
                self.arrived.extend(piece);
                Ok(())
            }
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

async fn guard() -> Guard {
    let fake = Fake::start(Manners::Honest).await;
    let pool = Pool::new(fake.endpoint(), PoolOptions::default());
    Arc::clone(&pool).acquire_for_file(KEY).await.unwrap()
}

async fn load(
    manner: &str,
    client: &mut Sender,
    upload: &mut Upload,
) -> Result<Relayed, RelayError> {
    let mut guard = guard().await;
    guard.begin_command(&[b"\x03LOAD ", manner.as_bytes()]);
    guard.flush().await.unwrap();
    upload.run(&mut guard, client, b"own.csv").await
}

#[tokio::test]
async fn a_file_goes_through_whatever_its_packets_and_their_pieces_are() {
    let large = vec![b'x'; 0xFF_FFFF];
    let cases: &[(&[&[u8]], usize)] = &[
        (&[b""], 100),
        (&[b"a\n", b"b\n", b""], 1),
        (&[b"a\n", b"b\n", b""], 1000),
        // a frame of 16 MiB: the empty one behind it is not the end
        (&[&large, b"tail", b""], 1 << 20),
    ];
    for (packets, size) in cases {
        let mut client = Sender::new(packets, *size);
        let mut upload = Upload::default();
        let relayed = load("", &mut client, &mut upload).await.unwrap();
        let length: usize = packets.iter().map(|packet| packet.len()).sum();
        let Ending::Ok(ok) = relayed.ending else {
            panic!("{relayed:?}");
        };
        assert_eq!(ok.affected_rows, length as u64);
        assert!(client.has_been_heard_out());
        // contract 2.6: the name is the client's own, not the one that the server said
        assert_eq!(client.out, b"\x08\x00\x00\x01\xFBown.csv");
    }
}

#[tokio::test]
async fn many_packets_wrap_the_sequence_ids_on_both_sides() {
    let mut packets = vec![&b"line\n"[..]; 1000];
    packets.push(b"");
    let mut client = Sender::new(&packets, 4096);
    let mut upload = Upload::default();
    let relayed = load("", &mut client, &mut upload).await.unwrap();
    assert!(matches!(relayed.ending, Ending::Ok(ok) if ok.affected_rows == 5000));
    assert_eq!(client.sequence, u8::try_from(1003 % 256).unwrap());
}

#[tokio::test]
async fn a_server_that_gives_up_is_heard_only_when_the_client_has_sent_all() {
    let mut packets = vec![&[b'x'; 4096][..]; 100];
    packets.push(b"");
    let mut client = Sender::new(&packets, 1000);
    let relayed = load("FAIL", &mut client, &mut Upload::default())
        .await
        .unwrap();
    assert!(matches!(relayed.ending, Ending::Err(err) if err.code == 1062));
    assert!(client.has_been_heard_out());

    for manner in ["DIE", "LIE"] {
        let mut client = Sender::new(&packets, 1000);
        let mut upload = Upload::default();
        let error = load(manner, &mut client, &mut upload).await.unwrap_err();
        assert!(!matches!(error, RelayError::Client(_)), "{error}");
        upload.drain(&mut client).await.unwrap();
        assert!(client.has_been_heard_out(), "{manner}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_in_the_middle_is_noticed() {
    let mut client = Sender::new(&[b"half a li"], 5);
    let mut upload = Upload::default();
    let error = load("", &mut client, &mut upload).await.unwrap_err();
    assert!(matches!(error, RelayError::Client(_)), "{error}");
    assert_eq!(upload.phase(), Phase::Sending);
}

#[tokio::test]
async fn packets_out_of_order_end_the_client() {
    let mut client = Sender::new(&[b"a", b""], 100);
    client.pieces[0][3] = 7;
    let error = load("", &mut client, &mut Upload::default())
        .await
        .unwrap_err();
    assert!(matches!(error, RelayError::Client(_)), "{error}");
}

#[tokio::test]
async fn a_servers_unasked_request_for_a_file_never_reaches_a_client() {
    // contract 2.6
    let mut client = Sender::new(&[], 1);
    let mut guard = guard().await;
    guard.begin_command(&[b"\x03FILE"]);
    guard.flush().await.unwrap();
    let limits = ResultLimits {
        rows: u64::MAX,
        bytes: u64::MAX,
    };
    let names = AnswerNames::default();
    let relayed = relay(
        &mut guard,
        &mut client,
        names,
        StatusFlags::AUTOCOMMIT,
        limits,
    );
    let error = relayed.await.unwrap_err();
    assert!(matches!(error, RelayError::Malformed { .. }), "{error}");
    assert!(client.out.is_empty());
}
