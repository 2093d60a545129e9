//! `authority:`: who may log in, how, and what they may do.

use std::sync::Arc;

use crate::model::Rights;
use crate::protocol::{CachingSha2Hash, CryptHash, NativeHash};
use crate::session::{Account, HostPattern, Secret};

use super::catalogue::Scope;
use super::cursor::{Cursor, Map};

/// An account, and its host as it was written.
struct Declared<'a> {
    account: Account,
    host: &'a str,
}

/// Reads `authority`.
pub(super) fn read(cursor: &Cursor<'_>) -> Vec<Account> {
    let map = cursor.map(Scope::Authority);
    let mut declared: Vec<Declared<'_>> = Vec::new();
    for at in map.take("users").iter().flat_map(Cursor::items) {
        let Some(one) = read_account(&at) else {
            continue;
        };
        let is_same = |other: &Declared<'_>| {
            other.account.user == one.account.user && other.account.host == one.account.host
        };
        if declared.iter().any(is_same) {
            at.fault(
                format!("user {}@{} stands twice", one.account.user, one.host),
                "keep one of them",
            );
        }
        declared.push(one);
    }
    if let Some(at) = map.take("privilege").or_else(|| map.take("provider")) {
        read_privilege(&at, &mut declared);
    }
    map.finish();
    declared
        .into_iter()
        .map(|declared| declared.account)
        .collect()
}

fn read_account<'a>(at: &Cursor<'a>) -> Option<Declared<'a>> {
    if !at.is_mapping() {
        return read_old_account(at);
    }
    let map = at.map(Scope::User);
    let user_at = map.require("user", "write user: name or name@host");
    let sha256 = map.take("sha256");
    let password = map.take("password");
    let rights = read_rights(&map);
    let requires_tls = flag(&map, "requireTls");
    let max_connections = map
        .take("maxConnections")
        .and_then(|at| at.number(1..=1_000_000));
    map.finish();
    let (user, host) = split_account(user_at.as_ref()?.text()?);
    let pattern = read_host(user_at.as_ref()?, host);
    let Some(password) = password else {
        at.fault(
            format!("user {user} has no password"),
            "write password: and quote it",
        );
        return None;
    };
    let secret = Arc::new(read_secret(&password, sha256.as_ref())?);
    let account = Account {
        user: user.into(),
        host: pattern?,
        secret,
        rights,
        requires_tls,
        max_connections,
    };
    Some(Declared { account, host })
}

fn flag(map: &Map<'_>, key: &str) -> bool {
    map.take(key).and_then(|at| at.boolean()).unwrap_or(false)
}

fn read_rights(map: &Map<'_>) -> Rights {
    let choices = [
        ("false", (false, false)),
        ("true", (true, false)),
        ("all", (true, true)),
    ];
    let (may_ddl, may_drop) = map
        .take("ddl")
        .and_then(|at| at.choice(&choices))
        .unwrap_or_default();
    let databases = map.take("databases");
    let databases = databases.and_then(|at| {
        not_all(
            at.items()
                .iter()
                .filter_map(Cursor::text)
                .map(str::to_owned)
                .collect(),
        )
    });
    let (is_admin, may_hint) = (flag(map, "admin"), flag(map, "hints"));
    Rights {
        is_admin,
        may_hint: may_hint || is_admin,
        may_ddl: may_ddl || is_admin,
        may_drop: may_drop || is_admin,
        is_read_only: flag(map, "readOnly"),
        databases,
    }
}

/// ShardingSphere-Proxy's own default account, from this machine only.
pub(super) fn default_account() -> Account {
    let rights = Rights {
        is_admin: true,
        may_hint: true,
        may_ddl: true,
        may_drop: true,
        ..Rights::default()
    };
    let secret = Arc::new(Secret::from_password("root"));
    Account {
        user: "root".into(),
        host: HostPattern::Loopback,
        secret,
        rights,
        requires_tls: false,
        max_connections: None,
    }
}

