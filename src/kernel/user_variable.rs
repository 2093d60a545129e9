//! User variables by value: read from the connection that assigned them, written as literals (contract 3.1 c).

use crate::backend::{ConnError, Guard, QueryResult};
use crate::sql::{Lexed, SqlMode, TokenKind, name_value, text_value};

use super::literal;

/// Columns that tell one variable: value, bytes, character set, collation.
const COLUMNS: usize = 4;

/// Lower-case names of all user variables that a statement mentions.
pub(super) fn names(text: &[u8], lexed: &Lexed, mode: SqlMode) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, token) in lexed.tokens.iter().enumerate() {
        if token.kind == TokenKind::UserVariable {
            let name = name_of(lexed.bytes(text, index), mode);
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// The lower-case name of a variable's token.
pub(super) fn name_of(token: &[u8], mode: SqlMode) -> String {
    let bytes = token.get(1..).unwrap_or_default();
    match bytes.first() {
        Some(b'\'' | b'"') => String::from_utf8_lossy(&text_value(bytes, mode)).to_lowercase(),
        _ => name_value(bytes).to_lowercase(),
    }
}

/// What reads one variable with its exact bytes.
pub(super) fn selected(name: &str) -> String {
    let name = format!("@`{}`", name.replace('`', "``"));
    format!("{name},HEX({name}),CHARSET({name}),COLLATION({name})")
}

/// The values of `names` on a connection, as literals.
pub(super) async fn read(
    guard: &mut Guard,
    names: &[String],
) -> Result<Vec<(String, String)>, ConnError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let items: Vec<String> = names.iter().map(|name| selected(name)).collect();
    let result = guard
        .query(&format!("SELECT {} LIMIT 1", items.join(",")))
        .await?;
    let literals = names
        .iter()
        .enumerate()
        .map(|(n, name)| (name.clone(), literal_at(&result, n * COLUMNS)));
    Ok(literals.collect())
}

/// The literal of the variable whose columns begin at `first`; the second value is where the next ones begin.
pub(super) fn literal_at(result: &QueryResult, first: usize) -> String {
    let value = result
        .rows
        .first()
        .and_then(|row| row.get(first))
        .and_then(|value| value.as_deref());
    let Some(column) = result.columns.get(first) else {
        return "NULL".to_owned();
    };
    let text = |offset: usize| result.text(0, first + offset).unwrap_or_default();
    literal::of_user_variable(column, value, text(1), text(2), text(3))
}

/// How many columns [`selected`] makes.
pub(super) const fn width() -> usize {
    COLUMNS
}
