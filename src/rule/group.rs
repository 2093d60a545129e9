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
}
