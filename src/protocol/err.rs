//! ERR packets.

use std::borrow::Cow;

use super::error::ProtocolError;
use super::reader::Reader;

/// An ERR packet's contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrPacket {
    /// The error's number.
    pub code: u16,
    /// Five letters and digits; `HY000` where a server sent none.
    pub sqlstate: [u8; 5],
    /// The text, in the connection's character set.
    pub message: Vec<u8>,
}

impl ErrPacket {
    /// An error with a message of ours. A `sqlstate` that is not five bytes becomes `HY000`.
    #[must_use]
    pub fn new(code: u16, sqlstate: &str, message: impl Into<Vec<u8>>) -> Self {
        Self {
            code,
            sqlstate: sqlstate.as_bytes().try_into().unwrap_or(*b"HY000"),
            message: message.into(),
        }
    }

    /// Reads a payload of header `0xFF`; before the handshake servers leave the SQLSTATE out.
    pub fn parse(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload);
        if reader.u8()? != 0xFF {
            return Err(ProtocolError::Malformed("not an ERR packet"));
        }
        let code = reader.u16()?;
        let mut sqlstate = *b"HY000";
        if let Some((b'#', tail)) = reader.remaining().split_first()
            && let Some((state, _)) = tail.split_first_chunk()
        {
            sqlstate = *state;
            reader.bytes(1 + sqlstate.len())?;
        }
        Ok(Self {
            code,
            sqlstate,
            message: reader.rest().to_vec(),
        })
    }

    /// Appends the payload.
    pub fn write(&self, payload: &mut Vec<u8>) {
        payload.push(0xFF);
        payload.extend_from_slice(&self.code.to_le_bytes());
        payload.push(b'#');
        payload.extend_from_slice(&self.sqlstate);
        payload.extend_from_slice(&self.message);
    }

    /// Appends the payload as it stands in front of a greeting, without SQLSTATE: clients do not
    /// look for one before they know the server's capabilities.
    pub fn write_before_greeting(&self, payload: &mut Vec<u8>) {
        payload.push(0xFF);
        payload.extend_from_slice(&self.code.to_le_bytes());
        payload.extend_from_slice(&self.message);
    }

    /// The message as text for logs.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.message)
    }

    /// The SQLSTATE as text.
    #[must_use]
    pub fn state(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.sqlstate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_comes_back_as_written() {
        let err = ErrPacket::new(1146, "42S02", "Table 'a.b' doesn't exist");
        let mut payload = Vec::new();
        err.write(&mut payload);
        assert!(payload.starts_with(b"\xFF\x7A\x04#42S02Table"));
        assert_eq!(ErrPacket::parse(&payload), Ok(err));
    }

    #[test]
    fn an_error_before_the_handshake_has_no_sqlstate() {
        let err = ErrPacket::parse(b"\xFF\x10\x04Too many connections").unwrap();
        assert_eq!((err.code, &err.sqlstate), (1040, b"HY000"));
        assert_eq!(err.text(), "Too many connections");
    }
}
