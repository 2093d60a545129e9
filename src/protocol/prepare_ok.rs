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
