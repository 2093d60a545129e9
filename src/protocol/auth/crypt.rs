//! The salted hash that MySQL stores for `caching_sha2_password`: SHA-256 crypt.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};

use super::caching_sha2::{finish, sha256};
use super::nonce::Nonce;
use super::parse_hex;
use crate::protocol::error::ProtocolError;

const SALT_LEN: usize = 20;
const DIGEST_LEN: usize = 43;
/// Bytes of the whole text.
const TEXT_LEN: usize = 7 + SALT_LEN + DIGEST_LEN;
/// Servers take no longer password for this plugin.
const MAX_PASSWORD: usize = 256;
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `$A$005$`, 20 bytes of salt, 43 characters of digest. Proves a plain password only, so its
/// accounts need the full path of the plugin at their first login.
#[derive(Clone, PartialEq, Eq)]
pub struct CryptHash {
    rounds: u32,
    salt: [u8; SALT_LEN],
    digest: [u8; DIGEST_LEN],
}

impl CryptHash {
    /// Reads `authentication_string` as `mysql.user` holds it, or as SHOW CREATE USER prints it
    /// with `print_identified_with_as_hex`, since the salt may hold control characters. The three digits are hexadecimal
    /// thousands of rounds: `005` is 5000, `00A` is 10000.
    pub fn parse(text: &[u8]) -> Result<Self, ProtocolError> {
        let plain = match text
            .strip_prefix(b"0x")
            .and_then(|digits| std::str::from_utf8(digits).ok())
        {
            Some(digits) => parse_hex::<TEXT_LEN>(digits).map(Vec::from),
            None => Some(text.to_vec()),
        };
        plain.as_deref().and_then(parse).ok_or(ProtocolError::Hash(
            "`$A$`, three hexadecimal digits, `$`, 20 bytes of salt and 43 characters are expected",
        ))
    }

    /// A hash of as many rounds that no password matches.
    ///
    /// # Errors
    /// [`ProtocolError::Random`] if the system has no randomness to give.
    pub fn imitation(&self) -> Result<Self, ProtocolError> {
        let salt = *Nonce::random()?.as_bytes();
        // would need a password whose digest is all zeros
        Ok(Self {
            rounds: self.rounds,
            salt,
            digest: [b'.'; DIGEST_LEN],
        })
    }

    /// Whether this is the hash of `password`. Takes milliseconds of computing.
    #[must_use]
    pub fn matches_password(&self, password: &[u8]) -> bool {
        if password.len() > MAX_PASSWORD {
            return false;
        }
        let digest = encode(&sha256_crypt(password, &self.salt, self.rounds));
        verify_slices_are_equal(&digest, &self.digest).is_ok()
    }
}

impl fmt::Debug for CryptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CryptHash(..)")
    }
}

fn parse(text: &[u8]) -> Option<CryptHash> {
    let rest = text.strip_prefix(b"$A$")?;
    let (digits, rest) = rest.split_first_chunk::<3>()?;
    let rest = rest.strip_prefix(b"$")?;
    let (salt, rest) = rest.split_first_chunk::<SALT_LEN>()?;
    let digest = rest.try_into().ok()?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let thousands = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (thousands > 0).then_some(CryptHash {
        rounds: thousands * 1000,
        salt: *salt,
        digest,
    })
}

/// Ulrich Drepper's "Unix crypt using SHA-256", with MySQL's longer salt.
fn sha256_crypt(password: &[u8], salt: &[u8], rounds: u32) -> [u8; SHA256_OUTPUT_LEN] {
    let mut state = first_digest(password, salt);
    let password_sequence = stretched(password, password.len(), password.len());
    let salt_sequence = stretched(
        salt,
        16 + usize::from(state.first().copied().unwrap_or(0)),
        salt.len(),
    );
    for round in 0..rounds {
        let mut context = Context::new(&SHA256);
        let is_odd = round % 2 == 1;
        context.update(if is_odd { &password_sequence } else { &state });
        if round % 3 != 0 {
            context.update(&salt_sequence);
        }
        if round % 7 != 0 {
            context.update(&password_sequence);
        }
        context.update(if is_odd { &state } else { &password_sequence });
        state = finish(context);
    }
    state
}

