//! `shardgate lint` as a user runs it: the example project, every output, the exit codes, hostile sources.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests state their expectations by unwrapping"
)]

mod example;
mod hostile;
mod outputs;
mod program;
mod schema;
