//! Arguments to calls.

mod arguments;
mod check;
pub mod demo;
mod explain;
mod logging;
mod serve;

pub use arguments::main;
