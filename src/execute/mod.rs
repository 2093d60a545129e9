//! Runs the units of a plan on pooled connections; transactions and deadlines.

mod binary_run;
mod connection;
mod downstream;
mod pins;
mod relay;
mod row_run;
mod shown_columns;
mod transaction;

pub use connection::{ExecuteError, Need, connection, ready, replay};
pub use downstream::Downstream;
pub use pins::Pins;
pub use relay::{
    AnswerNames, Ending, Progress, RelayError, Relayed, ResultLimits, relay, relay_as_binary,
    relay_cursor, relay_fetch, relay_field_list, write_ending,
};
pub use transaction::{Begun, Held, Place, Settled, Transaction};
