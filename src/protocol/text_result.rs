//! Result sets of our own in the text protocol.

use super::binary_rows::BinaryRows;
use super::capabilities::Capabilities;
use super::column::ColumnDefinition;
use super::eof::EofPacket;
use super::error::ProtocolError;
use super::ok::OkPacket;
use super::packet::{write_lenenc_bytes, write_lenenc_int, write_packet, write_packet_with};
use super::status::StatusFlags;

/// One row of a [`TextResult`]; `None` is NULL.
pub type TextRow = Vec<Option<Vec<u8>>>;

/// A whole small result set, such as `SHOW PROCESSLIST`'s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextResult {
    /// The columns.
    pub columns: Vec<ColumnDefinition>,
    /// The rows, each as wide as `columns`.
    pub rows: Vec<TextRow>,
}

impl TextResult {
    /// Appends the result set as packets in the EOF style that the client's `capabilities` ask for.
    pub fn write(
        &self,
        out: &mut Vec<u8>,
        sequence: &mut u8,
        capabilities: Capabilities,
        end: EofPacket,
    ) {
        self.write_columns(out, sequence, capabilities, end.status);
        let mut payload = Vec::new();
        for row in &self.rows {
            payload.clear();
            write_text_row(&mut payload, row.iter().map(Option::as_deref));
            write_packet(out, sequence, &payload);
        }
        write_result_end(out, sequence, capabilities, end);
    }

    /// As [`TextResult::write`], with rows of the binary protocol: the answer to a COM_STMT_EXECUTE.
    ///
    /// # Errors
    /// A value is not of its column's type; `out` and `sequence` are then as they were.
    pub fn write_binary(
        &self,
        out: &mut Vec<u8>,
        sequence: &mut u8,
        capabilities: Capabilities,
        end: EofPacket,
    ) -> Result<(), ProtocolError> {
        let (start, first) = (out.len(), *sequence);
        self.write_columns(out, sequence, capabilities, end.status);
        let mut binary = BinaryRows::default();
        for column in &self.columns {
            binary.push(column);
        }
        for row in &self.rows {
            if let Err(error) = binary.write_texts(row, out, sequence) {
                out.truncate(start);
                *sequence = first;
                return Err(error);
            }
        }
        write_result_end(out, sequence, capabilities, end);
        Ok(())
    }

    fn write_columns(
        &self,
        out: &mut Vec<u8>,
        sequence: &mut u8,
        capabilities: Capabilities,
        status: StatusFlags,
    ) {
        let mut payload = Vec::new();
        write_lenenc_int(&mut payload, self.columns.len() as u64);
        write_packet(out, sequence, &payload);
        for column in &self.columns {
            payload.clear();
            column.write(&mut payload);
            write_packet(out, sequence, &payload);
        }
        write_columns_end(out, sequence, capabilities, status);
    }
}

/// Appends a text row's payload.
pub fn write_text_row<'a>(
    payload: &mut Vec<u8>,
    values: impl IntoIterator<Item = Option<&'a [u8]>>,
) {
    for value in values {
        match value {
            None => payload.push(0xFB),
            Some(bytes) => write_lenenc_bytes(payload, bytes),
        }
    }
}

/// Appends the EOF packet between columns and rows, for clients without `CLIENT_DEPRECATE_EOF`.
pub fn write_columns_end(
    out: &mut Vec<u8>,
    sequence: &mut u8,
    capabilities: Capabilities,
    status: StatusFlags,
) {
    if capabilities.contains(Capabilities::DEPRECATE_EOF) {
        return;
    }
    let eof = EofPacket {
        warnings: 0,
        status,
    };
    write_packet_with(out, sequence, |payload| eof.write(payload));
}

/// Appends the packet that ends a result set: an EOF packet, or an OK packet of header `0xFE`.
pub fn write_result_end(
    out: &mut Vec<u8>,
    sequence: &mut u8,
    capabilities: Capabilities,
    end: EofPacket,
) {
    if capabilities.contains(Capabilities::DEPRECATE_EOF) {
        let ok = OkPacket {
            status: end.status,
            warnings: end.warnings,
            ..OkPacket::default()
        };
        write_packet_with(out, sequence, |payload| ok.write_as_eof(payload));
    } else {
        let mut status = end.status;
        status.remove(StatusFlags::SESSION_STATE_CHANGED);
        let eof = EofPacket { status, ..end };
        write_packet_with(out, sequence, |payload| eof.write(payload));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result() -> TextResult {
        TextResult {
            columns: vec![ColumnDefinition::text("a"), ColumnDefinition::integer("b")],
            rows: vec![
                vec![Some(b"x".to_vec()), None],
                vec![None, Some(b"12".to_vec())],
            ],
        }
    }

    fn payloads(mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut payloads = Vec::new();
        while !bytes.is_empty() {
            let (header, payload) = crate::protocol::split_small_packet(bytes, 1 << 20)
                .unwrap()
                .unwrap();
            assert_eq!(usize::from(header.sequence), payloads.len() + 1);
            payloads.push(payload.to_vec());
            bytes = &bytes[4 + payload.len()..];
        }
        payloads
    }

    #[test]
    fn binary_rows_stand_between_the_same_packets() {
        let end = EofPacket::default();
        let (mut text, mut binary) = (Vec::new(), Vec::new());
        result().write(&mut text, &mut 1, Capabilities::NONE, end);
        result()
            .write_binary(&mut binary, &mut 1, Capabilities::NONE, end)
            .unwrap();
        let (text, binary) = (payloads(&text), payloads(&binary));
        assert_eq!(binary[..4], text[..4]);
        assert_eq!(binary[4], b"\0\x08\x01x");
        assert_eq!(binary[5], b"\0\x04\x0C\0\0\0\0\0\0\0");
        assert_eq!(binary[6..], text[6..]);

        let mut bad = result();
        bad.rows[1][1] = Some(b"x".to_vec());
        let (mut out, mut sequence) = (b"before".to_vec(), 9);
        assert!(
            bad.write_binary(&mut out, &mut sequence, Capabilities::NONE, end)
                .is_err()
        );
        assert_eq!((out, sequence), (b"before".to_vec(), 9));
    }

    #[test]
    fn both_eof_styles_are_written() {
        let end = EofPacket {
            warnings: 1,
            status: StatusFlags::AUTOCOMMIT,
        };
        let (mut old, mut new) = (Vec::new(), Vec::new());
        result().write(&mut old, &mut 1, Capabilities::NONE, end);
        result().write(&mut new, &mut 1, Capabilities::DEPRECATE_EOF, end);
        let (old, new) = (payloads(&old), payloads(&new));
        assert_eq!((old.len(), new.len()), (7, 6));
        assert_eq!(old[0], [2]);
        assert_eq!(old[3], b"\xFE\0\0\x02\0");
        assert_eq!(old[4], b"\x01x\xFB");
        assert_eq!(old[6], b"\xFE\x01\0\x02\0");
        assert_eq!(new[4], b"\xFB\x0212");
        assert_eq!(new[5], b"\xFE\0\0\x02\0\x01\0");
    }
}