/// `name@host:password`, as versions before 5.3 wrote a user.
fn read_old_account<'a>(at: &Cursor<'a>) -> Option<Declared<'a>> {
    let Some((account, password)) = at.text()?.split_once(':') else {
        at.fault(
            "a user without password",
            "write { user: name@host, password: ... }",
        );
        return None;
    };
    let (user, host) = split_account(account);
    let pattern = read_host(at, host)?;
    let (secret, rights) = (Arc::new(Secret::from_password(password)), Rights::default());
    let account = Account {
        user: user.into(),
        host: pattern,
        secret,
        rights,
        requires_tls: false,
        max_connections: None,
    };
    Some(Declared { account, host })
}

fn read_host(at: &Cursor<'_>, host: &str) -> Option<HostPattern> {
    let pattern = HostPattern::parse(host);
    if pattern.is_none() {
        at.fault(
            format!("{host} is no address, and host names are not looked up"),
            "write %, localhost, 10.0.0.5, 10.0.% or 10.0.0.0/16",
        );
    }
    pattern
}

/// The host begins at the last `@`; without one, or with an empty one, it is any.
fn split_account(account: &str) -> (&str, &str) {
    match account.rsplit_once('@') {
        Some((name, host)) if !host.is_empty() => (name, host),
        Some((name, _)) => (name, "%"),
        None => (account, "%"),
    }
}

fn read_secret(at: &Cursor<'_>, sha256: Option<&Cursor<'_>>) -> Option<Secret> {
    let text = match at.scalar() {
        Some("") => {
            at.warn("an empty password lets anyone in", "write a password");
            ""
        }
        _ => at.text()?,
    };
    let sha2 = match sha256 {
        Some(at) => Some(read_sha256(at)?),
        None => None,
    };
    if let Ok(native) = NativeHash::parse(text) {
        return Some(Secret::from_hashes(Some(native), sha2));
    }
    if sha2.is_some() {
        at.fault(
            "sha256 stands beside a password that is no hash",
            "write password as * and 40 hex digits, or remove sha256",
        );
    }
    if !text.starts_with("$A$") && !text.starts_with("0x2441") {
        return Some(Secret::from_password(text));
    }
    let Ok(hash) = CryptHash::parse(text.as_bytes()) else {
        at.fault(
            "not a hash of caching_sha2_password",
            "copy authentication_string whole, best in hex as SHOW CREATE USER prints it with print_identified_with_as_hex",
        );
        return None;
    };
    Some(Secret::from_crypt(hash))
}

fn read_sha256(at: &Cursor<'_>) -> Option<CachingSha2Hash> {
    let hash = CachingSha2Hash::parse(at.text()?).ok();
    if hash.is_none() {
        at.fault("not 64 hex digits", "write SHA256(SHA256(password)) in hex");
    }
    hash
}

fn read_privilege(at: &Cursor<'_>, declared: &mut [Declared<'_>]) {
    let map = at.map(Scope::Privilege);
    let kinds = [
        ("ALL_PERMITTED", false),
        ("ALL_PRIVILEGES_PERMITTED", false),
        ("DATABASE_PERMITTED", true),
    ];
    let is_by_database = map
        .require("type", "write ALL_PERMITTED or DATABASE_PERMITTED")
        .and_then(|at| at.choice(&kinds));
    let mappings = map.take("props").and_then(|at| {
        let map = at.map(Scope::PrivilegeProps);
        let mappings = map.take("user-database-mappings");
        map.finish();
        mappings
    });
    map.finish();
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
    let pairs = read_mappings(&mappings, declared);
    for one in declared {
        narrow(one, &pairs);
    }
}

/// Administrators keep every database, and a user's own `databases` stands before the mappings.
fn narrow(declared: &mut Declared<'_>, pairs: &[(&str, &str, &str)]) {
    let Account { user, rights, .. } = &mut declared.account;
    if rights.is_admin || rights.databases.is_some() {
        return;
    }
    let is_own = |name: &str, host: &str| name == &**user && (host == "%" || host == declared.host);
    let own = pairs.iter().filter(|(name, host, _)| is_own(name, host));
    let databases: Vec<String> = own.map(|(_, _, database)| (*database).to_owned()).collect();
    rights.databases = not_all(databases);
}

