//! Which data nodes a statement touches, or why it is refused.

mod outcome;
mod refusal;

pub use outcome::{Route, RouteUnit, Target};
pub use refusal::{Refusal, RefusalCode};
