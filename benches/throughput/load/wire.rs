//! A socket with the bytes of an answer whose end has not come.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};

use super::settings::PATIENCE;

/// A client's connection: a socket that blocks, or one that says when it would.
pub struct Wire<S> {
    pub stream: S,
    pub pending: Vec<u8>,
}

/// Both kinds of sockets.
pub trait Socket: Read + Write + Sized {
    fn connect(address: SocketAddr) -> io::Result<Self>;

    fn hurry(&self) -> io::Result<()>;
}

impl Socket for std::net::TcpStream {
    fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = std::net::TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    fn hurry(&self) -> io::Result<()> {
        self.set_nodelay(true)
    }
}

impl Socket for mio::net::TcpStream {
    fn connect(address: SocketAddr) -> io::Result<Self> {
        mio::net::TcpStream::connect(address)
    }

    fn hurry(&self) -> io::Result<()> {
        self.set_nodelay(true)
    }
}

impl<S: Socket> Wire<S> {
    pub fn dial(port: u16) -> io::Result<Wire<S>> {
        let stream = S::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        // as every driver does: a close and the next prepare would wait for each other's acknowledgement
        stream.hurry()?;
        Ok(Wire {
            stream,
            pending: Vec::new(),
        })
    }

    /// As much as has come, at most a buffer full; `None` if nothing has.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match self.stream.read(buffer) {
            Ok(0) => Err(io::Error::new(ErrorKind::UnexpectedEof, "it hung up")),
            Ok(count) => Ok(Some(count)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Statements are small: a socket that takes no more of one is as good as broken.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }
}
