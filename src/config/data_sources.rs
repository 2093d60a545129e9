//! `dataSources:` of a database file: servers, accounts, pools.

use std::path::PathBuf;

use crate::backend::{BackendTls, Endpoint, PoolOptions};

use super::catalogue::{Class, Scope, rows};
use super::cursor::{Cursor, Map};
use super::source_url::SourceUrl;

/// One physical data source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it is and how to log in.
    pub endpoint: Endpoint,
    /// Sizes and times of its pool.
    pub pool: PoolOptions,
}

/// One of `dataSources:` as it was found.
pub(super) struct Found<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it stands.
    pub at: Cursor<'a>,
    /// What it says; `None` after a fault, so that rules may still name it without a second fault.
    pub source: Option<Source>,
}

/// Reads all of them.
pub(super) fn read<'a>(cursor: &Cursor<'a>) -> Vec<Found<'a>> {
    let entries = cursor.entries();
    if entries.is_empty() {
        cursor.fault(
            "no data source",
            "declare each server as name: { url: ..., username: ..., password: ... }",
        );
    }
    entries
        .into_iter()
        .map(|(name, at)| Found {
            name,
            source: read_one(name, &at),
            at,
        })
        .collect()
}

fn read_one(name: &str, at: &Cursor<'_>) -> Option<Source> {
    let map = at.map(Scope::DataSource);
    let url_at = map.require("url", "write url: jdbc:mysql://host:3306/schema");
    let username = map
        .require("username", "write the account at the server")
        .and_then(|user| user.text());
    let password = map
        .take("password")
        .and_then(|password| password.text())
        .unwrap_or_default();
    let pool = read_pool(&map);
    let connect_timeout_ms = map
        .take("connectTimeoutMilliseconds")
        .and_then(|at| at.number(1..=600_000_u64));
    let authority = map
        .take("tlsCa")
        .and_then(|at| at.text())
        .map(PathBuf::from);
    map.finish();
    let url_at = url_at?;
    let url = match SourceUrl::parse(url_at.text()?) {
        Ok(url) => url,
        Err((message, remedy)) => {
            url_at.fault(message, remedy);
            return None;
        }
    };
    let tls = read_parameters(&url, &url_at, authority.is_some());
    let mut endpoint = Endpoint::new(name, url.host, url.port, url.schema)
        .with_account(username?, password)
        .with_tls(tls);
    endpoint.tls_ca = authority;
    if let Some(timeout) = connect_timeout_ms {
        endpoint.connect_timeout_ms = timeout;
    }
    Some(Source { endpoint, pool })
}

fn read_pool(map: &Map<'_>) -> PoolOptions {
    let mut pool = PoolOptions::default();
    let size = |key| map.take(key).and_then(|at| at.number(0..=100_000_usize));
    let time = |key| {
        map.take(key)
            .and_then(|at| at.number(0..=u64::from(u32::MAX)))
    };
    let (least, most) = (size("minPoolSize"), size("maxPoolSize"));
    pool.max = most.unwrap_or(pool.max);
    pool.min = least.unwrap_or(pool.min.min(pool.max));
    pool.max_waiters = size("maxWaiters").unwrap_or(pool.max_waiters);
    pool.max_prepared = size("maxPreparedPerConnection").unwrap_or(pool.max_prepared);
    pool.wait_timeout_ms = time("connectionTimeoutMilliseconds").unwrap_or(pool.wait_timeout_ms);
    pool.idle_timeout_ms = time("idleTimeoutMilliseconds").unwrap_or(pool.idle_timeout_ms);
    pool.max_lifetime_ms = time("maxLifetimeMilliseconds").unwrap_or(pool.max_lifetime_ms);
    if pool.max == 0 || pool.min > pool.max {
        let message = format!(
            "minPoolSize {} and maxPoolSize {} leave no pool",
            pool.min, pool.max
        );
        map.at().fault(
            message,
            "maxPoolSize must be at least 1 and at least minPoolSize",
        );
    }
    pool
}

/// What the parameters say of encryption; the others are reported by their class.
fn read_parameters(url: &SourceUrl<'_>, at: &Cursor<'_>, has_authority: bool) -> BackendTls {
    let mut tls = None;
    let mut verifies = false;
    for &(name, value) in &url.parameters {
        let Some(row) = rows(Scope::UrlParameter).find(|row| row.key.eq_ignore_ascii_case(name))
        else {
            at.without_effect(name, "a parameter of the JDBC driver");
            continue;
        };
        match row.class {
            Class::Refused => at.fault(format!("url parameter {name} is not supported"), row.note),
            Class::WithoutEffect => at.without_effect(name, row.note),
            Class::Honored => {
                let Some(meaning) = encryption(row.key, value) else {
                    at.fault(
                        format!("url parameter {name}={value} cannot be read"),
                        row.note,
                    );
                    continue;
                };
                verifies |= meaning.verifies;
                // sslMode stands before the older parameters, as in Connector/J
                if row.key == "sslMode" || tls.is_none() || meaning.tls == BackendTls::Required {
                    tls = Some(meaning.tls);
                }
            }
        }
    }
    if verifies && !has_authority {
        at.fault(
            "the url asks to verify the server's certificate, but names no authority",
            "add tlsCa: /path/to/ca.pem to the data source",
        );
    }
    match tls {
        None if has_authority => BackendTls::Required,
        None => BackendTls::default(),
        Some(tls) => tls,
    }
}

struct Encryption {
    tls: BackendTls,
    verifies: bool,
}

fn encryption(key: &str, value: &str) -> Option<Encryption> {
    let plain = |tls| {
        Some(Encryption {
            tls,
            verifies: false,
        })
    };
    match (key, value.to_ascii_lowercase().as_str()) {
        ("useSSL", "true")
        | ("sslMode", "preferred")
        | ("requireSSL" | "verifyServerCertificate", "false") => plain(BackendTls::Preferred),
        ("useSSL", "false") | ("sslMode", "disabled") => plain(BackendTls::Disabled),
        ("sslMode", "required") | ("requireSSL", "true") => plain(BackendTls::Required),
        ("sslMode", "verify_ca" | "verify_identity") | ("verifyServerCertificate", "true") => {
            Some(Encryption {
                tls: BackendTls::Required,
                verifies: true,
            })
        }
        _ => None,
    }
}
