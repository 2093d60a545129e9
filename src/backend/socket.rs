//! A backend's TCP stream, plain or encrypted.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A peer that vanished without a word is noticed after about 25 s of silence.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;

/// The stream under a connection.
#[derive(Debug)]
pub(super) enum Socket {
    /// As TCP carries it.
    Plain(TcpStream),
    /// By TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    /// Connects without delay for small packets and with keep-alive.
    pub(super) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        let keepalive = TcpKeepalive::new()
            .with_time(KEEPALIVE_IDLE)
            .with_interval(KEEPALIVE_INTERVAL)
            .with_retries(KEEPALIVE_RETRIES);
        SockRef::from(&stream).set_tcp_keepalive(&keepalive)?;
        Ok(stream)
    }

    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        let read = match self {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, &mut buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, &mut buffer),
        };
        read.map_ok(|()| buffer.filled().len())
    }

    /// Writes what the kernel takes now; nothing over TLS, which is not told to be out before it is flushed.
    pub(super) fn write_at_once(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.try_write(bytes),
            Self::Tls(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            // a TCP stream keeps nothing back
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    /// Whether the stream is open and holds no unread byte. The kernel is asked each time: the runtime may not yet have
    /// been told that a server has gone. What comes in the moment after is refused by its place in the protocol
    /// ([`super::Conn::is_answer`]).
    pub(super) fn is_quiet(&mut self) -> bool {
        self.silent_stream().is_some_and(is_silent)
    }

    /// As [`Socket::is_quiet`], but the kernel is asked only where the reactor has heard of something to read.
    pub(super) fn seems_quiet(&mut self) -> bool {
        self.silent_stream().is_some_and(|stream| {
            let heard = stream.try_io(Interest::READABLE, || {
                if is_silent(stream) {
                    Err(io::ErrorKind::WouldBlock.into())
                } else {
                    Ok(())
                }
            });
            heard.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
        })
    }

    /// The TCP stream, unless something has been read and decrypted that nobody has asked for.
    fn silent_stream(&mut self) -> Option<&TcpStream> {
        match self {
            Self::Plain(stream) => Some(stream),
            Self::Tls(stream) => {
                let (stream, session) = stream.get_mut();
                let state = session.process_new_packets();
                let has_plaintext = state.is_ok_and(|state| state.plaintext_bytes_to_read() > 0);
                (!has_plaintext).then_some(stream)
            }
        }
    }

    /// Registers the stream with the runtime of the calling task.
    pub(super) fn move_here(&mut self) -> io::Result<()> {
        let stream = match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_mut().0,
        };
        // a second descriptor of the same stream: the first may lie inside of a TLS session
        let again = SockRef::from(&*stream).try_clone()?;
        *stream = TcpStream::from_std(again.into())?;
        Ok(())
    }

    /// Writes a last word if it goes out at once; the stream is to be closed after.
    pub(super) fn write_now(&mut self, bytes: &[u8]) {
        match self {
            Self::Plain(stream) => {
                let _ = stream.try_write(bytes);
            }
            Self::Tls(stream) => {
                let (stream, session) = stream.get_mut();
                let _ = io::Write::write(&mut session.writer(), bytes);
                session.send_close_notify();
                let _ = session.write_tls(&mut Immediate(stream));
            }
        }
    }
}

/// Lets rustls write to a socket without waiting.
struct Immediate<'a>(&'a TcpStream);

impl io::Write for Immediate<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether the kernel has neither bytes nor an end for the reader.
fn is_silent(stream: &TcpStream) -> bool {
    SockRef::from(stream)
        .peek(&mut [MaybeUninit::uninit()])
        .is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}
