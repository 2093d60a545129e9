//! Statements, their routes and their actual SQL, told in files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests state their expectations by unwrapping"
)]

mod ask;
mod bound;
mod cases;
mod keyless;
mod layouts;
mod read_write;
mod reasons;
mod seed004;
mod shapes;
mod soundness;
mod vectors;
