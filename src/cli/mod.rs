//! Arguments to calls.

mod arguments;
mod catalog;
mod check;
mod demo;
mod explain;
mod logging;
mod output;
mod serve;

pub use arguments::main;
