//! Turns runs of text rows into binary ones on their way to the client.

use crate::protocol::{BinaryRows, HEADER_LEN, MAX_PAYLOAD, PacketHeader, ProtocolError};

use super::row_run::{EOF, ERR, Stop};

/// No server makes a larger packet.
const MAX_ROW: usize = 1 << 30;

/// The columns of a result set, and where its rows stand between two reads from the backend.
#[derive(Debug, Default)]
pub(super) struct BinaryRun {
    columns: BinaryRows,
    /// Whole frames of a row whose last frame has not come.
    frames: Vec<u8>,
    /// The next frame continues a row.
    is_continued: bool,
    /// Rows seen.
    pub(super) rows: u64,
}

impl BinaryRun {
    /// Another result set starts.
    pub(super) fn start(&mut self) {
        self.columns.clear();
        self.rows = 0;
    }

    /// Takes a column's definition.
    pub(super) fn push_definition(&mut self, payload: &[u8]) -> Result<(), ProtocolError> {
        self.columns.push_definition(payload)
    }

    /// Appends the whole rows of `input` to `out`. Returns how many bytes were taken and why it
    /// stopped.
    pub(super) fn forward(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        sequence: &mut u8,
    ) -> Result<(usize, Stop), ProtocolError> {
        let mut at = 0;
        loop {
            let rest = input.get(at..).unwrap_or_default();
            let Some(header) = PacketHeader::peek(rest) else {
                return Ok((at, Stop::Starved));
            };
            let len = header.payload_len;
            if !self.is_continued && len > 0 {
                match rest.get(HEADER_LEN) {
                    None => return Ok((at, Stop::Starved)),
                    Some(&ERR) => return Ok((at, Stop::Terminal)),
                    Some(&EOF) if len < MAX_PAYLOAD => return Ok((at, Stop::Terminal)),
                    Some(_) => {}
                }
            }
            let Some(frame) = rest.get(HEADER_LEN..HEADER_LEN + len) else {
                return Ok((at, Stop::Starved));
            };
            self.take(frame, out, sequence)?;
            at += HEADER_LEN + len;
        }
    }

    fn take(
        &mut self,
        frame: &[u8],
        out: &mut Vec<u8>,
        sequence: &mut u8,
    ) -> Result<(), ProtocolError> {
        let is_last = frame.len() < MAX_PAYLOAD;
        if is_last && !self.is_continued {
            self.rows += 1;
            return self.columns.write_row(frame, out, sequence);
        }
        if self.frames.len() + frame.len() > MAX_ROW {
            return Err(ProtocolError::Malformed("a row of more than 1 GiB"));
        }
        self.frames.extend_from_slice(frame);
        self.is_continued = !is_last;
        if is_last {
            self.rows += 1;
            let row = std::mem::take(&mut self.frames);
            return self.columns.write_row(&row, out, sequence);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ColumnDefinition, write_packet, write_text_row};

    fn run() -> BinaryRun {
        let mut run = BinaryRun::default();
        for column in [ColumnDefinition::integer("a"), ColumnDefinition::text("b")] {
            let mut payload = Vec::new();
            column.write(&mut payload);
            run.push_definition(&payload).unwrap();
        }
        run
    }

    fn row(a: &str, b: &[u8]) -> Vec<u8> {
        let mut row = Vec::new();
        write_text_row(&mut row, [Some(a.as_bytes()), Some(b)]);
        row
    }

    #[test]
    fn rows_cut_at_every_byte_come_out_as_binary_ones() {
        let mut input = Vec::new();
        write_packet(&mut input, &mut 7, &row("1", b"x"));
        write_packet(&mut input, &mut 7, b"\xFB\xFB");
        write_packet(&mut input, &mut 7, b"\xFE\0\0\x02\0\0\0");
        let expected = b"\x0C\0\0\x01\0\0\x01\0\0\0\0\0\0\0\x01x\x02\0\0\x02\0\x0C";
        for cut in 0..input.len() {
            let (mut out, mut sequence, mut run) = (Vec::new(), 1, run());
            let (taken, _) = run.forward(&input[..cut], &mut out, &mut sequence).unwrap();
            let (more, stop) = run
                .forward(&input[taken..], &mut out, &mut sequence)
                .unwrap();
            assert_eq!((stop, run.rows), (Stop::Terminal, 2), "cut at {cut}");
            assert_eq!(input[taken + more..].len(), 11);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn a_row_of_several_frames_is_joined() {
        let value = vec![7; MAX_PAYLOAD + 5];
        let mut input = Vec::new();
        write_packet(&mut input, &mut 1, &row("1", &value));
        write_packet(&mut input, &mut 1, &row("2", b""));
        let (mut out, mut sequence, mut run) = (Vec::new(), 1, run());
        let (taken, stop) = run.forward(&input, &mut out, &mut sequence).unwrap();
        assert_eq!((taken, stop, run.rows), (input.len(), Stop::Starved, 2));
        assert_eq!(sequence, 4);
    }
}
