//! The walk through server.yaml or global.yaml.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use crate::session::Account;

use super::account;
use super::catalogue::Scope;
use super::cursor::{Cursor, Map};
use super::limits;
use super::options::{DEFAULT_PORT, LogFormat, LogLevel, MAX_THREADS, Options, TlsFiles};
use super::worker_id;

/// Options and accounts of one file.
#[derive(Default)]
pub(super) struct ServerFile {
    /// Settings of the process.
    pub options: Options,
    /// Accounts.
    pub accounts: Vec<Account>,
    /// The file gives the process a number.
    pub has_worker_id: bool,
}

/// Reads the whole file.
pub(super) fn read(root: &Cursor<'_>) -> ServerFile {
    let map = root.map(Scope::Server);
    let mut draft = Draft::default();
    let authority = map.take("authority");
    if let Some(at) = &authority {
        draft.read_authority(at);
    }
    for rule in map.take("rules").iter().flat_map(Cursor::items) {
        read_old_rule(&rule, &mut draft);
    }
    if let Some(at) = map.take("props") {
        read_props(&at, &mut draft);
    }
    if let Some(at) = map.take("shardgate") {
        read_shardgate(&at, &mut draft);
    }
    if let Some(at) = map.take("transaction") {
        read_transaction(&at);
    }
    if let Some(at) = map.take("sqlFederation") {
        read_federation(&at);
    }
    if let Some(at) = map.peek("mode") {
        warn_of_cluster(&at);
    }
    map.finish();
    draft.finish(authority.as_ref().unwrap_or(root))
}

#[derive(Default)]
struct Draft<'a> {
    options: Options,
    accounts: Vec<Account>,
    names_users: bool,
    has_worker_id: bool,
    port: Option<u16>,
    listen: Option<(SocketAddr, Cursor<'a>)>,
    wants_tls: Option<Cursor<'a>>,
}

impl Draft<'_> {
    /// Users with faults count as declared: nobody should be told of the default account for them.
    fn read_authority(&mut self, at: &Cursor<'_>) {
        self.names_users |= at
            .entries()
            .iter()
            .any(|(key, users)| *key == "users" && !users.is_null());
        self.accounts.extend(account::read(at));
    }

    fn finish(mut self, authority: &Cursor<'_>) -> ServerFile {
        let has_users = self.names_users;
        let address = if has_users {
            IpAddr::from([0, 0, 0, 0])
        } else {
            IpAddr::from([127, 0, 0, 1])
        };
        self.options.listen = match &self.listen {
            Some((listen, at)) => {
                if !has_users && !listen.ip().is_loopback() {
                    at.fault("no users are declared, and root with password root must not be offered to the network", USERS_REMEDY);
                }
                *listen
            }
            None => SocketAddr::new(address, self.port.unwrap_or(DEFAULT_PORT)),
        };
        if !has_users {
            authority.warn(
                "no users are declared: root with password root may log in, from this machine only",
                USERS_REMEDY,
            );
            self.accounts.push(account::default_account());
        }
        let is_shut = |account: &&Account| account.requires_tls && self.options.tls.is_none();
        if let Some(account) = self.accounts.iter().find(is_shut) {
            authority.fault(
                format!("user {} requires TLS, which is not offered", account.user),
                TLS_REMEDY,
            );
        }
        if let Some(at) = self.wants_tls.filter(|_| self.options.tls.is_none()) {
            at.fault("TLS is asked for without a certificate", TLS_REMEDY);
        }
        ServerFile {
            options: self.options,
            accounts: self.accounts,
            has_worker_id: self.has_worker_id,
        }
    }
}

const TLS_REMEDY: &str = "add shardgate: { tls: { certificate: ..., privateKey: ... } }";
const USERS_REMEDY: &str = "declare them: authority: { users: [{ user: app@%, password: ... }] }";

/// One element of `rules:`, as versions before 5.4 wrote them.
fn read_old_rule<'a>(at: &Cursor<'a>, draft: &mut Draft<'a>) {
    match at.tag() {
        Some("AUTHORITY") => draft.read_authority(at),
        Some("TRANSACTION") => read_transaction(at),
        Some("SQL_FEDERATION") => read_federation(at),
        Some(tag @ ("SQL_PARSER" | "SQL_TRANSLATOR" | "LOGGING" | "CACHE" | "GLOBAL_CLOCK")) => {
            at.without_effect(tag, "there is nothing to set")
        }
        Some("TRAFFIC") => at.fault(
            "!TRAFFIC is not supported",
            "remove it: statements are not sent to other proxies",
        ),
        Some(tag) => at.unknown_name(
            "rule of the server",
            tag,
            ["AUTHORITY", "TRANSACTION", "SQL_PARSER"].into_iter(),
        ),
        None => at.fault(
            "a rule without tag",
            "write - !AUTHORITY, - !TRANSACTION ...",
        ),
    }
}

fn read_transaction(at: &Cursor<'_>) {
    let map = at.map(Scope::Transaction);
    let kinds = [("LOCAL", true), ("XA", false), ("BASE", false)];
    if let Some(at) = map.take("defaultType")
        && at.choice(&kinds) == Some(false)
    {
        at.fault(
            "distributed transactions are not supported",
            "write LOCAL: a transaction reads anywhere and writes on one data source",
        );
    }
    map.finish();
}

fn read_federation(at: &Cursor<'_>) {
    let map = at.map(Scope::Federation);
    for key in ["sqlFederationEnabled", "allQueryUseSQLFederation"] {
        if let Some(at) = map.take(key) {
            refuse_federation(&at, at.boolean() == Some(true));
        }
    }
    map.finish();
}

