//! From a TCP connection to a logged-in session.
//!
//! A password is never sent in clear except inside TLS: without TLS the full path of
//! `caching_sha2_password` encrypts it with the RSA key that the server sends on request. Whoever
//! can answer in the server's place could send a key of his own; only TLS with
//! [`Endpoint::tls_ca`] keeps such a host out.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::conn::Origin;
use super::endpoint::{BackendTls, Endpoint};
use super::error::ConnError;
use super::socket::Socket;
use super::wire::Wire;
use crate::protocol::{
    AuthMoreData, AuthSwitchRequest, CACHING_SHA2_PASSWORD, Capabilities, ErrPacket, Greeting,
    HandshakeResponse, MYSQL_NATIVE_PASSWORD, Nonce, OkPacket, PublicKey, StatusFlags,
    scramble_caching_sha2, scramble_native,
};

/// Without these no statement's end and no change of session state could be told.
const REQUIRED: Capabilities = Capabilities::PROTOCOL_41
    .union(Capabilities::SECURE_CONNECTION)
    .union(Capabilities::PLUGIN_AUTH)
    .union(Capabilities::DEPRECATE_EOF)
    .union(Capabilities::SESSION_TRACK);

/// Asked for if the server offers them.
const WANTED: Capabilities = REQUIRED
    .union(Capabilities::LONG_FLAG)
    .union(Capabilities::CONNECT_WITH_DB)
    .union(Capabilities::TRANSACTIONS)
    .union(Capabilities::MULTI_RESULTS)
    .union(Capabilities::PS_MULTI_RESULTS)
    .union(Capabilities::CONNECT_ATTRS)
    .union(Capabilities::PLUGIN_AUTH_LENENC_CLIENT_DATA);

/// `utf8mb4_general_ci`, which every server knows; `SET NAMES` follows at once.
const HANDSHAKE_CHARSET: u8 = 45;
/// No packet of a login is larger.
const MAX_PACKET: usize = 64 * 1024;
/// Packets from the server between our proof and its OK: switch, key, fast path ...
const MAX_EXCHANGES: usize = 8;

/// What a login leaves behind.
pub(super) struct LoggedIn {
    pub(super) wire: Wire,
    pub(super) thread_id: u64,
    pub(super) server_version: String,
    pub(super) status: StatusFlags,
}

/// Connects and logs in; the caller sets the deadline.
pub(super) async fn log_in(
    endpoint: &Endpoint,
    tls: Option<&TlsConnector>,
    origin: Origin,
) -> Result<LoggedIn, ConnError> {
    let stream = Socket::connect(&endpoint.host, endpoint.port)
        .await
        .map_err(|error| ConnError::Unreachable {
            source_name: Arc::clone(&endpoint.name),
            reason: error.kind().to_string(),
        })?;
    let wire = Wire::new(Arc::clone(&endpoint.name), Socket::Plain(stream));
    let login = Login {
        endpoint,
        wire,
        sequence: 0,
        is_encrypted: false,
    };
    login.run(tls, origin).await.map_err(|error| match error {
        // no statement is involved yet
        ConnError::Lost { source_name, .. } => ConnError::Unreachable {
            source_name,
            reason: "connection closed during the login".to_owned(),
        },
        other => other,
    })
}

struct Login<'a> {
    endpoint: &'a Endpoint,
    wire: Wire,
    /// Sequence id of our next packet.
    sequence: u8,
    is_encrypted: bool,
}

