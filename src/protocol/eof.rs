//! EOF packets of clients without `CLIENT_DEPRECATE_EOF`.

use super::error::ProtocolError;
use super::reader::Reader;
use super::status::StatusFlags;

/// An EOF packet's contents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EofPacket {
    /// Number of warnings.
    pub warnings: u16,
    /// Status flags.
    pub status: StatusFlags,
}

impl EofPacket {
    /// Reads a payload of header `0xFE` and five bytes.
    pub fn parse(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload);
        if reader.u8()? != 0xFE {
            return Err(ProtocolError::Malformed("not an EOF packet"));
        }
        Ok(Self {
            warnings: reader.u16()?,
            status: StatusFlags(reader.u16()?),
        })
    }

    /// Appends the payload.
    pub fn write(&self, payload: &mut Vec<u8>) {
        payload.push(0xFE);
        payload.extend_from_slice(&self.warnings.to_le_bytes());
        payload.extend_from_slice(&self.status.0.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eof_comes_back_as_written() {
        let eof = EofPacket {
            warnings: 2,
            status: StatusFlags::MORE_RESULTS,
        };
        let mut payload = Vec::new();
        eof.write(&mut payload);
        assert_eq!(payload, b"\xFE\x02\0\x08\0");
        assert_eq!(EofPacket::parse(&payload), Ok(eof));
    }
}
