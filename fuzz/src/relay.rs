//! A server's bytes reach the client as whole packets in order, however they are cut and whatever they are.

use std::cell::OnceCell;
use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use shardgate::backend::{BackendTls, Endpoint, Pool, PoolKey, PoolOptions};
use shardgate::execute::{
    AnswerNames, Downstream, Progress, RelayError, Relayed, ResultLimits, relay, relay_as_binary,
    relay_cursor, relay_fetch, relay_field_list, write_ending,
};
use shardgate::protocol::{
    Capabilities, Greeting, HEADER_LEN, Nonce, OkPacket, PacketHeader, StatusFlags, write_packet,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

use super::loopback::PATIENCE;

/// A command that is answered by the input; all others by OK.
const ASKED: &[u8] = b"\x03the input";
const LIMITS: ResultLimits = ResultLimits {
    rows: 50,
    bytes: 100_000,
};
const NONE: StatusFlags = StatusFlags::AUTOCOMMIT;

struct Farm {
    runtime: Runtime,
    pool: Arc<Pool>,
    answer: Arc<Mutex<Vec<u8>>>,
}

thread_local! {
    static FARM: OnceCell<Farm> = const { OnceCell::new() };
}

/// The first byte chooses how the answer is relayed and what the client can; the rest is what the server sends.
pub fn check(input: &[u8]) {
    let Some((&choice, bytes)) = input.split_first() else {
        return;
    };
    FARM.with(|cell| {
        let farm = cell.get_or_init(open);
        *farm.answer.lock().unwrap() = bytes.to_vec();
        let run = farm
            .runtime
            .block_on(async { tokio::time::timeout(PATIENCE, relayed(&farm.pool, choice)).await });
        let (outcome, client) = run.expect("a server that has closed is not waited for");
        judge(outcome, client);
    });
}

async fn relayed(pool: &Arc<Pool>, choice: u8) -> (Result<Relayed, RelayError>, Client) {
    let mut conn = pool.acquire(PoolKey::default(), 0).await.unwrap();
    conn.begin_command(&[ASKED]);
    conn.flush().await.unwrap();
    let mut client = Client::new(choice & 8 != 0);
    let schemas = [("ds_3".to_owned(), "ecommerce".to_owned())];
    let tables = [("inv_stock_7".into(), "inv_stock".into())];
    let names = AnswerNames {
        schemas: &schemas,
        tables: &tables,
        ..AnswerNames::default()
    };
    let (conn_mut, to) = (&mut conn, &mut client);
    let outcome = match choice % 8 {
        0 | 1 => relay(conn_mut, to, names, NONE, LIMITS).await,
        2 => relay_cursor(conn_mut, to, names, NONE, LIMITS).await,
        3 => relay_fetch(conn_mut, to, NONE, LIMITS).await,
        4 | 5 => relay_as_binary(conn_mut, to, names, NONE, LIMITS).await,
        6 => relay(conn_mut, to, AnswerNames::default(), NONE, LIMITS).await,
        _ => relay_field_list(conn_mut, to, names, NONE).await,
    };
    conn.close();
    (outcome, client)
}

fn judge(outcome: Result<Relayed, RelayError>, mut client: Client) {
    match outcome {
        Ok(relayed) => {
            write_ending(&relayed.ending, &mut client, false);
            assert!(whole(&client.all()), "half a packet in front of the end");
        }
        Err(RelayError::Backend { progress, .. } | RelayError::Malformed { progress, .. }) => {
            match progress {
                Progress::Unsent | Progress::Nothing => assert!(client.all().is_empty()),
                // the connection ends, or an error is the next packet
                Progress::Columns => {}
                Progress::Rows => assert!(whole(&client.all()), "an error inside of a row"),
            }
        }
        Err(RelayError::TooLarge) => assert!(whole(&client.all()), "an error inside of a row"),
        Err(RelayError::Silent | RelayError::Client(_) | RelayError::ColumnsDiffer) => {}
    }
}

/// Whether it is nothing but packets, numbered from 1.
fn whole(mut bytes: &[u8]) -> bool {
    let mut next = 1_u8;
    while let Some(header) = PacketHeader::peek(bytes) {
        let Some(rest) = bytes.get(HEADER_LEN + header.payload_len..) else {
            return false;
        };
        assert_eq!(header.sequence, next);
        next = next.wrapping_add(1);
        bytes = rest;
    }
    bytes.is_empty()
}

/// A client that takes all.
struct Client {
    out: Vec<u8>,
    taken: Vec<u8>,
    sequence: u8,
    capabilities: Capabilities,
}

impl Client {
    fn new(is_modern: bool) -> Self {
        let mut capabilities = Capabilities::PROTOCOL_41;
        if is_modern {
            capabilities.insert(Capabilities::DEPRECATE_EOF);
        }
        Self {
            out: Vec::new(),
            taken: Vec::new(),
            sequence: 1,
            capabilities,
        }
    }

    fn all(&self) -> Vec<u8> {
        [self.taken.as_slice(), &self.out].concat()
    }
}

impl Downstream for Client {
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
        self.capabilities
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.taken.append(&mut self.out);
        Poll::Ready(Ok(()))
    }

    fn arrived(&self) -> &[u8] {
        &[]
    }

    fn take_arrived(&mut self, _count: usize) {}

    async fn fill(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

fn open() -> Farm {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let answer = Arc::<Mutex<Vec<u8>>>::default();
    let listener = runtime
        .block_on(TcpListener::bind(("127.0.0.1", 0)))
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    let shared = Arc::clone(&answer);
    runtime.spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let answer = Arc::clone(&shared);
            tokio::spawn(async move { drop(serve(socket, &answer).await) });
        }
    });
    let endpoint = Endpoint::new("ds_3", "127.0.0.1", port, "ds_3")
        .with_account("app", "secret")
        .with_tls(BackendTls::Disabled);
    Farm {
        runtime,
        pool: Pool::new(Arc::new(endpoint), PoolOptions::default()),
        answer,
    }
}

