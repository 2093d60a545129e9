//! `SNOWFLAKE()` inside another statement: no value is known for it, and no server has such a function.

use crate::rule::KeySpec;
use crate::sql::{Kind, own_ids};

use super::input::RouteInput;
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;

/// Why it is refused there.
#[must_use]
pub fn own_id_inside() -> Refusal {
    let message = "SNOWFLAKE() stands alone in a statement, as SELECT SNOWFLAKE() or SELECT SNOWFLAKE('t_order') AS id, and \
                   its argument is a table or a generator by name: ask for the id first and write it into the next statement, \
                   or leave the key column out of the INSERT";
    Refusal::new(RefusalCode::NotSupported, message)
}

/// Lets `SELECT SNOWFLAKE()` pass, and every call where no generator is declared: it is a function of the servers' then.
pub(super) fn check(input: &RouteInput<'_>) -> Result<(), Refusal> {
    let statement = input.statement;
    // most statements have no such word
    if !statement.facts.calls_snowflake {
        return Ok(());
    }
    let is_ours = |spec: &KeySpec| matches!(spec, KeySpec::Snowflake { .. });
    let is_own = input.database.key_generators.values().any(is_ours)
        && matches!(
            statement.kind,
            Kind::Query(_) | Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_) | Kind::Do
        );
    if is_own && own_ids(input.text, input.lexed, input.mode).is_none() {
        return Err(own_id_inside());
    }
    Ok(())
}
