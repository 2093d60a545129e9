//! One text's verdict without a server: read, routed and rewritten as a session with every right would have it.
//!
//! `explain`, `lint` and tests ask here. What only a session knows (its transaction, pins, warnings) is left out, and so
//! is whatever a server would say. A [`Story`] tells a verdict step by step; `EXPLAIN ROUTE` begins the same story by
//! [`Story::of`] and ends it with what a live session knows.

mod grounds;
mod own;
mod read;
mod stories;
mod story;
mod story_json;
mod story_text;

pub use grounds::{ALL_RIGHTS, Grounds, Logical, Verdict};
pub use own::is_own;
pub use read::Read;
pub use story::{Outcome, Routed, Story, Unit};
