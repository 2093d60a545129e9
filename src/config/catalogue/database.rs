//! Keys of a logical database's file, except the sharding rule's.

use super::Class::{Honored, Refused, WithoutEffect};
use super::{Line, Scope};

pub(super) fn rows(scope: Scope) -> &'static [Line] {
    match scope {
        Scope::Database => DATABASE,
        Scope::Firewall => FIREWALL,
        Scope::FirewallUser => FIREWALL_USER,
        Scope::DataSource => DATA_SOURCE,
        Scope::UrlParameter => URL_PARAMETER,
        Scope::ReadwriteSplitting => READWRITE_SPLITTING,
        Scope::Group => GROUP,
        Scope::StaticStrategy => STATIC_STRATEGY,
        Scope::TableList => TABLE_LIST,
        Scope::Single => SINGLE,
        Scope::Typed => TYPED,
        _ => &[],
    }
}

const DATABASE: &[Line] = &[
    (Honored, "databaseName", "name that clients see"),
    (
        Honored,
        "schemaName",
        "databaseName, as versions before 5.1 spelled it",
    ),
    (Honored, "dataSources", "servers by name"),
    (Honored, "rules", "list of rules, each with its tag"),
    (
        Honored,
        "catalogDataSource",
        "data source that keeps an empty copy of every logical table for tools; default none",
    ),
    (
        Honored,
        "crossShard",
        "allow = a transaction may write on several data sources, not atomic; default refuse",
    ),
    (
        Honored,
        "sqlFirewall",
        "which statements may run, by their digests; default all",
    ),
    (WithoutEffect, "props", "see props of server.yaml"),
];

const FIREWALL: &[Line] = &[
    (
        Honored,
        "mode",
        "enforce (default), learn (log and count what would be refused, refuse nothing) or off",
    ),
    (
        Honored,
        "deny",
        "list of digests that are refused, each alone or as `digest: statement`",
    ),
    (
        Honored,
        "allow",
        "list of digests beside which nothing runs; left out = any statement runs",
    ),
    (
        Honored,
        "users",
        "by user: mode, deny (in addition) and allow (instead) of their own",
    ),
];

const FIREWALL_USER: &[Line] = &[
    (
        Honored,
        "mode",
        "enforce, learn or off; default that of all users",
    ),
    (Honored, "deny", "digests denied in addition"),
    (
        Honored,
        "allow",
        "digests allowed instead of those of all users",
    ),
];

const DATA_SOURCE: &[Line] = &[
    (
        Honored,
        "url",
        "jdbc:mysql://host:port/schema?parameters or mysql://host:port/schema?parameters",
    ),
    (Honored, "username", "account at the server"),
    (Honored, "password", "its password; default empty"),
    (Honored, "maxPoolSize", "most connections; default 64"),
    (Honored, "minPoolSize", "connections kept open; default 2"),
    (
        Honored,
        "connectionTimeoutMilliseconds",
        "longest wait for a connection of the pool; default 3000",
    ),
    (
        Honored,
        "idleTimeoutMilliseconds",
        "an idle connection beyond minPoolSize closes after it; default 60000; 0 = never",
    ),
    (
        Honored,
        "maxLifetimeMilliseconds",
        "a connection is replaced after it; default 1800000; 0 = never",
    ),
    (
        Honored,
        "connectTimeoutMilliseconds",
        "longest wait for a new connection to the server; default 3000",
    ),
    (
        Honored,
        "tlsCa",
        "PEM file of the authorities that sign the server's certificate; TLS is then required and verified",
    ),
    (
        Honored,
        "maxWaiters",
        "statements that may wait for a connection; default 10000",
    ),
    (
        Honored,
        "maxPreparedPerConnection",
        "statements that a connection keeps prepared on its server; times maxPoolSize at most the server's max_prepared_stmt_count; default 128",
    ),
    (
        WithoutEffect,
        "dataSourceClassName",
        "there is no JDBC pool",
    ),
    (WithoutEffect, "driverClassName", "there is no JDBC driver"),
    (WithoutEffect, "customPoolProps", "there is no JDBC pool"),
    (
        WithoutEffect,
        "maintenanceIntervalMilliseconds",
        "there is no JDBC pool",
    ),
    (
        WithoutEffect,
        "keepaliveTime",
        "idle connections are checked before use",
    ),
    (
        Refused,
        "readOnly",
        "make the source a replica of a !READWRITE_SPLITTING group, or give the users readOnly: true",
    ),
    (
        Refused,
        "connectionInitSql",
        "set the variable at the server, or SET it in the client's session",
    ),
];

