//! The challenge of a login.

use aws_lc_rs::rand;

use crate::protocol::error::ProtocolError;

/// Bytes of a nonce, without the NUL behind it on the wire.
pub const NONCE_LEN: usize = 20;

/// The bytes that a password's proof is computed with; fresh for every login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nonce([u8; NONCE_LEN]);

impl Nonce {
    /// Draws a nonce of bytes 1 to 127 without `$`, as servers do: clients treat it as a string.
    ///
    /// # Errors
    /// [`ProtocolError::Random`] if the system has no randomness to give.
    pub fn random() -> Result<Self, ProtocolError> {
        let mut nonce = [0; NONCE_LEN];
        let mut filled = 0;
        while filled < NONCE_LEN {
            let mut drawn = [0; 2 * NONCE_LEN];
            rand::fill(&mut drawn).map_err(|_| ProtocolError::Random)?;
            let usable = drawn
                .iter()
                .map(|byte| byte & 0x7F)
                .filter(|&b| b != 0 && b != b'$');
            for (slot, byte) in nonce.iter_mut().skip(filled).zip(usable) {
                *slot = byte;
                filled += 1;
            }
        }
        Ok(Self(nonce))
    }

    /// A nonce read from the wire.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; NONCE_LEN]) -> Self {
        Self(bytes)
    }

    /// A nonce from the data of an auth switch request, without its NUL.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let bytes = bytes
            .try_into()
            .map_err(|_| ProtocolError::Malformed("a nonce is not 20 bytes long"))?;
        Ok(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; NONCE_LEN] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_are_fresh_and_hold_neither_nul_nor_dollar() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let nonce = Nonce::random().unwrap();
            assert!(
                nonce
                    .as_bytes()
                    .iter()
                    .all(|&b| (1..128).contains(&b) && b != b'$')
            );
            assert!(seen.insert(*nonce.as_bytes()));
        }
    }
}
