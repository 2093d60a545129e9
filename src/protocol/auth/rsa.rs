//! The RSA exchange of `caching_sha2_password`'s full path without TLS.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject;

use super::nonce::Nonce;
use super::xor;
use crate::protocol::error::ProtocolError;

/// A server's public key.
#[derive(Debug)]
pub struct PublicKey(OaepPublicEncryptingKey);

impl PublicKey {
    /// Reads a PEM text as a server sends it on request.
    pub fn from_pem(pem: &[u8]) -> Result<Self, ProtocolError> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem)
            .map_err(|_| ProtocolError::Rsa("the public key is not a PEM text"))?;
        PublicEncryptingKey::from_der(&der)
            .map_err(|_| ProtocolError::Rsa("the public key is not of RSA, 2048 to 8192 bits"))
            .and_then(|key| {
                OaepPublicEncryptingKey::new(key)
                    .map_err(|_| ProtocolError::Rsa("the public key cannot encrypt"))
            })
            .map(Self)
    }

    /// The password and its NUL, masked by the nonce and encrypted by RSA-OAEP with SHA-1.
    pub fn encrypt_password(
        &self,
        password: &[u8],
        nonce: &Nonce,
    ) -> Result<Vec<u8>, ProtocolError> {
        let masked = xor(&[password, &[0]].concat(), nonce.as_bytes());
        let mut output = vec![0; self.0.ciphertext_size()];
        self.0
            .encrypt(&OAEP_SHA1_MGF1SHA1, &masked, &mut output, None)
            .map(|ciphertext| ciphertext.to_vec())
            .map_err(|_| ProtocolError::Rsa("the password is too long for the public key"))
    }
}

/// Our own key pair, made at start for accounts whose password we have only as a hash.
pub struct RsaKeyPair {
    private: OaepPrivateDecryptingKey,
    public_pem: String,
}

impl RsaKeyPair {
    /// Draws a key of 2048 bits; takes up to some tenths of a second.
    pub fn generate() -> Result<Self, ProtocolError> {
        let broken = |_| ProtocolError::Rsa("no key pair could be generated");
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(broken)?;
        let der: PublicKeyX509Der<'_> = private.public_key().as_der().map_err(broken)?;
        Ok(Self {
            public_pem: public_pem(der.as_ref()),
            private: OaepPrivateDecryptingKey::new(private).map_err(broken)?,
        })
    }

    /// The public key as servers send it.
    #[must_use]
    pub fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// The password in a client's message; `None` if it was not made with our key and this nonce.
    #[must_use]
    pub fn decrypt_password(&self, ciphertext: &[u8], nonce: &Nonce) -> Option<Vec<u8>> {
        let mut output = vec![0; self.private.min_output_size()];
        let masked = self
            .private
            .decrypt(&OAEP_SHA1_MGF1SHA1, ciphertext, &mut output, None)
            .ok()?;
        let mut password = xor(masked, nonce.as_bytes());
        (password.pop() == Some(0)).then_some(password)
    }
}

impl fmt::Debug for RsaKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKeyPair(..)")
    }
}

fn public_pem(der: &[u8]) -> String {
    let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
    // 48 bytes are a line of 64 characters
    for line in der.chunks(48) {
        for group in line.chunks(3) {
            push_base64(&mut pem, group);
        }
        pem.push('\n');
    }
    pem.push_str("-----END PUBLIC KEY-----\n");
    pem
}

fn push_base64(text: &mut String, group: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
    let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    for position in 0..4 {
        let digit = usize::try_from(bits >> (18 - 6 * position) & 0x3F).unwrap_or(0);
        let is_padding = position > group.len();
        let character = ALPHABET.get(digit).map_or('=', |&byte| char::from(byte));
        text.push(if is_padding { '=' } else { character });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_passes_through_the_key_pair() {
        let pair = RsaKeyPair::generate().unwrap();
        let nonce = Nonce::random().unwrap();
        let key = PublicKey::from_pem(pair.public_pem().as_bytes()).unwrap();
        for password in [&b"secret"[..], b"", &[b'x'; 100]] {
            let message = key.encrypt_password(password, &nonce).unwrap();
            assert_eq!(
                pair.decrypt_password(&message, &nonce).as_deref(),
                Some(password)
            );
            assert_eq!(pair.decrypt_password(&message[1..], &nonce), None);
        }
        assert_eq!(pair.decrypt_password(b"", &nonce), None);
        assert!(key.encrypt_password(&[b'x'; 300], &nonce).is_err());
    }

    #[test]
    fn the_key_of_openssl_is_read() {
        let pem = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAs1XPdg1S0T3wBIeZyJyP\nYb3mR8K0Nk16es2XsVdY3qgbhF5D07kbVFiauUQog3oTSGMyZ0jDItZltfkB08tg\nwDnoZdU9kVjEoIp/ouIm0ll2KVNxEu5o+pp/2oHd+92Bb1CtS76n+ZvvVpxfhjdS\nsTRh0tMeUNXcxWonkOLSwZxCQeqr6a9Pn1Uk0CTVj0smlCQEgwrwyzAvzHFECGDM\n64i8ffX2etl8/m2onC0d1caJf2SJAiw/SJNumDMLAzJx41C32h3eFV1DE/4L8X9w\niCeZ/EK3ozvhStJ/uRpyZHFFetoJWBF0i4f3VKTemvAy8cpUQyFO5sSxkA5Qw557\nyQIDAQAB\n-----END PUBLIC KEY-----\n";
        let key = PublicKey::from_pem(pem.as_bytes()).unwrap();
        let nonce = Nonce::from_bytes([7; 20]);
        assert_eq!(key.encrypt_password(b"secret", &nonce).unwrap().len(), 256);
        assert!(PublicKey::from_pem(b"no key").is_err());
    }

    #[test]
    fn base64_pads_short_groups() {
        let cases: [(&[u8], &str); 3] = [(b"abc", "YWJj"), (b"ab", "YWI="), (b"a", "YQ==")];
        for (group, expected) in cases {
            let mut text = String::new();
            push_base64(&mut text, group);
            assert_eq!(text, expected);
        }
    }
}
