//! What server.yaml says, as values.

use std::net::SocketAddr;
use std::path::PathBuf;

/// The most threads that serve sessions: more than any machine of today has use for.
pub(super) const MAX_THREADS: u16 = 256;

/// Settings of the whole process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where /metrics, /healthz and /readyz answer; `None` = nowhere.
    pub admin_listen: Option<SocketAddr>,
    /// Certificate and key for clients; `None` = TLS is not offered.
    pub tls: Option<TlsFiles>,
    /// Bounds.
    pub limits: Limits,
    /// Logs.
    pub log: LogOptions,
    /// Threads that serve sessions; `None` = one for each core, up to 64.
    pub threads: Option<u16>,
    /// This process's number, 0 to 1023.
    pub worker_id: u16,
    /// Folder of what outlives the process, as written; `None` = `data` in the configuration's folder.
    pub data_dir: Option<PathBuf>,
    /// Reload when a file changes.
    pub is_watching: bool,
    /// Hints are read; `false` refuses them for everyone.
    pub allows_hints: bool,
    /// LOAD DATA LOCAL is offered to clients.
    pub takes_files: bool,
    /// Version that the greeting names; `None` = the servers'.
    pub server_version: Option<String>,
}

/// PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// Private key.
    pub private_key: PathBuf,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Failures only.
    Error,
    /// And what may become one.
    Warn,
    /// And what a day's work is.
    #[default]
    Info,
    /// And why.
    Debug,
    /// And every step.
    Trace,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For eyes.
    #[default]
    Text,
    /// For machines, one object a line.
    Json,
}

/// Logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// How much.
    pub level: LogLevel,
    /// In which form.
    pub format: LogFormat,
    /// Each statement's digest and data source are logged.
    pub shows_sql: bool,
}

/// Bounds (contract 11); 0 is never stored for "none", `None` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Client connections.
    pub max_connections: usize,
    /// Client connections of one user.
    pub max_connections_per_user: Option<usize>,
    /// Handshakes at once.
    pub max_handshakes: usize,
    /// Bytes of one statement.
    pub max_statement_bytes: usize,
    /// Longest run of a statement, in ms; DDL is exempt.
    pub statement_timeout_ms: Option<u64>,
    /// Rows of one result.
    pub max_result_rows: Option<u64>,
    /// Bytes of one result.
    pub max_result_bytes: Option<u64>,
    /// Prepared statements of one session.
    pub max_prepared_statements: usize,
    /// Bytes that prepared statements of all sessions hold.
    pub max_prepared_bytes: usize,
    /// Longest pause inside a transaction, in ms.
    pub idle_transaction_timeout_ms: u64,
    /// Longest pause outside a transaction, in ms.
    pub idle_timeout_ms: u64,
    /// Failed logins a minute, per address and user.
    pub max_failed_logins_per_minute: u32,
    /// Longest handshake, in ms.
    pub handshake_timeout_ms: u64,
    /// How long statements may end when the process is told to stop, in ms.
    pub shutdown_timeout_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            max_connections_per_user: None,
            max_handshakes: 256,
            max_statement_bytes: 64 * 1024 * 1024,
            statement_timeout_ms: None,
            max_result_rows: None,
            max_result_bytes: None,
            max_prepared_statements: 16_384,
            max_prepared_bytes: 64 * 1024 * 1024,
            idle_transaction_timeout_ms: 10 * 60_000,
            idle_timeout_ms: 8 * 3_600_000,
            max_failed_logins_per_minute: 10,
            handshake_timeout_ms: 10_000,
            shutdown_timeout_ms: 30_000,
        }
    }
}

/// Port where clients connect if nothing says otherwise, as ShardingSphere-Proxy's.
pub(super) const DEFAULT_PORT: u16 = 3307;

impl Options {
    /// Keys that differ in `next` but are read at the start of the process only.
    #[must_use]
    pub fn needs_restart(&self, next: &Self) -> Vec<&'static str> {
        let (old, new) = (&self.limits, &next.limits);
        [
            ("listen", self.listen != next.listen),
            ("adminListen", self.admin_listen != next.admin_listen),
            ("threads", self.threads != next.threads),
            ("workerId", self.worker_id != next.worker_id),
            ("dataDir", self.data_dir != next.data_dir),
            ("log", self.log != next.log),
            ("maxConnections", old.max_connections != new.max_connections),
            ("maxHandshakes", old.max_handshakes != new.max_handshakes),
            (
                "maxStatementBytes",
                old.max_statement_bytes != new.max_statement_bytes,
            ),
            (
                "maxFailedLoginsPerMinute",
                old.max_failed_logins_per_minute != new.max_failed_logins_per_minute,
            ),
            ("idleTimeoutMs", old.idle_timeout_ms != new.idle_timeout_ms),
            (
                "idleTransactionTimeoutMs",
                old.idle_transaction_timeout_ms != new.idle_transaction_timeout_ms,
            ),
        ]
        .into_iter()
        .filter_map(|(key, differs)| differs.then_some(key))
        .collect()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT)),
            admin_listen: Some(SocketAddr::from(([127, 0, 0, 1], 9307))),
            tls: None,
            limits: Limits::default(),
            log: LogOptions::default(),
            threads: None,
            worker_id: 0,
            data_dir: None,
            is_watching: false,
            allows_hints: true,
            takes_files: false,
            server_version: None,
        }
    }
}
