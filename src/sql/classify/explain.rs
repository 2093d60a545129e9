//! EXPLAIN, DESCRIBE and MariaDB's ANALYZE.

use super::ddl;
use super::verb::{Class, starts_dml};
use crate::sql::reader::Reader;
use crate::sql::statement::{Kind, ProxyStatement, Show, Usage};
use crate::sql::token::TokenKind;

/// Reads what follows EXPLAIN, DESCRIBE or DESC.
pub(super) fn read(verb: &str, reader: &mut Reader<'_>) -> Option<Class> {
    if verb == "EXPLAIN"
        && reader.is("ROUTE")
        && reader.at + 1 < reader.end
        && !describes_route(reader)
    {
        reader.at += 1;
        let kind = ProxyStatement::Preview {
            first_token: reader.token(),
            is_route: true,
        };
        return Some(Class::plain(Kind::Proxy(kind)));
    }
    if reader.take_all(&["FOR", "CONNECTION"]) {
        return Some(Class::plain(Kind::Show(Show::Other)));
    }
    let mut is_analyze = false;
    let start = reader.at;
    loop {
        if reader.take("ANALYZE") {
            is_analyze = true;
        } else if reader.take_any(&["EXTENDED", "PARTITIONS"]).is_some() {
        } else if !(take_format(reader) || take_into(reader)) {
            break;
        }
    }
    if starts_dml(reader) || reader.is_punct(b'(') {
        return Some(Class::Explain {
            first: reader.at,
            is_analyze,
        });
    }
    if reader.take_all(&["FOR", "CONNECTION"]) {
        return Some(Class::plain(Kind::Show(Show::Other)));
    }
    reader.at = start;
    describe(reader)
}

/// Reads what follows ANALYZE: tables are maintained, a statement runs.
pub(super) fn read_analyze(reader: &mut Reader<'_>) -> Option<Class> {
    if reader.is_any(&["TABLE", "TABLES", "LOCAL", "NO_WRITE_TO_BINLOG"]) {
        return ddl::maintenance(reader);
    }
    take_format(reader);
    let is_dml = starts_dml(reader) || reader.is_punct(b'(');
    is_dml.then_some(Class::Explain {
        first: reader.at,
        is_analyze: true,
    })
}

/// `EXPLAIN route column`: a table that is called so, without a statement behind it.
fn describes_route(reader: &Reader<'_>) -> bool {
    reader.at + 2 == reader.end && reader.kind_at(reader.at + 1) != Some(TokenKind::Word)
}

/// `FORMAT = JSON`
fn take_format(reader: &mut Reader<'_>) -> bool {
    let is_format = reader.is("FORMAT") && reader.kind_at(reader.at + 1) == Some(TokenKind::Equal);
    if is_format {
        reader.at += 3;
    }
    is_format
}

/// `INTO @x`
fn take_into(reader: &mut Reader<'_>) -> bool {
    let is_into =
        reader.is("INTO") && reader.kind_at(reader.at + 1) == Some(TokenKind::UserVariable);
    if is_into {
        reader.at += 2;
    }
    is_into
}

/// `t [column | 'pattern']`
fn describe(reader: &mut Reader<'_>) -> Option<Class> {
    let table = reader.table(Usage::Read)?;
    let is_column = matches!(
        reader.kind(),
        Some(TokenKind::Word | TokenKind::QuotedName | TokenKind::Text)
    );
    reader.at += usize::from(is_column);
    reader
        .is_done()
        .then(|| Class::Said(Kind::Describe, vec![table]))
}
