//! A configuration to the context that statements are served with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::backend::{Family, PoolKey, ServerFacts, load_server_facts};
use crate::config::{Config, DatabaseConfig, TlsFiles};
use crate::execute::ResultLimits;
use crate::kernel::{Context, LogicalDatabase, PreparedLimits, TableKeys};
use crate::keygen::{KeyGenerators, WorkerId};
use crate::metrics::Metrics;
use crate::model::Schema;
use crate::protocol::RsaKeyPair;
use crate::rule::KeySpec;
use crate::session::{Accounts, LoginGate, Throttle};
use crate::sql::{ServerFamily, SqlMode};

use super::error::ServerError;
use super::pools::Pools;

/// How long the start waits for the members of groups: who is primary is theirs to say.
const MEETING: Duration = Duration::from_millis(1500);
/// What a new session has where no server could be asked yet.
const UNASKED_VERSION: &str = "10.11.0-MariaDB";

/// A context for a question from the command line; the care for its connections ends with the guard.
pub(super) async fn visit(config: &Config) -> Result<(Context, DropGuard), ServerError> {
    let stop = CancellationToken::new();
    let pools = Pools::next(
        &Pools::default(),
        &config.databases,
        config.options.worker_id,
        &TaskTracker::new(),
        &stop,
    );
    let guard = stop.drop_guard();
    let generators = Arc::new(KeyGenerators::default());
    let context = context(config, &pools, &generators, 1).await?;
    Ok((context, guard))
}

/// The context of generation `generation`; asks the first server that answers for version and defaults.
pub(super) async fn context(
    config: &Config,
    pools: &Pools,
    generators: &Arc<KeyGenerators>,
    generation: u64,
) -> Result<Context, ServerError> {
    open_marks(config, generators).await?;
    pools.met(MEETING).await;
    let mut databases = BTreeMap::new();
    let mut names = Vec::new();
    let mut fallback = None;
    for database in &config.databases {
        let logical = Arc::new(logical_database(database, pools, generators));
        names.push(logical.name.to_string());
        fallback.get_or_insert_with(|| Arc::clone(&logical));
        databases.insert(logical.name.to_lowercase(), logical);
    }
    let fallback = fallback.ok_or(ServerError::NoDatabase)?;
    let facts = server_facts(pools).await;
    let version = facts
        .as_ref()
        .map_or(UNASKED_VERSION, |facts| facts.version.as_str());
    let default_sql_mode = facts
        .as_ref()
        .map_or_else(String::new, |facts| facts.sql_mode.clone());
    let server_version = config
        .options
        .server_version
        .clone()
        .unwrap_or_else(|| greeted(version));
    let mut rules = config.databases.iter().map(|known| &known.database);
    let has_firewall = rules.any(|rules| rules.firewall.is_some());
    Ok(Context {
        generation,
        databases,
        fallback,
        family: family_of(version),
        server_version: server_version.into(),
        names,
        default_mode: SqlMode::from_value(&default_sql_mode).unwrap_or_default(),
        default_sql_mode,
        shows_sql: config.options.log.shows_sql,
        has_firewall,
        allows_hints: config.options.allows_hints,
        takes_files: config.options.takes_files,
        statement_timeout: config
            .options
            .limits
            .statement_timeout_ms
            .map(Duration::from_millis),
        result_limits: ResultLimits {
            rows: config.options.limits.max_result_rows.unwrap_or(u64::MAX),
            bytes: config.options.limits.max_result_bytes.unwrap_or(u64::MAX),
        },
        prepared_limits: PreparedLimits {
            statements: config.options.limits.max_prepared_statements,
            bytes: config.options.limits.max_prepared_bytes,
        },
        max_connections_per_user: config.options.limits.max_connections_per_user,
    })
}

/// The marks of every worker id that the configuration makes ids with.
async fn open_marks(config: &Config, generators: &Arc<KeyGenerators>) -> Result<(), ServerError> {
    let specs = config
        .databases
        .iter()
        .flat_map(|database| database.database.key_generators.values());
    let workers: BTreeSet<WorkerId> = specs
        .filter_map(|spec| match spec {
            KeySpec::Snowflake { worker_id, .. } => WorkerId::new(*worker_id),
            KeySpec::Uuid(_) | KeySpec::NanoId => None,
        })
        .collect();
    let generators = Arc::clone(generators);
    tokio::task::spawn_blocking(move || generators.open(workers))
        .await
        .map_err(io::Error::from)??;
    Ok(())
}