impl Login<'_> {
    async fn run(
        mut self,
        tls: Option<&TlsConnector>,
        origin: Origin,
    ) -> Result<LoggedIn, ConnError> {
        let payload = self.receive().await?;
        let greeting = Greeting::parse(&payload).map_err(|error| self.wire.broken(&error))?;
        if !greeting.capabilities.contains(REQUIRED) {
            return Err(self.wire.protocol(
                "no session tracking offered: MySQL 5.7, MariaDB 10.2 or newer is needed",
            ));
        }
        let mut response = self.response(&greeting, origin);
        if let Some(tls) = self.wanted_tls(tls, &greeting)? {
            response.capabilities.insert(Capabilities::SSL);
            self = self.encrypt(tls, &response).await?;
        }
        let mut payload = Vec::new();
        response.write(&mut payload);
        self.send(&payload).await?;
        let ok = self
            .exchange(
                response.plugin.unwrap_or_default(),
                greeting.nonce,
                response.capabilities,
            )
            .await?;
        Ok(LoggedIn {
            wire: self.wire,
            thread_id: u64::from(greeting.connection_id),
            server_version: greeting.version,
            status: ok.status,
        })
    }

    fn response(&self, greeting: &Greeting, origin: Origin) -> HandshakeResponse {
        let mut capabilities = WANTED;
        if origin.key.has_found_rows {
            capabilities.insert(Capabilities::FOUND_ROWS);
        }
        if origin.is_for_file {
            capabilities.insert(Capabilities::LOCAL_FILES);
        }
        if self.endpoint.schema.is_empty() {
            capabilities.remove(Capabilities::CONNECT_WITH_DB);
        }
        let mut capabilities = capabilities.intersection(greeting.capabilities);
        // "not a MariaDB client": MariaDB does not offer the flag, but must not expect its own extensions
        capabilities.insert(Capabilities::LONG_PASSWORD);
        let plugin = match greeting.plugin.as_str() {
            CACHING_SHA2_PASSWORD => CACHING_SHA2_PASSWORD,
            _ => MYSQL_NATIVE_PASSWORD,
        };
        HandshakeResponse {
            capabilities,
            max_packet: 0x4000_0000,
            charset: HANDSHAKE_CHARSET,
            user: self.endpoint.user.clone(),
            auth_response: proof(plugin, &self.endpoint.password, &greeting.nonce),
            database: Some(self.endpoint.schema.clone()),
            plugin: Some(plugin.to_owned()),
            attributes: vec![
                ("program_name".to_owned(), "shardgate".to_owned()),
                (
                    "_client_version".to_owned(),
                    env!("CARGO_PKG_VERSION").to_owned(),
                ),
            ],
        }
    }

    fn wanted_tls<'t>(
        &self,
        tls: Option<&'t TlsConnector>,
        greeting: &Greeting,
    ) -> Result<Option<&'t TlsConnector>, ConnError> {
        if greeting.capabilities.contains(Capabilities::SSL) {
            return Ok(tls);
        }
        match self.endpoint.tls {
            BackendTls::Required => {
                Err(self.tls_failed("it is required, but the server does not offer it"))
            }
            BackendTls::Preferred | BackendTls::Disabled => Ok(None),
        }
    }

    async fn encrypt(
        mut self,
        tls: &TlsConnector,
        response: &HandshakeResponse,
    ) -> Result<Self, ConnError> {
        if !self.wire.input.is_empty() {
            return Err(self.tls_failed("the server sent more than its greeting before encryption"));
        }
        let mut payload = Vec::new();
        response.write_ssl_request(&mut payload);
        self.send(&payload).await?;
        let server_name = ServerName::try_from(self.endpoint.host.clone())
            .map_err(|_| self.tls_failed("the host's name cannot stand in a certificate"))?;
        let Socket::Plain(plain) = self.wire.socket else {
            return Ok(self);
        };
        let source_name = Arc::clone(&self.endpoint.name);
        let stream = tls.connect(server_name, plain).await.map_err(|error| {
            tracing::debug!(data_source = %source_name, %error, "TLS handshake failed");
            ConnError::Tls {
                source_name,
                reason: reason_of(&error).to_owned(),
            }
        })?;
        let wire = Wire::new(
            Arc::clone(&self.endpoint.name),
            Socket::Tls(Box::new(stream)),
        );
        Ok(Self {
            wire,
            is_encrypted: true,
            ..self
        })
    }

    /// Answers the server until it says OK.
    async fn exchange(
        &mut self,
        mut plugin: String,
        mut nonce: Nonce,
        capabilities: Capabilities,
    ) -> Result<OkPacket, ConnError> {
        for _ in 0..MAX_EXCHANGES {
            let payload = self.receive().await?;
            match payload.first() {
                Some(0x00) => {
                    return OkPacket::parse(&payload, capabilities)
                        .map_err(|error| self.wire.broken(&error));
                }
                Some(&AuthSwitchRequest::HEADER) => {
                    (plugin, nonce) = self.switched(&payload)?;
                    let proof = proof(&plugin, &self.endpoint.password, &nonce);
                    self.send(&proof).await?;
                }
                Some(&AuthMoreData::HEADER) if plugin == CACHING_SHA2_PASSWORD => {
                    let more =
                        AuthMoreData::parse(&payload).map_err(|error| self.wire.broken(&error))?;
                    self.continue_caching_sha2(&more.0, &nonce).await?;
                }
                _ => return Err(self.wire.protocol("an unexpected packet during the login")),
            }
        }
        Err(self.wire.protocol("a login without an end"))
    }

    fn switched(&self, payload: &[u8]) -> Result<(String, Nonce), ConnError> {
        let request =
            AuthSwitchRequest::parse(payload).map_err(|error| self.wire.broken(&error))?;
        if ![CACHING_SHA2_PASSWORD, MYSQL_NATIVE_PASSWORD].contains(&request.plugin.as_str()) {
            return Err(ConnError::UnsupportedPlugin {
                source_name: Arc::clone(&self.endpoint.name),
                plugin: request.plugin,
            });
        }
        let data = request.data.strip_suffix(&[0]).unwrap_or(&request.data);
        let nonce = Nonce::from_slice(data).map_err(|error| self.wire.broken(&error))?;
        Ok((request.plugin, nonce))
    }

    /// The fast path needs no answer; the full path is the password, encrypted one way or the other.
    async fn continue_caching_sha2(&mut self, data: &[u8], nonce: &Nonce) -> Result<(), ConnError> {
        match data {
            [AuthMoreData::FAST_OK] => Ok(()),
            [AuthMoreData::FULL_AUTH] if self.is_encrypted => {
                let password = [self.endpoint.password.as_bytes(), &[0]].concat();
                self.send(&password).await
            }
            [AuthMoreData::FULL_AUTH] => self.send(&[AuthMoreData::REQUEST_PUBLIC_KEY]).await,
            pem if !self.is_encrypted => {
                let encrypted = PublicKey::from_pem(pem)
                    .and_then(|key| key.encrypt_password(self.endpoint.password.as_bytes(), nonce))
                    .map_err(|error| self.wire.broken(&error))?;
                self.send(&encrypted).await
            }
            _ => Err(self
                .wire
                .protocol("an unexpected step of caching_sha2_password")),
        }
    }

    async fn send(&mut self, payload: &[u8]) -> Result<(), ConnError> {
        self.wire.send(self.sequence, payload).await?;
        self.sequence = self.sequence.wrapping_add(1);
        Ok(())
    }

    /// The server's next packet; an ERR ends the login.
    async fn receive(&mut self) -> Result<Vec<u8>, ConnError> {
        let (header, payload) = self.wire.packet(MAX_PACKET).await?;
        self.sequence = header.sequence.wrapping_add(1);
        if payload.first() != Some(&0xFF) {
            return Ok(payload);
        }
        let error = ErrPacket::parse(&payload).map_err(|error| self.wire.broken(&error))?;
        // for operators who look for it: it may name the account and our own address
        tracing::debug!(data_source = %self.endpoint.name, code = error.code, message = %error.text(), "login refused");
        Err(ConnError::LoginRefused {
            source_name: Arc::clone(&self.endpoint.name),
            code: error.code,
            message: error.text().into_owned(),
        })
    }

    fn tls_failed(&self, reason: &str) -> ConnError {
        ConnError::Tls {
            source_name: Arc::clone(&self.endpoint.name),
            reason: reason.to_owned(),
        }
    }
}

/// Why a handshake failed, without the names that a certificate's fault would tell.
fn reason_of(error: &std::io::Error) -> &'static str {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(_)) => {
            "the server's certificate is not valid for it"
        }
        Some(_) => "no agreement with the server",
        None => "connection closed during the handshake",
    }
}

fn proof(plugin: &str, password: &str, nonce: &Nonce) -> Vec<u8> {
    if plugin == CACHING_SHA2_PASSWORD {
        scramble_caching_sha2(password.as_bytes(), nonce)
    } else {
        scramble_native(password.as_bytes(), nonce)
    }
}
