//! A server on the loopback interface that misbehaves as a test tells it to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::endpoint::{BackendTls, Endpoint};
use crate::protocol::{
    Capabilities, ErrPacket, Greeting, HEADER_LEN, Nonce, OkPacket, PacketHeader, StatusFlags,
    write_packet,
};

/// How the fake treats whoever connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manners {
    /// Logs everybody in and answers OK to all commands, but for the words in [`answer`].
    Honest,
    /// Accepts and stays silent.
    NeverGreets,
    /// Greets with ERR of this code.
    GreetsWithError(u16),
    /// Closes after half of its greeting.
    DropsMidGreeting,
    /// Closes after the login's answer has arrived.
    DropsMidLogin,
    /// Asks for a plugin that nobody speaks.
    WantsOddPlugin,
    /// Logs in so many connections, then answers 1040.
    HasRoomFor(usize),
}

/// The fake; its tasks end with the test's runtime.
pub(crate) struct Fake {
    port: u16,
    accepted: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

impl Fake {
    pub(crate) async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let accepted = Arc::new(AtomicUsize::new(0));
        let open = Arc::new(AtomicUsize::new(0));
        tokio::spawn(Self::listen(
            listener,
            manners,
            Arc::clone(&accepted),
            Arc::clone(&open),
        ));
        Self {
            port,
            accepted,
            open,
        }
    }

    /// Serves honestly on a listener of the test's own.
    pub(crate) async fn serve_on(listener: TcpListener) {
        Self::listen(listener, Manners::Honest, Arc::default(), Arc::default()).await;
    }

