//! `authority:`: who may log in, how, and what they may do.

use std::fmt;

use super::catalogue::Scope;
use super::cursor::Cursor;

/// How an account proves itself.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The password in clear; both plugins answer from it.
    Password(String),
    /// SHA1(SHA1(password)), mysql_native_password's, perhaps with SHA256(SHA256(password)).
    Hashes {
        /// 20 bytes.
        sha1: [u8; 20],
        /// 32 bytes, for the fast path of caching_sha2_password.
        sha256: Option<[u8; 32]>,
    },
    /// `$A$005$` with salt and digest, caching_sha2_password's; only a full login can prove it.
    CachingSha2(String),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(..)",
            Self::Hashes { .. } => "Hashes(..)",
            Self::CachingSha2(_) => "CachingSha2(..)",
        })
    }
}

/// Which DDL a user may run (contract 10.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum DdlRight {
    /// None.
    #[default]
    None,
    /// CREATE, ALTER, indexes.
    Change,
    /// DROP and TRUNCATE too.
    All,
}

/// What a user may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Every right.
    pub is_admin: bool,
    /// Hints that widen or move a route.
    pub may_hint: bool,
    /// DDL.
    pub ddl: DdlRight,
    /// No writes.
    pub is_read_only: bool,
    /// No login without TLS.
    pub requires_tls: bool,
    /// Logical databases; `None` = all of them.
    pub databases: Option<Vec<String>>,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Name.
    pub name: String,
    /// Host as in MySQL, `%` = any.
    pub host: String,
    /// How it proves itself.
    pub secret: Secret,
    /// What it may do.
    pub rights: Rights,
}

/// Reads `authority`.
pub(super) fn read(cursor: &Cursor<'_>) -> Vec<User> {
    let map = cursor.map(Scope::Authority);
    let mut users: Vec<User> = Vec::new();
    for at in map.take("users").iter().flat_map(Cursor::items) {
        let Some(user) = read_user(&at) else { continue };
        if users
            .iter()
            .any(|other| other.name == user.name && other.host == user.host)
        {
            at.fault(
                format!("user {}@{} stands twice", user.name, user.host),
                "keep one of them",
            );
        }
        users.push(user);
    }
    if let Some(at) = map.take("privilege").or_else(|| map.take("provider")) {
        read_privilege(&at, &mut users);
    }
    map.finish();
    users
}

fn read_user(at: &Cursor<'_>) -> Option<User> {
    if !at.is_mapping() {
        return read_old_user(at);
    }
    let map = at.map(Scope::User);
    let account = map
        .require("user", "write user: name or name@host")
        .and_then(|user| user.text());
    let sha256 = map.take("sha256").and_then(|at| read_sha256(&at));
    let password = map.take("password");
    let flag = |key| map.take(key).and_then(|at| at.boolean()).unwrap_or(false);
    let rights = Rights {
        is_admin: flag("admin"),
        may_hint: flag("hints"),
        is_read_only: flag("readOnly"),
        requires_tls: flag("requireTls"),
        ddl: map
            .take("ddl")
            .and_then(|at| at.choice(DDL_CHOICES))
            .unwrap_or_default(),
        databases: map.take("databases").map(|at| {
            at.items()
                .iter()
                .filter_map(Cursor::text)
                .map(str::to_owned)
                .collect()
        }),
    };
    map.finish();
    let (name, host) = split_account(account?);
    let Some(password) = password else {
        at.fault(
            format!("user {name} has no password"),
            "write password: and quote it",
        );
        return None;
    };
    let secret = read_secret(&password, sha256)?;
    let rights = if rights.is_admin {
        Rights {
            may_hint: true,
            ddl: DdlRight::All,
            ..rights
        }
    } else {
        rights
    };
    Some(User {
        name: name.to_owned(),
        host: host.to_owned(),
        secret,
        rights,
    })
}

const DDL_CHOICES: &[(&str, DdlRight)] = &[
    ("false", DdlRight::None),
    ("true", DdlRight::Change),
    ("all", DdlRight::All),
];

/// `name@host:password`, as versions before 5.3 wrote a user.
fn read_old_user(at: &Cursor<'_>) -> Option<User> {
    let Some((account, password)) = at.text()?.split_once(':') else {
        at.fault(
            "a user without password",
            "write { user: name@host, password: ... }",
        );
        return None;
    };
    let (name, host) = split_account(account);
    let rights = Rights {
        is_admin: name == "root",
        ..Rights::default()
    };
    Some(User {
        name: name.to_owned(),
        host: host.to_owned(),
        secret: Secret::Password(password.to_owned()),
        rights,
    })
}

/// The host begins at the last `@`; without one, or with an empty one, it is any.
fn split_account(account: &str) -> (&str, &str) {
    match account.rsplit_once('@') {
        Some((name, host)) if !host.is_empty() => (name, host),
        Some((name, _)) => (name, "%"),
        None => (account, "%"),
    }
}

fn read_secret(at: &Cursor<'_>, sha256: Option<[u8; 32]>) -> Option<Secret> {
    let text = at.text()?;
    if let Some(digits) = text.strip_prefix('*').filter(|digits| digits.len() == 40)
        && let Some(sha1) = hex::<20>(digits)
    {
        return Some(Secret::Hashes { sha1, sha256 });
    }
    if sha256.is_some() {
        at.fault(
            "sha256 stands beside a password that is no hash",
            "write password as * and 40 hex digits, or remove sha256",
        );
    }
    if text.starts_with("$A$") {
        if !text.starts_with("$A$005$") || text.len() != 70 {
            at.fault(
                "not a hash of caching_sha2_password",
                "copy authentication_string whole: $A$005$, 20 characters of salt, 43 of digest",
            );
            return None;
        }
        return Some(Secret::CachingSha2(text.to_owned()));
    }
    Some(Secret::Password(text.to_owned()))
}

