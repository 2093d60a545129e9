//! SET in all its forms.

use super::account;
use super::verb::Class;
use crate::sql::literal::name_value;
use crate::sql::reader::{Reader, token_index};
use crate::sql::statement::{Kind, SetItem, VariableScope};
use crate::sql::token::TokenKind;

/// Words that read like a value and are evaluated.
const EVALUATED_WORDS: [&str; 10] = [
    "CURRENT_USER",
    "CURRENT_ROLE",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "UTC_DATE",
    "UTC_TIME",
    "UTC_TIMESTAMP",
];

/// Variables of `SET STATEMENT` that only bound or tune the statement behind it (MariaDB's manual, "SET STATEMENT").
const TUNING: [&str; 17] = [
    "group_concat_max_len",
    "innodb_lock_wait_timeout",
    "join_buffer_size",
    "join_cache_level",
    "lock_wait_timeout",
    "max_execution_time",
    "max_heap_table_size",
    "max_length_for_sort_data",
    "max_sort_length",
    "max_statement_time",
    "mrr_buffer_size",
    "optimizer_search_depth",
    "optimizer_switch",
    "optimizer_use_condition_selectivity",
    "read_rnd_buffer_size",
    "sort_buffer_size",
    "tmp_table_size",
];

/// Reads what follows SET.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<Class> {
    // MariaDB: SET STATEMENT x = 1 FOR <any statement>
    if reader.is("STATEMENT") && is_word(reader, reader.at + 1) {
        return Some(for_one_statement(reader));
    }
    let follows_name = |reader: &Reader<'_>| is_assignment(reader.kind_at(reader.at + 1));
    if !follows_name(reader) || reader.is("PASSWORD") {
        if reader.is("PASSWORD") || reader.is_any(&["DEFAULT"]) {
            return Some(account::grant());
        }
        if reader.is("ROLE") || (reader.is("RESOURCE") && reader.is_at(reader.at + 1, "GROUP")) {
            return Some(Class::plain(Kind::Administrative));
        }
    }
    let mut items = Vec::new();
    let mut scope = VariableScope::Session;
    loop {
        items.push(item(reader, &mut scope)?);
        if !reader.take_punct(b',') {
            break;
        }
    }
    reader.is_done().then(|| Class::plain(Kind::Set(items)))
}

/// `SET STATEMENT x = 1, y = 2 FOR ...`: with variables that only bound or tune the statement it is routed as without.
fn for_one_statement(reader: &mut Reader<'_>) -> Class {
    read_for_one_statement(reader)
        .map_or(Class::plain(Kind::Unknown), |first| Class::Behind { first })
}

fn read_for_one_statement(reader: &mut Reader<'_>) -> Option<usize> {
    reader.take("STATEMENT");
    loop {
        let name = reader.name()?.value;
        if !TUNING.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            return None;
        }
        if !reader.take_kind(TokenKind::Equal) && !reader.take_kind(TokenKind::Assign) {
            return None;
        }
        let is_number = [TokenKind::Integer, TokenKind::Decimal, TokenKind::Text]
            .into_iter()
            .any(|kind| reader.take_kind(kind));
        if !is_number
            && reader
                .take_any(&["ON", "OFF", "DEFAULT", "TRUE", "FALSE"])
                .is_none()
        {
            return None;
        }
        if reader.take("FOR") {
            return Some(reader.at);
        }
        if !reader.take_punct(b',') {
            return None;
        }
    }
}

/// One item. A scope that is written holds for the items behind it too, on both server families.
fn item(reader: &mut Reader<'_>, scope: &mut VariableScope) -> Option<SetItem> {
    match reader.kind()? {
        TokenKind::UserVariable => user_variable(reader),
        TokenKind::SystemVariable => system_variable(reader),
        _ if is_assignment(reader.kind_at(reader.at + 1)) => variable(reader, *scope),
        _ => {
            if reader.take("NAMES") {
                return names(reader);
            }
            if reader.take("CHARSET")
                || reader.take_all(&["CHARACTER", "SET"])
                || reader.take_all(&["CHAR", "SET"])
            {
                return Some(SetItem::CharacterSet {
                    charset: name_or_default(reader)?,
                });
            }
            let written = scope_word(reader);
            if reader.is("TRANSACTION") && !is_assignment(reader.kind_at(reader.at + 1)) {
                reader.at += 1;
                return transaction(reader, written);
            }
            *scope = written.unwrap_or(*scope);
            variable(reader, *scope)
        }
    }
}

