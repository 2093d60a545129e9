//! Values that stand for parameters before they are known: for preparing, `explain` and `lint`.

use crate::rule::{Database, TableRule};
use crate::sql::{Lexed, SqlMode, Statement, TokenKind, text_value};

use super::input::BoundValue;

/// A date for columns whose strategy names none.
const MOMENT: &str = "2026-01-01 00:00:00";
/// Literals of the text that parameters are tried with: `a = 5 AND b = ?` may be right for 5 alone.
const MAX_LITERALS: usize = 6;

/// What the parameters of one statement are tried with. A statement that is routed for one of them is prepared; one
/// that is refused for all is refused as it was for the first.
#[derive(Clone, Debug)]
pub struct StandIns {
    /// A moment that the statement's tables have a place for.
    moment: String,
    /// Numbers among the text's literals, and those that the first nodes are called by.
    numbers: Vec<i128>,
    /// Strings among the text's literals.
    texts: Vec<Vec<u8>>,
    count: usize,
}

impl StandIns {
    /// The stand-ins for a statement's parameters.
    #[must_use]
    pub fn of(
        text: &[u8],
        lexed: &Lexed,
        statement: &Statement,
        rules: &Database,
        mode: SqlMode,
    ) -> Self {
        let count = usize::from(statement.parameters);
        let mut found = Self {
            moment: sample_moment(statement, rules),
            numbers: Vec::new(),
            texts: Vec::new(),
            count,
        };
        if count > 0 {
            found.numbers = numbers(text, lexed, statement, rules);
            found.texts = texts(text, lexed, mode);
            found.texts.extend(listed_texts(statement, rules));
        }
        found
    }

    /// Every parameter as the same number, or that moment.
    #[must_use]
    pub fn all(&self, number: i128) -> Vec<BoundValue<'_>> {
        let value = BoundValue::Any {
            number,
            moment: &self.moment,
        };
        vec![value; self.count]
    }

    /// What stands for `?` in one of the rounds, told; `None` for a statement without parameters.
    #[must_use]
    pub fn told(round: &[BoundValue<'_>]) -> Option<String> {
        let shown = match round.first()? {
            BoundValue::Any { number, moment } => {
                format!("the number {number}, or the moment {moment},")
            }
            _ => "a text that its rule or the statement names".to_owned(),
        };
        Some(format!(
            "each ? stands for {shown} here: when the statement is executed its values decide where it goes"
        ))
    }

    /// What to try, the most likely first. A statement without parameters has one round, of no values.
    pub fn rounds(&self) -> impl Iterator<Item = Vec<BoundValue<'_>>> {
        let numbers = self.numbers.iter().map(|number| self.all(*number));
        let texts = self.texts.iter();
        let texts = texts.map(|text| vec![BoundValue::Text(text); self.count]);
        std::iter::once(self.all(1)).chain(numbers).chain(texts)
    }
}

fn sample_moment(statement: &Statement, rules: &Database) -> String {
    let mut tables = statement.tables.iter();
    let moment = tables.find_map(|table| match rules.table(&table.name)? {
        TableRule::Sharded(table) => table.sample_moment(),
        _ => None,
    });
    moment.unwrap_or(MOMENT).to_owned()
}

fn numbers(text: &[u8], lexed: &Lexed, statement: &Statement, rules: &Database) -> Vec<i128> {
    let mut numbers = Vec::new();
    for (index, token) in lexed.tokens.iter().enumerate() {
        if token.kind == TokenKind::Integer && numbers.len() < MAX_LITERALS {
            numbers.extend(parsed(lexed.bytes(text, index)));
        }
    }
    for table in &statement.tables {
        if let Some(TableRule::Sharded(rule)) = rules.table(&table.name)
            && let Some(node) = rule.nodes.first()
        {
            numbers.extend(number_at_end(&node.table));
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn texts(text: &[u8], lexed: &Lexed, mode: SqlMode) -> Vec<Vec<u8>> {
    let tokens = lexed.tokens.iter().enumerate();
    tokens
        .filter(|(_, token)| token.kind == TokenKind::Text)
        .take(MAX_LITERALS)
        .map(|(index, _)| text_value(lexed.bytes(text, index), mode).into_owned())
        .collect()
}

/// Texts that the rules of the statement's tables have a place for.
fn listed_texts(statement: &Statement, rules: &Database) -> Vec<Vec<u8>> {
    let tables = statement.tables.iter();
    let sharded = tables.filter_map(|table| match rules.table(&table.name)? {
        TableRule::Sharded(table) => Some(table),
        _ => None,
    });
    sharded
        .flat_map(|table| table.sample_texts())
        .take(MAX_LITERALS)
        .map(String::into_bytes)
        .collect()
}

fn parsed(digits: &[u8]) -> Option<i128> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn number_at_end(name: &str) -> Option<i128> {
    let start = name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    parsed(name.as_bytes().get(start..)?)
}
