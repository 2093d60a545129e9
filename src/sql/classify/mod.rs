//! What a statement is, for everything but the data statements, from its words alone.

mod account;
mod ddl;
mod explain;
mod read_write;
mod set;
mod show;
mod table_ddl;
mod transaction;
mod verb;

pub(super) use verb::{Class, classify};

#[cfg(test)]
mod tests;
