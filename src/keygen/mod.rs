//! Snowflake ids and the clock they trust, other generated keys (contract 9).
//!
//! [`KeyGenerators`] lives as long as the process: a reload asks it again, so that two
//! configurations never issue the same id from two sequences.

mod clock;
mod error;
mod fuse;
mod generators;
mod mark;
mod mark_fault;
mod mark_file;
#[cfg(test)]
mod mark_tests;
mod nano_id;
mod sequence;
mod settings;
mod snowflake;
mod statistics;
mod uuid;
#[cfg(test)]
mod vectors;

pub use clock::{Clock, SystemClock};
pub use error::KeyError;
pub use generators::KeyGenerators;
pub use mark_fault::MarkFault;
pub use nano_id::new_nano_id;
pub use settings::{SettingsFault, SnowflakeSettings, WorkerId};
pub use snowflake::{MAX_RUN, Next, Snowflake};
pub use statistics::KeyStatistics;
pub use uuid::{new_uuid, new_uuid_v7};
