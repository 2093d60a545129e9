//! A kernel with one sharded table and a session of its own, in front of the server of the cases.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::sync::Arc;
use std::task::{self, Poll};

use arc_swap::ArcSwap;
use shardgate::backend::{Members, Pool, PoolOptions};
use shardgate::config::{Config, DatabaseConfig};
use shardgate::execute::{Downstream, ResultLimits};
use shardgate::kernel::{
    Context, Kernel, KillSwitches, LogicalDatabase, PreparedLimits, SessionContext, StatusTables,
    TableKeys,
};
use shardgate::keygen::KeyGenerators;
use shardgate::metrics::Metrics;
use shardgate::model::{Column, ColumnKind, Rights, Schema, TableSchema};
use shardgate::protocol::{Capabilities, TextResult};
use shardgate::sql::{ServerFamily, SqlMode};
use tokio::net::TcpStream;

use crate::server;

/// How the servers' texts are read.
pub const FAMILY: ServerFamily = ServerFamily::MariaDb(101_106);

const SERVER: &str = "
authority:
  users:
    - { user: app, password: secret }
shardgate:
  listen: 127.0.0.1:3307
  adminListen: none
  workerId: 1
";

const SHOP: &str = "
databaseName: shop
dataSources:
  ds_0: { url: 'jdbc:mysql://127.0.0.1:PORT/ecom_0?useSSL=false', username: app, password: secret }
  ds_1: { url: 'jdbc:mysql://127.0.0.1:PORT/ecom_1?useSSL=false', username: app, password: secret }
rules:
- !SHARDING
  tables:
    sbtest1:
      actualDataNodes: ds_${0..1}.sbtest1_${0..15}
      databaseStrategy: { standard: { shardingColumn: id, shardingAlgorithmName: d } }
      tableStrategy: { standard: { shardingColumn: id, shardingAlgorithmName: t } }
  shardingAlgorithms:
    d: { type: HASH_MOD, props: { sharding-count: 2, hash: xxh3, seed: 1 } }
    t: { type: HASH_MOD, props: { sharding-count: 16, hash: xxh3, seed: 2 } }
";

/// What the cases are done with.
pub struct Place {
    pub kernel: Kernel,
    pub session: SessionContext,
    pub client: Sink,
    /// A connection to the server without us.
    pub direct: TcpStream,
    pub database: Arc<LogicalDatabase>,
    pub names: Vec<String>,
}

impl Place {
    /// Everything in place, no statement known.
    pub async fn new() -> Result<Self, String> {
        let port = server::start().await?;
        let config = config(port)?;
        let databases = config.databases.iter();
        let databases: BTreeMap<String, Arc<LogicalDatabase>> = databases
            .map(|database| (database.database.name.clone(), Arc::new(logical(database))))
            .collect();
        let database = databases.values().next().cloned().ok_or("no database")?;
        let names: Vec<String> = databases.keys().cloned().collect();
        let context = Context {
            generation: 1,
            databases,
            fallback: Arc::clone(&database),
            family: FAMILY,
            server_version: "10.11.6-MariaDB".into(),
            names: names.clone(),
            default_mode: SqlMode::default(),
            default_sql_mode: String::new(),
            shows_sql: false,
            allows_hints: true,
            has_firewall: false,
            takes_files: false,
            statement_timeout: None,
            result_limits: ResultLimits {
                rows: u64::MAX,
                bytes: u64::MAX,
            },
            prepared_limits: PreparedLimits {
                statements: 1000,
                bytes: 1 << 20,
            },
            max_connections_per_user: None,
        };
        let switches = Arc::new(KillSwitches::default());
        let switch = switches
            .add(1, &"app".into(), "localhost", usize::MAX)
            .ok_or("no session")?;
        let kernel = Kernel::new(
            Arc::new(context),
            Arc::new(Metrics::default()),
            switches,
            Arc::new(NoTables),
        );
        let rights = Rights::default();
        let mut session =
            SessionContext::new(1, &"app".into(), "localhost", rights, CAPABILITIES, switch);
        let mut client = Sink::default();
        let fault = |error: io::Error| error.to_string();
        kernel
            .init_database(&mut session, "shop", &mut client)
            .map_err(fault)?;
        let direct = server::login(port).await.map_err(fault)?;
        Ok(Self {
            kernel,
            session,
            client,
            direct,
            database,
            names,
        })
    }
}

