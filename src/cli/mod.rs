//! Arguments to calls.

pub mod demo;
