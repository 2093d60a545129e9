//! The loader: clients of our own, each holding a connection and asking one statement after another.
//!
//! Two ways to wait for the answers. In threads (`threads`), one for each client, as those of services wait: each sends,
//! sleeps and is woken. Or all in one thread that is told of what has come (`events`): the only way to 10,000 clients on
//! a small machine. They differ in what a proxy has to do: a client that sleeps must be woken by the proxy's `send`,
//! and one thread for all asks in runs, so that a proxy finds the next statement there when it looks. Compare figures
//! of one loader with each other, and ratios with ratios.
//!
//! Why not sysbench: no 10,000 clients, no prepared guarded update, no transaction whose answers are checked, and its
//! percentiles are those of a histogram's buckets. This loader makes one read and one write a statement, keeps each
//! latency as it was, reads everyone's CPU at the moments where the measured time begins and ends (so logins are not in
//! it), and counts answers that are not the right ones as errors. It speaks to servers as libmariadb does (EOF packets,
//! types sent with the first execution alone), so that figures can be compared with sysbench's.

mod answer;
mod client;
mod crowd;
mod hall;
mod latencies;
mod login;
mod meter;
mod orders;
mod places;
mod settings;
mod tally;
mod threads;
mod wire;
mod work;

pub use crowd::Crowd;
pub use meter::Cost;
pub use places::{Places, TABLES, database};
pub use settings::{Load, Loader, Until};
pub use threads::measure as measure_threads;
pub use work::{BULK_ROWS, Kind, ROWS, SKUS_WITH_ROWS};
