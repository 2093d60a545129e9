//! A read-write group: its members probed, its primary found, its fresh replicas chosen among (contract 8).

mod care;
mod choice;
mod members;
mod observation;
mod position;
mod probe;
mod record;
mod standing;
mod timeline;
mod topology;
mod view;
mod watch;
mod writer;

pub use care::Care;
pub use choice::ReplicaChoice;
pub use members::{Freshness, GroupCounts, Members};
pub use position::Position;
pub use view::{GroupView, MemberRole, MemberState, MemberView, Writes};
pub use writer::NoWriter;
