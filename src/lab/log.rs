//! The general log: a witness of what reached a server.

use std::fs;
use std::path::Path;

use super::error::LabError;

/// Bytes of the general log; a server writes it as the statements come, in whatever charset they have.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, LabError> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(LabError::Io {
            what: format!("reading {}", path.display()),
            source,
        }),
    }
}

/// Whether `word` stands anywhere in `log`.
pub(super) fn mentions(log: &[u8], word: &str) -> bool {
    let word = word.as_bytes();
    word.is_empty() || log.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_at_either_end_and_nowhere_else() {
        assert!(mentions(b"select 1", "select"));
        assert!(mentions(b"select 1", "t 1"));
        assert!(!mentions(b"select 1", "select 12"));
    }
}
