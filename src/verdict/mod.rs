//! One text's verdict without a server: read, routed and rewritten as a session with every right would have it.
//!
//! `explain`, `lint` and tests ask here. What only a session knows (its transaction, pins, warnings) is left out, and so
//! is whatever a server would say.

mod grounds;
mod read;

pub use grounds::{Grounds, Logical, Verdict};
pub use read::Read;
