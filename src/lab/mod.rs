//! Private MariaDB and MySQL servers in temporary folders, for demo, tests and benches.
//!
//! A [`Server`] listens on a free port of 127.0.0.1 and on a unix socket in a folder of its own, and is gone with
//! it when stopped or dropped. A [`Farm`] is several primaries, each with a replica if wanted, that carry the
//! schemas of a sharded layout. The calls block: asynchronous callers use a blocking task.
//!
//! Should the process die without stopping its servers, a guard (a shell that waits for the end of a pipe which
//! only this process holds) stops them and removes their folders; no parent-death signal is needed, which would
//! follow the thread and not the process.

mod client;
mod cluster;
mod companion;
mod configuration;
mod distribution;
mod error;
mod farm;
mod galera;
mod guard;
mod log;
mod port;
mod replication;
mod server;
mod template;

pub use cluster::{Cluster, ClusterSpec};
pub use companion::Companion;
pub use configuration::Configuration;
pub use distribution::{Distribution, Family};
pub use error::LabError;
pub use farm::{Account, Farm, FarmSpec, Pair, ShardedTable};
pub use port::free_port;
pub use server::{Server, ServerSpec};
pub use template::Template;
