//! Texts to flaws: the router is asked, and the rules that look at definitions.

use crate::route::Refusal;
use crate::rule::TableRule;
use crate::sql::{self, Digest, Kind, Lexed};
use crate::verdict::{Grounds, Read};

use super::anchor::anchor;
use super::definition::changes;
use super::finding::Located;
use super::mapped::Mapped;
use super::mark::{Mark, marks};
use super::placeholder::UNKNOWN;
use super::rule::Check;
use super::rules;
use super::table_rules::{Flaw, TableScene};
use super::written::Written;

/// What was found in one statement.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Its digest, as 16 digits.
    pub digest: String,
    /// What is wrong.
    pub flaws: Vec<Located>,
    /// What is not to be told.
    pub marks: Vec<Mark>,
}

/// Judges every statement of a text.
#[must_use]
pub fn judge(grounds: &Grounds<'_>, written: &Written) -> Vec<Judgement> {
    let mut lexed = Lexed::default();
    if let Err(error) = sql::lex(
        &written.text.bytes,
        grounds.mode,
        grounds.family,
        &mut lexed,
    ) {
        return vec![not_closed(written, &error)];
    }
    let pieces = pieces(&written.text, &lexed);
    let last = pieces.len().saturating_sub(1);
    let of_piece = |(index, piece): (usize, Mapped)| {
        // what is interpolated is told once
        let interpolated = if index == last {
            written.interpolated.as_slice()
        } else {
            &[]
        };
        statement(grounds, &piece, interpolated)
    };
    pieces
        .into_iter()
        .enumerate()
        .filter_map(of_piece)
        .collect()
}

/// The first refusal among the statements of a text.
#[must_use]
pub fn refusal(grounds: &Grounds<'_>, written: &Written) -> Option<Refusal> {
    let mut lexed = Lexed::default();
    if sql::lex(
        &written.text.bytes,
        grounds.mode,
        grounds.family,
        &mut lexed,
    )
    .is_err()
    {
        return grounds.read(&written.text.bytes).err();
    }
    pieces(&written.text, &lexed).iter().find_map(|piece| {
        let read = grounds.read(&piece.bytes).ok()?;
        grounds.refusal(&piece.bytes, &read)
    })
}

/// The statements of a text, each with the comments before it; the last one with those behind.
fn pieces(text: &Mapped, lexed: &Lexed) -> Vec<Mapped> {
    let ranges: Vec<_> = sql::split(&text.bytes, lexed).collect();
    if let [range] = ranges.as_slice()
        && range.end == lexed.tokens.len()
    {
        return vec![text.clone()];
    }
    let mut pieces = Vec::new();
    let mut start = 0;
    for (index, range) in ranges.iter().enumerate() {
        let delimiter = lexed
            .tokens
            .get(range.end)
            .map(|token| token.start as usize);
        let end = delimiter.unwrap_or(text.bytes.len());
        let mut piece = Mapped::default();
        piece.push_range(text, start, end);
        start = delimiter.map_or(end, |at| at + 1);
        if index + 1 == ranges.len() && start < text.bytes.len() {
            // only comments are left: they are of the last statement
            piece.push_made(b"\n", text.source(end));
            piece.push_range(text, start, text.bytes.len());
        }
        pieces.push(piece);
    }
    pieces
}

fn not_closed(written: &Written, error: &sql::LexError) -> Judgement {
    let bytes = &written.text.bytes;
    let at = match error {
        sql::LexError::UnclosedString { start }
        | sql::LexError::UnclosedName { start }
        | sql::LexError::UnclosedComment { start }
        | sql::LexError::UnclosedExecutable { start } => *start,
        sql::LexError::TooLong { .. } => 0,
    };
    let refusal = Refusal::new(crate::route::RefusalCode::Syntax, error.to_string());
    let source = (written.text.source(at), written.text.source(at) + 1);
    Judgement {
        digest: Digest(xxhash_rust::xxh3::xxh3_64(bytes)).to_string(),
        flaws: vec![of_refusal(&refusal, source)],
        marks: Vec::new(),
    }
}

