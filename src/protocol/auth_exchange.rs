//! Packets between the greeting and the login's OK.

use super::error::ProtocolError;
use super::reader::Reader;

/// A server's request to prove the password by another plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthSwitchRequest {
    /// The plugin's name; `mysql_old_password` for the bare form of old servers.
    pub plugin: String,
    /// The plugin's data without its trailing NUL: mostly a nonce of 20 bytes.
    pub data: Vec<u8>,
}

impl AuthSwitchRequest {
    /// The header byte.
    pub const HEADER: u8 = 0xFE;

    /// Reads a payload of header `0xFE`.
    pub fn parse(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload);
        if reader.u8()? != Self::HEADER {
            return Err(ProtocolError::Malformed("not an auth switch request"));
        }
        if reader.is_empty() {
            return Ok(Self {
                plugin: "mysql_old_password".to_owned(),
                data: Vec::new(),
            });
        }
        let plugin = String::from_utf8_lossy(reader.nul_bytes()?).into_owned();
        let data = reader.rest();
        Ok(Self {
            plugin,
            data: data.strip_suffix(&[0]).unwrap_or(data).to_vec(),
        })
    }

    /// Appends the payload.
    pub fn write(&self, payload: &mut Vec<u8>) {
        payload.push(Self::HEADER);
        payload.extend_from_slice(self.plugin.as_bytes());
        payload.push(0);
        payload.extend_from_slice(&self.data);
        payload.push(0);
    }
}

/// Further data of the plugin in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthMoreData(pub Vec<u8>);

impl AuthMoreData {
    /// The header byte.
    pub const HEADER: u8 = 0x01;
    /// `caching_sha2_password`: the proof holds, OK follows.
    pub const FAST_OK: u8 = 0x03;
    /// `caching_sha2_password`: the password itself is needed.
    pub const FULL_AUTH: u8 = 0x04;
    /// `caching_sha2_password`: a client's request for the RSA public key.
    pub const REQUEST_PUBLIC_KEY: u8 = 0x02;

    /// Reads a payload of header `0x01`.
    pub fn parse(payload: &[u8]) -> Result<Self, ProtocolError> {
        match payload.split_first() {
            Some((&Self::HEADER, data)) => Ok(Self(data.to_vec())),
            _ => Err(ProtocolError::Malformed("not an auth more data packet")),
        }
    }

    /// Appends the payload.
    pub fn write(&self, payload: &mut Vec<u8>) {
        payload.push(Self::HEADER);
        payload.extend_from_slice(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auth_switch_comes_back_as_written() {
        let request = AuthSwitchRequest {
            plugin: "mysql_native_password".into(),
            data: vec![7; 20],
        };
        let mut payload = Vec::new();
        request.write(&mut payload);
        assert_eq!(AuthSwitchRequest::parse(&payload), Ok(request));
        assert_eq!(
            AuthSwitchRequest::parse(&[0xFE]).unwrap().plugin,
            "mysql_old_password"
        );
        assert!(AuthSwitchRequest::parse(b"\xFEabc").is_err());
    }

    #[test]
    fn more_data_comes_back_as_written() {
        let mut payload = Vec::new();
        AuthMoreData(vec![AuthMoreData::FAST_OK]).write(&mut payload);
        assert_eq!(payload, [1, 3]);
        assert_eq!(AuthMoreData::parse(&payload), Ok(AuthMoreData(vec![3])));
        assert!(AuthMoreData::parse(&[]).is_err());
    }
}
