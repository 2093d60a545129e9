//! Whether a table reference can be a derived table of its actual tables, and which columns that has (contract 4.10).

use crate::model::{Charset, Column, ColumnKind, TableSchema};
use crate::sql::{Block, TokenKind, name_value, punct_is, word_is, word_of};

use super::choice::Purpose;
use super::enum_use::is_text_alone;
use super::input::RouteInput;
use super::land::{Chosen, apart};
use super::refusal::Refusal;
use super::scope::Scope;

/// Whether reading `one` through a derived table is the same as reading a table.
///
/// # Errors
/// 29006 that says what is in the way.
pub fn check(scope: &Scope<'_>, one: &Chosen<'_>) -> Result<(), Refusal> {
    let Some(why) = fault(scope, one) else {
        return Ok(());
    };
    let text = format!(
        "{} would be read as a derived table of {} nodes, and {why}; ask for one {} at a time",
        one.table.name,
        one.choice.nodes.len(),
        one.table.columns.join(" and ")
    );
    Err(apart(Purpose::Read, &text))
}

fn fault(scope: &Scope<'_>, one: &Chosen<'_>) -> Option<String> {
    let input = scope.input;
    let bound = scope.tables.get(one.index)?;
    let facts = &input.statement.facts;
    if facts.is_locking {
        return Some("a locking clause locks nothing through one".to_owned());
    }
    if facts.assigns_user_variable {
        return Some("it is not certain in which order user variables are assigned".to_owned());
    }
    if !bound.reference.takes_alias {
        return Some("TABLE takes none: write SELECT * FROM".to_owned());
    }
    if let Some(word) = word_in_the_way(input) {
        return Some(format!("{word} works on a table only"));
    }
    let schema = bound.columns?;
    let names = Names::of(input, schema);
    let has_wildcard = names.has_wildcard;
    let mut listed = schema.columns.iter().zip(&names.named);
    if has_wildcard
        && let Some((column, _)) = listed
            .clone()
            .find(|(column, named)| column.is_invisible && **named)
    {
        return Some(format!("its column {} is invisible to *", column.name));
    }
    let sorts = scope.blocks.iter().any(sorts_rows);
    listed.find_map(|(column, named)| {
        let is_read = *named || (has_wildcard && !column.is_invisible);
        let why = changed_by_union(column).filter(|_| is_read)?;
        let is_shown_only = match is_text_in_union(column) {
            false => false,
            true if *named => {
                let is_enum = matches!(&column.kind, ColumnKind::Other(name) if name == "enum");
                // `*` may stand before what ORDER BY counts
                !(has_wildcard && sorts)
                    && is_text_alone(input, scope.blocks, &column.name, is_enum)
            }
            true => !sorts,
        };
        (!is_shown_only).then(|| format!("its column {} {why}", column.name))
    })
}

fn sorts_rows(block: &Block) -> bool {
    block.traits.has_order_by || block.traits.has_window
}

/// What a UNION makes of some types: their values print the same but no longer sort or count as they did.
fn changed_by_union(column: &Column) -> Option<&'static str> {
    if column.is_zerofill {
        return Some("would lose its leading zeros");
    }
    is_text_in_union(column).then_some("of type ENUM or SET would be a plain text")
}

fn is_text_in_union(column: &Column) -> bool {
    matches!(&column.kind, ColumnKind::Other(name) if name == "enum" || name == "set")
}

/// `MATCH ... AGAINST` needs the table's index, `DEFAULT(c)` its definition, PROCEDURE its name.
fn word_in_the_way(input: &RouteInput<'_>) -> Option<&'static str> {
    const CALLED: [&str; 2] = ["MATCH", "DEFAULT"];
    (0..input.lexed.tokens.len()).find_map(|index| {
        if word_is(input.text, input.lexed, index, "PROCEDURE") {
            return Some("PROCEDURE");
        }
        let word = word_of(input.text, input.lexed, index, &CALLED)?;
        punct_is(input.lexed, index + 1, b'(').then_some(word)
    })
}

/// The columns that a derived table in place of `table` needs; `None` for all of them, as `*` has them.
#[must_use]
pub fn columns(
    input: &RouteInput<'_>,
    schema: Option<&TableSchema>,
    key: &str,
) -> Option<Vec<String>> {
    let schema = schema?;
    let is_plain = |column: &Column| column.name.is_ascii() || input.charset == Charset::Utf8mb4;
    if !schema.columns.iter().all(is_plain) {
        return None;
    }
    let names = Names::of(input, schema);
    let pairs = schema.columns.iter().zip(names.named);
    let mut columns: Vec<String> = pairs
        .filter(|(column, named)| *named || (names.has_wildcard && !column.is_invisible))
        .map(|(column, _)| column.name.clone())
        .collect();
    if columns.is_empty() {
        columns.push(key.to_owned());
    }
    Some(columns)
}

/// Which of a table's columns the statement's words name.
struct Names {
    /// By column.
    named: Vec<bool>,
    /// A `*` or what else means columns without naming them.
    has_wildcard: bool,
}

impl Names {
    fn of(input: &RouteInput<'_>, schema: &TableSchema) -> Self {
        let mut names = Self {
            named: vec![false; schema.columns.len()],
            has_wildcard: false,
        };
        // how other names compare without case only the servers know
        if !schema.columns.iter().all(|column| column.name.is_ascii()) {
            names.has_wildcard = true;
            names.named.fill(true);
            for (named, column) in names.named.iter_mut().zip(&schema.columns) {
                *named = !column.is_invisible;
            }
        }
        for index in 0..input.lexed.tokens.len() {
            match input.lexed.kind(index) {
                Some(TokenKind::Word | TokenKind::QuotedName) => {
                    let name = name_value(input.lexed.bytes(input.text, index));
                    if let Some(named) = schema
                        .position(&name)
                        .and_then(|position| names.named.get_mut(position))
                    {
                        *named = true;
                    }
                    names.has_wildcard |= word_is(input.text, input.lexed, index, "NATURAL");
                }
                Some(TokenKind::Punct(b'*')) => {
                    names.has_wildcard |= !is_count(input, index);
                }
                _ => {}
            }
        }
        names
    }
}

/// `COUNT(*)`
fn is_count(input: &RouteInput<'_>, index: usize) -> bool {
    let (Some(open), Some(word)) = (index.checked_sub(1), index.checked_sub(2)) else {
        return false;
    };
    punct_is(input.lexed, open, b'(')
        && word_is(input.text, input.lexed, word, "COUNT")
        && punct_is(input.lexed, index + 1, b')')
}