const URL_PARAMETER: &[Line] = &[
    (
        Honored,
        "useSSL",
        "true = TLS if the server offers it, false = no TLS",
    ),
    (
        Honored,
        "sslMode",
        "DISABLED, PREFERRED (default), REQUIRED, VERIFY_CA, VERIFY_IDENTITY",
    ),
    (Honored, "requireSSL", "true = sslMode REQUIRED"),
    (
        Honored,
        "verifyServerCertificate",
        "true (with useSSL=true) = sslMode VERIFY_CA",
    ),
    (Refused, "user", "write username: in the data source"),
    (Refused, "password", "write password: in the data source"),
    (
        Refused,
        "sessionVariables",
        "set the variables at the server, or in the client's session",
    ),
];

const READWRITE_SPLITTING: &[Line] = &[
    (
        Honored,
        "dataSourceGroups",
        "groups by name (5.4 and later)",
    ),
    (
        Honored,
        "dataSources",
        "groups by name (before 5.4), with or without staticStrategy",
    ),
    (
        Honored,
        "loadBalancers",
        "ROUND_ROBIN (default), RANDOM, WEIGHT, LEAST_CONNECTIONS by name",
    ),
];

const GROUP: &[Line] = &[
    (Honored, "writeDataSourceName", "the primary"),
    (Honored, "readDataSourceNames", "list of the replicas"),
    (
        Honored,
        "staticStrategy",
        "the two keys above, as versions 5.1 to 5.3 nest them",
    ),
    (
        Honored,
        "loadBalancerName",
        "a name of loadBalancers; default: ROUND_ROBIN",
    ),
    (
        Honored,
        "transactionalReadQueryStrategy",
        "PRIMARY (default): reads in a transaction go to the primary; FIXED: those of a READ ONLY transaction go to one replica from its first read to its end; DYNAMIC: as FIXED",
    ),
    (
        Honored,
        "readYourWritesMs",
        "for so long after its write a session reads at the primary; default 200",
    ),
    (
        Honored,
        "readYourWrites",
        "window (default): readYourWritesMs alone; gtid: a session reads on a replica only what includes its own writes, by their GTIDs",
    ),
    (
        Honored,
        "gtidWaitMs",
        "with readYourWrites: gtid, how long a read waits for the write on a replica before the primary serves it; default 100",
    ),
    (
        Honored,
        "maxReplicaLagMs",
        "a replica further behind serves no reads until three good probes; default 800, `unlimited` = any lag will do",
    ),
    (
        Honored,
        "noFreshReplica",
        "primary (default): the primary serves reads for which no replica is fresh; refuse: they get the retryable error 29011",
    ),
    (
        Honored,
        "delayedDataSourceNames",
        "list of replicas that are behind on purpose: watched, never read",
    ),
    (
        Honored,
        "probeIntervalMs",
        "each member is probed this often; default 1000; 0 = never, the declared primary is trusted",
    ),
    (
        Honored,
        "probeTimeoutMs",
        "deadline of one probe; default 1000; three failures in a row take the member out",
    ),
    (
        Honored,
        "failoverBufferMs",
        "for so long after the primary's loss statements not yet sent wait for the next one; default 3000",
    ),
    (
        Honored,
        "failoverBufferStatements",
        "so many statements may wait at once, further ones fail at once; default 1000",
    ),
    (
        Honored,
        "heartbeatTable",
        "name of a table in the primary's schema that its probe writes a row to, for lag where servers keep no GTIDs; default: none",
    ),
    (
        Refused,
        "dynamicStrategy",
        "write staticStrategy with writeDataSourceName and readDataSourceNames",
    ),
];

const STATIC_STRATEGY: &[Line] = &[
    (Honored, "writeDataSourceName", "the primary"),
    (Honored, "readDataSourceNames", "list of the replicas"),
];

const TABLE_LIST: &[Line] = &[(Honored, "tables", "list of logical tables")];

const SINGLE: &[Line] = &[
    (
        Honored,
        "tables",
        "list of `source.table`, `source.*` or `*.*`; tables that are not named lie in the default source",
    ),
    (
        Honored,
        "defaultDataSource",
        "where tables without a rule lie; default: the first data source",
    ),
];

const TYPED: &[Line] = &[
    (Honored, "type", "what it is"),
    (Honored, "props", "its properties"),
];