fn scope_word(reader: &mut Reader<'_>) -> Option<VariableScope> {
    let words = ["GLOBAL", "SESSION", "LOCAL", "PERSIST", "PERSIST_ONLY"];
    reader.take_any(&words).map(scope_of)
}

fn scope_of(word: &str) -> VariableScope {
    match word {
        "GLOBAL" => VariableScope::Global,
        "SESSION" | "LOCAL" => VariableScope::Session,
        _ => VariableScope::Persist,
    }
}

fn names(reader: &mut Reader<'_>) -> Option<SetItem> {
    let charset = name_or_default(reader)?;
    let collation = if reader.take("COLLATE") {
        name_or_default(reader)?
    } else {
        None
    };
    Some(SetItem::Names { charset, collation })
}

/// `None` inside for DEFAULT.
fn name_or_default(reader: &mut Reader<'_>) -> Option<Option<String>> {
    if reader.take("DEFAULT") {
        Some(None)
    } else {
        reader.name_or_text().map(Some)
    }
}

/// `name = value` or `cache.name = value`
fn variable(reader: &mut Reader<'_>, scope: VariableScope) -> Option<SetItem> {
    let mut name = reader.name()?.value.to_ascii_lowercase();
    if reader.take_punct(b'.') {
        name = format!("{name}.{}", reader.name()?.value.to_ascii_lowercase());
    }
    assigned(reader, scope, name)
}

/// `@@name = value`, `@@session.name = value`; without a scope it is the session's, whatever stood before.
fn system_variable(reader: &mut Reader<'_>) -> Option<SetItem> {
    let (scope, name) = scoped_name(reader)?;
    assigned(reader, scope.unwrap_or(VariableScope::Session), name)
}

/// The scope and the lower-case name of a `@@` variable, also with blanks around its point.
fn scoped_name(reader: &mut Reader<'_>) -> Option<(Option<VariableScope>, String)> {
    let written = String::from_utf8_lossy(reader.bytes().get(2..)?)
        .to_ascii_lowercase()
        .replace('`', "");
    reader.at += 1;
    let mut name = written;
    // a scope, a cache's name and a variable's at most
    for _ in 0..2 {
        if !reader.take_punct(b'.') {
            break;
        }
        name = format!("{name}.{}", reader.name()?.value.to_ascii_lowercase());
    }
    let Some((first, rest)) = name.split_once('.') else {
        return Some((None, name));
    };
    let word = first.to_ascii_uppercase();
    let is_scope =
        ["GLOBAL", "SESSION", "LOCAL", "PERSIST", "PERSIST_ONLY"].contains(&word.as_str());
    if is_scope {
        Some((Some(scope_of(&word)), rest.to_owned()))
    } else {
        Some((None, name))
    }
}

fn assigned(reader: &mut Reader<'_>, scope: VariableScope, name: String) -> Option<SetItem> {
    take_assignment(reader)?;
    let value = value(reader)?;
    let is_one = value.0 == value.1;
    let first = usize::try_from(value.0).ok()?;
    let is_default = is_one && reader.is_at(first, "DEFAULT");
    let is_word = is_one
        && matches!(
            reader.kind_at(first),
            Some(TokenKind::Word | TokenKind::QuotedName)
        );
    let is_evaluated = is_word && reader.is_any_at(first, &EVALUATED_WORDS);
    let is_literal = (is_word && !is_evaluated) || is_literal(reader, value);
    Some(SetItem::Variable {
        scope,
        name,
        value,
        is_default,
        is_literal,
    })
}

