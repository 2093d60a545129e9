//! `caching_sha2_password`, its fast path.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};

use super::nonce::Nonce;
use super::{parse_hex, xor};
use crate::protocol::error::ProtocolError;

/// The plugin's name.
pub const CACHING_SHA2_PASSWORD: &str = "caching_sha2_password";

/// A client's proof: `SHA256(pw) XOR SHA256(SHA256(SHA256(pw)), nonce)`; empty for an empty
/// password.
#[must_use]
pub fn scramble_caching_sha2(password: &[u8], nonce: &Nonce) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let once = sha256(&[password]);
    xor(&once, &sha256(&[&sha256(&[&once]), nonce.as_bytes()]))
}

/// `SHA256(SHA256(password))`, what servers keep in their cache after a full authentication.
#[derive(Clone, PartialEq, Eq)]
pub struct CachingSha2Hash([u8; SHA256_OUTPUT_LEN]);

impl CachingSha2Hash {
    /// A hash given by its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; SHA256_OUTPUT_LEN]) -> Self {
        Self(bytes)
    }

    /// The hash of a password.
    #[must_use]
    pub fn from_password(password: &[u8]) -> Self {
        Self(sha256(&[&sha256(&[password])]))
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, ProtocolError> {
        parse_hex(text)
            .map(Self)
            .ok_or(ProtocolError::Hash("64 hexadecimal digits are expected"))
    }

    /// Whether a client's proof for `nonce` is that of the password; takes the same time either way.
    #[must_use]
    pub fn verify(&self, nonce: &Nonce, proof: &[u8]) -> bool {
        let once = xor(proof, &sha256(&[&self.0, nonce.as_bytes()]));
        proof.len() == SHA256_OUTPUT_LEN
            && verify_slices_are_equal(&sha256(&[&once]), &self.0).is_ok()
    }

    /// Whether this is the hash of a password in plain text.
    #[must_use]
    pub fn matches_password(&self, password: &[u8]) -> bool {
        verify_slices_are_equal(&Self::from_password(password).0, &self.0).is_ok()
    }
}

impl fmt::Debug for CachingSha2Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CachingSha2Hash(..)")
    }
}

/// SHA-256 over several parts.
pub(super) fn sha256(parts: &[&[u8]]) -> [u8; SHA256_OUTPUT_LEN] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    finish(context)
}

/// The output of a SHA-256 context.
pub(super) fn finish(context: Context) -> [u8; SHA256_OUTPUT_LEN] {
    let mut output = [0; SHA256_OUTPUT_LEN];
    for (slot, byte) in output.iter_mut().zip(context.finish().as_ref()) {
        *slot = *byte;
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: Nonce = Nonce::from_bytes(*b"abcdefghijklmnopqrst");

    #[test]
    fn a_proof_holds_for_its_password_and_nonce_alone() {
        let proof = scramble_caching_sha2(b"secret", &NONCE);
        assert_eq!(
            proof,
            parse_hex::<32>("c76e2898612a4cf042c77fa8c4702c4c64c0c2c557c53c4d75595aaa6abae809")
                .unwrap()
        );
        let hash = CachingSha2Hash::from_password(b"secret");
        assert!(hash.verify(&NONCE, &proof));
        assert!(!hash.verify(&Nonce::from_bytes([1; 20]), &proof));
        assert!(!CachingSha2Hash::from_password(b"other").verify(&NONCE, &proof));
        assert!(!hash.verify(&NONCE, &proof[..31]));
        assert!(!hash.verify(&NONCE, b""));
        assert!(scramble_caching_sha2(b"", &NONCE).is_empty());
    }

    #[test]
    fn sixty_four_digits_are_a_hash() {
        let hash = CachingSha2Hash::parse(
            "3881219d087dd9c634373fd33dfa33a2cb6bfc6c520b64b8bb60ef2ceb534ae7",
        );
        assert!(hash.unwrap().matches_password(b"secret"));
        assert!(CachingSha2Hash::parse("abc").is_err());
    }
}