fn statement(grounds: &Grounds<'_>, text: &Mapped, interpolated: &[usize]) -> Option<Judgement> {
    let read = grounds.read(&text.bytes).ok()?;
    let marks = marks(text, &read.lexed);
    if read.lexed.tokens.is_empty() && marks.is_empty() {
        return None;
    }
    let mut flaws = Vec::new();
    let refusal = grounds.refusal(&text.bytes, &read);
    if let Some(refusal) = &refusal {
        let (start, end) = anchor(grounds, &text.bytes, &read, refusal);
        flaws.push(of_refusal(
            refusal,
            (text.source(start), text.source_end(end)),
        ));
    }
    if matches!(read.statement.kind, Kind::Ddl(_)) {
        flaws.extend(of_definitions(grounds, text, &read, refusal.is_some()));
    }
    if let Some(first) = interpolated.first()
        && names_governed(grounds, &read)
    {
        flaws.push(Located {
            rule: &rules::INTERPOLATED_TEXT,
            code: None,
            message: "text is put into a statement on a sharded table as it is: what it will be is not known, so it counts as no value; pass values as parameters, and choose names among fixed ones".to_owned(),
            source: (*first, *first + 2),
        });
    }
    let mut normalized = String::new();
    let digest = sql::digest(
        &text.bytes,
        &read.lexed,
        &(0..read.lexed.tokens.len()),
        &mut normalized,
    );
    Some(Judgement {
        digest: digest.to_string(),
        flaws,
        marks,
    })
}

/// The flaw that a refusal is.
#[must_use]
pub fn of_refusal(refusal: &Refusal, source: (usize, usize)) -> Located {
    Located {
        rule: rules::of_refusal(refusal.code).unwrap_or(&rules::NOT_SUPPORTED),
        code: Some(refusal.code.number().0),
        message: refusal.message.clone(),
        source,
    }
}

/// A table with rows in several places is named, or one whose name is not known.
fn names_governed(grounds: &Grounds<'_>, read: &Read) -> bool {
    let Some(logical) = grounds.database(read) else {
        return false;
    };
    let mut tables = read.statement.tables.iter();
    matches!(read.statement.kind, Kind::NotUnderstood(_))
        || tables.any(|table| {
            let rule = logical.rules.table(&table.name);
            table.name.contains(UNKNOWN) || matches!(rule, Some(TableRule::Sharded(_)))
        })
}

fn of_definitions(
    grounds: &Grounds<'_>,
    text: &Mapped,
    read: &Read,
    is_refused: bool,
) -> Vec<Located> {
    let Some(logical) = grounds.database(read) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for target in changes(&text.bytes, read) {
        let sharded = match logical.rules.table(&target.table) {
            Some(TableRule::Sharded(table)) => Some(table.as_ref()),
            _ => None,
        };
        let scene = TableScene {
            database: logical.rules,
            sharded,
            target: &target,
        };
        for rule in rules::ALL {
            let Check::Table(check) = rule.check else {
                continue;
            };
            // a foreign key that the router refuses is told once
            if is_refused && rule.id == rules::CROSS_NODE_FOREIGN_KEY.id {
                continue;
            }
            found.extend(check(&scene).into_iter().map(|flaw| Located {
                rule,
                code: None,
                source: source_of(text, read, &flaw),
                message: flaw.message,
            }));
        }
    }
    found
}

fn source_of(text: &Mapped, read: &Read, flaw: &Flaw) -> (usize, usize) {
    let token = |index: usize| read.lexed.tokens.get(index);
    let start = token(flaw.tokens.0).map_or(0, |token| token.start as usize);
    let end = token(flaw.tokens.1).map_or(start, |token| token.end as usize);
    (text.source(start), text.source_end(end))
}
