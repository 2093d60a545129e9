//! The answer to COM_STMT_PREPARE.

use super::capabilities::Capabilities;
use super::error::ProtocolError;
use super::packet::write_packet;
use super::reader::Reader;
use super::status::StatusFlags;
use super::text_result::write_columns_end;

/// What stands in front of the definitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrepareOk {
    /// Who prepared it knows the statement by this.
    pub statement_id: u32,
    /// Number of columns, 0 without a result set.
    pub columns: u16,
    /// Number of parameters.
    pub params: u16,
    /// Number of warnings.
    pub warnings: u16,
}

impl PrepareOk {
    /// Reads a payload of header `0x00`.
    pub fn parse(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload);
        if reader.u8()? != 0 {
            return Err(ProtocolError::Malformed("not the answer to a prepare"));
        }
        let statement_id = reader.u32()?;
        let (columns, params) = (reader.u16()?, reader.u16()?);
        reader.u8()?;
        Ok(Self {
            statement_id,
            columns,
            params,
            warnings: reader.u16()?,
        })
    }

    /// Appends the payload.
    pub fn write(&self, payload: &mut Vec<u8>) {
        payload.push(0);
        payload.extend_from_slice(&self.statement_id.to_le_bytes());
        payload.extend_from_slice(&self.columns.to_le_bytes());
        payload.extend_from_slice(&self.params.to_le_bytes());
        payload.push(0);
        payload.extend_from_slice(&self.warnings.to_le_bytes());
    }
}

/// Appends the whole answer to a prepare as packets, in the EOF style that the client's
/// `capabilities` ask for. `params` and `columns` are payloads of column definitions, as many as
/// `ok` says.
pub fn write_prepared<P: AsRef<[u8]>>(
    out: &mut Vec<u8>,
    sequence: &mut u8,
    capabilities: Capabilities,
    status: StatusFlags,
    ok: PrepareOk,
    params: &[P],
    columns: &[P],
) {
    let mut payload = Vec::with_capacity(12);
    ok.write(&mut payload);
    write_packet(out, sequence, &payload);
    for definitions in [params, columns] {
        for definition in definitions {
            write_packet(out, sequence, definition.as_ref());
        }
        if !definitions.is_empty() {
            write_columns_end(out, sequence, capabilities, status);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: PrepareOk = PrepareOk {
        statement_id: 7,
        columns: 2,
        params: 1,
        warnings: 3,
    };

    fn packets(capabilities: Capabilities, ok: PrepareOk) -> Vec<u8> {
        let (mut out, mut sequence) = (Vec::new(), 1);
        let (params, columns) = (&[&b"p"[..]][..], &[&b"c"[..], b"d"][..]);
        let status = StatusFlags::AUTOCOMMIT;
        let params = &params[..usize::from(ok.params)];
        let columns = &columns[..usize::from(ok.columns)];
        write_prepared(
            &mut out,
            &mut sequence,
            capabilities,
            status,
            ok,
            params,
            columns,
        );
        out
    }

    #[test]
    fn both_eof_styles_are_written() {
        let head = b"\x0C\0\0\x01\0\x07\0\0\0\x02\0\x01\0\0\x03\0";
        assert_eq!(
            packets(Capabilities::DEPRECATE_EOF, OK),
            [&head[..], b"\x01\0\0\x02p\x01\0\0\x03c\x01\0\0\x04d"].concat()
        );
        let eof = b"\xFE\0\0\x02\0";
        let old = [
            &head[..],
            b"\x01\0\0\x02p\x05\0\0\x03",
            eof,
            b"\x01\0\0\x04c\x01\0\0\x05d\x05\0\0\x06",
            eof,
        ];
        assert_eq!(packets(Capabilities::NONE, OK), old.concat());
        let bare = PrepareOk {
            columns: 0,
            params: 0,
            ..OK
        };
        assert_eq!(packets(Capabilities::NONE, bare).len(), 16);
    }

    #[test]
    fn an_answer_comes_back_as_written() {
        let mut payload = Vec::new();
        OK.write(&mut payload);
        assert_eq!(PrepareOk::parse(&payload), Ok(OK));
        assert!(PrepareOk::parse(&payload[..11]).is_err());
        payload[0] = 1;
        assert!(PrepareOk::parse(&payload).is_err());
    }
}
