//! OK packets, also those that stand for EOF.

use super::capabilities::Capabilities;
use super::error::ProtocolError;
use super::packet::{write_lenenc_bytes, write_lenenc_int};
use super::reader::Reader;
use super::session_change::SessionChange;
use super::status::StatusFlags;

/// An OK packet's contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OkPacket {
    /// Rows changed (or found, with `CLIENT_FOUND_ROWS`).
    pub affected_rows: u64,
    /// The first generated or the explicit id.
    pub last_insert_id: u64,
    /// Status flags.
    pub status: StatusFlags,
    /// Number of warnings.
    pub warnings: u16,
    /// Human-readable text such as `Rows matched: 1  Changed: 1  Warnings: 0`.
    pub info: Vec<u8>,
    /// Session changes; only read, never written.
    pub changes: Vec<SessionChange>,
}

impl OkPacket {
    /// Reads a payload of header `0x00` or `0xFE`. Session changes are read if `capabilities`, as
    /// negotiated with that server, have `CLIENT_SESSION_TRACK`.
    pub fn parse(payload: &[u8], capabilities: Capabilities) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload);
        if !matches!(reader.u8()?, 0x00 | 0xFE) {
            return Err(ProtocolError::Malformed("not an OK packet"));
        }
        let mut ok = Self {
            affected_rows: reader.lenenc_int()?,
            last_insert_id: reader.lenenc_int()?,
            status: StatusFlags(reader.u16()?),
            warnings: reader.u16()?,
            ..Self::default()
        };
        if reader.is_empty() {
            return Ok(ok);
        }
        if !capabilities.contains(Capabilities::SESSION_TRACK) {
            ok.info = untracked_info(reader.rest()).to_vec();
            return Ok(ok);
        }
        ok.info = reader.lenenc_bytes()?.to_vec();
        if ok.status.contains(StatusFlags::SESSION_STATE_CHANGED) && !reader.is_empty() {
            ok.changes = SessionChange::parse_all(reader.lenenc_bytes()?)?;
        }
        Ok(ok)
    }

    /// Appends the payload of header `0x00` for a client without `CLIENT_SESSION_TRACK`.
    pub fn write(&self, payload: &mut Vec<u8>) {
        self.write_with_header(0x00, payload);
    }

    /// Appends the payload that ends a result set towards a client with `CLIENT_DEPRECATE_EOF`.
    ///
    /// Without info it is 7 bytes long; some drivers take a longer one for a row.
    pub fn write_as_eof(&self, payload: &mut Vec<u8>) {
        self.write_with_header(0xFE, payload);
    }

    fn write_with_header(&self, header: u8, payload: &mut Vec<u8>) {
        let mut status = self.status;
        // no session state follows
        status.remove(StatusFlags::SESSION_STATE_CHANGED);
        payload.push(header);
        write_lenenc_int(payload, self.affected_rows);
        write_lenenc_int(payload, self.last_insert_id);
        payload.extend_from_slice(&status.0.to_le_bytes());
        payload.extend_from_slice(&self.warnings.to_le_bytes());
        if !self.info.is_empty() {
            write_lenenc_bytes(payload, &self.info);
        }
    }
}

/// The manual has the info run to the packet's end, servers write it length-encoded: takes either.
fn untracked_info(rest: &[u8]) -> &[u8] {
    let mut reader = Reader::new(rest);
    match reader.lenenc_bytes() {
        Ok(info) if reader.is_empty() => info,
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_ok_of_a_tracking_server_is_read() {
        let payload = b"\x00\x00\x00\x02\x40\x00\x00\x00\x07\x01\x05\x04shop";
        let ok = OkPacket::parse(payload, Capabilities::SESSION_TRACK).unwrap();
        assert_eq!(ok.changes, [SessionChange::Schema("shop".into())]);
        assert!(ok.status.contains(StatusFlags::AUTOCOMMIT));
    }

    #[test]
    fn an_ok_as_eof_is_seven_bytes() {
        let ok = OkPacket {
            status: StatusFlags::AUTOCOMMIT | StatusFlags::SESSION_STATE_CHANGED,
            warnings: 3,
            ..OkPacket::default()
        };
        let mut payload = Vec::new();
        ok.write_as_eof(&mut payload);
        assert_eq!(payload, b"\xFE\0\0\x02\0\x03\0");
    }

    #[test]
    fn an_ok_comes_back_as_written() {
        let ok = OkPacket {
            affected_rows: 70_000,
            last_insert_id: u64::MAX,
            status: StatusFlags::IN_TRANS,
            warnings: 1,
            info: b"Rows matched: 1".to_vec(),
            changes: Vec::new(),
        };
        let mut payload = Vec::new();
        ok.write(&mut payload);
        for capabilities in [Capabilities::NONE, Capabilities::SESSION_TRACK] {
            assert_eq!(OkPacket::parse(&payload, capabilities).as_ref(), Ok(&ok));
        }
    }

    #[test]
    fn info_up_to_the_end_is_read_too() {
        let ok = OkPacket::parse(b"\0\0\0\x02\0\0\0Records: 1", Capabilities::NONE).unwrap();
        assert_eq!(ok.info, b"Records: 1");
    }
}
