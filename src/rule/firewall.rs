//! Which statements may run, by their digests: `sqlFirewall` of a logical database.

use std::collections::{BTreeMap, HashSet};

/// What becomes of a statement that a list is against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirewallMode {
    /// No list is asked.
    Off,
    /// It runs; that it would be refused is logged and counted.
    Learn,
    /// It is refused.
    #[default]
    Enforce,
}

/// The lists for all users, or for one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DigestLists {
    /// What becomes of what they are against; `None` for a user takes that of all users.
    pub mode: Option<FirewallMode>,
    /// Digests that are refused whatever else is said.
    pub deny: HashSet<u64>,
    /// Digests beside which nothing may run; `None` where any may.
    pub allow: Option<HashSet<u64>>,
}

/// The digest lists of one logical database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firewall {
    /// For every user.
    pub everyone: DigestLists,
    /// For users by name, as they log in: denied digests are added to everyone's, an allow list takes its place.
    pub users: BTreeMap<String, DigestLists>,
}

/// Why a list is against a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Against {
    /// Its digest is on the deny list.
    Denied,
    /// Its digest is not on the allow list.
    NotAllowed,
}

/// What the lists say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Nothing against it.
    Pass,
    /// It would be refused, if the lists were not only learning.
    Learn(Against),
    /// It is refused.
    Refuse(Against),
}

impl Firewall {
    /// What the lists say of a statement of `user`; `needs_allowance` is false for statements that every session needs,
    /// such as COMMIT, which the allow list need not name.
    #[must_use]
    pub fn ruling(&self, user: &str, digest: u64, needs_allowance: bool) -> Ruling {
        let own = self.users.get(user);
        let mode = own
            .and_then(|lists| lists.mode)
            .or(self.everyone.mode)
            .unwrap_or_default();
        if mode == FirewallMode::Off {
            return Ruling::Pass;
        }
        let is_denied = self.everyone.deny.contains(&digest)
            || own.is_some_and(|lists| lists.deny.contains(&digest));
        let allow = own
            .and_then(|lists| lists.allow.as_ref())
            .or(self.everyone.allow.as_ref());
        let is_allowed = match allow {
            Some(allow) => allow.contains(&digest),
            // while it learns, a list that is not written yet is an empty one
            None => mode == FirewallMode::Enforce,
        };
        let against = match (is_denied, is_allowed || !needs_allowance) {
            (true, _) => Against::Denied,
            (false, false) => Against::NotAllowed,
            (false, true) => return Ruling::Pass,
        };
        match mode {
            FirewallMode::Enforce => Ruling::Refuse(against),
            FirewallMode::Learn | FirewallMode::Off => Ruling::Learn(against),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(mode: Option<FirewallMode>, deny: &[u64], allow: Option<&[u64]>) -> DigestLists {
        DigestLists {
            mode,
            deny: deny.iter().copied().collect(),
            allow: allow.map(|allow| allow.iter().copied().collect()),
        }
    }

    #[test]
    fn a_deny_list_alone_lets_everything_else_pass() {
        let firewall = Firewall {
            everyone: lists(None, &[1], None),
            ..Firewall::default()
        };
        assert_eq!(
            firewall.ruling("app", 1, true),
            Ruling::Refuse(Against::Denied)
        );
        assert_eq!(
            firewall.ruling("app", 1, false),
            Ruling::Refuse(Against::Denied)
        );
        assert_eq!(firewall.ruling("app", 2, true), Ruling::Pass);
    }

    #[test]
    fn an_allow_list_lets_nothing_else_pass_but_what_every_session_needs() {
        let firewall = Firewall {
            everyone: lists(None, &[1], Some(&[1, 2])),
            ..Firewall::default()
        };
        assert_eq!(
            firewall.ruling("app", 1, true),
            Ruling::Refuse(Against::Denied)
        );
        assert_eq!(firewall.ruling("app", 2, true), Ruling::Pass);
        assert_eq!(
            firewall.ruling("app", 3, true),
            Ruling::Refuse(Against::NotAllowed)
        );
        assert_eq!(firewall.ruling("app", 3, false), Ruling::Pass);
    }

    #[test]
    fn learning_refuses_nothing_and_misses_nothing() {
        let firewall = Firewall {
            everyone: lists(Some(FirewallMode::Learn), &[1], None),
            ..Firewall::default()
        };
        assert_eq!(
            firewall.ruling("app", 1, true),
            Ruling::Learn(Against::Denied)
        );
        assert_eq!(
            firewall.ruling("app", 3, true),
            Ruling::Learn(Against::NotAllowed)
        );
        assert_eq!(firewall.ruling("app", 3, false), Ruling::Pass);
    }

    #[test]
    fn a_users_lists_add_to_the_denied_and_replace_the_allowed() {
        let users = [
            ("report".to_owned(), lists(None, &[5], Some(&[7]))),
            ("dba".to_owned(), lists(Some(FirewallMode::Off), &[], None)),
        ];
        let firewall = Firewall {
            everyone: lists(None, &[1], Some(&[2])),
            users: users.into(),
        };
        assert_eq!(
            firewall.ruling("report", 1, true),
            Ruling::Refuse(Against::Denied)
        );
        assert_eq!(
            firewall.ruling("report", 5, true),
            Ruling::Refuse(Against::Denied)
        );
        assert_eq!(
            firewall.ruling("report", 2, true),
            Ruling::Refuse(Against::NotAllowed)
        );
        assert_eq!(firewall.ruling("report", 7, true), Ruling::Pass);
        assert_eq!(firewall.ruling("dba", 1, true), Ruling::Pass);
    }
}