/// `*` among the names means all databases.
fn not_all(databases: Vec<String>) -> Option<Vec<String>> {
    (!databases.iter().any(|database| database == "*")).then_some(databases)
}

fn read_mappings<'a>(
    at: &Cursor<'a>,
    declared: &[Declared<'_>],
) -> Vec<(&'a str, &'a str, &'a str)> {
    let mut pairs = Vec::new();
    let items = at.text().unwrap_or_default().split(',').map(str::trim);
    for item in items.filter(|item| !item.is_empty()) {
        let Some((account, database)) = item.split_once('=') else {
            at.fault(
                format!("{item} is no user=database"),
                "write user@host=database, separated by commas",
            );
            continue;
        };
        let (name, host) = split_account(account.trim());
        let known = declared.iter().map(|one| &*one.account.user);
        if !known.clone().any(|user| user == name) {
            at.unknown_name("user", name, known);
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

    fn accounts(text: &str) -> (Vec<Account>, Vec<String>) {
        let (root, report) = (parse(text).unwrap(), Report::new("server.yaml"));
        let accounts = read(&Cursor::root(&root, &report));
        let findings = report.into_findings().0;
        (accounts, findings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn names_hosts_and_rights_are_read() {
        let (accounts, faults) = accounts(
            "users:\n- {user: root@%, password: root, admin: true}\n- {user: app, password: x, ddl: all, databases: [shop]}\n- ops@10.%:pw\n",
        );
        assert_eq!(faults, [""; 0]);
        let [root, app, ops] = accounts.as_slice() else {
            panic!("three accounts")
        };
        assert_eq!((&*root.user, root.host), ("root", HostPattern::Any));
        assert!(root.rights.may_hint && root.rights.may_drop);
        assert!(app.rights.may_ddl && app.rights.may_drop && !app.rights.may_hint);
        assert!(app.rights.may_use("SHOP") && !app.rights.may_use("other"));
        assert!(ops.host.matches("10.9.9.9".parse().unwrap()));
        assert!(!ops.host.matches("11.9.9.9".parse().unwrap()));
    }

    #[test]
    fn hashes_are_told_from_passwords() {
        let text = format!(
            "users:\n- {{user: a, password: \"*{0}\", sha256: \"{1}\"}}\n- {{user: b, password: \"*{0}\"}}\n- {{user: c, password: \"***\"}}\n",
            "0A".repeat(20),
            "ff".repeat(32)
        );
        let (accounts, faults) = accounts(&text);
        assert_eq!(faults, [""; 0]);
        let full: Vec<bool> = accounts
            .iter()
            .map(|account| account.secret.needs_full_path())
            .collect();
        assert_eq!(full, [false, true, false]);
    }

    #[test]
    fn mappings_narrow_everyone_but_admins() {
        let (accounts, faults) = accounts(
            "users:\n- {user: app, password: x}\n- {user: all, password: x}\n- {user: none, password: x}\nprivilege:\n  type: DATABASE_PERMITTED\n  props: {user-database-mappings: \"app@%=shop, all=*\"}\n",
        );
        assert_eq!(faults, [""; 0]);
        let databases: Vec<_> = accounts
            .iter()
            .map(|account| account.rights.databases.clone())
            .collect();
        assert_eq!(
            databases,
            [Some(vec!["shop".to_owned()]), None, Some(vec![])]
        );
    }

    #[test]
    fn no_message_and_no_debug_shows_a_password() {
        let (accounts, faults) = accounts(
            "users:\n- {user: a, password: $A$hunter2}\n- {user: b, password: hunter2, pasword: hunter2}\n",
        );
        let shown = format!("{accounts:?} {faults:?}");
        assert!(faults.len() == 2 && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_missing_password_is_a_fault_and_an_empty_one_a_warning() {
        let (accounts, faults) = accounts(
            "users:\n- {user: a}\n- {user: b, password: }\n- {user: c, password: \"\"}\n- {user: d@db1.local, password: x}\n",
        );
        assert_eq!(accounts.len(), 1);
        assert_eq!(faults.len(), 4, "{faults:#?}");
        assert!(
            faults[2].contains("warning") && faults[3].contains("host names are not looked up"),
            "{faults:#?}"
        );
    }
}
