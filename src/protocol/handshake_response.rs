//! A client's answer to the greeting (`HandshakeResponse41`, `SSLRequest`).

use super::capabilities::Capabilities;
use super::error::ProtocolError;
use super::packet::{write_lenenc_bytes, write_lenenc_int};
use super::reader::Reader;

/// Connect attributes are cut behind this many; they are for logs only.
const MAX_ATTRIBUTES: usize = 64;
/// Bytes of an SSLRequest, and of what stands before the user's name.
const FIXED_LEN: usize = 32;

/// A client's login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandshakeResponse {
    /// What both sides have: the client's flags masked by what was offered.
    pub capabilities: Capabilities,
    /// The client's `max_allowed_packet`; 0 for "any".
    pub max_packet: u32,
    /// Collation id, its low byte.
    pub charset: u8,
    /// The account's name.
    pub user: String,
    /// The password's proof.
    pub auth_response: Vec<u8>,
    /// The database to start in.
    pub database: Option<String>,
    /// The client's authentication plugin, if it names one.
    pub plugin: Option<String>,
    /// Connect attributes.
    pub attributes: Vec<(String, String)>,
}

impl HandshakeResponse {
    /// Whether a payload is an SSLRequest: 32 bytes with `CLIENT_SSL`, and nothing behind them.
    #[must_use]
    pub fn is_ssl_request(payload: &[u8], offered: Capabilities) -> bool {
        payload.len() == FIXED_LEN
            && Reader::new(payload).u32().is_ok_and(|flags| {
                Capabilities(flags)
                    .intersection(offered)
                    .contains(Capabilities::SSL)
            })
    }

    /// Reads a payload. Flags that were not `offered` are cleared before anything else is read,
    /// since clients send such flags but not the fields that would belong to them.
    pub fn parse(payload: &[u8], offered: Capabilities) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload);
        // clients of 4.0 send two bytes of flags only, and a shorter packet
        let low = reader.clone().u16()?;
        if !Capabilities(u32::from(low)).contains(Capabilities::PROTOCOL_41) {
            return Err(ProtocolError::NoProtocol41);
        }
        let capabilities = Capabilities(reader.u32()?).intersection(offered);
        let max_packet = reader.u32()?;
        let charset = reader.u8()?;
        reader.bytes(23)?;
        let user = text(reader.nul_bytes()?);
        let auth_response = auth_response(&mut reader, capabilities)?.to_vec();
        let database = capabilities
            .contains(Capabilities::CONNECT_WITH_DB)
            .then(|| text(reader.nul_or_rest()))
            .filter(|name| !name.is_empty());
        let plugin = capabilities
            .contains(Capabilities::PLUGIN_AUTH)
            .then(|| text(reader.nul_or_rest()))
            .filter(|name| !name.is_empty());
        let attributes = if capabilities.contains(Capabilities::CONNECT_ATTRS) {
            attributes(&mut reader)?
        } else {
            Vec::new()
        };
        // a byte behind the attributes is the zstd level of a client that hoped for it
        Ok(Self {
            capabilities,
            max_packet,
            charset,
            user,
            auth_response,
            database,
            plugin,
            attributes,
        })
    }

    /// Appends the payload for a server that has all of `self.capabilities`.
    pub fn write(&self, payload: &mut Vec<u8>) {
        self.write_ssl_request(payload);
        payload.extend_from_slice(self.user.as_bytes());
        payload.push(0);
        self.write_auth_response(payload);
        if self.capabilities.contains(Capabilities::CONNECT_WITH_DB) {
            payload.extend_from_slice(self.database.as_deref().unwrap_or_default().as_bytes());
            payload.push(0);
        }
        if self.capabilities.contains(Capabilities::PLUGIN_AUTH) {
            payload.extend_from_slice(self.plugin.as_deref().unwrap_or_default().as_bytes());
            payload.push(0);
        }
        if self.capabilities.contains(Capabilities::CONNECT_ATTRS) {
            write_attributes(payload, &self.attributes);
        }
    }

    /// Appends the payload of the SSLRequest that goes before this response; its flags are the
    /// same, so `self.capabilities` has `CLIENT_SSL`.
    pub fn write_ssl_request(&self, payload: &mut Vec<u8>) {
        payload.extend_from_slice(&self.capabilities.0.to_le_bytes());
        payload.extend_from_slice(&self.max_packet.to_le_bytes());
        payload.push(self.charset);
        payload.extend_from_slice(&[0; 23]);
    }

    fn write_auth_response(&self, payload: &mut Vec<u8>) {
        if self
            .capabilities
            .contains(Capabilities::PLUGIN_AUTH_LENENC_CLIENT_DATA)
        {
            write_lenenc_bytes(payload, &self.auth_response);
        } else if self.capabilities.contains(Capabilities::SECURE_CONNECTION) {
            let len = u8::try_from(self.auth_response.len()).unwrap_or(u8::MAX);
            payload.push(len);
            payload.extend(self.auth_response.iter().take(usize::from(len)));
        } else {
            payload.extend_from_slice(&self.auth_response);
            payload.push(0);
        }
    }
}