fn config(port: u16) -> Result<Config, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let files = [
        ("server.yaml", SERVER.to_owned()),
        ("shop.yaml", SHOP.replace("PORT", &port.to_string())),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).map_err(|error| error.to_string())?;
    }
    shardgate::server::load(folder.path()).map_err(|error| format!("{error:?}"))
}

fn logical(config: &DatabaseConfig) -> LogicalDatabase {
    let rules = Arc::new(config.database.clone());
    let name: Arc<str> = rules.name.as_str().into();
    let options = PoolOptions {
        min: 0,
        max: 4,
        ..PoolOptions::default()
    };
    let members = config.sources.iter().map(|source| {
        let pool = Pool::new(Arc::new(source.endpoint.clone()), options);
        Arc::new(Members::alone(pool))
    });
    let schema_names = rules.source_ids().map(|source| {
        let physical = rules.physical_schema(source).to_owned();
        vec![(physical, name.to_string())]
    });
    LogicalDatabase {
        members: members.collect(),
        schema: ArcSwap::from_pointee(columns()),
        keys: TableKeys::new(&rules, &Arc::new(KeyGenerators::default())),
        schema_names: schema_names.collect(),
        broadcast_turn: tokio::sync::Mutex::new(()),
        metadata_turn: tokio::sync::Mutex::new(()),
        name,
        rules,
    }
}

/// As sysbench creates its tables.
fn columns() -> Schema {
    let integer = ColumnKind::Integer {
        unsigned: false,
        bits: 32,
    };
    let text = ColumnKind::Text {
        collation: Some("utf8mb4_general_ci".to_owned()),
        length: Some(120),
    };
    let kinds = [
        ("id", &integer),
        ("k", &integer),
        ("c", &text),
        ("pad", &text),
    ];
    let columns = kinds.map(|(name, kind)| Column {
        name: name.to_owned(),
        kind: kind.clone(),
        auto_increment: false,
        is_invisible: false,
        is_zerofill: false,
        is_boolean: false,
    });
    let mut schema = Schema::default();
    schema.insert(
        "sbtest1",
        TableSchema {
            columns: columns.to_vec(),
            ..TableSchema::default()
        },
    );
    schema
}

const CAPABILITIES: Capabilities = Capabilities(
    Capabilities::PROTOCOL_41.0 | Capabilities::DEPRECATE_EOF.0 | Capabilities::MULTI_STATEMENTS.0,
);

/// A client that throws everything away.
#[derive(Default)]
pub struct Sink {
    out: Vec<u8>,
    sequence: u8,
    /// Bytes of the last answer.
    pub answered: usize,
}

impl Sink {
    /// The next command comes.
    pub fn next(&mut self) {
        self.answered = self.out.len();
        self.out.clear();
        self.sequence = 1;
    }

    /// The answer so far.
    pub fn answer(&self) -> &[u8] {
        &self.out
    }
}

impl Downstream for Sink {
    fn out_mut(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    fn sequence_mut(&mut self) -> &mut u8 {
        &mut self.sequence
    }

    fn parts_mut(&mut self) -> (&mut Vec<u8>, &mut u8) {
        (&mut self.out, &mut self.sequence)
    }

    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn poll_flush(&mut self, _: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        self.out.clear();
        Poll::Ready(Ok(()))
    }

    fn arrived(&self) -> &[u8] {
        &[]
    }

    fn take_arrived(&mut self, _: usize) {}

    async fn fill(&mut self) -> io::Result<()> {
        std::future::pending().await
    }
}

#[derive(Debug)]
struct NoTables;

impl StatusTables for NoTables {
    fn table(&self, _: &str) -> Option<TextResult> {
        None
    }
}