fn user_variable(reader: &mut Reader<'_>) -> Option<SetItem> {
    let name = user_name(reader);
    reader.at += 1;
    take_assignment(reader)?;
    let value = value(reader)?;
    let is_constant = value.0 == value.1
        && reader.is_any_at(usize::try_from(value.0).ok()?, &["NULL", "TRUE", "FALSE"]);
    Some(SetItem::User {
        name,
        value,
        is_literal: is_constant || is_literal(reader, value),
    })
}

/// The name of the user variable at the place, lower-case, without `@` and quotes.
fn user_name(reader: &Reader<'_>) -> String {
    let bytes = reader.bytes().get(1..).unwrap_or_default();
    let value = match bytes.first() {
        Some(b'\'' | b'"') => {
            String::from_utf8_lossy(&crate::sql::literal::text_value(bytes, reader.mode))
                .into_owned()
        }
        _ => name_value(bytes).into_owned(),
    };
    value.to_lowercase()
}

/// `SET [scope] TRANSACTION ISOLATION LEVEL x, READ ONLY | READ WRITE`
fn transaction(reader: &mut Reader<'_>, scope: Option<VariableScope>) -> Option<SetItem> {
    let (mut isolation, mut is_read_only) = (None, None);
    loop {
        if reader.take_all(&["ISOLATION", "LEVEL"]) {
            isolation = Some(level(reader)?);
        } else if reader.take("READ") {
            is_read_only = Some(reader.take_any(&["ONLY", "WRITE"])? == "ONLY");
        } else {
            return None;
        }
        if !reader.take_punct(b',') {
            break;
        }
    }
    reader.is_done().then_some(SetItem::Transaction {
        scope,
        isolation,
        is_read_only,
    })
}

fn level(reader: &mut Reader<'_>) -> Option<&'static str> {
    if reader.take_all(&["REPEATABLE", "READ"]) {
        Some("REPEATABLE-READ")
    } else if reader.take_all(&["READ", "COMMITTED"]) {
        Some("READ-COMMITTED")
    } else if reader.take_all(&["READ", "UNCOMMITTED"]) {
        Some("READ-UNCOMMITTED")
    } else {
        reader.take("SERIALIZABLE").then_some("SERIALIZABLE")
    }
}

fn take_assignment(reader: &mut Reader<'_>) -> Option<()> {
    (reader.take_kind(TokenKind::Equal) || reader.take_kind(TokenKind::Assign)).then_some(())
}

fn is_assignment(kind: Option<TokenKind>) -> bool {
    matches!(kind, Some(TokenKind::Equal | TokenKind::Assign))
}

fn is_word(reader: &Reader<'_>, index: usize) -> bool {
    matches!(
        reader.kind_at(index),
        Some(TokenKind::Word | TokenKind::QuotedName)
    )
}

/// First and last token of the value: up to a comma outside of parentheses.
fn value(reader: &mut Reader<'_>) -> Option<(u32, u32)> {
    let first = reader.at;
    let mut depth = 0_usize;
    while let Some(kind) = reader.kind() {
        match kind {
            TokenKind::Punct(b'(') => depth += 1,
            TokenKind::Punct(b')') => depth = depth.checked_sub(1)?,
            TokenKind::Punct(b',') if depth == 0 => break,
            _ => {}
        }
        reader.at += 1;
    }
    (depth == 0 && reader.at > first).then(|| (token_index(first), token_index(reader.at - 1)))
}

/// One literal token, a number also with a sign.
fn is_literal(reader: &Reader<'_>, (first, last): (u32, u32)) -> bool {
    let Ok(first) = usize::try_from(first) else {
        return false;
    };
    let is_number = |kind| {
        matches!(
            kind,
            Some(TokenKind::Integer | TokenKind::Decimal | TokenKind::Float)
        )
    };
    let kind = reader.kind_at(first);
    match usize::try_from(last)
        .unwrap_or(usize::MAX)
        .saturating_sub(first)
    {
        0 => {
            is_number(kind)
                || matches!(
                    kind,
                    Some(
                        TokenKind::Text | TokenKind::NationalText | TokenKind::Hex | TokenKind::Bit
                    )
                )
        }
        1 => {
            matches!(kind, Some(TokenKind::Punct(b'-' | b'+')))
                && is_number(reader.kind_at(first + 1))
        }
        _ => false,
    }
}
