//! Definitions of a table's nodes compared: a node that says "exists already" must have what the others have.

use crate::backend::PoolKey;
use crate::execute::replay;
use crate::model::{SessionState, SourceId};
use crate::protocol::ErrPacket;
use crate::sql::{DdlKind, Kind};

use super::context::LogicalDatabase;
use super::logical_name::LogicalNames;
use super::nodes::{ALREADY, NodeAnswer};
use super::routed::Routed;
use super::walk::Job;

/// Turns "as wanted already" into a failure where the node's table is another one than that of the nodes that
/// were changed now.
pub(super) async fn check(job: &Job<'_>, routed: &Routed, answers: &mut [NodeAnswer]) {
    let is_kept = matches!(&job.statement.kind, Kind::Ddl(ddl) if !matches!(ddl.kind, DdlKind::DropTable | DdlKind::Truncate));
    let is_already =
        |answer: &NodeAnswer| matches!(&answer.result, Err(err) if ALREADY.contains(&err.code));
    if !is_kept || !answers.iter().any(is_already) {
        return;
    }
    let Some(done) = answers
        .iter()
        .find(|answer| answer.result.is_ok())
        .map(|answer| answer.index)
    else {
        return;
    };
    let Some(expected) = of_unit(job, routed, done).await else {
        return;
    };
    for answer in answers.iter_mut().filter(|answer| is_already(answer)) {
        let found = of_unit(job, routed, answer.index).await;
        if found.as_ref() != Some(&expected) {
            let message = "the node has a table of this name with another definition than the nodes done now: compare \
                           SHOW CREATE TABLE there, then repeat";
            answer.result = Err(ErrPacket::new(other_code(), "HY000", message));
        }
    }
}

/// 29014: one number for a node that is not as wanted.
fn other_code() -> u16 {
    crate::route::RefusalCode::DdlPartlyDone.number().0
}

async fn of_unit(job: &Job<'_>, routed: &Routed, index: usize) -> Option<Vec<u8>> {
    let unit = routed.units.get(index)?;
    let table = match unit.names.first() {
        Some((actual, _)) => &**actual,
        None => &job.statement.tables.first()?.name,
    };
    read(&routed.database, unit.source, table).await
}

/// A node's SHOW CREATE TABLE with logical names and without the counter; `None` if it cannot be read.
pub(super) async fn read(
    database: &LogicalDatabase,
    source: SourceId,
    actual: &str,
) -> Option<Vec<u8>> {
    let members = database.members(source)?;
    let state = SessionState::default();
    let mut guard = members
        .primary()
        .acquire(
            PoolKey {
                has_found_rows: false,
            },
            state.hash(),
        )
        .await
        .ok()?;
    // names in backticks, whatever the connection served last
    replay(&mut guard, &state, false).await.ok()?;
    let answer = guard
        .query(&format!(
            "SHOW CREATE TABLE `{}`",
            actual.replace('`', "``")
        ))
        .await;
    guard.release();
    let answer = answer.ok()?;
    let text = answer.rows.first()?.get(1)?.as_deref()?;
    let names = LogicalNames::of(database, source, None);
    Some(without_counter(&names.definition(text, false)))
}

/// `AUTO_INCREMENT=7` among the table's options differs by rows, not by DDL.
pub(super) fn without_counter(definition: &[u8]) -> Vec<u8> {
    const WORD: &[u8] = b" AUTO_INCREMENT=";
    let options = definition
        .iter()
        .rposition(|byte| *byte == b')')
        .unwrap_or(0);
    let (body, options) = definition.split_at(options);
    let Some(at) = options
        .windows(WORD.len())
        .position(|window| window == WORD)
    else {
        return definition.to_vec();
    };
    let (before, rest) = options.split_at(at);
    let digits = rest
        .iter()
        .skip(WORD.len())
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let behind = rest.get(WORD.len() + digits..).unwrap_or_default();
    [body, before, behind].concat()
}

#[cfg(test)]
mod tests {
    use super::without_counter;

    #[test]
    fn the_counter_is_left_out() {
        let text = b"CREATE TABLE `t` (\n `a` int\n) ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4";
        assert_eq!(
            without_counter(text),
            b"CREATE TABLE `t` (\n `a` int\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
        );
        assert_eq!(
            without_counter(b"CREATE TABLE `t` (a int)"),
            b"CREATE TABLE `t` (a int)"
        );
    }
}
