//! What kind of source a file is, by its name and its first bytes.

use std::path::Path;

use super::general_log;
use super::orm_format::recognize;
use super::slow_log;

/// A kind of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKind {
    /// Statements between delimiters.
    Sql,
    /// A MyBatis mapper.
    Mapper,
    /// A slow log.
    SlowLog,
    /// A general log.
    GeneralLog,
    /// A log with the statements of an ORM.
    OrmLog,
}

/// Lines that are looked at before a log is known by none of them.
const LINES: usize = 400;

impl SourceKind {
    /// Every kind with the name that `--as` takes.
    pub const ALL: [(&'static str, Self); 5] = [
        ("sql", Self::Sql),
        ("mybatis", Self::Mapper),
        ("slow-log", Self::SlowLog),
        ("general-log", Self::GeneralLog),
        ("orm-log", Self::OrmLog),
    ];

    /// The kind of a file that begins with `head`; `None` if it is none of them.
    #[must_use]
    pub fn of(path: &Path, head: &[u8]) -> Option<Self> {
        let is_named = |wanted: &str| {
            path.extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
        };
        if is_named("sql") {
            return Some(Self::Sql);
        }
        if is_named("xml") {
            return is_mapper(head).then_some(Self::Mapper);
        }
        Self::of_text(head)
    }

    /// The kind by the first bytes alone.
    #[must_use]
    pub fn of_text(head: &[u8]) -> Option<Self> {
        if is_mapper(head) {
            return Some(Self::Mapper);
        }
        let kinds = head
            .split(|byte| *byte == b'\n')
            .take(LINES)
            .filter_map(of_line);
        // what names its time and user is a server's log, whatever its statements look like
        kinds.min_by_key(|kind| match kind {
            Self::SlowLog => 0,
            Self::GeneralLog => 1,
            _ => 2,
        })
    }
}

fn of_line(line: &[u8]) -> Option<SourceKind> {
    if slow_log::is_head(line) && !slow_log::is_preamble(line) {
        Some(SourceKind::SlowLog)
    } else if general_log::head(line).is_some() {
        Some(SourceKind::GeneralLog)
    } else {
        recognize(line).map(|_| SourceKind::OrmLog)
    }
}

/// A document whose first element is `mapper`; comments and declarations may stand before it.
fn is_mapper(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut rest = text.trim_ascii_start();
    loop {
        let end: &[u8] = if rest.starts_with(b"<!--") {
            b"-->"
        } else if has_declarations(rest) {
            b"]>"
        } else if rest.starts_with(b"<?") || rest.starts_with(b"<!") {
            b">"
        } else {
            break;
        };
        let Some(found) = rest.windows(end.len()).position(|window| window == end) else {
            return false;
        };
        rest = rest
            .get(found + end.len()..)
            .unwrap_or_default()
            .trim_ascii_start();
    }
    let next = rest.get(7).copied().unwrap_or(b'>');
    rest.starts_with(b"<mapper") && !next.is_ascii_alphanumeric()
}

/// A document type with declarations of its own, which hold `>` too.
fn has_declarations(rest: &[u8]) -> bool {
    let first = rest.iter().find(|byte| matches!(byte, b'[' | b'>'));
    rest.starts_with(b"<!DOCTYPE") && first == Some(&b'[')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_name_and_by_text() {
        let cases: [(&str, &str, Option<SourceKind>); 9] = [
            ("a.sql", "anything", Some(SourceKind::Sql)),
            (
                "a.xml",
                "<?xml version=\"1.0\"?>\n<!DOCTYPE mapper PUBLIC \"x\" \"y\">\n<!-- a --><mapper namespace=\"x\">",
                Some(SourceKind::Mapper),
            ),
            (
                "b.xml",
                "<!DOCTYPE mapper [<!ENTITY a \"b\">]>\n<mapper/>",
                Some(SourceKind::Mapper),
            ),
            ("pom.xml", "<project>", None),
            (
                "a.log",
                "# Time: 2026-01-01\n# User@Host: a\nSELECT 1;",
                Some(SourceKind::SlowLog),
            ),
            (
                "a.log",
                "x, Version: 1. started with:\nTcp port: 1\nTime  Id Command  Argument\n240131 12:00:00\t  5 Query\tSELECT 1",
                Some(SourceKind::GeneralLog),
            ),
            (
                "a.log",
                "started\nHibernate: select 1",
                Some(SourceKind::OrmLog),
            ),
            ("a.log", "nothing of SQL", None),
            ("-", "SELECT 1", None),
        ];
        for (name, text, kind) in cases {
            assert_eq!(
                SourceKind::of(Path::new(name), text.as_bytes()),
                kind,
                "{name}"
            );
        }
    }
}
