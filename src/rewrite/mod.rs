//! The actual SQL of each unit: byte-range edits of the client's text.
//!
//! [`plan`] turns a route into edits, [`Plan::actual`] shows them as SQL, [`logical_message`] turns
//! the names in a server's error back.

mod edit;
mod generated_key;
mod label;
mod message;
mod names;
mod plan;
mod planner;
mod row_cut;
mod shape_edits;
mod union;

pub use edit::{Edit, apply};
pub use label::keep_labels;
pub use message::{Names, logical_message};
pub use plan::{DerivedTable, Edits, ExecutionUnit, ParamSource, Plan};
pub use planner::plan;
pub use shape_edits::{ShapeEdits, is_planned};
