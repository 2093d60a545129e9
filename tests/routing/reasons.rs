//! Why a statement is answered otherwise than ShardingSphere answers it.

use super::vectors::{Outcome, Row};

/// The reason for a difference; `None` is a fault.
pub fn reason(row: &Row, ours: &Outcome) -> Option<&'static str> {
    if row.theirs == Outcome::Refused(10002) {
        return Some("the table was not declared in the recorded configuration");
    }
    if let Some((_, reason)) = BY_ID.iter().find(|(ids, _)| ids.contains(&row.id.as_str())) {
        return Some(reason);
    }
    match (&row.theirs, ours) {
        (Outcome::Nodes(theirs), Outcome::Refused(20090)) if theirs.len() > 1 => {
            Some("no sharding value: refused instead of a full route")
        }
        (Outcome::Nodes(theirs), Outcome::Refused(29006)) if theirs.len() > 1 => {
            Some("the answers of several data sources would have to be merged")
        }
        (Outcome::Nodes(theirs), Outcome::Nodes(ours))
            if theirs.len() > 1 && ours.is_subset(theirs) =>
        {
            Some(
                "data source and table go by the same value: nodes that no value leads to are left out",
            )
        }
        (Outcome::Nodes(theirs), Outcome::Refused(29008 | 20036)) if theirs.len() > 1 => {
            Some("a write to several nodes is not atomic")
        }
        _ => None,
    }
}

/// The reason for a difference in read-write splitting.
pub fn splitting_reason(id: &str) -> Option<&'static str> {
    SPLITTING
        .iter()
        .find(|(ids, _)| ids.contains(&id))
        .map(|(_, reason)| *reason)
}

/// Every statement that has a reason of its own: none may be left over once the difference is gone.
pub fn ids() -> impl Iterator<Item = &'static str> {
    BY_ID
        .iter()
        .chain(SPLITTING)
        .flat_map(|(ids, _)| ids.iter().copied())
}

/// Single statements, each with its reason.
const BY_ID: &[(&[&str], &str)] = &[
    (
        &["point-ps-04", "point-ps-05"],
        "a bound DECIMAL or DOUBLE goes by the number it holds, as the literal does",
    ),
    (
        &["point-ps-31", "update-12", "insert-35"],
        "a sharding column may only be set to the value that the condition fixes",
    ),
    (
        &["point-ps-32"],
        "`= NULL` matches nothing: one node answers, as MySQL does",
    ),
    (
        &["point-ps-34"],
        "a bound text that is an integer goes by its value, not by the hash of its text",
    ),
    (
        &[
            "in-18", "join-08", "join-24", "subq-02", "subq-05", "subq-20",
        ],
        "each sharded table needs values of its own; the key of one restricts no other",
    ),
    (
        &["subq-21"],
        "the table inside the CTE is routed too (5.3.2 sends its logical name)",
    ),
    (
        &["bool-33", "in-24"],
        "values of several conditions on one column are intersected",
    ),
    (
        &["range-04"],
        "an inverted range matches nothing: one node answers, as MySQL does",
    ),
    (
        &["join-31", "union-11", "comment-07", "multi-05"],
        "understood here, a syntax error there",
    ),
    (&["update-28"], "joins with broadcast tables are served"),
    (
        &["bcast-03"],
        "those who lock a broadcast row must meet in one data source",
    ),
    (
        &[
            "dal-02", "dal-04", "dal-16", "dal-18", "dal-19", "dal-29", "dal-42",
        ],
        "answered by the proxy, or on one data source",
    ),
    (
        &["dal-27"],
        "the answers of all nodes would have to be merged",
    ),
    (&["dal-44"], "no distributed transactions"),
    (
        &["multi-02"],
        "every statement of a text is routed by itself: the second one has no sharding value",
    ),
    (
        &["ddl-15"],
        "tables without a rule live in the default data source",
    ),
    (&["ddl-17"], "it would read a logical table on one server"),
];

const SPLITTING: &[(&[&str], &str)] = &[
    (&["rw-20"], "the hint of this spelling is honored"),
    (
        &["rw-27"],
        "the answers of several data sources would have to be merged",
    ),
    (
        &["rw-28", "rw-29"],
        "functions with side effects belong to the primary",
    ),
    (
        &["rw-30"],
        "it changes the session: the primary, as 5.5.2 has it",
    ),
    (&["rw-34"], "EXPLAIN asks where the statement would run"),
    (
        &["rw-38"],
        "a locking read at any depth belongs to the primary",
    ),
    (&["rw-45"], "it has no effect on the server"),
];