fn read_sha256(at: &Cursor<'_>) -> Option<[u8; 32]> {
    let bytes = hex::<32>(at.text()?);
    if bytes.is_none() {
        at.fault("not 64 hex digits", "write SHA256(SHA256(password)) in hex");
    }
    bytes
}

fn hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if digits.len() != N * 2 {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        let pair = digits
            .get(index * 2..index * 2 + 2)
            .filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

fn read_privilege(at: &Cursor<'_>, users: &mut [User]) {
    let map = at.map(Scope::Privilege);
    let kinds = [
        ("ALL_PERMITTED", false),
        ("ALL_PRIVILEGES_PERMITTED", false),
        ("DATABASE_PERMITTED", true),
    ];
    let is_by_database = map
        .require("type", "write ALL_PERMITTED or DATABASE_PERMITTED")
        .and_then(|at| at.choice(&kinds));
    let props = map.take("props");
    map.finish();
    let mappings = props.and_then(|at| {
        let map = at.map(Scope::PrivilegeProps);
        let mappings = map.take("user-database-mappings");
        map.finish();
        mappings
    });
    if is_by_database != Some(true) {
        return;
    }
    let Some(mappings) = mappings else {
        at.fault(
            "DATABASE_PERMITTED without user-database-mappings",
            "add props: { user-database-mappings: \"app@%=ecommerce\" }",
        );
        return;
    };
    let pairs = read_mappings(&mappings, users);
    for user in users
        .iter_mut()
        .filter(|user| user.rights.databases.is_none() && !user.rights.is_admin)
    {
        let own = pairs
            .iter()
            .filter(|(name, host, _)| *name == user.name && (*host == user.host || *host == "%"));
        let databases: Vec<String> = own.map(|(_, _, database)| (*database).to_owned()).collect();
        if !databases.iter().any(|database| database == "*") {
            user.rights.databases = Some(databases);
        }
    }
}

fn read_mappings<'a>(at: &Cursor<'a>, users: &[User]) -> Vec<(&'a str, &'a str, &'a str)> {
    let mut pairs = Vec::new();
    for item in at
        .text()
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
    {
        let Some((account, database)) = item.split_once('=') else {
            at.fault(
                format!("{item} is no user=database"),
                "write user@host=database, separated by commas",
            );
            continue;
        };
        let (name, host) = split_account(account.trim());
        if !users.iter().any(|user| user.name == name) {
            at.unknown_name("user", name, users.iter().map(|user| user.name.as_str()));
        }
        pairs.push((name, host, database.trim()));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::cursor::Report;
    use crate::config::tree::parse;

    fn users(text: &str) -> (Vec<User>, Vec<String>) {
        let (root, report) = (parse(text).unwrap(), Report::new("server.yaml"));
        let users = read(&Cursor::root(&root, &report));
        (
            users,
            report
                .into_findings()
                .0
                .iter()
                .map(ToString::to_string)
                .collect(),
        )
    }

    #[test]
    fn names_hosts_and_rights_are_read() {
        let (users, faults) = users(
            "users:\n- {user: root@%, password: root, admin: true}\n- {user: app, password: x, ddl: all, databases: [shop]}\n- ops@10.%:pw\n",
        );
        assert_eq!(faults, [""; 0]);
        assert_eq!(
            (users[0].name.as_str(), users[0].host.as_str()),
            ("root", "%")
        );
        assert!(users[0].rights.may_hint && users[0].rights.ddl == DdlRight::All);
        assert_eq!(
            (users[1].rights.ddl, users[1].rights.databases.clone()),
            (DdlRight::All, Some(vec!["shop".into()]))
        );
        assert_eq!(
            (users[2].host.as_str(), users[2].secret.clone()),
            ("10.%", Secret::Password("pw".into()))
        );
    }

    #[test]
    fn hashes_are_told_from_passwords() {
        let text = format!(
            "users:\n- {{user: a, password: \"*{}\", sha256: \"{}\"}}\n- {{user: b, password: \"***\"}}\n",
            "0A".repeat(20),
            "ff".repeat(32)
        );
        let (users, faults) = users(&text);
        assert_eq!(faults, [""; 0]);
        assert_eq!(
            users[0].secret,
            Secret::Hashes {
                sha1: [10; 20],
                sha256: Some([255; 32])
            }
        );
        assert_eq!(users[1].secret, Secret::Password("***".into()));
    }

    #[test]
    fn mappings_narrow_everyone_but_admins() {
        let (users, faults) = users(
            "users:\n- {user: app, password: x}\n- {user: all, password: x}\n- {user: none, password: x}\nprivilege:\n  type: DATABASE_PERMITTED\n  props: {user-database-mappings: \"app@%=shop, all=*\"}\n",
        );
        assert_eq!(faults, [""; 0]);
        let databases: Vec<_> = users
            .iter()
            .map(|user| user.rights.databases.clone())
            .collect();
        assert_eq!(
            databases,
            [Some(vec!["shop".to_owned()]), None, Some(vec![])]
        );
    }

    #[test]
    fn no_message_and_no_debug_shows_a_password() {
        let (users, faults) = users(
            "users:\n- {user: a, password: $A$hunter2}\n- {user: b, password: hunter2, pasword: hunter2}\n",
        );
        let shown = format!("{users:?} {faults:?}");
        assert!(faults.len() == 2 && !shown.contains("hunter2"), "{shown}");
    }
}
