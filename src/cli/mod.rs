//! Arguments to calls.

mod arguments;
mod catalog;
mod check;
mod demo;
mod explain;
mod lint;
mod logging;
mod output;
mod serve;
mod server_family;
mod verify_placement;

pub use arguments::main;
