//! shardgate: a sharding SQL proxy for MySQL and MariaDB.
//!
//! One statement's way through the rooms is drawn in `docs/architecture.md`.
#![deny(missing_docs)]

pub mod admin;
pub mod backend;
pub mod cli;
pub mod config;
pub mod execute;
pub mod kernel;
pub mod keygen;
pub mod lab;
pub mod lint;
pub mod metrics;
pub mod model;
pub mod placement;
pub mod protocol;
pub mod rewrite;
pub mod route;
pub mod rule;
pub mod server;
pub mod session;
pub mod sql;
pub mod verdict;
