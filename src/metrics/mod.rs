//! Every metric's name, labels and help, in one catalogue.

mod catalogue;
mod label;
mod reference;

pub use catalogue::{GroupReading, KeyReading, MemberReading, Metrics, PoolReading};
pub use label::{FanOut, Outcome, StatementClass};
pub use reference::metrics_markdown;
