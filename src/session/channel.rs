//! A logged-in client as the kernel writes its answers to it.

use std::io;
use std::task::{Context, Poll};

use crate::execute::Downstream;
use crate::protocol::Capabilities;

use super::login::Login;
use super::stream::ClientStream;

/// A client after login: its stream and what was negotiated.
pub(super) struct Channel {
    pub(super) stream: ClientStream,
    pub(super) capabilities: Capabilities,
    pub(super) login: Login,
}

impl Downstream for Channel {
    fn out_mut(&mut self) -> &mut Vec<u8> {
        self.stream.out_mut()
    }

    fn sequence_mut(&mut self) -> &mut u8 {
        self.stream.sequence_mut()
    }

    fn parts_mut(&mut self) -> (&mut Vec<u8>, &mut u8) {
        self.stream.out_and_sequence()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_flush(cx)
    }

    fn arrived(&self) -> &[u8] {
        self.stream.buffered()
    }

    fn take_arrived(&mut self, count: usize) {
        self.stream.consume(count);
    }

    async fn fill(&mut self) -> io::Result<()> {
        match self.stream.fill().await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}
