//! Keys of server.yaml and global.yaml.

use super::Class::{Honored, Refused, WithoutEffect};
use super::{Line, Scope};

pub(super) fn rows(scope: Scope) -> &'static [Line] {
    match scope {
        Scope::Server => SERVER,
        Scope::Authority => AUTHORITY,
        Scope::User => USER,
        Scope::Privilege => PRIVILEGE,
        Scope::PrivilegeProps => PRIVILEGE_PROPS,
        Scope::Transaction => TRANSACTION,
        Scope::Federation => FEDERATION,
        Scope::ServerProps => PROPS,
        Scope::Shardgate => SHARDGATE,
        Scope::Tls => TLS,
        Scope::Log => LOG,
        Scope::Limits => LIMITS,
        _ => &[],
    }
}

const SERVER: &[Line] = &[
    (Honored, "authority", "users and privileges"),
    (Honored, "props", "properties"),
    (Honored, "transaction", "LOCAL is served"),
    (Honored, "shardgate", "shardgate's own settings"),
    (
        Honored,
        "rules",
        "list of !AUTHORITY, !TRANSACTION, !SQL_PARSER ... as versions before 5.4 wrote it",
    ),
    (Honored, "sqlFederation", "may be off only"),
    (
        WithoutEffect,
        "mode",
        "configuration is read from these files, there is no repository",
    ),
    (WithoutEffect, "sqlParser", "the parser keeps its own cache"),
    (
        WithoutEffect,
        "sqlTranslator",
        "nothing is translated between dialects",
    ),
    (WithoutEffect, "logging", "see shardgate.log"),
    (WithoutEffect, "labels", "labels served the traffic rule"),
    (
        WithoutEffect,
        "globalClock",
        "there are no distributed transactions",
    ),
    (
        Refused,
        "traffic",
        "statements are not sent to other proxies: remove it and send the traffic there",
    ),
];

const AUTHORITY: &[Line] = &[
    (
        Honored,
        "users",
        "who may log in; default: root with password root, from this machine only",
    ),
    (
        Honored,
        "privilege",
        "ALL_PERMITTED (default) or DATABASE_PERMITTED",
    ),
    (
        Honored,
        "provider",
        "privilege, as versions before 5.3 spelled it",
    ),
    (
        WithoutEffect,
        "authenticators",
        "caching_sha2_password and mysql_native_password are offered to everyone",
    ),
    (
        WithoutEffect,
        "defaultAuthenticator",
        "caching_sha2_password and mysql_native_password are offered to everyone",
    ),
];

const USER: &[Line] = &[
    (
        Honored,
        "user",
        "name or name@host; host: % (default), localhost, an address, 10.0.% or 10.0.0.0/16",
    ),
    (
        Honored,
        "password",
        "plain text, ${NAME}, `*` and 40 hex digits (mysql_native_password's), or `$A$005$...` (caching_sha2_password's, also in hex, 0x2441...)",
    ),
    (
        Honored,
        "sha256",
        "64 hex digits: SHA256(SHA256(password)), beside a `*` password, so that both logins are fast",
    ),
    (Honored, "admin", "true = every right; default false"),
    (
        Honored,
        "hints",
        "true = may use hints that widen or move a route; default false. A data_source hint sends the text as it is: all that the data source's own account may see",
    ),
    (
        Honored,
        "ddl",
        "true = CREATE, ALTER, RENAME, index, view, routine; all = DROP and TRUNCATE of tables too; default false. Holds for every table but temporary ones, single tables too, and under a hint",
    ),
    (
        Honored,
        "readOnly",
        "true = no writes, no DDL, no locks on rows or tables, no CALL; default false. A function that writes is bounded by the data source's own account",
    ),
    (
        Honored,
        "maxConnections",
        "client connections of this user name at once; default: shardgate.limits.maxConnectionsPerUser",
    ),
    (
        Honored,
        "databases",
        "list of logical databases; default: as the privilege says",
    ),
    (
        Honored,
        "requireTls",
        "true = no login without TLS, told as a wrong password is; default false",
    ),
    (
        WithoutEffect,
        "authenticationMethodName",
        "caching_sha2_password and mysql_native_password are offered to everyone",
    ),
];

const PRIVILEGE: &[Line] = &[
    (
        Honored,
        "type",
        "ALL_PERMITTED (default) or DATABASE_PERMITTED",
    ),
    (Honored, "props", "see below"),
];

