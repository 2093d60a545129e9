//! A client's connection as buffers of bytes and packets.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::io::poll_read_buf;

use super::error::SessionError;
use super::transport::Transport;
use crate::kernel::{TlsLink, put_bytes, take_bytes};
use crate::protocol::{
    ErrPacket, HEADER_LEN, MAX_PAYLOAD, OkPacket, PacketHeader, write_packet, write_packet_with,
};

/// How long the rest of a command is waited for: the default of `net_read_timeout` (MySQL's manual, "Server System
/// Variables").
const NET_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes that one read may bring at first.
const READ_MIN: usize = 4 * 1024;
/// Bytes that one read may bring at most; reads grow while they come back full.
const READ_MAX: usize = 256 * 1024;

/// A client's connection, TCP or TLS, with a buffer each way and the sequence id of the next
/// packet to write.
#[derive(Debug)]
pub struct ClientStream {
    transport: Transport,
    peer: SocketAddr,
    /// Bytes read; those before `consumed` are done with.
    input: Vec<u8>,
    consumed: usize,
    read_size: usize,
    /// Bytes to write; those before `written` are with the socket already.
    out: Vec<u8>,
    written: usize,
    sequence: u8,
    /// How long the rest of a command is waited for without a byte of it.
    pub(super) patience: Duration,
}

