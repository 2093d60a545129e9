//! Arguments to calls.

mod arguments;
mod check;
mod demo;
mod explain;
mod logging;
mod serve;

pub use arguments::main;
