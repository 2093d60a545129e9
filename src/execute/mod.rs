//! Runs the units of a plan on pooled connections; transactions and deadlines.

mod binary_run;
mod connection;
#[cfg(test)]
mod connection_tests;
mod downstream;
mod ending;
mod joined;
mod pins;
mod relay;
mod relay_error;
mod response;
mod row_run;
mod shown_columns;
mod transaction;
mod upload;
#[cfg(test)]
mod upload_tests;

pub use connection::{
    ExecuteError, Need, ReplicaNeed, connection, connection_at_once, ready, replay,
};
pub use downstream::Downstream;
pub use ending::{Ending, Relayed, write_ending};
pub use joined::Joined;
pub use pins::Pins;
pub use relay::{Answer, relay, relay_as_binary, relay_cursor, relay_fetch, relay_field_list};
pub use relay_error::{Progress, RelayError};
pub use response::ResultLimits;
pub use shown_columns::{AnswerNames, shown_column};
pub use transaction::{Begun, Held, Place, Settled, Transaction};
pub use upload::{Phase, Upload};
