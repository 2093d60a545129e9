//! The loader: clients of our own in one thread, each holding a connection and asking one statement after another.
//!
//! Why not sysbench: it has no 10,000 clients on a small machine (a thread each), no prepared guarded update and no
//! transaction whose answers are checked, and its percentiles are those of a histogram's buckets. This loader makes
//! one read and one write a statement and about one wait for 16 of them, keeps each latency as it was, reads the
//! proxy's CPU at the moments where the measured time begins and ends (so logins are not in it), and counts answers
//! that are not the right ones as errors. It speaks to servers as libmariadb does (EOF packets, types sent with the
//! first execution alone), so that figures can be compared with sysbench's.
//!
//! It costs less CPU than sysbench's threads, and what it leaves goes to the server and the proxy; and it sends in runs,
//! so a proxy wakes up less often for each statement. On the machine of docs/performance.md HAProxy took 22 to 24 us a
//! text point select under sysbench and 17 to 20 under this loader, at more queries a second. Compare figures of one
//! loader with each other, and ratios with ratios.

mod answer;
mod client;
mod crowd;
mod latencies;
mod login;
mod settings;
mod wire;
mod work;

pub use crowd::Crowd;
pub use settings::{Load, Until};
pub use work::{BULK_ROWS, Kind, ROWS, SKUS_WITH_ROWS};