/// A COM_CHANGE_USER packet's contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeUser {
    /// The new account's name.
    pub user: String,
    /// The database to change to; the session has none afterwards if this is `None`.
    pub database: Option<String>,
    /// Collation id, if sent.
    pub charset: Option<u16>,
    /// Connect attributes.
    pub attributes: Vec<(String, String)>,
}

impl ChangeUser {
    /// Reads what follows the command byte. The proof inside is not kept: it may belong to any
    /// nonce, so a fresh one is always asked for.
    pub fn parse(arguments: &[u8], capabilities: Capabilities) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(arguments);
        let user = text(reader.nul_bytes()?);
        if capabilities.contains(Capabilities::SECURE_CONNECTION) {
            let len = reader.u8()?;
            reader.bytes(usize::from(len))?;
        } else {
            reader.nul_bytes()?;
        }
        let database = Some(text(reader.nul_or_rest())).filter(|name| !name.is_empty());
        let charset = if reader.is_empty() {
            None
        } else {
            Some(reader.u16()?)
        };
        if capabilities.contains(Capabilities::PLUGIN_AUTH) {
            reader.nul_or_rest();
        }
        let attributes = if capabilities.contains(Capabilities::CONNECT_ATTRS) {
            attributes(&mut reader)?
        } else {
            Vec::new()
        };
        Ok(Self {
            user,
            database,
            charset,
            attributes,
        })
    }
}

fn auth_response<'a>(
    reader: &mut Reader<'a>,
    capabilities: Capabilities,
) -> Result<&'a [u8], ProtocolError> {
    if capabilities.contains(Capabilities::PLUGIN_AUTH_LENENC_CLIENT_DATA) {
        return reader.lenenc_bytes();
    }
    if capabilities.contains(Capabilities::SECURE_CONNECTION) {
        let len = reader.u8()?;
        return reader.bytes(usize::from(len));
    }
    Ok(reader.nul_or_rest())
}

fn attributes(reader: &mut Reader<'_>) -> Result<Vec<(String, String)>, ProtocolError> {
    let mut attributes = Vec::new();
    if reader.is_empty() {
        return Ok(attributes);
    }
    let mut block = Reader::new(reader.lenenc_bytes()?);
    while !block.is_empty() && attributes.len() < MAX_ATTRIBUTES {
        attributes.push((text(block.lenenc_bytes()?), text(block.lenenc_bytes()?)));
    }
    Ok(attributes)
}

