//! The actual SQL of each unit: byte-range edits of the client's text.

mod edit;
mod plan;

pub use edit::{Edit, apply};
pub use plan::{ExecutionUnit, Plan};
