//! `SNOWFLAKE()` inside another statement: no value is known for it, and no server has such a function.

use crate::rule::{Database, KeySpec, TableRule};
use crate::sql::{Kind, Statement, own_ids};

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

/// Why a name is refused that is none of a generator's.
#[must_use]
pub fn no_such_generator(database: &str, name: &str) -> Refusal {
    let message = format!(
        "database {database} has no table with a SNOWFLAKE key and no key generator called {name}: name one of keyGenerators"
    );
    Refusal::new(RefusalCode::NotSupported, message)
}

/// `SNOWFLAKE()` is called, and the database has a generator: the proxy answers it, or refuses it. Without a generator
/// it is a function of the servers', as `schema.snowflake()` always is.
#[must_use]
pub fn asks_own_ids(statement: &Statement, database: &Database) -> bool {
    // most statements have no such word
    statement.facts.calls_snowflake
        && matches!(
            statement.kind,
            Kind::Query(_)
                | Kind::Insert(_)
                | Kind::Update(_)
                | Kind::Delete(_)
                | Kind::Set(_)
                | Kind::Do
        )
        && database.key_generators.values().any(is_snowflake)
}

fn is_snowflake(spec: &KeySpec) -> bool {
    matches!(spec, KeySpec::Snowflake { .. })
}

/// Lets `SELECT SNOWFLAKE()` pass, and every call where no generator is declared.
pub(super) fn check(input: &RouteInput<'_>) -> Result<(), Refusal> {
    if !asks_own_ids(input.statement, input.database) {
        return Ok(());
    }
    let items = own_ids(input.text, input.lexed, input.mode).ok_or_else(own_id_inside)?;
    let mut names = items.iter().filter_map(|item| item.of.as_deref());
    match names.find(|name| !is_named(input.database, name)) {
        Some(name) => Err(no_such_generator(&input.database.name, name)),
        None => Ok(()),
    }
}

/// A generator, or a table that one fills.
fn is_named(database: &Database, name: &str) -> bool {
    let mut generators = database.key_generators.iter();
    let is_filled = || match database.table(name) {
        Some(TableRule::Sharded(table)) => {
            let key = table.key.as_ref();
            key.is_some_and(|key| is_snowflake(&key.generator))
        }
        _ => false,
    };
    generators.any(|(known, spec)| is_snowflake(spec) && known.eq_ignore_ascii_case(name))
        || is_filled()
}