impl ClientStream {
    /// Takes over an accepted socket and turns Nagle's algorithm off.
    pub fn new(tcp: TcpStream) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        let peer = tcp.peer_addr()?;
        Ok(Self {
            transport: Transport::Plain(tcp),
            peer,
            input: Vec::new(),
            consumed: 0,
            read_size: READ_MIN,
            out: Vec::new(),
            written: 0,
            sequence: 0,
            patience: NET_READ_TIMEOUT,
        })
    }

    /// The client's address.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        matches!(self.transport, Transport::Tls(_))
    }

    /// How it is encrypted, in the servers' words.
    #[must_use]
    pub fn tls(&self) -> Option<TlsLink> {
        let Transport::Tls(tls) = &self.transport else {
            return None;
        };
        let connection = tls.get_ref().1;
        let version = match connection.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLSv1.2",
            _ => "TLSv1.3",
        };
        let suite = connection.negotiated_cipher_suite()?.suite();
        Some(TlsLink {
            version: version.to_owned(),
            cipher: openssl_name(suite.as_str()?),
        })
    }

    /// Whether the next command lies in the buffer as a whole: reading it waits for nothing.
    #[must_use]
    pub fn holds_command(&self) -> bool {
        PacketHeader::peek(self.buffered()).is_some_and(|header| {
            !header.is_continued() && self.buffered().len() >= HEADER_LEN + header.payload_len
        })
    }

    /// Bytes that have arrived and are not consumed.
    #[must_use]
    pub fn buffered(&self) -> &[u8] {
        self.input.get(self.consumed..).unwrap_or_default()
    }

    /// Drops the first `count` buffered bytes (at most all of them), and the buffer itself if it
    /// is empty then.
    pub fn consume(&mut self, count: usize) {
        self.consumed = self.input.len().min(self.consumed + count);
        if self.consumed == self.input.len() {
            self.consumed = 0;
            put_bytes(mem::take(&mut self.input));
        }
    }

    /// Waits for more bytes and appends them to the buffer; 0 when the client has closed.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn fill(&mut self) -> io::Result<usize> {
        poll_fn(|cx| self.poll_fill(cx)).await
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.compact();
        if self.input.capacity() == 0 {
            self.input = take_bytes();
        }
        let limit = self.read_size;
        self.input.reserve(limit);
        let transport = Pin::new(&mut self.transport);
        let count = match poll_read_buf(transport, cx, &mut self.input) {
            Poll::Ready(Ok(count)) => count,
            // who waits for his client holds no buffer
            other => {
                self.consume(0);
                return other.map(closed);
            }
        };
        if count >= limit {
            self.read_size = READ_MAX.min(limit * 2);
        } else if count < limit / 4 {
            self.read_size = READ_MIN.max(limit / 2);
        }
        Poll::Ready(Ok(count))
    }

    /// Waits until a byte is buffered; `false` when the client has closed instead.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped: this is where to wait for the next command
    /// together with time-outs and shutdown.
    pub async fn ready(&mut self) -> io::Result<bool> {
        if !self.buffered().is_empty() {
            return Ok(true);
        }
        Ok(self.fill().await? > 0)
    }

    /// Waits until the socket has something to read, without a buffer to read it into.
    ///
    /// # Cancel safety
    /// Nothing is read.
    pub async fn readable(&self) -> io::Result<()> {
        self.transport.readable().await
    }

    /// Registers the socket with the runtime of the calling task.
    pub(super) fn move_here(&mut self) -> io::Result<()> {
        self.transport.move_here()
    }

    /// Whether the socket tells of all that a client may have sent before it has been waited for once: TLS may hold
    /// commands back that came with the login.
    #[must_use]
    pub fn rests_safely(&self) -> bool {
        !self.is_tls() && self.buffered().is_empty()
    }

    /// Reads one whole command into `command`, joined over frames, and resets the sequence id for
    /// the answer; `false` when the client has closed in front of it. Bytes of pipelined commands
    /// stay buffered.
    ///
    /// # Errors
    /// [`SessionError::CommandTooLong`] as soon as a header announces more than `max` bytes in
    /// all: answer 1153 and close. [`SessionError::Stalled`] when nothing more of it comes.
    ///
    /// # Cancel safety
    /// None: after a drop in the middle of a command the connection has to be closed. Wait with
    /// [`ClientStream::ready`] first.
    pub async fn read_command(
        &mut self,
        command: &mut Vec<u8>,
        max: usize,
    ) -> Result<bool, SessionError> {
        command.clear();
        if !self.ready().await? {
            return Ok(false);
        }
        self.sequence = 0;
        loop {
            let header = self.read_header(max.saturating_sub(command.len())).await?;
            let mut missing = header.payload_len;
            while missing > 0 {
                if self.buffered().is_empty() {
                    self.fill_on().await?;
                }
                let taken = missing.min(self.buffered().len());
                command.extend_from_slice(self.buffered().get(..taken).unwrap_or_default());
                self.consume(taken);
                missing -= taken;
            }
            if !header.is_continued() {
                // an idle client is not to hold a large buffer
                self.read_size = READ_MIN;
                return Ok(true);
            }
        }
    }

    /// As [`ClientStream::read_command`], if the command has arrived as a whole and in one frame; `false` if not.
    ///
    /// # Errors
    /// As [`ClientStream::read_command`].
    pub fn read_command_at_once(
        &mut self,
        command: &mut Vec<u8>,
        max: usize,
    ) -> Result<bool, SessionError> {
        let Some(header) = PacketHeader::peek(self.buffered()) else {
            return Ok(false);
        };
        let payload = self
            .buffered()
            .get(HEADER_LEN..HEADER_LEN + header.payload_len);
        let Some(payload) = payload.filter(|_| !header.is_continued() && header.payload_len <= max)
        else {
            return Ok(false);
        };
        command.clear();
        command.extend_from_slice(payload);
        self.sequence = 0;
        self.expect_sequence(header.sequence)?;
        self.consume(HEADER_LEN + header.payload_len);
        self.read_size = READ_MIN;
        Ok(true)
    }

    /// Waits for more of what has begun.
    async fn fill_on(&mut self) -> Result<(), SessionError> {
        let patience = self.patience;
        match tokio::time::timeout(patience, self.fill()).await {
            Ok(Ok(1..)) => Ok(()),
            Ok(Ok(0)) => Err(SessionError::Closed),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(SessionError::Stalled(patience)),
        }
    }

    /// Takes the next header and moves the sequence id on.
    async fn read_header(&mut self, max: usize) -> Result<PacketHeader, SessionError> {
        let header = loop {
            if let Some(header) = PacketHeader::peek(self.buffered()) {
                break header;
            }
            self.fill_on().await?;
        };
        self.consume(HEADER_LEN);
        self.expect_sequence(header.sequence)?;
        if header.payload_len > max {
            return Err(SessionError::CommandTooLong { max });
        }
        Ok(header)
    }

    fn expect_sequence(&mut self, found: u8) -> Result<(), SessionError> {
        let expected = self.sequence;
        self.sequence = found.wrapping_add(1);
        if found == expected {
            Ok(())
        } else {
            Err(SessionError::OutOfOrder { expected, found })
        }
    }

    /// Reads one packet of a login without taking a byte behind it from the socket, so that
    /// nothing plain can end up behind a TLS handshake.
    pub(super) async fn read_login_packet(&mut self, max: usize) -> Result<Vec<u8>, SessionError> {
        self.fill_exactly(HEADER_LEN).await?;
        let header = self.read_header(max.min(MAX_PAYLOAD - 1)).await?;
        self.fill_exactly(header.payload_len).await?;
        let payload = self
            .buffered()
            .get(..header.payload_len)
            .unwrap_or_default()
            .to_vec();
        self.consume(header.payload_len);
        Ok(payload)
    }

    async fn fill_exactly(&mut self, count: usize) -> Result<(), SessionError> {
        self.compact();
        while self.buffered().len() < count {
            let missing = count - self.buffered().len();
            if read_some(&mut self.transport, &mut self.input, missing).await? == 0 {
                return Err(SessionError::Closed);
            }
        }
        Ok(())
    }

    /// Runs the server's side of a TLS handshake after an SSLRequest.
    ///
    /// # Errors
    /// [`SessionError::BytesBehindSslRequest`] if plain bytes are still buffered.
    pub async fn upgrade(&mut self, acceptor: &TlsAcceptor) -> Result<(), SessionError> {
        if !self.buffered().is_empty() {
            return Err(SessionError::BytesBehindSslRequest);
        }
        let Transport::Plain(tcp) = mem::replace(&mut self.transport, Transport::Gone) else {
            return Err(SessionError::Tls(io::ErrorKind::InvalidInput.into()));
        };
        let tls = acceptor.accept(tcp).await.map_err(SessionError::Tls)?;
        self.transport = Transport::Tls(Box::new(tls));
        Ok(())
    }

    /// The bytes to be written by the next flush; append only.
    pub fn out_mut(&mut self) -> &mut Vec<u8> {
        if self.out.capacity() == 0 {
            self.out = take_bytes();
        }
        &mut self.out
    }

    /// The bytes to be written, and the sequence id of the next packet among them.
    pub fn out_and_sequence(&mut self) -> (&mut Vec<u8>, &mut u8) {
        if self.out.capacity() == 0 {
            self.out = take_bytes();
        }
        (&mut self.out, &mut self.sequence)
    }

    /// The sequence id of the next packet to write.
    pub fn sequence_mut(&mut self) -> &mut u8 {
        &mut self.sequence
    }

    /// Bytes that wait for a flush.
    #[must_use]
    pub fn unflushed(&self) -> usize {
        self.out.len() - self.written
    }

    /// Appends a packet to the bytes to be written.
    pub fn write_payload(&mut self, payload: &[u8]) {
        let (out, sequence) = self.out_and_sequence();
        write_packet(out, sequence, payload);
    }

    /// Appends an OK packet.
    pub fn write_ok(&mut self, ok: &OkPacket) {
        let (out, sequence) = self.out_and_sequence();
        write_packet_with(out, sequence, |payload| {
            ok.write(payload);
        });
    }

    /// Appends an ERR packet.
    pub fn write_err(&mut self, err: &ErrPacket) {
        let mut payload = Vec::with_capacity(16 + err.message.len());
        err.write(&mut payload);
        self.write_payload(&payload);
    }

    /// Tells a client that is not even greeted why its connection is closed.
    pub async fn refuse(&mut self, err: &ErrPacket) -> io::Result<()> {
        let mut payload = Vec::with_capacity(16 + err.message.len());
        err.write_before_greeting(&mut payload);
        self.write_payload(&payload);
        self.shutdown().await
    }

    /// Writes all that waits, and gives the buffer back if it is large.
    ///
    /// # Cancel safety
    /// When the future is dropped, the next flush goes on where this one stopped (over TLS what
    /// rustls has taken counts as written).
    pub async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// As [`ClientStream::flush`].
    ///
    /// # Errors
    /// The client is gone.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.out.get(self.written..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.transport).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.written += count,
            }
        }
        if self.is_tls() {
            ready!(Pin::new(&mut self.transport).poll_flush(cx))?;
        }
        self.written = 0;
        put_bytes(mem::take(&mut self.out));
        Poll::Ready(Ok(()))
    }

    /// Writes as much of what waits as the kernel takes at once; whether that is all of it. If not,
    /// [`ClientStream::flush`] writes the rest.
    ///
    /// # Errors
    /// The client is gone.
    pub fn flush_at_once(&mut self) -> io::Result<bool> {
        let rest = self.out.get(self.written..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(!self.is_tls());
        }
        match self.transport.write_at_once(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => self.written += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        }
        if self.unflushed() > 0 {
            return Ok(false);
        }
        self.written = 0;
        put_bytes(mem::take(&mut self.out));
        Ok(true)
    }

    /// Flushes, and tells the client that nothing more comes.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        self.flush().await?;
        self.transport.shutdown().await
    }

    /// Moves unconsumed bytes to the front before more are read behind them.
    fn compact(&mut self) {
        if self.consumed > 0 {
            self.input.drain(..self.consumed);
            self.consumed = 0;
        }
    }
}

/// One read of at most `limit` bytes; a TLS client that just goes away has closed, too.
async fn read_some(
    transport: &mut Transport,
    input: &mut Vec<u8>,
    limit: usize,
) -> io::Result<usize> {
    closed(transport.take(limit as u64).read_buf(input).await)
}

fn closed(read: io::Result<usize>) -> io::Result<usize> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
        result => result,
    }
}

/// OpenSSL's name of a cipher suite: `TLS13_AES_256_GCM_SHA384` is `TLS_AES_256_GCM_SHA384` there, and
/// `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384` is `ECDHE-RSA-AES256-GCM-SHA384`.
fn openssl_name(suite: &str) -> String {
    if let Some(rest) = suite.strip_prefix("TLS13_") {
        return format!("TLS_{rest}");
    }
    let name = suite.strip_prefix("TLS_").unwrap_or(suite);
    name.replace("_WITH", "")
        .replace("AES_", "AES")
        .replace("POLY1305_SHA256", "POLY1305")
        .replace('_', "-")
}
