//! Routing said in a statement's leading comments (contract 6).

mod keys;
mod read;
#[cfg(test)]
mod tests;

pub(super) use read::leading_hints;
pub use read::{HintError, HintValue, Hints, hints};
