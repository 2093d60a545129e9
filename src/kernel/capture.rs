//! A client that nobody is: keeps the columns of an answer and forgets its rows.

use std::io;
use std::task::{Context, Poll};

use crate::backend::Definitions;
use crate::execute::Downstream;
use crate::protocol::{Capabilities, HEADER_LEN, PacketHeader, Reader};

/// Columns that do not fit are not told.
const MAX_BYTES: usize = 256 << 10;

/// What an answer begins with.
#[derive(Debug)]
pub(super) struct Capture {
    out: Vec<u8>,
    sequence: u8,
    /// The first bytes of the answer.
    head: Vec<u8>,
}

impl Capture {
    pub(super) fn new() -> Self {
        Self {
            out: Vec::new(),
            sequence: 1,
            head: Vec::new(),
        }
    }

    /// The columns of the answer's first result set; none if it has none.
    pub(super) fn definitions(mut self) -> Definitions {
        self.keep();
        let mut packets = Packets(&self.head);
        let mut definitions = Definitions::default();
        let count = packets.next().and_then(|first| match first.first() {
            Some(0x00 | 0xFF) | None => None,
            Some(_) => Reader::new(first).lenenc_int().ok(),
        });
        for _ in 0..count.unwrap_or_default() {
            match packets.next() {
                Some(column) => definitions.columns.push(column.to_vec()),
                None => return Definitions::default(),
            }
        }
        definitions
    }

    fn keep(&mut self) {
        let room = MAX_BYTES.saturating_sub(self.head.len());
        let taken = room.min(self.out.len());
        self.head
            .extend_from_slice(self.out.get(..taken).unwrap_or_default());
        self.out.clear();
    }
}

impl Downstream for Capture {
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
        Capabilities::DEPRECATE_EOF
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.keep();
        Poll::Ready(Ok(()))
    }

    fn arrived(&self) -> &[u8] {
        &[]
    }

    fn take_arrived(&mut self, _count: usize) {}

    async fn fill(&mut self) -> io::Result<()> {
        // nobody sends anything to what is only captured
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// The payloads of whole packets.
struct Packets<'a>(&'a [u8]);

impl<'a> Iterator for Packets<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let header = PacketHeader::peek(self.0)?;
        let rest = self.0.get(HEADER_LEN..)?;
        let (payload, rest) = rest.split_at_checked(header.payload_len)?;
        self.0 = rest;
        Some(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ColumnDefinition, EofPacket, TextResult};

    fn captured(rows: usize) -> Definitions {
        let result = TextResult {
            columns: vec![ColumnDefinition::text("a"), ColumnDefinition::integer("b")],
            rows: vec![vec![Some(vec![b'x'; 60_000]), None]; rows],
        };
        let mut capture = Capture::new();
        let (out, sequence) = capture.parts_mut();
        result.write(
            out,
            sequence,
            Capabilities::DEPRECATE_EOF,
            EofPacket::default(),
        );
        capture.definitions()
    }

    #[test]
    fn columns_are_kept_whatever_the_rows() {
        assert_eq!(captured(0).columns.len(), 2);
        assert_eq!(captured(20), captured(0));
    }

    #[test]
    fn an_answer_without_rows_has_no_columns() {
        let mut capture = Capture::new();
        capture.out_mut().extend([7, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]);
        assert_eq!(capture.definitions(), Definitions::default());
        assert_eq!(Capture::new().definitions(), Definitions::default());
    }
}