    async fn listen(
        listener: TcpListener,
        manners: Manners,
        accepted: Arc<AtomicUsize>,
        open: Arc<AtomicUsize>,
    ) {
        while let Ok((stream, _)) = listener.accept().await {
            let nth = accepted.fetch_add(1, Ordering::SeqCst) + 1;
            let present = open.fetch_add(1, Ordering::SeqCst) + 1;
            let open = Arc::clone(&open);
            tokio::spawn(async move {
                let _ = serve(stream, manners, nth, present).await;
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    }

    /// Connections accepted since the start.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Waits until exactly so many connections are open.
    pub(crate) async fn wait_for_open(&self, count: usize) {
        while self.open.load(Ordering::SeqCst) != count {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn endpoint(&self) -> Arc<Endpoint> {
        let endpoint =
            Endpoint::new("ds_0", "127.0.0.1", self.port, "shop").with_account("app", "secret");
        Arc::new(endpoint.with_tls(BackendTls::Disabled))
    }
}

async fn serve(
    mut stream: TcpStream,
    manners: Manners,
    nth: usize,
    present: usize,
) -> std::io::Result<()> {
    let mut greeting = Vec::new();
    Greeting {
        version: "5.5.5-10.11.6-MariaDB".to_owned(),
        connection_id: u32::try_from(nth).unwrap(),
        nonce: Nonce::from_bytes([b'n'; 20]),
        capabilities: Capabilities(0xFFFF_FFFE & !Capabilities::SSL.0),
        charset: 45,
        status: StatusFlags::AUTOCOMMIT,
        plugin: "mysql_native_password".to_owned(),
    }
    .write(&mut greeting);
    match manners {
        Manners::NeverGreets => {
            let _ = stream.read(&mut [0; 1]).await;
            return Ok(());
        }
        Manners::GreetsWithError(code) => return greet_with_error(&mut stream, code).await,
        Manners::HasRoomFor(room) if present > room => {
            return greet_with_error(&mut stream, 1040).await;
        }
        Manners::DropsMidGreeting => {
            let half = framed(0, &greeting);
            return stream.write_all(&half[..half.len() / 2]).await;
        }
        _ => send(&mut stream, 0, &greeting).await?,
    }
    let (sequence, login) = receive(&mut stream).await?;
    match manners {
        Manners::DropsMidLogin => return Ok(()),
        Manners::WantsOddPlugin => {
            send(&mut stream, sequence + 1, b"\xFEclient_ed25519\0nonce").await?;
        }
        _ => send(&mut stream, sequence + 1, &ok()).await?,
    }
    loop {
        let (_, command) = receive(&mut stream).await?;
        match command.get(1..).unwrap_or_default() {
            b"FLAGS" => send(&mut stream, 1, &affected(u64::from(flags(&login)))).await?,
            file if file.starts_with(b"LOAD ") => take_file(&mut stream, &file[5..]).await?,
            _ if command.first() == Some(&1) || !answer(&mut stream, &command).await? => {
                return Ok(());
            }
            _ => {}
        }
    }
}

/// Asks for a file that the client has not named, and answers with its length; `manner` may end it after one packet.
async fn take_file(stream: &mut TcpStream, manner: &[u8]) -> std::io::Result<()> {
    send(stream, 1, b"\xFB/etc/shadow").await?;
    let (mut expected, mut length) = (2_u8, 0_u64);
    loop {
        let (sequence, payload) = receive(stream).await?;
        assert_eq!(sequence, expected);
        assert!(payload.len() < 16 << 20);
        expected = expected.wrapping_add(1);
        match (payload.len(), manner) {
            (0, _) => return send(stream, expected, &affected(length)).await,
            (_, b"FAIL") => return send(stream, expected, &error(1062)).await,
            (_, b"LIE") => return send(stream, expected, &ok()).await,
            (_, b"DIE") => return Err(std::io::ErrorKind::Other.into()),
            (more, _) => length += more as u64,
        }
    }
}

fn flags(login: &[u8]) -> u32 {
    u32::from_le_bytes(login[..4].try_into().unwrap())
}

fn affected(rows: u64) -> Vec<u8> {
    let mut payload = Vec::new();
    OkPacket {
        affected_rows: rows,
        status: StatusFlags::AUTOCOMMIT,
        ..OkPacket::default()
    }
    .write(&mut payload);
    payload
}

/// Answers a command; false closes the connection.
async fn answer(stream: &mut TcpStream, command: &[u8]) -> std::io::Result<bool> {
    match command.get(1..).unwrap_or_default() {
        b"DIE" => return Ok(false),
        b"CHATTER" => {
            let twice = [framed(1, &ok()), framed(0, &ok())].concat();
            stream.write_all(&twice).await?;
        }
        b"BEGIN" => send(stream, 1, &ok_with(StatusFlags::IN_TRANS)).await?,
        b"HALF" => {
            let whole = framed(1, &ok());
            stream.write_all(&whole[..5]).await?;
            return Ok(false);
        }
        b"FAIL" => send(stream, 1, &error(1146)).await?,
        b"NOTHING" => {}
        b"FILE" => send(stream, 1, b"\xFB/etc/shadow").await?,
        _ => send(stream, 1, &ok()).await?,
    }
    Ok(true)
}

async fn greet_with_error(stream: &mut TcpStream, code: u16) -> std::io::Result<()> {
    send(stream, 0, &error(code)).await
}

fn ok() -> Vec<u8> {
    ok_with(StatusFlags::AUTOCOMMIT)
}

fn ok_with(status: StatusFlags) -> Vec<u8> {
    let mut payload = Vec::new();
    OkPacket {
        status,
        ..OkPacket::default()
    }
    .write(&mut payload);
    payload
}

fn error(code: u16) -> Vec<u8> {
    let mut payload = Vec::new();
    ErrPacket::new(code, "HY000", "host 10.1.2.3 or user 'app' is to blame").write(&mut payload);
    payload
}

fn framed(mut sequence: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_packet(&mut out, &mut sequence, payload);
    out
}

async fn send(stream: &mut TcpStream, sequence: u8, payload: &[u8]) -> std::io::Result<()> {
    stream.write_all(&framed(sequence, payload)).await
}

async fn receive(stream: &mut TcpStream) -> std::io::Result<(u8, Vec<u8>)> {
    let mut header = [0; HEADER_LEN];
    stream.read_exact(&mut header).await?;
    let header = PacketHeader::parse(header);
    let mut payload = vec![0; header.payload_len];
    stream.read_exact(&mut payload).await?;
    Ok((header.sequence, payload))
}
