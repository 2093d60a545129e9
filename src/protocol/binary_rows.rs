//! Rows of the text protocol as rows of the binary protocol.

use super::binary_value::write_binary_value;
use super::column::ColumnDefinition;
use super::error::ProtocolError;
use super::packet::write_packet_with;
use super::reader::Reader;
use super::wire_type::WireType;

/// Bits of a row's NULL bitmap in front of its first column's.
const BITMAP_OFFSET: usize = 2;

/// Turns text rows into binary ones by the types of their columns.
///
/// All values come out as a server itself would send them, but for FLOAT and for DOUBLE with a
/// number of decimals: their text is rounded, and what was cut off does not come back.
#[derive(Clone, Debug, Default)]
pub struct BinaryRows {
    /// Types that are not known here lie on the wire as strings do.
    columns: Vec<WireType>,
}

impl BinaryRows {
    /// Forgets the columns of the result set before.
    pub fn clear(&mut self) {
        self.columns.clear();
    }

    /// The next column, as the payload of its definition.
    pub fn push_definition(&mut self, payload: &[u8]) -> Result<(), ProtocolError> {
        let mut reader = Reader::new(payload);
        // catalog, schema, table, own table, name, own name
        for _ in 0..6 {
            reader.lenenc_bytes()?;
        }
        let mut fixed = Reader::new(reader.lenenc_bytes()?);
        // character set and length
        fixed.bytes(6)?;
        self.push_type(fixed.u8()?);
        Ok(())
    }

    /// The next column.
    pub fn push(&mut self, column: &ColumnDefinition) {
        self.push_type(column.column_type);
    }

    fn push_type(&mut self, code: u8) {
        let wire = WireType::from_code(code).unwrap_or(WireType::String);
        self.columns.push(wire);
    }

    /// Appends a binary row as a packet to `out`, of a text row's payload.
    ///
    /// # Errors
    /// A value cannot be read as its column's type; `out` is then as it was.
    pub fn write_row(
        &self,
        text_row: &[u8],
        out: &mut Vec<u8>,
        sequence: &mut u8,
    ) -> Result<(), ProtocolError> {
        let mut reader = Reader::new(text_row);
        self.write_values(|_| reader.text_value(), out, sequence)
    }

    /// As [`BinaryRows::write_row`], of values; missing ones are NULL.
    ///
    /// # Errors
    /// As [`BinaryRows::write_row`].
    pub fn write_texts(
        &self,
        texts: &[Option<Vec<u8>>],
        out: &mut Vec<u8>,
        sequence: &mut u8,
    ) -> Result<(), ProtocolError> {
        let text = |index: usize| Ok(texts.get(index).and_then(Option::as_deref));
        self.write_values(text, out, sequence)
    }

    fn write_values<'v>(
        &self,
        text: impl FnMut(usize) -> Result<Option<&'v [u8]>, ProtocolError>,
        out: &mut Vec<u8>,
        sequence: &mut u8,
    ) -> Result<(), ProtocolError> {
        let (start, first) = (out.len(), *sequence);
        let mut written = Ok(());
        write_packet_with(out, sequence, |out| written = self.write_payload(text, out));
        if written.is_err() {
            out.truncate(start);
            *sequence = first;
        }
        written
    }

    fn write_payload<'v>(
        &self,
        mut text: impl FnMut(usize) -> Result<Option<&'v [u8]>, ProtocolError>,
        out: &mut Vec<u8>,
    ) -> Result<(), ProtocolError> {
        // header of every binary row
        out.push(0);
        let bitmap = out.len();
        let bitmap_len = (self.columns.len() + BITMAP_OFFSET).div_ceil(8);
        out.resize(bitmap + bitmap_len, 0);
        for (index, &wire) in self.columns.iter().enumerate() {
            if let Some(value) = text(index)? {
                write_binary_value(out, wire, value)?;
                continue;
            }
            let bit = index + BITMAP_OFFSET;
            if let Some(byte) = out.get_mut(bitmap + bit / 8) {
                *byte |= 1 << (bit % 8);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::*;
    use crate::protocol::{MAX_PAYLOAD, write_packet, write_text_row};

    fn rows(types: &[WireType]) -> BinaryRows {
        let mut rows = BinaryRows::default();
        for wire in types {
            let mut payload = Vec::new();
            ColumnDefinition {
                column_type: wire.code(),
                ..ColumnDefinition::text("c")
            }
            .write(&mut payload);
            rows.push_definition(&payload).unwrap();
        }
        rows
    }

    #[test]
    fn nulls_stand_in_the_bitmap_two_bits_on() {
        let rows = rows(&[WireType::Tiny; 9]);
        let mut text = Vec::new();
        let values = (0..9_u8).map(|index| (index % 2 == 1).then_some(&b"7"[..]));
        write_text_row(&mut text, values);
        let (mut out, mut sequence) = (b"before".to_vec(), 5);
        rows.write_row(&text, &mut out, &mut sequence).unwrap();
        assert_eq!(out, b"before\x07\0\0\x05\0\x54\x05\x07\x07\x07\x07");
        assert_eq!(sequence, 6);
        let texts = [None, Some(b"7".to_vec())];
        let mut short = Vec::new();
        rows.write_texts(&texts, &mut short, &mut 0).unwrap();
        assert_eq!(short, b"\x04\0\0\0\0\xF4\x07\x07");
    }

    #[test]
    fn a_row_that_cannot_be_read_leaves_nothing_behind() {
        let rows = rows(&[WireType::Long, WireType::Long]);
        for text in [&b"\x011"[..], b"\x011\x01x", b"\x011\x05", b""] {
            let (mut out, mut sequence) = (b"before".to_vec(), 1);
            assert!(rows.write_row(text, &mut out, &mut sequence).is_err());
            assert_eq!((out, sequence), (b"before".to_vec(), 1));
        }
    }

    #[test]
    fn a_row_over_16_mib_is_split() {
        let rows = rows(&[WireType::LongBlob]);
        for len in [MAX_PAYLOAD - 10, MAX_PAYLOAD, MAX_PAYLOAD + 1] {
            let mut text = Vec::new();
            write_text_row(&mut text, [Some(&vec![7; len][..])]);
            let (mut out, mut sequence) = (Vec::new(), 0);
            rows.write_row(&text, &mut out, &mut sequence).unwrap();
            // header and bitmap in front of the text row's bytes
            let payload = [&[0, 0][..], &text].concat();
            let (mut expected, mut frames) = (Vec::new(), 0);
            write_packet(&mut expected, &mut frames, &payload);
            assert!(out == expected && sequence == frames, "{len}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_rows_never_panic(
            types in prop::collection::vec(any::<u8>(), 0..20),
            row in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let mut rows = BinaryRows::default();
            for code in types {
                rows.push_type(code);
            }
            let _ = rows.write_row(&row, &mut Vec::new(), &mut 0);
        }

        #[test]
        fn arbitrary_texts_never_panic(
            values in prop::collection::vec(("[-0-9:. e]{0,30}", any::<u8>()), 0..20),
        ) {
            let mut rows = BinaryRows::default();
            let mut row = Vec::new();
            for (text, code) in &values {
                rows.push_type(*code);
                write_text_row(&mut row, [Some(text.as_bytes())]);
            }
            let _ = rows.write_row(&row, &mut Vec::new(), &mut 0);
        }
    }
}
