//! What the DBA declared, compiled: tables, strategies, algorithms, read-write groups.
//!
//! `config` builds each [`Algorithm`] from its type and properties, each [`ShardedTable`] from a
//! [`TableSpec`], and one [`Database`] from [`DatabaseParts`]; `route` asks [`ShardedTable::place`].
//! Nothing here reads a file, a socket or a clock.

mod algorithm;
#[cfg(test)]
mod behavior;
mod combination;
mod database;
mod expression;
mod few;
mod firewall;
mod group;
mod key;
mod layout;
mod level;
mod normalize;
mod options;
mod place;
mod place_auto;
mod place_two_level;
mod reachability;
#[cfg(test)]
mod samples;
mod strategy;
mod suffix_rule;
mod table;
mod value_set;
#[cfg(test)]
mod vectors;

pub use algorithm::{Algorithm, AlgorithmFault};
pub use database::{Database, DatabaseFault, DatabaseParts, TableRule};
pub use expression::{ExpressionFault, expand};
pub use firewall::{Against, DigestLists, Firewall, FirewallMode, Ruling};
pub use group::{Balancer, Group, GroupCare, NoReplica, TransactionalReads};
pub use key::{GeneratedKey, KeySpec, UuidVersion};
pub use layout::{AutoPlacement, Layout, TwoLevel};
pub use level::Level;
pub use normalize::{Comparison, Normalize};
pub use options::{FullRoute, TableOptions};
pub use place::{Hints, PlaceError, Placement};
pub use reachability::{LayoutNote, Reachability};
pub use strategy::Strategy;
pub use table::{LayoutSpec, ShardedTable, TableFault, TablePart, TableSpec};
pub use value_set::ValueSet;
