//! Every metric's name, labels and help, in one catalogue.

mod catalogue;
mod label;

pub use catalogue::Metrics;
pub use label::{Outcome, StatementClass};
