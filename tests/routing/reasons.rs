//! Why a statement is answered otherwise than ShardingSphere answers it.

use super::vectors::{Outcome, Row};

/// The reason for a difference; `None` is a fault.
pub fn reason(row: &Row, ours: &Outcome) -> Option<&'static str> {
    if let Some((_, reason)) = BY_ID.iter().find(|(ids, _)| ids.contains(&row.id.as_str())) {
        return Some(reason);
    }
    match (&row.theirs, ours) {
        (Outcome::Nodes(theirs), Outcome::Refused(20090)) if theirs.len() > 1 => Some("no sharding value: refused instead of a full route"),
        (Outcome::Nodes(theirs), Outcome::Refused(29006)) if theirs.len() > 1 => Some("several nodes: not merged in this version"),
        (Outcome::Nodes(theirs), Outcome::Refused(29008 | 20036)) if theirs.len() > 1 => Some("a write to several nodes is not atomic"),
        _ => None,
    }
}

/// Single statements, each with its reason.
const BY_ID: &[(&[&str], &str)] = &[];
