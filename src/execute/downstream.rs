//! The client's side of a relay.

use std::future::{Future, poll_fn};
use std::io;
use std::task::{Context, Poll};

use crate::protocol::Capabilities;

/// Where answers go: an outgoing buffer with the sequence id of the next packet.
pub trait Downstream: Send {
    /// Bytes not yet written to the client.
    fn out_mut(&mut self) -> &mut Vec<u8>;

    /// Sequence id that the next packet gets.
    fn sequence_mut(&mut self) -> &mut u8;

    /// Both at once, for writers that need them together.
    fn parts_mut(&mut self) -> (&mut Vec<u8>, &mut u8);

    /// Capabilities negotiated with the client.
    fn capabilities(&self) -> Capabilities;

    /// Writes the buffer to the client; when it is ready the buffer is empty. What is appended meanwhile follows.
    ///
    /// # Errors
    /// The client is gone.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// As [`Downstream::poll_flush`].
    ///
    /// # Errors
    /// The client is gone.
    ///
    /// # Cancel safety
    /// Not cancel safe: a dropped future may have written a part; close the client then.
    fn flush(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        poll_fn(|cx| self.poll_flush(cx))
    }

    /// Bytes that the client has sent and nobody has taken; in the middle of an answer only a file's are read.
    fn arrived(&self) -> &[u8];

    /// Drops the first `count` bytes that have arrived.
    fn take_arrived(&mut self, count: usize);

    /// Waits until more bytes have arrived.
    ///
    /// # Errors
    /// The client is gone.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    fn fill(&mut self) -> impl Future<Output = io::Result<()>> + Send;
}