/// Lets anybody in, and answers until it is asked for the input.
async fn serve(mut socket: TcpStream, answer: &Mutex<Vec<u8>>) -> io::Result<()> {
    let mut payload = Vec::new();
    Greeting {
        version: "5.5.5-10.11.6-MariaDB".to_owned(),
        connection_id: 7,
        nonce: Nonce::from_bytes([b'n'; 20]),
        capabilities: Capabilities(0xFFFF_FFFE & !Capabilities::SSL.0),
        charset: 45,
        status: StatusFlags::AUTOCOMMIT,
        plugin: "mysql_native_password".to_owned(),
    }
    .write(&mut payload);
    send(&mut socket, 0, &payload).await?;
    loop {
        let (sequence, command) = receive(&mut socket).await?;
        if command == ASKED {
            let bytes = answer.lock().unwrap().clone();
            socket.write_all(&bytes).await?;
            socket.shutdown().await?;
            // who closes first has to remember the connection for a minute
            let _ = socket.read(&mut [0; 64]).await;
            return socket2::SockRef::from(&socket).set_linger(Some(std::time::Duration::ZERO));
        }
        payload.clear();
        OkPacket {
            status: StatusFlags::AUTOCOMMIT,
            ..OkPacket::default()
        }
        .write(&mut payload);
        send(&mut socket, sequence.wrapping_add(1), &payload).await?;
    }
}

async fn receive(socket: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let mut header = [0; HEADER_LEN];
    socket.read_exact(&mut header).await?;
    let header = PacketHeader::parse(header);
    let mut payload = vec![0; header.payload_len];
    socket.read_exact(&mut payload).await?;
    Ok((header.sequence, payload))
}

async fn send(socket: &mut TcpStream, mut sequence: u8, payload: &[u8]) -> io::Result<()> {
    let mut out = Vec::new();
    write_packet(&mut out, &mut sequence, payload);
    socket.write_all(&out).await
}
