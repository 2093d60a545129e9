//! Any tokens are analyzed within bounds: indices lie where they say, and blanks and comments change nothing.

use std::ops::Range;

use shardgate::sql::{
    Kind, Lexed, Operand, Predicate, ServerFamily, SqlMode, Statement, analyze, lex,
};

use super::mode::sql_mode;

const FAMILY: ServerFamily = ServerFamily::MariaDb(101_119);

/// The first byte chooses `sql_mode` and how words are joined; the rest is the text.
pub fn check(input: &[u8]) {
    let Some((&choice, text)) = input.split_first() else {
        return;
    };
    let mode = sql_mode(choice);
    let mut lexed = Lexed::default();
    if lex(text, mode, FAMILY, &mut lexed).is_err() {
        return;
    }
    let whole = 0..lexed.tokens.len();
    let statement = analyze(text, &lexed, whole.clone(), mode);
    inside(&statement, &whole);
    for end in [whole.end / 2, whole.end.saturating_sub(1)] {
        let part = whole.end.min(1)..end.max(whole.end.min(1));
        inside(&analyze(text, &lexed, part.clone(), mode), &part);
    }
    if !lexed.has_executable_comment && !lexed.has_doubtful_comment {
        spaced(text, &lexed, &statement, mode);
    }
}

/// Each index of a token lies in the statement, each of a table or block is one of its own.
fn inside(statement: &Statement, range: &Range<usize>) {
    let is_token = |token: u32| range.contains(&(token as usize));
    for table in &statement.tables {
        assert!(is_token(table.name_token) && is_token(table.last_token));
        assert!(table.schema_token.is_none_or(is_token));
    }
    for qualifier in &statement.qualifiers {
        assert!(is_token(qualifier.name_token));
        assert!(usize::from(qualifier.table) < statement.tables.len());
    }
    let blocks = match &statement.kind {
        Kind::Query(query) => &query.blocks,
        Kind::Insert(insert) => &insert.blocks,
        Kind::Update(update) => &update.blocks,
        Kind::Delete(delete) => &delete.blocks,
        _ => return,
    };
    let tables = statement.tables.iter();
    assert!(
        tables
            .map(|table| table.block)
            .all(|block| usize::from(block) < blocks.len())
    );
    let conditions = blocks.iter().flat_map(|block| &block.conditions);
    conditions.for_each(|condition| operands(&condition.predicate, &is_token));
}

fn operands(predicate: &Predicate, is_token: &impl Fn(u32) -> bool) {
    let check = |operand: &Operand| {
        if let Operand::Literal { token, .. } = operand {
            assert!(is_token(*token));
        }
    };
    match predicate {
        Predicate::In { values, .. } => values.iter().for_each(check),
        Predicate::RowIn { rows, .. } => rows.iter().flatten().for_each(check),
        Predicate::Range { lower, upper, .. } => {
            for (operand, _) in lower.iter().chain(upper) {
                check(operand);
            }
        }
        Predicate::AnyOf(arms) => arms
            .iter()
            .flatten()
            .for_each(|predicate| operands(predicate, is_token)),
        Predicate::Same { .. } => {}
    }
}

/// With other comments and blanks between its tokens a text is the same statement.
fn spaced(text: &[u8], lexed: &Lexed, statement: &Statement, mode: SqlMode) {
    let mut wide = Vec::with_capacity(2 * text.len());
    let mut end = 0;
    for (index, token) in lexed.tokens.iter().enumerate() {
        // what stands side by side stays so: `a.b`, `f(`, `@x`, `:=`
        if token.start > end && index > 0 {
            wide.extend_from_slice(b" /* x */\n");
        }
        wide.extend_from_slice(lexed.bytes(text, index));
        end = token.end;
    }
    let mut again = Lexed::default();
    if lex(&wide, mode, FAMILY, &mut again).is_err() || again.tokens.len() != lexed.tokens.len() {
        return;
    }
    let kinds = |lexed: &Lexed| -> Vec<_> { lexed.tokens.iter().map(|token| token.kind).collect() };
    if kinds(&again) != kinds(lexed) {
        return;
    }
    let other = analyze(&wide, &again, 0..again.tokens.len(), mode);
    assert_eq!(other.kind, statement.kind, "blanks change what is read");
    assert_eq!(other.tables, statement.tables);
    assert_eq!(other.qualifiers, statement.qualifiers);
}
