//! Packets over a socket: buffered both ways, safe to be dropped at any await.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::error::ConnError;
use super::input::{Input, MAX_LEN};
use super::socket::Socket;
use crate::protocol::{
    HEADER_LEN, MAX_PAYLOAD, PacketHeader, ProtocolError, split_small_packet, write_packet,
    write_packet_with,
};

/// Capacity of the output buffer that a resting connection keeps at most.
const OUT_KEPT: usize = 64 * 1024;

/// A socket with its buffers.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) source_name: Arc<str>,
    pub(super) socket: Socket,
    pub(super) input: Input,
    pub(super) out: Vec<u8>,
    /// How much of `out` the kernel has taken.
    taken: usize,
    /// Whether any byte of the current command left.
    sent: bool,
    /// Sequence id of the first packet that answers the command begun last.
    pub(super) answers_from: u8,
}

impl Wire {
    pub(super) fn new(source_name: Arc<str>, socket: Socket) -> Self {
        Self {
            source_name,
            socket,
            input: Input::new(),
            out: Vec::new(),
            taken: 0,
            sent: false,
            answers_from: 0,
        }
    }

    /// Receives at least one byte.
    ///
    /// # Cancel safety
    /// Nothing received is lost if the future is dropped.
    pub(super) async fn fill(&mut self) -> Result<usize, ConnError> {
        poll_fn(|cx| self.poll_fill(cx)).await
    }

    /// As [`Wire::fill`].
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize, ConnError>> {
        let Some(room) = self.input.room() else {
            return Poll::Ready(Err(ConnError::TooMuchData {
                source_name: Arc::clone(&self.source_name),
                limit: MAX_LEN,
            }));
        };
        match ready!(self.socket.poll_read(cx, room)) {
            Ok(count) if count > 0 => {
                self.input.received(count);
                Poll::Ready(Ok(count))
            }
            _ => Poll::Ready(Err(self.lost())),
        }
    }

    /// Sends what the kernel takes of `out` at once; whether nothing is left.
    pub(super) fn flush_at_once(&mut self) -> Result<bool, ConnError> {
        let rest = self.out.get(self.taken..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(true);
        }
        let count = match self.socket.write_at_once(rest) {
            Ok(0) => return Err(self.lost()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(_) => return Err(self.lost()),
        };
        self.sent = true;
        self.taken += count;
        if self.taken < self.out.len() {
            return Ok(false);
        }
        self.out.clear();
        self.taken = 0;
        Ok(true)
    }

    /// Sends everything in `out`.
    ///
    /// # Cancel safety
    /// What was taken by the kernel is remembered; a later call goes on from there.
    pub(super) async fn flush(&mut self) -> Result<(), ConnError> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// As [`Wire::flush`].
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ConnError>> {
        while let Some(rest) = self.out.get(self.taken..).filter(|rest| !rest.is_empty()) {
            match ready!(self.socket.poll_write(cx, rest)) {
                Ok(count) if count > 0 => {
                    self.taken += count;
                    self.sent = true;
                }
                _ => return Poll::Ready(Err(self.lost())),
            }
        }
        self.out.clear();
        self.taken = 0;
        let flushed = ready!(self.socket.poll_flush(cx));
        Poll::Ready(flushed.map_err(|_| self.lost()))
    }

    /// Appends one command: sequence id 0, in as many frames as its length needs.
    pub(super) fn begin_command(&mut self, payload_parts: &[&[u8]]) {
        self.sent = self.taken > 0;
        let mut left: usize = payload_parts.iter().map(|part| part.len()).sum();
        let mut parts = payload_parts.iter().copied();
        let mut part: &[u8] = &[];
        let mut sequence = 0_u8;
        loop {
            let header = PacketHeader {
                payload_len: left.min(MAX_PAYLOAD),
                sequence,
            };
            self.out.extend_from_slice(&header.to_bytes());
            let mut wanted = header.payload_len;
            while wanted > 0 {
                if part.is_empty() {
                    let Some(next) = parts.next() else { break };
                    part = next;
                    continue;
                }
                let (piece, rest) = part.split_at(part.len().min(wanted));
                self.out.extend_from_slice(piece);
                wanted -= piece.len();
                part = rest;
            }
            left -= header.payload_len;
            sequence = sequence.wrapping_add(1);
            if !header.is_continued() {
                self.answers_from = sequence;
                return;
            }
        }
    }

    /// As [`Wire::begin_command`], for a payload that is written in place: most fit in one frame
    /// and are copied no more.
    pub(super) fn begin_written(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.sent = self.taken > 0;
        let mut sequence = 0;
        write_packet_with(&mut self.out, &mut sequence, write);
        self.answers_from = sequence;
    }

    /// Sends one packet of the login.
    pub(super) async fn send(&mut self, mut sequence: u8, payload: &[u8]) -> Result<(), ConnError> {
        write_packet(&mut self.out, &mut sequence, payload);
        self.flush().await
    }

    /// Receives one whole packet of at most `max` bytes and takes it out of the buffer.
    pub(super) async fn packet(
        &mut self,
        max: usize,
    ) -> Result<(PacketHeader, Vec<u8>), ConnError> {
        loop {
            let whole = split_small_packet(self.input.unread(), max)
                .map_err(|error| self.broken(&error))?;
            if let Some((header, payload)) = whole {
                let payload = payload.to_vec();
                self.input.consume(HEADER_LEN + payload.len());
                return Ok((header, payload));
            }
            self.fill().await?;
        }
    }

    pub(super) fn lost(&self) -> ConnError {
        ConnError::Lost {
            source_name: Arc::clone(&self.source_name),
            sent: self.sent,
        }
    }

    pub(super) fn broken(&self, error: &ProtocolError) -> ConnError {
        self.protocol(error.to_string())
    }

    pub(super) fn protocol(&self, reason: impl Into<String>) -> ConnError {
        ConnError::Protocol {
            source_name: Arc::clone(&self.source_name),
            reason: reason.into(),
        }
    }

    /// Whether nothing is left to send or to read, in our buffers or the kernel's.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.input.is_empty() && self.out.is_empty() && self.socket.is_quiet()
    }

    /// As [`Wire::is_quiet`], as far as the reactor has heard.
    pub(super) fn seems_quiet(&mut self) -> bool {
        self.input.is_empty() && self.out.is_empty() && self.socket.seems_quiet()
    }

    /// Nothing is buffered on either side. What the socket may hold is looked at when the connection is lent
    /// again: once a statement is enough, and only then does it matter.
    pub(super) fn is_idle(&self) -> bool {
        self.input.is_empty() && self.out.is_empty()
    }

    /// Gives memory back that only a large packet needed.
    pub(super) fn shrink(&mut self) {
        self.input.shrink();
        if self.out.is_empty() {
            self.out.shrink_to(OUT_KEPT);
        }
    }
}
