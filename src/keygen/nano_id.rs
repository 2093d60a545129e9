//! Nano ID keys.

use aws_lc_rs::rand;

use super::KeyError;

/// In the order of ShardingSphere's library; an id takes 6 bits of randomness a character from it.
const ALPHABET: &[u8; 64] = b"_-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LENGTH: usize = 21;

/// A Nano ID as ShardingSphere's NANOID makes it: 21 characters of letters, digits, `_` and `-`.
///
/// # Errors
/// The operating system gives no random numbers.
pub fn new_nano_id() -> Result<String, KeyError> {
    let mut bytes = [0_u8; LENGTH];
    rand::fill(&mut bytes).map_err(|_| KeyError::NoRandom)?;
    let characters = bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 63)));
    Ok(characters.map(|character| char::from(*character)).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_id_has_21_characters_of_the_alphabet_and_never_repeats() {
        let ids: HashSet<String> = (0..2000).map(|_| new_nano_id().unwrap()).collect();
        assert_eq!(ids.len(), 2000);
        let used: HashSet<u8> = ids.iter().flat_map(|id| id.bytes()).collect();
        assert_eq!(used, ALPHABET.iter().copied().collect());
        assert!(ids.iter().all(|id| id.len() == LENGTH));
    }
}
