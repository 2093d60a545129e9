//! `mysql_native_password`.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA1_OUTPUT_LEN};

use super::nonce::Nonce;
use super::{parse_hex, xor};
use crate::protocol::error::ProtocolError;

/// The plugin's name.
pub const MYSQL_NATIVE_PASSWORD: &str = "mysql_native_password";

/// A client's proof: `SHA1(pw) XOR SHA1(nonce, SHA1(SHA1(pw)))`; empty for an empty password.
#[must_use]
pub fn scramble_native(password: &[u8], nonce: &Nonce) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let once = sha1(&[password]);
    xor(&once, &sha1(&[nonce.as_bytes(), &sha1(&[&once])]))
}

/// `SHA1(SHA1(password))`, what servers store as `*` and 40 digits.
#[derive(Clone, PartialEq, Eq)]
pub struct NativeHash([u8; SHA1_OUTPUT_LEN]);

impl NativeHash {
    /// A hash given by its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; SHA1_OUTPUT_LEN]) -> Self {
        Self(bytes)
    }

    /// The hash of a password.
    #[must_use]
    pub fn from_password(password: &[u8]) -> Self {
        Self(sha1(&[&sha1(&[password])]))
    }

    /// Reads `*` and 40 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, ProtocolError> {
        text.strip_prefix('*')
            .and_then(parse_hex)
            .map(Self)
            .ok_or(ProtocolError::Hash(
                "`*` and 40 hexadecimal digits are expected",
            ))
    }

    /// Whether a client's proof for `nonce` is that of the password; takes the same time either way.
    #[must_use]
    pub fn verify(&self, nonce: &Nonce, proof: &[u8]) -> bool {
        let once = xor(proof, &sha1(&[nonce.as_bytes(), &self.0]));
        proof.len() == SHA1_OUTPUT_LEN && verify_slices_are_equal(&sha1(&[&once]), &self.0).is_ok()
    }

    /// Whether this is the hash of a password in plain text.
    #[must_use]
    pub fn matches_password(&self, password: &[u8]) -> bool {
        verify_slices_are_equal(&Self::from_password(password).0, &self.0).is_ok()
    }
}

impl fmt::Debug for NativeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NativeHash(..)")
    }
}

fn sha1(parts: &[&[u8]]) -> [u8; SHA1_OUTPUT_LEN] {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    for part in parts {
        context.update(part);
    }
    let mut output = [0; SHA1_OUTPUT_LEN];
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
    fn the_hash_is_that_of_the_servers_password_function() {
        // SELECT PASSWORD('mypass')
        let known = NativeHash::parse("*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4").unwrap();
        assert!(known == NativeHash::from_password(b"mypass"));
        assert!(known.matches_password(b"mypass"));
        assert!(!known.matches_password(b"mypas"));
    }

    #[test]
    fn a_proof_holds_for_its_password_and_nonce_alone() {
        let proof = scramble_native(b"secret", &NONCE);
        assert_eq!(
            proof,
            parse_hex::<20>("8817c50fa779daef010ee7577825b0847df9842e").unwrap()
        );
        let hash = NativeHash::from_password(b"secret");
        assert!(hash.verify(&NONCE, &proof));
        assert!(!hash.verify(&Nonce::from_bytes([1; 20]), &proof));
        assert!(!NativeHash::from_password(b"other").verify(&NONCE, &proof));
        assert!(!hash.verify(&NONCE, &proof[..19]));
        assert!(!hash.verify(&NONCE, b""));
        assert!(scramble_native(b"", &NONCE).is_empty());
    }

    #[test]
    fn texts_that_are_no_hash_are_refused() {
        for text in [
            "",
            "*",
            "6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4",
            "*+C8989366EAF75BB670AD8EA7A7FC1176A95CEF4",
        ] {
            assert!(NativeHash::parse(text).is_err(), "{text}");
        }
    }
}
