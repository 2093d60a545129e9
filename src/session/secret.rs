//! What an account's password is checked against.

use std::fmt;
use std::sync::OnceLock;

use super::proof::Plugin;
use crate::protocol::{CachingSha2Hash, CryptHash, NativeHash, Nonce, ProtocolError};

/// A password in one of the forms that it may be configured in. Only hashes are kept.
#[derive(Debug)]
pub struct Secret {
    form: Form,
    /// Both hashes of the password that a client proved by the full path.
    learned: OnceLock<(NativeHash, CachingSha2Hash)>,
}

#[derive(PartialEq, Eq)]
enum Form {
    /// No password.
    Empty,
    /// The double hashes, one or both.
    Hashes {
        native: Option<NativeHash>,
        sha2: Option<CachingSha2Hash>,
    },
    /// MySQL's salted hash.
    Crypt(CryptHash),
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Hashes { .. } => "Hashes(..)",
            Self::Crypt(_) => "Crypt(..)",
        })
    }
}

impl Secret {
    /// From the password itself; the empty one lets anyone in who sends none.
    #[must_use]
    pub fn from_password(password: &str) -> Self {
        if password.is_empty() {
            return Self::new(Form::Empty);
        }
        let password = password.as_bytes();
        Self::from_hashes(
            Some(NativeHash::from_password(password)),
            Some(CachingSha2Hash::from_password(password)),
        )
    }

    /// From the double hashes, of which at least one should be given; with neither nobody can log
    /// in.
    #[must_use]
    pub fn from_hashes(native: Option<NativeHash>, sha2: Option<CachingSha2Hash>) -> Self {
        Self::new(Form::Hashes { native, sha2 })
    }

    /// From MySQL's `$A$` string.
    #[must_use]
    pub fn from_crypt(hash: CryptHash) -> Self {
        Self::new(Form::Crypt(hash))
    }

    fn new(form: Form) -> Self {
        Self {
            form,
            learned: OnceLock::new(),
        }
    }

    /// Takes over what a secret of the same hashes has learned, so that a reload makes nobody prove again.
    pub(super) fn recall(&self, other: &Self) {
        if self.form == other.form
            && let Some(learned) = other.learned.get()
        {
            self.learned.get_or_init(|| learned.clone());
        }
    }

    /// A secret that asks for the same steps but that no password matches: for accounts that do
    /// not exist.
    pub(super) fn imitation(&self) -> Result<Self, ProtocolError> {
        let noise = [*Nonce::random()?.as_bytes(), *Nonce::random()?.as_bytes()].concat();
        let native = NativeHash::from_password(&noise);
        let sha2 = CachingSha2Hash::from_password(&noise);
        Ok(match &self.form {
            Form::Empty => Self::from_hashes(Some(native), Some(sha2)),
            Form::Hashes {
                native: has_native,
                sha2: has_sha2,
            } => Self::from_hashes(
                has_native.is_some().then_some(native),
                has_sha2.is_some().then_some(sha2),
            ),
            Form::Crypt(hash) => Self::from_crypt(hash.imitation()?),
        })
    }

    /// Whether the account has no password.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self.form, Form::Empty)
    }

    /// Which plugin a client is switched to that uses neither of ours: the old one if it can do,
    /// since every client knows it. Does not depend on what was learned, which would tell a known
    /// user from an unknown one.
    pub(super) fn switch_plugin(&self) -> Plugin {
        match self.form {
            Form::Empty
            | Form::Hashes {
                native: Some(_), ..
            } => Plugin::Native,
            Form::Hashes { native: None, .. } | Form::Crypt(_) => Plugin::CachingSha2,
        }
    }

    /// The hash for `mysql_native_password`, if the account can be checked by it.
    pub(super) fn native(&self) -> Option<&NativeHash> {
        match &self.form {
            Form::Hashes {
                native: Some(native),
                ..
            } => Some(native),
            _ => self.learned.get().map(|(native, _)| native),
        }
    }

    /// The hash for the fast path of `caching_sha2_password`, if the account can be checked by it.
    pub(super) fn sha2(&self) -> Option<&CachingSha2Hash> {
        match &self.form {
            Form::Hashes {
                sha2: Some(sha2), ..
            } => Some(sha2),
            _ => self.learned.get().map(|(_, sha2)| sha2),
        }
    }

    /// Whether a client may be asked for the password itself (contract 2.1).
    #[must_use]
    pub fn needs_full_path(&self) -> bool {
        matches!(
            self.form,
            Form::Hashes {
                sha2: None,
                native: Some(_)
            } | Form::Crypt(_)
        )
    }

    /// Checks a password that a client sent by the full path, and remembers it for the fast path.
    /// Takes milliseconds of computing for a `$A$` hash.
    pub(super) fn check_password(&self, password: &[u8]) -> bool {
        let matches = match &self.form {
            Form::Empty => password.is_empty(),
            Form::Hashes {
                native: Some(native),
                ..
            } => native.matches_password(password),
            Form::Hashes { native: None, sha2 } => sha2
                .as_ref()
                .is_some_and(|sha2| sha2.matches_password(password)),
            Form::Crypt(hash) => hash.matches_password(password),
        };
        if matches {
            self.learned.get_or_init(|| {
                (
                    NativeHash::from_password(password),
                    CachingSha2Hash::from_password(password),
                )
            });
        }
        matches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_shows_neither_itself_nor_its_hashes() {
        let shown = format!("{:?}", Secret::from_password("geheim"));
        assert!(
            shown.contains("Hashes(..)") && !shown.contains("geheim"),
            "{shown}"
        );
    }

    #[test]
    fn a_full_login_teaches_the_fast_path() {
        let hash = NativeHash::from_password(b"geheim");
        let secret = Secret::from_hashes(Some(hash), None);
        assert!(secret.needs_full_path());
        assert!(!secret.check_password(b"falsch"));
        assert!(secret.sha2().is_none());
        assert!(secret.check_password(b"geheim"));
        assert!(
            secret
                .sha2()
                .is_some_and(|sha2| sha2.matches_password(b"geheim"))
        );
        assert!(!format!("{secret:?}").contains("geheim"));
    }

    #[test]
    fn what_was_learned_is_recalled_by_the_same_hash_alone() {
        let secret =
            |password: &[u8]| Secret::from_hashes(Some(NativeHash::from_password(password)), None);
        let (old, same, other) = (secret(b"geheim"), secret(b"geheim"), secret(b"anders"));
        assert!(old.check_password(b"geheim"));
        same.recall(&old);
        other.recall(&old);
        assert!(
            same.sha2()
                .is_some_and(|sha2| sha2.matches_password(b"geheim"))
        );
        assert!(other.sha2().is_none());
    }

    #[test]
    fn an_imitation_takes_the_same_path_and_no_password() {
        for secret in [
            Secret::from_password("a"),
            Secret::from_hashes(Some(NativeHash::from_password(b"a")), None),
            Secret::from_hashes(None, Some(CachingSha2Hash::from_password(b"a"))),
        ] {
            let imitation = secret.imitation().unwrap();
            assert_eq!(imitation.needs_full_path(), secret.needs_full_path());
            assert_eq!(imitation.native().is_some(), secret.native().is_some());
            assert!(!imitation.check_password(b"a"));
        }
        assert!(!Secret::from_password("").imitation().unwrap().is_empty());
    }
}
