//! A login, packet by packet.

use shardgate::lab::Account;
use shardgate::protocol::{
    AuthMoreData, AuthSwitchRequest, CACHING_SHA2_PASSWORD, Capabilities, ErrPacket, Greeting,
    HandshakeResponse, Nonce, ProtocolError, scramble_caching_sha2, scramble_native, write_packet,
};

const UTF8MB4: u8 = 45;
/// What libmariadb asks for.
const WANTED: Capabilities = Capabilities(
    Capabilities::LONG_PASSWORD.0
        | Capabilities::LONG_FLAG.0
        | Capabilities::CONNECT_WITH_DB.0
        | Capabilities::PROTOCOL_41.0
        | Capabilities::TRANSACTIONS.0
        | Capabilities::SECURE_CONNECTION.0
        | Capabilities::MULTI_RESULTS.0
        | Capabilities::PS_MULTI_RESULTS.0
        | Capabilities::PLUGIN_AUTH.0
        | Capabilities::PLUGIN_AUTH_LENENC_CLIENT_DATA.0
        | Capabilities::SESSION_TRACK.0,
);

/// Where a login stands.
#[derive(Debug, Clone, Copy)]
pub enum Login {
    Greeting,
    Proof,
    Done,
}

/// Who logs in where.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    pub account: &'a Account,
    pub schema: &'a str,
    pub is_eof_deprecated: bool,
}

impl Login {
    /// Takes a packet and writes what answers it.
    pub fn packet(
        self,
        payload: &[u8],
        sequence: u8,
        who: Credentials<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Login, ProtocolError> {
        let mut sequence = sequence.wrapping_add(1);
        match (self, payload.first().copied()) {
            (_, Some(0xFF)) => {
                let text = ErrPacket::parse(payload)?.text().into_owned();
                eprintln!("bench: a login was refused: {text}");
                Err(ProtocolError::Malformed("a login was refused"))
            }
            (Login::Greeting, _) => {
                let greeting = Greeting::parse(payload)?;
                write_packet(out, &mut sequence, &who.response(&greeting));
                Ok(Login::Proof)
            }
            (Login::Proof, Some(0)) => Ok(Login::Done),
            (Login::Proof, Some(AuthSwitchRequest::HEADER)) => {
                let switch = AuthSwitchRequest::parse(payload)?;
                let nonce = Nonce::from_slice(&switch.data)?;
                write_packet(out, &mut sequence, &who.proof(&switch.plugin, &nonce));
                Ok(Login::Proof)
            }
            (Login::Proof, Some(AuthMoreData::HEADER))
                if payload.get(1) == Some(&AuthMoreData::FAST_OK) =>
            {
                Ok(Login::Proof)
            }
            _ => Err(ProtocolError::Malformed("a login that the loader knows")),
        }
    }
}

impl Credentials<'_> {
    fn response(self, greeting: &Greeting) -> Vec<u8> {
        let mut wanted = WANTED;
        if self.is_eof_deprecated {
            wanted.insert(Capabilities::DEPRECATE_EOF);
        }
        let response = HandshakeResponse {
            capabilities: wanted.intersection(greeting.capabilities),
            max_packet: 1 << 24,
            charset: UTF8MB4,
            user: self.account.user.clone(),
            auth_response: self.proof(&greeting.plugin, &greeting.nonce),
            database: Some(self.schema.to_owned()),
            plugin: Some(greeting.plugin.clone()),
            attributes: Vec::new(),
        };
        let mut payload = Vec::new();
        response.write(&mut payload);
        payload
    }

    fn proof(self, plugin: &str, nonce: &Nonce) -> Vec<u8> {
        let password = self.account.password.as_bytes();
        if plugin == CACHING_SHA2_PASSWORD {
            scramble_caching_sha2(password, nonce)
        } else {
            scramble_native(password, nonce)
        }
    }
}