const PRIVILEGE_PROPS: &[Line] = &[(
    Honored,
    "user-database-mappings",
    "`user@host=database, user@host=database`; `*` = all databases",
)];

const TRANSACTION: &[Line] = &[
    (
        Honored,
        "defaultType",
        "LOCAL (default); XA and BASE are refused: one writer is atomic without a protocol",
    ),
    (WithoutEffect, "providerType", "there is no XA provider"),
    (WithoutEffect, "props", "there is no XA provider"),
];

const FEDERATION: &[Line] = &[
    (
        Honored,
        "sqlFederationEnabled",
        "false only: a statement that needs several data sources merged is refused",
    ),
    (Honored, "allQueryUseSQLFederation", "false only"),
    (
        WithoutEffect,
        "executionPlanCache",
        "there is no federation",
    ),
    (WithoutEffect, "sqlFederationType", "there is no federation"),
];

const PROPS: &[Line] = &[
    (
        Honored,
        "proxy-default-port",
        "port where clients connect if shardgate.listen is absent; default 3307",
    ),
    (
        Honored,
        "proxy-frontend-max-connections",
        "most client connections; 0 or absent = shardgate.limits.maxConnections",
    ),
    (
        Honored,
        "proxy-mysql-default-version",
        "version that the greeting names; default: that of the first server that answers",
    ),
    (
        Honored,
        "proxy-frontend-database-protocol-type",
        "MySQL (default) only",
    ),
    (
        Honored,
        "system-log-level",
        "ERROR, WARN, INFO (default), DEBUG, TRACE",
    ),
    (
        Honored,
        "sql-show",
        "true = log each statement's digest and data source, never its literals; default false",
    ),
    (
        WithoutEffect,
        "sql-simple",
        "sql-show logs the digest and no actual SQL",
    ),
    (
        Honored,
        "proxy-frontend-ssl-enabled",
        "true needs shardgate.tls with certificate and key",
    ),
    (
        Honored,
        "proxy-hint-enabled",
        "false = hints are refused for everyone; default true",
    ),
    (
        Honored,
        "max-connections-size-per-query",
        "1 (default) only has a meaning here: one connection per data source",
    ),
    (Honored, "sql-federation-type", "NONE only"),
    (
        WithoutEffect,
        "proxy-frontend-ssl-version",
        "TLS 1.2 and 1.3 are offered",
    ),
    (
        WithoutEffect,
        "proxy-frontend-ssl-cipher",
        "rustls's safe suites are offered",
    ),
    (
        WithoutEffect,
        "kernel-executor-size",
        "there are no executor threads to size",
    ),
    (
        WithoutEffect,
        "kernel-acceptor-size",
        "there are no acceptor threads to size",
    ),
    (
        WithoutEffect,
        "max-union-size-per-datasource",
        "there is one connection per data source",
    ),
    (
        WithoutEffect,
        "check-table-metadata-enabled",
        "the servers' tables are not compared at the start",
    ),
    (
        WithoutEffect,
        "load-table-metadata-batch-size",
        "metadata is read in one statement per data source",
    ),
    (
        WithoutEffect,
        "proxy-frontend-flush-threshold",
        "rows are relayed as they come",
    ),
    (
        WithoutEffect,
        "proxy-backend-query-fetch-size",
        "rows are relayed as they come",
    ),
    (
        WithoutEffect,
        "proxy-frontend-executor-size",
        "there are no executor threads to size",
    ),
    (
        WithoutEffect,
        "proxy-backend-executor-suitable",
        "there are no executor threads to size",
    ),
    (
        WithoutEffect,
        "proxy-netty-backlog",
        "there is no Netty; the backlog is 4096",
    ),
    (WithoutEffect, "proxy-opentracing-enabled", "see /metrics"),
    (
        WithoutEffect,
        "proxy-meta-data-collector-enabled",
        "see /metrics",
    ),
    (WithoutEffect, "proxy-instance-type", "there is one type"),
    (
        WithoutEffect,
        "proxy-backend-driver-type",
        "there is no JDBC driver",
    ),
    (
        WithoutEffect,
        "cdc-server-port",
        "there is no change data capture",
    ),
    (
        WithoutEffect,
        "sql-comment-parse-enabled",
        "hints are always read",
    ),
    (
        WithoutEffect,
        "sqlCommentParseEnabled",
        "hints are always read",
    ),
    (
        WithoutEffect,
        "check-duplicate-table-enabled",
        "the servers' tables are not compared at the start",
    ),
    (
        WithoutEffect,
        "xa-transaction-manager-type",
        "there are no distributed transactions",
    ),
    (
        WithoutEffect,
        "proxy-transaction-type",
        "transactions are local",
    ),
    (
        WithoutEffect,
        "persist-schemas-to-repository-enabled",
        "there is no repository",
    ),
    (
        WithoutEffect,
        "groovy-inline-expression-parsing-cache-max-size",
        "inline expressions are compiled at start",
    ),
    (WithoutEffect, "agent-plugins-enabled", "see /metrics"),
    (
        WithoutEffect,
        "system-schema-metadata-assembly-enabled",
        "information_schema is the servers' own",
    ),
    (
        WithoutEffect,
        "proxy-meta-data-collector-cron",
        "see /metrics",
    ),
    (
        WithoutEffect,
        "instance-connection-enabled",
        "there is one kind of connection",
    ),
];

