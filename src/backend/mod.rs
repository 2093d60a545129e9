//! Connections to MySQL and MariaDB: login, pools, health.
//!
//! A [`Pool`] lends [`Conn`]s of one [`Endpoint`] as [`Guard`]s; [`Members`] are the pools of a
//! read-write group. What is lent comes back only by [`Guard::release`] and only if it is clean.

mod bell;
mod circuit;
mod conn;
mod connector;
mod cut;
mod endpoint;
mod error;
mod for_file;
mod give_back;
mod group;
mod guard;
mod idle;
mod input;
mod kill;
mod known_texts;
mod login;
mod maintain;
mod metadata;
mod open;
mod options;
mod outage;
mod param_class;
mod pool;
mod prepare;
mod query;
mod queue;
mod reactor;
mod slot;
mod socket;
mod statements;
mod status;
mod ticket;
mod tls;
mod trackers;
mod version;
mod whole_answer;
mod wire;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod pool_tests;

pub use bell::{Bell, Listening};
pub use conn::Conn;
pub use cut::Cut;
pub use endpoint::{BackendTls, Endpoint};
pub use error::{AcquireError, ConnError};
pub use group::{
    Care, Event, Examination, Finding, Freshness, GroupCounts, GroupView, MemberRole, MemberState,
    MemberView, Members, NoWriter, Position, ReplicaChoice, Subject, Writes,
};
pub use guard::Guard;
pub use kill::KillTarget;
pub use known_texts::TextKey;
pub use metadata::{
    ServerFacts, TableColumns, list_tables, load_columns, load_key, load_server_facts,
};
pub use options::{PoolKey, PoolOptions};
pub use pool::Pool;
pub use prepare::Definitions;
pub use query::QueryResult;
pub use reactor::Reactor;
pub use statements::PreparedId;
pub use status::PoolStatus;
pub use trackers::tracked_variables;
pub use version::{Family, Version};
