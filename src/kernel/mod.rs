//! One statement, end to end; the one place that turns an error into code, SQLSTATE and message.

mod connection_state;
mod context;
mod described;
mod error;
mod field_list;
mod hint;
mod information;
mod keys;
mod kill;
mod literal;
mod logical_name;
mod metadata;
mod nodes;
mod preview;
mod routed;
mod session_call;
mod session_context;
mod show;
mod show_server;
mod show_tables;
mod status;
mod template;
mod transaction;
mod variable;
mod walk;

pub use connection_state::Identity;
pub use context::{Context, LogicalDatabase};
pub use keys::TableKeys;
pub use kill::{KillSwitch, KillSwitches, ProcessRow};
pub use session_context::{Diagnostic, SessionContext};
pub use status::StatusTables;
pub use variable::grammar_of;
pub use walk::Kernel;
