//! Proofs of a password, for both sides of a login.

mod caching_sha2;
mod crypt;
mod native;
mod nonce;
mod rsa;

pub use caching_sha2::{CACHING_SHA2_PASSWORD, CachingSha2Hash, scramble_caching_sha2};
pub use crypt::CryptHash;
pub use native::{MYSQL_NATIVE_PASSWORD, NativeHash, scramble_native};
pub use nonce::{NONCE_LEN, Nonce};
pub use rsa::{PublicKey, RsaKeyPair};

/// `a` XOR `b`, as long as `a`; `b` is repeated.
fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b.iter().cycle()).map(|(a, b)| a ^ b).collect()
}

/// Reads `2 * N` hexadecimal digits.
fn parse_hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let digits = digits.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let text = std::str::from_utf8(pair).ok()?;
        if !pair.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        *byte = u8::from_str_radix(text, 16).ok()?;
    }
    Some(bytes)
}