fn write_attributes(payload: &mut Vec<u8>, attributes: &[(String, String)]) {
    let mut block = Vec::new();
    for (name, value) in attributes {
        write_lenenc_bytes(&mut block, name.as_bytes());
        write_lenenc_bytes(&mut block, value.as_bytes());
    }
    write_lenenc_int(payload, block.len() as u64);
    payload.extend_from_slice(&block);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, prop_assert, proptest};

    use super::*;

    const MODERN: Capabilities = Capabilities(
        Capabilities::PROTOCOL_41.0
            | Capabilities::SECURE_CONNECTION.0
            | Capabilities::PLUGIN_AUTH.0
            | Capabilities::PLUGIN_AUTH_LENENC_CLIENT_DATA.0
            | Capabilities::CONNECT_WITH_DB.0
            | Capabilities::CONNECT_ATTRS.0,
    );

    fn response(capabilities: Capabilities) -> HandshakeResponse {
        HandshakeResponse {
            capabilities,
            max_packet: 1 << 24,
            charset: 45,
            user: "app".into(),
            auth_response: vec![9; 32],
            database: Some("ecommerce".into()),
            plugin: Some("caching_sha2_password".into()),
            attributes: vec![("program_name".into(), "shardgate".into())],
        }
    }

    #[test]
    fn a_login_comes_back_as_written() {
        let login = response(MODERN);
        let mut payload = Vec::new();
        login.write(&mut payload);
        assert_eq!(
            HandshakeResponse::parse(&payload, Capabilities(u32::MAX)),
            Ok(login)
        );
    }

    #[test]
    fn flags_that_were_not_offered_are_masked_before_the_rest_is_read() {
        // PyMySQL sets CONNECT_ATTRS whatever the server offers, and writes no attributes then
        let mut login = response(MODERN);
        login.capabilities.remove(Capabilities::CONNECT_ATTRS);
        login.attributes.clear();
        let mut payload = Vec::new();
        login.write(&mut payload);
        payload[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(
            HandshakeResponse::parse(&payload, login.capabilities),
            Ok(login)
        );
    }

    #[test]
    fn old_clients_without_plugin_lenenc_or_length_are_read() {
        let base = Capabilities::PROTOCOL_41 | Capabilities::CONNECT_WITH_DB;
        for capabilities in [base, base | Capabilities::SECURE_CONNECTION] {
            let login = HandshakeResponse {
                plugin: None,
                attributes: vec![],
                ..response(capabilities)
            };
            let mut payload = Vec::new();
            login.write(&mut payload);
            assert_eq!(HandshakeResponse::parse(&payload, MODERN), Ok(login));
        }
    }

    #[test]
    fn a_zstd_level_behind_the_attributes_is_ignored() {
        let mut payload = Vec::new();
        response(MODERN).write(&mut payload);
        payload.push(3);
        assert_eq!(
            HandshakeResponse::parse(&payload, MODERN),
            Ok(response(MODERN))
        );
    }

    #[test]
    fn a_client_of_version_4_0_is_refused() {
        assert_eq!(
            HandshakeResponse::parse(b"\x05\xa4\0\0root\0", MODERN),
            Err(ProtocolError::NoProtocol41)
        );
    }

    #[test]
    fn an_ssl_request_is_told_from_a_login() {
        let login = response(MODERN | Capabilities::SSL);
        let mut payload = Vec::new();
        login.write_ssl_request(&mut payload);
        assert!(HandshakeResponse::is_ssl_request(
            &payload,
            MODERN | Capabilities::SSL
        ));
        assert!(!HandshakeResponse::is_ssl_request(&payload, MODERN));
        login.write(&mut payload);
        assert!(!HandshakeResponse::is_ssl_request(
            &payload,
            MODERN | Capabilities::SSL
        ));
    }

    #[test]
    fn a_change_of_user_is_read() {
        let bytes = b"bob\0\x02xyshop\0\x2d\0mysql_native_password\0\x04\x01a\x01b";
        let change = ChangeUser::parse(bytes, MODERN).unwrap();
        assert_eq!(change.user, "bob");
        assert_eq!(change.database.as_deref(), Some("shop"));
        assert_eq!(change.charset, Some(45));
        assert_eq!(change.attributes, [("a".to_owned(), "b".to_owned())]);
        let short = ChangeUser::parse(b"bob\0\0", MODERN).unwrap();
        assert_eq!((short.database, short.charset), (None, None));
    }

    proptest! {
        #[test]
        fn arbitrary_logins_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), offered: u32) {
            let _ = HandshakeResponse::parse(&bytes, Capabilities(offered));
            let _ = ChangeUser::parse(&bytes, Capabilities(offered));
            let _ = crate::protocol::Greeting::parse(&bytes);
            let _ = crate::protocol::OkPacket::parse(&bytes, Capabilities(offered));
            let _ = crate::protocol::ErrPacket::parse(&bytes);
            let _ = crate::protocol::EofPacket::parse(&bytes);
            let _ = crate::protocol::ColumnDefinition::parse(&bytes);
            let _ = crate::protocol::AuthSwitchRequest::parse(&bytes);
            let _ = crate::protocol::SessionChange::parse_all(&bytes);
            if let Ok(source) = crate::protocol::ColumnSource::parse(&bytes) {
                let mut again = Vec::new();
                source.write(&mut again);
                prop_assert!(crate::protocol::ColumnSource::parse(&again) == Ok(source));
            }
        }
    }
}
