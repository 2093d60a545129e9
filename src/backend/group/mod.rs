//! A read-write group: its members probed, its primary found, its fresh replicas chosen among (contract 8).

mod by_hand;
mod care;
mod choice;
mod counts;
mod event;
mod examination;
mod follow;
mod grade;
mod member;
mod members;
mod observation;
mod position;
mod probe;
mod prober;
mod reader;
mod record;
#[cfg(test)]
mod record_tests;
mod standing;
mod timeline;
mod topology;
mod view;
mod watch;
mod writer;

pub use care::Care;
pub use choice::ReplicaChoice;
pub use counts::GroupCounts;
pub use event::{Event, Subject};
pub use examination::{Examination, Finding};
pub use members::{Freshness, Members};
pub use position::Position;
pub use view::{GroupView, MemberRole, MemberState, MemberView, Writes};
pub use writer::NoWriter;
