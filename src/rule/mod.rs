//! What the DBA declared, compiled: tables, strategies, algorithms, read-write groups.

mod database;
mod group;
mod table;

pub use database::{Database, TableRule};
pub use group::{Balancer, Group};
pub use table::{AutoPlacement, FullRoute, GeneratedKey, KeySpec, Layout, Placement, ShardedTable, TableOptions, ValueSet};
