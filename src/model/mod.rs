//! Names and values that every room speaks in; no input or output, no clock.

mod charset;
mod collation;
mod moments;
mod planted;
mod rights;
mod schema;
mod session_state;
mod sharding_value;
mod short_list;
mod source;
mod variables;

pub use charset::Charset;
pub use collation::{collation_id, collation_name};
pub use moments::Moments;
#[cfg(feature = "planted-faults")]
pub use planted::plant;
pub use planted::{PlantedFault, is_planted};
pub use rights::Rights;
pub use schema::{Column, ColumnKind, Schema, TableSchema};
pub use session_state::{SessionState, default_value};
pub use sharding_value::ShardingValue;
pub use short_list::ShortList;
pub use source::{DataNode, SourceId};
