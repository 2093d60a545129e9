//! BEGIN, COMMIT, ROLLBACK and savepoints.

use super::verb::{Class, only};
use crate::sql::reader::Reader;
use crate::sql::statement::Kind;

/// Reads what follows one of the transaction verbs.
pub(super) fn read(verb: &str, reader: &mut Reader<'_>) -> Option<Class> {
    let kind = match verb {
        "BEGIN" if reader.is("NOT") => Kind::Unknown,
        "BEGIN" => {
            reader.take("WORK");
            Kind::Begin {
                is_read_only: None,
                is_snapshot: false,
            }
        }
        "START" if reader.take("TRANSACTION") => start(reader)?,
        "START" => return Some(Class::plain(Kind::Administrative)),
        "COMMIT" => {
            reader.take("WORK");
            let (is_chain, is_release) = completion(reader);
            Kind::Commit {
                is_chain,
                is_release,
            }
        }
        "ROLLBACK" => rollback(reader)?,
        "SAVEPOINT" => Kind::Savepoint(only(reader)?),
        _ if reader.take("SAVEPOINT") => Kind::ReleaseSavepoint(only(reader)?),
        _ => return None,
    };
    (kind == Kind::Unknown || reader.is_done()).then(|| Class::plain(kind))
}

/// `START TRANSACTION [WITH CONSISTENT SNAPSHOT] [, READ ONLY | READ WRITE]`
fn start(reader: &mut Reader<'_>) -> Option<Kind> {
    let (mut is_read_only, mut is_snapshot) = (None, false);
    while !reader.is_done() {
        if reader.take_all(&["WITH", "CONSISTENT", "SNAPSHOT"]) {
            is_snapshot = true;
        } else if reader.take("READ") {
            is_read_only = Some(reader.take_any(&["ONLY", "WRITE"])? == "ONLY");
        } else {
            return None;
        }
        if !reader.take_punct(b',') {
            break;
        }
    }
    Some(Kind::Begin {
        is_read_only,
        is_snapshot,
    })
}

fn rollback(reader: &mut Reader<'_>) -> Option<Kind> {
    reader.take("WORK");
    if reader.take("TO") {
        // SAVEPOINT is also a valid name of a savepoint
        if reader.at + 1 < reader.end {
            reader.take("SAVEPOINT");
        }
        return Some(Kind::RollbackTo(only(reader)?));
    }
    let (is_chain, is_release) = completion(reader);
    Some(Kind::Rollback {
        is_chain,
        is_release,
    })
}

/// `[AND [NO] CHAIN] [[NO] RELEASE]`
fn completion(reader: &mut Reader<'_>) -> (bool, bool) {
    let is_chain = reader.take_all(&["AND", "CHAIN"]);
    reader.take_all(&["AND", "NO", "CHAIN"]);
    let is_release = reader.take("RELEASE");
    reader.take_all(&["NO", "RELEASE"]);
    (is_chain, is_release)
}
