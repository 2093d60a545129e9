//! Read-write groups.

/// How a replica is chosen for a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Balancer {
    /// ROUND_ROBIN
    RoundRobin,
    /// RANDOM
    Random,
    /// WEIGHT: one weight per replica, in the order of [`Group::replicas`].
    Weight(Vec<u32>),
    /// LEAST_CONNECTIONS
    LeastConnections,
}

/// A data source as routes name it: one primary and its replicas. A plain data source is a group
/// of one with its own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name that `actualDataNodes` uses (`rw_0`, `ds_0`).
    pub name: String,
    /// Physical data source that takes writes.
    pub primary: String,
    /// Physical data sources that take reads.
    pub replicas: Vec<String>,
    /// Choice among replicas.
    pub balancer: Balancer,
    /// Reads of a session go to the primary for this long after its last write here, in ms.
    pub read_your_writes_ms: u64,
    /// Freshness of reads, probes and failover.
    pub care: GroupCare,
}

impl Group {
    /// A data source without replicas, under its own name.
    #[must_use]
    pub fn alone(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            primary: name.to_owned(),
            replicas: Vec::new(),
            balancer: Balancer::RoundRobin,
            read_your_writes_ms: 0,
            care: GroupCare::default(),
        }
    }
}

/// Where reads of a transaction that was begun READ ONLY go (contract 8.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransactionalReads {
    /// To the primary.
    #[default]
    Primary,
    /// To one replica, chosen at the transaction's first read and kept to its end.
    Replica,
}

/// What a read gets when no replica is fresh enough (contract 8.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoReplica {
    /// The primary's answer.
    #[default]
    Primary,
    /// A retryable error, so that reads never add to the primary's load.
    Refuse,
}

/// How a group's members are watched, and what is asked of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCare {
    /// A replica further behind than this serves no reads, in ms; `None` = any lag will do.
    pub max_replica_lag_ms: Option<u64>,
    /// A session's reads wait for its own writes' GTIDs on a replica (contract 8.3), up to this long in ms; `None` =
    /// only the time window, [`Group::read_your_writes_ms`], is kept.
    pub gtid_wait_ms: Option<u64>,
    /// Reads in READ ONLY transactions.
    pub transactional_reads: TransactionalReads,
    /// Reads without a fresh replica.
    pub no_replica: NoReplica,
    /// Replicas that are behind on purpose: watched, never read.
    pub delayed: Vec<String>,
    /// Time between two probes of a member, in ms; 0 = members are not probed, the declared primary is trusted.
    pub probe_interval_ms: u64,
    /// Deadline of one probe, in ms.
    pub probe_timeout_ms: u64,
    /// How long statements wait for a primary that was lost, from its loss on, in ms.
    pub failover_buffer_ms: u64,
    /// How many statements may wait so at once.
    pub failover_buffer_statements: usize,
    /// A table for heartbeats, which the primary's probe writes and the replicas' probes read.
    pub heartbeat_table: Option<String>,
}

impl Default for GroupCare {
    fn default() -> Self {
        Self {
            max_replica_lag_ms: Some(800),
            gtid_wait_ms: None,
            transactional_reads: TransactionalReads::Primary,
            no_replica: NoReplica::Primary,
            delayed: Vec::new(),
            probe_interval_ms: 1000,
            probe_timeout_ms: 1000,
            failover_buffer_ms: 3000,
            failover_buffer_statements: 1000,
            heartbeat_table: None,
        }
    }
}