fn first_digest(password: &[u8], salt: &[u8]) -> [u8; SHA256_OUTPUT_LEN] {
    let inner = sha256(&[password, salt, password]);
    let mut context = Context::new(&SHA256);
    context.update(password);
    context.update(salt);
    context.update(&repeated(&inner, password.len()));
    let mut bits = password.len();
    while bits > 0 {
        context.update(if bits & 1 == 1 { &inner } else { password });
        bits >>= 1;
    }
    finish(context)
}

/// The digest of `bytes` taken `times` times, repeated to `len` bytes.
fn stretched(bytes: &[u8], times: usize, len: usize) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for _ in 0..times {
        context.update(bytes);
    }
    repeated(&finish(context), len)
}

fn repeated(bytes: &[u8], len: usize) -> Vec<u8> {
    bytes.iter().copied().cycle().take(len).collect()
}

/// Crypt's own base 64 over its own order of bytes.
fn encode(state: &[u8; SHA256_OUTPUT_LEN]) -> Vec<u8> {
    let byte = |index: usize| u32::from(state.get(index).copied().unwrap_or(0));
    let mut text = Vec::with_capacity(DIGEST_LEN);
    let (mut a, mut b, mut c) = (0, 10, 20);
    for _ in 0..10 {
        push_digits(&mut text, byte(a) << 16 | byte(b) << 8 | byte(c), 4);
        (a, b, c) = (c + 1, a + 1, b + 1);
    }
    push_digits(&mut text, byte(31) << 8 | byte(30), 3);
    text
}

fn push_digits(text: &mut Vec<u8>, mut value: u32, count: usize) {
    for _ in 0..count {
        let index = usize::try_from(value & 0x3F).unwrap_or(0);
        text.extend(ALPHABET.get(index));
        value >>= 6;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_reference() {
        // as `openssl passwd -5` prints them for 5000 and 10000 rounds
        let cases: [(&[u8], &[u8], u32, &str); 2] = [
            (
                b"Hello world!",
                b"saltstring",
                5000,
                "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
            ),
            (
                b"Hello world!",
                b"saltstringsaltst",
                10_000,
                "3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA",
            ),
        ];
        for (password, salt, rounds, digest) in cases {
            let encoded = encode(&sha256_crypt(password, salt, rounds));
            assert_eq!(String::from_utf8(encoded).unwrap(), digest);
        }
    }

    #[test]
    fn the_hash_that_mysql_9_7_stored_is_of_its_password() {
        let hex = "24412430304124132C0F3B4D251E4B29032035100841456F2C44384A6B434B442F48794C37374E35745A33786E574A746F37304D6259447461584F694A4B375148335749562F";
        let hash = CryptHash::parse(format!("0x{hex}").as_bytes()).unwrap();
        assert!(hash.matches_password(b"geheim"));
        assert!(!hash.matches_password(b"Geheim"));
        assert!(!hash.imitation().unwrap().matches_password(b"geheim"));
        assert!(CryptHash::parse(b"0x2441").is_err());
    }

    #[test]
    fn the_rounds_are_hexadecimal_thousands() {
        let text = |rounds: &str| format!("$A${rounds}$abcdefghijklmnopqrst{}", "x".repeat(43));
        assert_eq!(
            CryptHash::parse(text("005").as_bytes()).unwrap().rounds,
            5_000
        );
        assert_eq!(
            CryptHash::parse(text("00A").as_bytes()).unwrap().rounds,
            10_000
        );
        for bad in ["000", "0x5", "+05"] {
            assert!(CryptHash::parse(text(bad).as_bytes()).is_err());
        }
        assert!(CryptHash::parse(b"$A$005$short").is_err());
        assert!(CryptHash::parse(b"").is_err());
    }
}
