//! How a client proves its password during a login.

use std::sync::Arc;

use super::error::SessionError;
use super::secret::Secret;
use super::stream::ClientStream;
use crate::protocol::{
    AuthMoreData, AuthSwitchRequest, CACHING_SHA2_PASSWORD, MYSQL_NATIVE_PASSWORD, Nonce,
    RsaKeyPair,
};

/// Bytes of all packets of a login together.
const MAX_LOGIN_BYTES: usize = 64 * 1024;

/// The authentication plugins that a client may use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plugin {
    /// `mysql_native_password`
    Native,
    /// `caching_sha2_password`
    CachingSha2,
}

impl Plugin {
    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => MYSQL_NATIVE_PASSWORD,
            Self::CachingSha2 => CACHING_SHA2_PASSWORD,
        }
    }
}

/// What a client has sent to prove its password.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) plugin: Plugin,
    pub(super) nonce: Nonce,
    pub(super) response: Vec<u8>,
}

impl Claim {
    /// Whether the client tried with a password at all.
    pub(super) fn has_password(&self) -> bool {
        match self.plugin {
            Plugin::Native => !self.response.is_empty(),
            // an empty password is a lone NUL here
            Plugin::CachingSha2 => !matches!(self.response.as_slice(), [] | [0]),
        }
    }
}

/// The packets of one login, bounded together.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    pub(super) stream: &'a mut ClientStream,
    pub(super) rsa: Option<&'a RsaKeyPair>,
    left: usize,
}

impl<'a> Exchange<'a> {
    pub(super) fn new(stream: &'a mut ClientStream, rsa: Option<&'a RsaKeyPair>) -> Self {
        Self {
            stream,
            rsa,
            left: MAX_LOGIN_BYTES,
        }
    }

    /// The client's next packet.
    pub(super) async fn receive(&mut self) -> Result<Vec<u8>, SessionError> {
        let payload = self.stream.read_login_packet(self.left).await?;
        self.left -= payload.len();
        Ok(payload)
    }

    /// Asks for a proof by `plugin` over a fresh nonce.
    pub(super) async fn switch(&mut self, plugin: Plugin) -> Result<Claim, SessionError> {
        let nonce = Nonce::random()?;
        let request = AuthSwitchRequest {
            plugin: plugin.name().to_owned(),
            data: nonce.as_bytes().to_vec(),
        };
        let mut payload = Vec::new();
        request.write(&mut payload);
        self.send(&payload).await?;
        Ok(Claim {
            plugin,
            nonce,
            response: self.receive().await?,
        })
    }

    /// Whether the claim holds. For `caching_sha2_password`'s fast path the packet in front of OK
    /// is left unflushed, so that both go in one write.
    pub(super) async fn check(
        &mut self,
        claim: &Claim,
        secret: &Arc<Secret>,
    ) -> Result<bool, SessionError> {
        if !claim.has_password() || secret.is_empty() {
            return Ok(!claim.has_password() && secret.is_empty());
        }
        if claim.plugin == Plugin::Native {
            return Ok(secret
                .native()
                .is_some_and(|hash| hash.verify(&claim.nonce, &claim.response)));
        }
        if secret
            .sha2()
            .is_some_and(|hash| hash.verify(&claim.nonce, &claim.response))
        {
            self.stream
                .write_payload(&[AuthMoreData::HEADER, AuthMoreData::FAST_OK]);
            return Ok(true);
        }
        if !secret.needs_full_path() {
            return Ok(false);
        }
        self.check_full(&claim.nonce, secret).await
    }

    /// The full path: the client sends its password itself.
    async fn check_full(
        &mut self,
        nonce: &Nonce,
        secret: &Arc<Secret>,
    ) -> Result<bool, SessionError> {
        self.send(&[AuthMoreData::HEADER, AuthMoreData::FULL_AUTH])
            .await?;
        let Some(password) = self.receive_password(nonce).await? else {
            return Ok(false);
        };
        let secret = Arc::clone(secret);
        // thousands of rounds of SHA-256
        let checked = tokio::task::spawn_blocking(move || secret.check_password(&password)).await;
        Ok(checked.unwrap_or(false))
    }

    async fn receive_password(&mut self, nonce: &Nonce) -> Result<Option<Vec<u8>>, SessionError> {
        let mut message = self.receive().await?;
        if self.stream.is_tls() {
            return Ok((message.pop() == Some(0)).then_some(message));
        }
        let Some(rsa) = self.rsa else {
            return Ok(None);
        };
        if message == [AuthMoreData::REQUEST_PUBLIC_KEY] {
            let mut payload = Vec::new();
            AuthMoreData(rsa.public_pem().as_bytes().to_vec()).write(&mut payload);
            self.send(&payload).await?;
            message = self.receive().await?;
        }
        Ok(rsa.decrypt_password(&message, nonce))
    }

    async fn send(&mut self, payload: &[u8]) -> Result<(), SessionError> {
        self.stream.write_payload(payload);
        Ok(self.stream.flush().await?)
    }
}
