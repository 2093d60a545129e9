//! A server that answers what the cases ask, in the same thread: nothing of it depends on time.

use std::collections::BTreeMap;

use shardgate::protocol::{
    Capabilities, ColumnDefinition, Greeting, HEADER_LEN, Nonce, OkPacket, PacketHeader, PrepareOk,
    StatusFlags, write_packet, write_prepared, write_result_end, write_text_row,
};
use shardgate::protocol::{EofPacket, write_lenenc_int};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const COM_QUERY: u8 = 0x03;
const COM_PREPARE: u8 = 0x16;
const COM_EXECUTE: u8 = 0x17;
const COM_CLOSE: u8 = 0x19;
/// What a column of sysbench's holds.
const VALUE: &[u8] =
    b"83868641912-28773972837-60736120486-75162659906-27563526494-20381887404-41576422241-93426793964-56405065102-33518432330";

/// Starts it; its port.
pub async fn start() -> Result<u16, String> {
    let fault = |error: std::io::Error| error.to_string();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(fault)?;
    let port = listener.local_addr().map_err(fault)?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // a closed connection is its end
            tokio::spawn(async move { serve(stream).await.ok() });
        }
    });
    Ok(port)
}

async fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut greeting = Vec::new();
    Greeting {
        version: "5.5.5-10.11.6-MariaDB".to_owned(),
        connection_id: 7,
        nonce: Nonce::from_bytes([b'n'; 20]),
        capabilities: Capabilities(0xFFFF_FFFE & !Capabilities::SSL.0),
        charset: 45,
        status: StatusFlags::AUTOCOMMIT,
        plugin: "mysql_native_password".to_owned(),
    }
    .write(&mut greeting);
    stream.write_all(&framed(0, &greeting)).await?;
    let mut input = Vec::with_capacity(1 << 16);
    let mut answers = Answers::default();
    while command(&mut stream, &mut input).await?.is_none() {}
    input.clear();
    stream.write_all(&framed(2, &ok(0))).await?;
    loop {
        while command(&mut stream, &mut input).await?.is_none() {}
        let answer = answers.of(input.get(HEADER_LEN..).unwrap_or_default());
        stream.write_all(answer).await?;
        input.clear();
    }
}

/// Reads once; some if a packet has come whole.
async fn command(stream: &mut TcpStream, input: &mut Vec<u8>) -> std::io::Result<Option<()>> {
    if stream.read_buf(input).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let header = PacketHeader::peek(input);
    Ok(header
        .filter(|header| input.len() >= HEADER_LEN + header.payload_len)
        .map(|_| ()))
}

/// Answers by command: each is made once.
#[derive(Default)]
struct Answers {
    known: BTreeMap<Vec<u8>, Vec<u8>>,
    prepared: Vec<Vec<u8>>,
}

impl Answers {
    fn of(&mut self, command: &[u8]) -> &[u8] {
        let (kind, said) = command.split_first().unwrap_or((&0, &[]));
        // an EXECUTE is known by its statement's id
        let key = match *kind {
            COM_EXECUTE => command.get(..5).unwrap_or_default(),
            _ => command,
        };
        if !self.known.contains_key(key) {
            let answer = match *kind {
                COM_PREPARE => self.prepare(said),
                COM_QUERY => to_text(said, false),
                COM_EXECUTE => {
                    let id = said.first().map_or(0, |id| usize::from(*id));
                    let text = self.prepared.get(id).map(Vec::as_slice);
                    to_text(text.unwrap_or_default(), true)
                }
                COM_CLOSE => Vec::new(),
                _ => framed(1, &ok(0)),
            };
            self.known.insert(key.to_vec(), answer);
        }
        self.known.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    fn prepare(&mut self, text: &[u8]) -> Vec<u8> {
        let mark = |byte: &&u8| **byte == b'?';
        let params = text.iter().filter(mark).count();
        let columns = usize::from(text.starts_with(b"SELECT"));
        let ok = PrepareOk {
            statement_id: u32::try_from(self.prepared.len()).unwrap_or_default(),
            columns: u16::try_from(columns).unwrap_or_default(),
            params: u16::try_from(params).unwrap_or_default(),
            ..PrepareOk::default()
        };
        self.prepared.push(text.to_vec());
        let (mut out, mut sequence) = (Vec::new(), 1);
        let params = vec![definition(b""); params];
        let columns = vec![definition(table(text)); columns];
        write_prepared(
            &mut out,
            &mut sequence,
            Capabilities::DEPRECATE_EOF,
            StatusFlags::AUTOCOMMIT,
            ok,
            &params,
            &columns,
        );
        out
    }
}

fn to_text(text: &[u8], is_binary: bool) -> Vec<u8> {
    if !text.starts_with(b"SELECT") {
        let is_write = text.starts_with(b"UPDATE") || text.starts_with(b"INSERT");
        return framed(1, &ok(u64::from(is_write)));
    }
    let holds = |words: &[u8]| text.windows(words.len()).any(|window| window == words);
    let rows = match (holds(b"LIMIT 1000"), holds(b"LIMIT 10")) {
        (true, _) => 1000,
        (_, true) => 10,
        _ => 1,
    };
    let (mut out, mut sequence) = (Vec::new(), 1);
    let mut payload = Vec::new();
    write_lenenc_int(&mut payload, 1);
    write_packet(&mut out, &mut sequence, &payload);
    write_packet(&mut out, &mut sequence, &definition(table(text)));
    for _ in 0..rows {
        payload.clear();
        if is_binary {
            payload.extend([0, 0]);
        }
        write_text_row(&mut payload, [Some(VALUE)]);
        write_packet(&mut out, &mut sequence, &payload);
    }
    let end = EofPacket {
        warnings: 0,
        status: StatusFlags::AUTOCOMMIT,
    };
    write_result_end(&mut out, &mut sequence, Capabilities::DEPRECATE_EOF, end);
    out
}

/// What stands in the first backticks.
fn table(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'`')
        .nth(1)
        .unwrap_or(b"sbtest1")
}

fn definition(table: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    ColumnDefinition {
        schema: b"ecom_0".to_vec(),
        table: b"sbtest1".to_vec(),
        org_table: table.to_vec(),
        org_name: b"c".to_vec(),
        ..ColumnDefinition::text("c")
    }
    .write(&mut payload);
    payload
}

fn ok(affected_rows: u64) -> Vec<u8> {
    let mut payload = Vec::new();
    OkPacket {
        affected_rows,
        status: StatusFlags::AUTOCOMMIT,
        ..OkPacket::default()
    }
    .write(&mut payload);
    payload
}

fn framed(mut sequence: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_packet(&mut out, &mut sequence, payload);
    out
}

/// A connection to it that is past its login.
pub async fn login(port: u16) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut input = Vec::with_capacity(1 << 10);
    while command(&mut stream, &mut input).await?.is_none() {}
    input.clear();
    stream.write_all(&framed(1, b"anybody")).await?;
    while command(&mut stream, &mut input).await?.is_none() {}
    Ok(stream)
}
