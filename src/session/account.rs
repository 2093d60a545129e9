//! Who may log in.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;

use super::host::HostPattern;
use super::secret::Secret;
use crate::model::Rights;
use crate::protocol::ProtocolError;

/// One account.
#[derive(Clone, Debug)]
pub struct Account {
    /// The name, compared with case; all its sessions share it.
    pub user: Arc<str>,
    /// Where it may log in from.
    pub host: HostPattern,
    /// What its password is checked against.
    pub secret: Arc<Secret>,
    /// What it may do.
    pub rights: Rights,
    /// It may log in over TLS only.
    pub requires_tls: bool,
    /// Client connections of this user name at once, instead of the limit of all users.
    pub max_connections: Option<usize>,
}

/// All accounts.
#[derive(Debug)]
pub struct Accounts {
    by_user: HashMap<Arc<str>, Vec<Arc<Account>>>,
    /// What stands in for accounts that do not exist: one for each that does, so that an unknown
    /// user is asked for the same steps as a known one.
    imitations: Vec<Arc<Secret>>,
    /// Where there is no account at all.
    fallback: Arc<Secret>,
    /// Chooses the imitation by the user's name, the same one every time.
    hasher: RandomState,
}

/// What a login is checked against.
#[derive(Clone, Debug)]
pub(super) enum Candidate {
    /// An account.
    Known(Arc<Account>),
    /// A stand-in that no password matches.
    Unknown(Arc<Secret>),
}

impl Candidate {
    pub(super) fn secret(&self) -> &Arc<Secret> {
        match self {
            Self::Known(account) => &account.secret,
            Self::Unknown(secret) => secret,
        }
    }
}

impl Accounts {
    /// Prepares the accounts for looking up.
    ///
    /// # Errors
    /// [`ProtocolError::Random`] if the system has no randomness to give.
    pub fn new(accounts: Vec<Account>) -> Result<Self, ProtocolError> {
        let fallback = Arc::new(Secret::from_password("").imitation()?);
        let imitations = accounts
            .iter()
            .map(|account| account.secret.imitation().map(Arc::new))
            .collect::<Result<_, _>>()?;
        let mut by_user = HashMap::<Arc<str>, Vec<Arc<Account>>>::new();
        for account in accounts {
            by_user
                .entry(Arc::clone(&account.user))
                .or_default()
                .push(Arc::new(account));
        }
        for same_name in by_user.values_mut() {
            same_name.sort_by_key(|account| std::cmp::Reverse(account.host.narrowness()));
        }
        Ok(Self {
            by_user,
            imitations,
            fallback,
            hasher: RandomState::new(),
        })
    }

    /// The account of `user` at `address`; the narrowest host counts.
    #[must_use]
    pub fn find(&self, user: &str, address: IpAddr) -> Option<Arc<Account>> {
        self.by_user
            .get(user)?
            .iter()
            .find(|account| account.host.matches(address))
            .cloned()
    }

    /// Takes over what accounts of the same name, host and hash have learned from their clients' proofs.
    pub fn recall(&self, old: &Self) {
        for account in self.by_user.values().flatten() {
            let same_name = old.by_user.get(&account.user).into_iter().flatten();
            for other in same_name.filter(|other| other.host == account.host) {
                account.secret.recall(&other.secret);
            }
        }
    }

    /// Whether an RSA key pair is needed for clients without TLS.
    #[must_use]
    pub fn need_full_path(&self) -> bool {
        self.by_user
            .values()
            .flatten()
            .any(|account| account.secret.needs_full_path())
    }

    /// The account, or what stands in for it: also for one that requires TLS where there is none, so that no step
    /// tells a right password from a wrong one to whoever listens.
    pub(super) fn candidate(&self, user: &str, address: IpAddr, is_tls: bool) -> Candidate {
        let found = self.find(user, address);
        if let Some(account) = found.filter(|account| is_tls || !account.requires_tls) {
            return Candidate::Known(account);
        }
        let count = self.imitations.len() as u64;
        let chosen = self.hasher.hash_one(user).checked_rem(count).unwrap_or(0);
        let chosen = usize::try_from(chosen)
            .ok()
            .and_then(|index| self.imitations.get(index));
        Candidate::Unknown(Arc::clone(chosen.unwrap_or(&self.fallback)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(user: &str, host: &str) -> Account {
        Account {
            user: user.into(),
            host: HostPattern::parse(host).unwrap(),
            secret: Arc::new(Secret::from_password("pw")),
            rights: Rights::default(),
            requires_tls: false,
            max_connections: None,
        }
    }

    #[test]
    fn the_narrowest_host_counts() {
        let accounts = Accounts::new(vec![
            account("app", "%"),
            account("app", "10.0.%"),
            account("app", "10.0.0.1"),
        ])
        .unwrap();
        for (address, bits) in [
            ("10.0.0.1", Some(32)),
            ("10.0.0.2", Some(16)),
            ("9.9.9.9", None),
        ] {
            let found = accounts.find("app", address.parse().unwrap()).unwrap();
            match found.host {
                HostPattern::Network(_, width) => assert_eq!(Some(width), bits),
                _ => assert_eq!(bits, None),
            }
        }
        assert!(accounts.find("APP", "10.0.0.1".parse().unwrap()).is_none());
    }

    #[test]
    fn an_unknown_user_has_a_stand_in() {
        for list in [vec![], vec![account("app", "%")]] {
            let accounts = Accounts::new(list).unwrap();
            let candidate = accounts.candidate("nobody", "10.0.0.1".parse().unwrap(), true);
            assert!(matches!(candidate, Candidate::Unknown(_)));
            assert!(candidate.secret().sha2().is_some());
            assert!(!candidate.secret().check_password(b""));
        }
    }

    #[test]
    fn who_requires_tls_is_unknown_without_it() {
        let careful = Account {
            requires_tls: true,
            ..account("careful", "%")
        };
        let accounts = Accounts::new(vec![careful]).unwrap();
        let candidate = |is_tls| accounts.candidate("careful", "10.0.0.1".parse().unwrap(), is_tls);
        assert!(matches!(candidate(true), Candidate::Known(_)));
        assert!(matches!(candidate(false), Candidate::Unknown(_)));
    }
}
