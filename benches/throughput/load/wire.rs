//! A socket with the bytes of an answer whose end has not come.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};

use mio::net::TcpStream;

/// A client's connection.
pub struct Wire {
    pub stream: TcpStream,
    pub pending: Vec<u8>,
}

impl Wire {
    pub fn dial(port: u16) -> io::Result<Wire> {
        let stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        // as every driver does: a close and the next prepare would wait for each other's acknowledgement
        stream.set_nodelay(true)?;
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