fn logical_database(
    config: &DatabaseConfig,
    pools: &Pools,
    generators: &Arc<KeyGenerators>,
) -> LogicalDatabase {
    let rules = Arc::new(config.database.clone());
    let name: Arc<str> = rules.name.as_str().into();
    let members = rules
        .groups
        .iter()
        .filter_map(|group| pools.members(&name, group))
        .collect();
    let schema_names = rules
        .source_ids()
        .map(|source| vec![(rules.physical_schema(source).to_owned(), name.to_string())])
        .map(|pairs| {
            pairs
                .into_iter()
                .filter(|(physical, logical)| physical != logical)
                .collect()
        })
        .collect();
    LogicalDatabase {
        name,
        members,
        schema: ArcSwap::from_pointee(Schema::default()),
        keys: TableKeys::new(&rules, generators),
        schema_names,
        broadcast_turn: tokio::sync::Mutex::new(()),
        metadata_turn: tokio::sync::Mutex::new(()),
        rules,
    }
}

async fn server_facts(pools: &Pools) -> Option<ServerFacts> {
    for (_, pool) in pools.list() {
        let Ok(mut guard) = pool
            .acquire(
                PoolKey {
                    has_found_rows: false,
                },
                0,
            )
            .await
        else {
            continue;
        };
        if let Ok(facts) = load_server_facts(&mut guard).await {
            guard.release();
            return Some(facts);
        }
    }
    None
}

fn family_of(version: &str) -> ServerFamily {
    let family = Family::parse(version);
    let version = family.version();
    let number = u32::from(version.major) * 10_000
        + u32::from(version.minor) * 100
        + u32::from(version.patch);
    if family.is_mariadb() {
        ServerFamily::MariaDb(number)
    } else {
        ServerFamily::MySql(number)
    }
}

/// The greeting's version. MariaDB puts 5.5.5 before those that begin with 10, and drivers rely on it: Connector/J
/// asks such a server for `tx_isolation`, where it would ask a 10.11 for a variable that MariaDB lacks.
fn greeted(version: &str) -> String {
    let hides = matches!(family_of(version), ServerFamily::MariaDb(number) if number < 110_000);
    let prefix = if hides { "5.5.5-" } else { "" };
    format!("{prefix}{version}-shardgate")
}

/// What logins are checked by; `old` is the gate before a reload.
pub(super) fn gate(
    config: &Config,
    context: &Context,
    metrics: &Arc<Metrics>,
    throttle: &Arc<Throttle>,
    old: Option<&LoginGate>,
) -> Result<LoginGate, ServerError> {
    let account_fault =
        |error: crate::protocol::ProtocolError| ServerError::Account(error.to_string());
    let accounts = Accounts::new(config.accounts.clone()).map_err(account_fault)?;
    if let Some(old) = old {
        accounts.recall(&old.accounts);
    }
    // clients may keep the key
    let rsa = match old.and_then(|old| old.rsa.clone()) {
        Some(rsa) => Some(rsa),
        None if accounts.need_full_path() => {
            Some(Arc::new(RsaKeyPair::generate().map_err(account_fault)?))
        }
        None => None,
    };
    Ok(LoginGate {
        version: context.server_version.to_string(),
        accounts: Arc::new(accounts),
        throttle: Arc::clone(throttle),
        tls: config.options.tls.as_ref().map(acceptor).transpose()?,
        requires_tls: false,
        takes_files: config.options.takes_files,
        rsa,
        deadline: Duration::from_millis(config.options.limits.handshake_timeout_ms),
        metrics: Arc::clone(metrics),
    })
}

fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, ServerError> {
    let fault = |path: &Path, reason: String| ServerError::Tls {
        path: path.to_owned(),
        reason,
    };
    let certificate = &files.certificate;
    let pem = fs::read(certificate).map_err(|error| fault(certificate, error.to_string()))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| fault(certificate, format!("{error:?}")))?;
    let key = fs::read(&files.private_key)
        .map_err(|error| fault(&files.private_key, error.to_string()))?;
    let key = PrivateKeyDer::from_pem_slice(&key)
        .map_err(|error| fault(&files.private_key, format!("{error:?}")))?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| fault(certificate, error.to_string()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_has_mariadbs_prefix_where_mariadb_has_it() {
        let greetings = [
            ("10.11.6-MariaDB", "5.5.5-10.11.6-MariaDB-shardgate"),
            ("11.4.2-MariaDB", "11.4.2-MariaDB-shardgate"),
            ("9.7.4", "9.7.4-shardgate"),
        ];
        for (version, greeting) in greetings {
            assert_eq!(greeted(version), greeting);
        }
    }
}
