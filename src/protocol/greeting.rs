//! The server's first packet (`HandshakeV10`).

use super::auth::{NONCE_LEN, Nonce};
use super::capabilities::Capabilities;
use super::error::ProtocolError;
use super::reader::Reader;
use super::status::StatusFlags;

/// A server's greeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// Version string, such as `8.4.3-shardgate`.
    pub version: String,
    /// The connection's id.
    pub connection_id: u32,
    /// The 20 bytes that the password's proof is computed with.
    pub nonce: Nonce,
    /// What the server offers.
    pub capabilities: Capabilities,
    /// Low byte of the default collation's id.
    pub charset: u8,
    /// Status flags; AUTOCOMMIT has to be set, drivers decide by it.
    pub status: StatusFlags,
    /// The default authentication plugin, empty if the server names none.
    pub plugin: String,
}

impl Greeting {
    const PROTOCOL_VERSION: u8 = 10;
    const FIRST_PART: usize = 8;

    /// Appends the payload.
    pub fn write(&self, payload: &mut Vec<u8>) {
        let (first, second) = self.nonce.as_bytes().split_at(Self::FIRST_PART);
        let [low_a, low_b, high_a, high_b] = self.capabilities.0.to_le_bytes();
        payload.push(Self::PROTOCOL_VERSION);
        payload.extend_from_slice(self.version.as_bytes());
        payload.push(0);
        payload.extend_from_slice(&self.connection_id.to_le_bytes());
        payload.extend_from_slice(first);
        payload.push(0);
        payload.extend_from_slice(&[low_a, low_b, self.charset]);
        payload.extend_from_slice(&self.status.0.to_le_bytes());
        payload.extend_from_slice(&[high_a, high_b]);
        // length of the nonce with its NUL
        payload.push(21);
        payload.extend_from_slice(&[0; 10]);
        payload.extend_from_slice(second);
        payload.push(0);
        payload.extend_from_slice(self.plugin.as_bytes());
        payload.push(0);
    }

    /// Reads a server's first payload; an ERR packet (header `0xFF`) has to be told apart before.
    pub fn parse(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload);
        let protocol_version = reader.u8()?;
        if protocol_version != Self::PROTOCOL_VERSION {
            return Err(ProtocolError::ProtocolVersion(protocol_version));
        }
        let version = String::from_utf8_lossy(reader.nul_bytes()?).into_owned();
        let connection_id = reader.u32()?;
        let first = reader.array::<{ Self::FIRST_PART }>()?;
        reader.u8()?;
        let low = reader.u16()?;
        let charset = reader.u8()?;
        let status = StatusFlags(reader.u16()?);
        let capabilities = Capabilities(u32::from(low) | u32::from(reader.u16()?) << 16);
        let data_len = usize::from(reader.u8()?);
        reader.bytes(10)?;
        let second = reader.array::<{ NONCE_LEN - Self::FIRST_PART }>()?;
        // the rest of the second part is its NUL and whatever a longer challenge holds
        let padding = data_len.saturating_sub(NONCE_LEN).max(1);
        reader.bytes(padding.min(reader.remaining().len()))?;
        let plugin = String::from_utf8_lossy(reader.nul_or_rest()).into_owned();
        let mut nonce = [0; NONCE_LEN];
        for (slot, byte) in nonce.iter_mut().zip(first.into_iter().chain(second)) {
            *slot = byte;
        }
        Ok(Self {
            version,
            connection_id,
            nonce: Nonce::from_bytes(nonce),
            capabilities,
            charset,
            status,
            plugin,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_comes_back_as_written() {
        let greeting = Greeting {
            version: "8.4.3-shardgate".into(),
            connection_id: 0xDEAD_BEEF,
            nonce: Nonce::from_bytes(*b"abcdefghijklmnopqrst"),
            capabilities: Capabilities(0xDEAD_8A0F),
            charset: 255,
            status: StatusFlags::AUTOCOMMIT,
            plugin: "caching_sha2_password".into(),
        };
        let mut payload = Vec::new();
        greeting.write(&mut payload);
        assert_eq!(Greeting::parse(&payload), Ok(greeting));
        for len in 0..payload.len() - 23 {
            assert!(Greeting::parse(&payload[..len]).is_err(), "{len}");
        }
    }

    #[test]
    fn the_greeting_of_mariadb_is_read() {
        let bytes = b"\x0a5.5.5-10.11.19-MariaDB\0\x1f\0\0\0aaaaaaaa\0\xfe\xf7\x2d\x02\0\xff\x81\x15\0\0\0\0\0\0\x1d\0\0\0bbbbbbbbbbbb\0mysql_native_password\0";
        let greeting = Greeting::parse(bytes).unwrap();
        assert_eq!(greeting.version, "5.5.5-10.11.19-MariaDB");
        assert_eq!(greeting.nonce.as_bytes(), b"aaaaaaaabbbbbbbbbbbb");
        assert_eq!(greeting.plugin, "mysql_native_password");
    }
}
