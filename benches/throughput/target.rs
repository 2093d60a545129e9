//! Something that a load can be put on.

use std::sync::Arc;

use shardgate::lab::Account;

use crate::load::Places;

/// An address with an account, and the processes whose cost is measured.
#[derive(Debug, Clone)]
pub struct Target {
    pub name: String,
    pub port: u16,
    pub schema: String,
    pub account: Account,
    /// The process between client and server.
    pub pid: Option<u32>,
    /// The server.
    pub server: u32,
    /// Where rows lie, if its clients name the actual tables.
    pub places: Option<Arc<Places>>,
    /// How many clients it can hold with the descriptors that we may open.
    pub most_clients: usize,
}