fn refuse_federation(at: &Cursor<'_>, is_on: bool) {
    if is_on {
        at.fault(
            "SQL federation is not supported",
            "turn it off: statements over several data sources are refused with a reason",
        );
    }
}

fn warn_of_cluster(at: &Cursor<'_>) {
    let kind = at.entries().into_iter().find(|(key, _)| *key == "type");
    if let Some((_, kind)) = kind.filter(|(_, kind)| {
        kind.scalar()
            .is_some_and(|text| text.eq_ignore_ascii_case("Cluster"))
    }) {
        kind.warn(
            "there is no cluster repository, these files alone are read",
            "keep the files of all proxies the same",
        );
    }
}

fn read_props<'a>(at: &Cursor<'a>, draft: &mut Draft<'a>) {
    let map = at.map(Scope::ServerProps);
    let flag = |key| map.take(key).and_then(|at| at.boolean()).unwrap_or(false);
    draft.port = map
        .take("proxy-default-port")
        .and_then(|at| at.number(1..=u16::MAX));
    draft.options.log.shows_sql = flag("sql-show");
    draft.options.allows_hints = map
        .take("proxy-hint-enabled")
        .and_then(|at| at.boolean())
        .unwrap_or(true);
    draft.wants_tls = map
        .take("proxy-frontend-ssl-enabled")
        .filter(|at| at.boolean() == Some(true));
    draft.options.server_version = map
        .take("proxy-mysql-default-version")
        .and_then(|at| at.text())
        .map(str::to_owned);
    if let Some(most) = map
        .take("proxy-frontend-max-connections")
        .and_then(|at| at.number(0..=10_000_000_usize))
        && most > 0
    {
        draft.options.limits.max_connections = most;
    }
    if let Some(level) = map
        .take("system-log-level")
        .and_then(|at| at.choice(LEVELS))
    {
        draft.options.log.level = level;
    }
    if let Some(at) = map.take("proxy-frontend-database-protocol-type")
        && at
            .text()
            .is_some_and(|text| !matches!(text.to_ascii_lowercase().as_str(), "mysql" | "mariadb"))
    {
        at.fault(
            "only MySQL's protocol is spoken",
            "write MySQL, or remove the key",
        );
    }
    if let Some(at) = map.take("sql-federation-type") {
        refuse_federation(
            &at,
            at.text()
                .is_some_and(|text| !text.eq_ignore_ascii_case("NONE")),
        );
    }
    if let Some(at) = map.take("max-connections-size-per-query")
        && at.number(1..=u32::MAX).is_some_and(|most| most > 1)
    {
        at.warn(
            "a statement uses one connection per data source",
            "write 1, or remove the key",
        );
    }
    map.finish();
}

const LEVELS: &[(&str, LogLevel)] = &[
    ("ERROR", LogLevel::Error),
    ("WARN", LogLevel::Warn),
    ("INFO", LogLevel::Info),
    ("DEBUG", LogLevel::Debug),
    ("TRACE", LogLevel::Trace),
];

fn read_shardgate<'a>(at: &Cursor<'a>, draft: &mut Draft<'a>) {
    let map = at.map(Scope::Shardgate);
    let options = &mut draft.options;
    if let Some(at) = map.take("listen") {
        draft.listen = address(&at).map(|address| (address, at));
    }
    if let Some(at) = map.take("adminListen") {
        options.admin_listen = if at.scalar() == Some("none") {
            None
        } else {
            address(&at)
        };
    }
    options.tls = map.take("tls").and_then(|at| read_tls(&at));
    if let Some(own) = map.take("workerId").and_then(|at| worker_id::read(&at)) {
        options.worker_id = own;
        draft.has_worker_id = true;
    }
    options.threads = map
        .take("threads")
        .and_then(|at| at.number(1..=MAX_THREADS));
    options.data_dir = map
        .take("dataDir")
        .and_then(|at| at.text())
        .map(PathBuf::from);
    options.is_watching = map
        .take("watch")
        .and_then(|at| at.boolean())
        .unwrap_or(false);
    options.takes_files = map
        .take("localInfile")
        .and_then(|at| at.boolean())
        .unwrap_or(false);
    if let Some(at) = map.take("log") {
        read_log(&at.map(Scope::Log), options);
    }
    if let Some(at) = map.take("limits") {
        limits::read(&at, &mut options.limits);
    }
    map.finish();
}

fn address(at: &Cursor<'_>) -> Option<SocketAddr> {
    let text = at.text()?;
    let parsed = text
        .replacen("localhost:", "127.0.0.1:", 1)
        .replacen("*:", "0.0.0.0:", 1)
        .parse()
        .ok();
    if parsed.is_none() {
        at.fault(
            format!("{text} is no address with port"),
            "write such as 0.0.0.0:3307 or [::]:3307",
        );
    }
    parsed
}

fn read_tls(at: &Cursor<'_>) -> Option<TlsFiles> {
    let map = at.map(Scope::Tls);
    let file = |key| {
        map.require(key, "name the PEM file")
            .and_then(|at| at.text())
            .map(PathBuf::from)
    };
    let (certificate, private_key) = (file("certificate"), file("privateKey"));
    map.finish();
    Some(TlsFiles {
        certificate: certificate?,
        private_key: private_key?,
    })
}

fn read_log(map: &Map<'_>, options: &mut Options) {
    if let Some(level) = map.take("level").and_then(|at| at.choice(LEVELS)) {
        options.log.level = level;
    }
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    options.log.format = map
        .take("format")
        .and_then(|at| at.choice(&formats))
        .unwrap_or_default();
    map.finish();
}
