//! Definitions of tables as DDL writes them, and the columns that they leave.

mod change;
mod column;
mod history;
mod reader;
mod table;

pub use change::{Change, ColumnDefinition, Key, Target, changes};
pub use history::History;