const SHARDGATE: &[Line] = &[
    (
        Honored,
        "listen",
        "address and port for clients; default 0.0.0.0:3307, 127.0.0.1 while no users are declared",
    ),
    (
        Honored,
        "adminListen",
        "address and port of /metrics, /healthz, /readyz; `none` = off; default 127.0.0.1:9307",
    ),
    (
        Honored,
        "tls",
        "certificate and key for clients; default: no TLS",
    ),
    (Honored, "log", "log level and format"),
    (Honored, "limits", "bounds, each refused with a clear error"),
    (
        Honored,
        "workerId",
        "0 to 1023, this process's number, which key generators without worker-id use; `hostname` = the number at the end of the host's name, 3 of shardgate-3; default: the first key generator's, else 0",
    ),
    (
        Honored,
        "threads",
        "threads that serve sessions, 1 to 256, each with an event loop and connections of its own; default: one for each core, up to 64; fewer cost less CPU a statement and serve fewer at once; read at the start only",
    ),
    (
        Honored,
        "dataDir",
        "folder of what the process keeps over restarts: the high-water mark of generated keys; must outlive the process; a relative one begins at the configuration's folder; default `data` there; read at the start only",
    ),
    (
        Honored,
        "watch",
        "true = reload when a file changes; default false (SIGHUP reloads)",
    ),
    (
        Honored,
        "localInfile",
        "true = LOAD DATA LOCAL is offered, into single tables and outside of transactions; the servers need local_infile=ON; default false",
    ),
];

const TLS: &[Line] = &[
    (
        Honored,
        "certificate",
        "PEM file with the certificate chain",
    ),
    (Honored, "privateKey", "PEM file with the private key"),
];

const LOG: &[Line] = &[
    (
        Honored,
        "level",
        "error, warn, info (default), debug, trace; stands before props system-log-level",
    ),
    (Honored, "format", "text (default) or json"),
];

const LIMITS: &[Line] = &[
    (
        Honored,
        "maxConnections",
        "client connections; default 10000",
    ),
    (
        Honored,
        "maxConnectionsPerUser",
        "client connections of one user; default none",
    ),
    (Honored, "maxHandshakes", "handshakes at once; default 256"),
    (Honored, "maxStatementBytes", "default 67108864 (64 MiB)"),
    (
        Honored,
        "statementTimeoutMs",
        "0 = none (default); DDL is exempt",
    ),
    (Honored, "maxResultRows", "0 = none (default)"),
    (Honored, "maxResultBytes", "0 = none (default)"),
    (
        Honored,
        "maxPreparedStatements",
        "prepared statements of one session; default 16384",
    ),
    (
        Honored,
        "maxPreparedBytes",
        "texts of all sessions' prepared statements, and as much again for values sent in pieces; default 67108864 (64 MiB)",
    ),
    (
        Honored,
        "idleTransactionTimeoutMs",
        "default 600000 (10 min)",
    ),
    (Honored, "idleTimeoutMs", "default 28800000 (8 h)"),
    (WithoutEffect, "maxNesting", "fixed at 200"),
    (WithoutEffect, "maxOperators", "fixed at 10000"),
    (
        Honored,
        "maxFailedLoginsPerMinute",
        "per address and user; default 10",
    ),
    (
        Honored,
        "handshakeTimeoutMs",
        "how long a client may take to log in, and as long again in line for one of maxHandshakes; default 10000",
    ),
    (
        Honored,
        "shutdownTimeoutMs",
        "how long statements may end after SIGTERM; default 30000",
    ),
];
