//! How libraries write the statements that they send into an application's log.

/// What follows a statement's first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Further {
    /// The statement ends with its line.
    None,
    /// Lines that begin with a blank belong to it (Hibernate's format_sql).
    Indented,
    /// Lines that no logger began belong to it (SQLAlchemy).
    Bare,
}

/// A library's way of logging.
#[derive(Clone, Copy, Debug)]
pub struct OrmFormat {
    /// The library, for tests and for who reads the table.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the table is read by people too")
    )]
    name: &'static str,
    /// Words that stand before the statement, in this order.
    before: &'static [&'static str],
    /// The first of these ends the statement.
    behind: &'static [&'static str],
    /// What its further lines are.
    pub further: Further,
}

/// Every library that is known.
pub const FORMATS: &[OrmFormat] = &[
    OrmFormat {
        name: "Hibernate",
        before: &["Hibernate: "],
        behind: &[],
        further: Further::Indented,
    },
    OrmFormat {
        name: "Hibernate's logger",
        before: &["org.hibernate.SQL", ": "],
        behind: &[],
        further: Further::Indented,
    },
    OrmFormat {
        name: "MyBatis",
        before: &["==>", "Preparing: "],
        behind: &[],
        further: Further::None,
    },
    OrmFormat {
        name: "SQLAlchemy",
        before: &["INFO sqlalchemy.engine", " "],
        behind: &[],
        further: Further::Bare,
    },
    OrmFormat {
        name: "Sequelize",
        before: &["Executing (", "): "],
        behind: &[],
        further: Further::None,
    },
    OrmFormat {
        name: "GORM",
        before: &["[rows:", "] "],
        behind: &[],
        further: Further::None,
    },
    OrmFormat {
        name: "ActiveRecord",
        before: &["ms)", " "],
        behind: &["  [["],
        further: Further::None,
    },
    OrmFormat {
        name: "TypeORM",
        before: &["query: "],
        behind: &[" -- PARAMETERS:"],
        further: Further::None,
    },
    OrmFormat {
        name: "Prisma",
        before: &["prisma:query "],
        behind: &[],
        further: Further::None,
    },
    OrmFormat {
        name: "Django",
        before: &["(", ".", ") "],
        behind: &["; args="],
        further: Further::None,
    },
];

impl OrmFormat {
    /// Where a statement begins and ends in a line; a line that only announces one has it empty.
    #[must_use]
    pub fn find(&self, line: &[u8]) -> Option<(usize, usize)> {
        let mut at = 0;
        for word in self.before {
            at += find(line.get(at..)?, word.as_bytes())? + word.len();
        }
        let at = at + skipped(line.get(at..)?);
        let rest = line.get(at..)?;
        let ends = self
            .behind
            .iter()
            .filter_map(|word| find(rest, word.as_bytes()));
        let end = at + ends.min().unwrap_or(rest.len());
        let is_announced = rest.is_empty() && self.further != Further::None;
        (is_announced || is_statement(rest)).then_some((at, end))
    }
}

/// The format of a line, and where its statement is.
pub fn recognize(line: &[u8]) -> Option<(&'static OrmFormat, usize, usize)> {
    FORMATS.iter().find_map(|format| {
        let (start, end) = format.find(line)?;
        Some((format, start, end))
    })
}

/// Blanks, colors and a logger's own name (`.Engine`).
fn skipped(rest: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let here = rest.get(at..).unwrap_or_default();
        let blanks = here
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let color = if here.starts_with(b"\x1b[") {
            here.iter()
                .position(|byte| *byte == b'm')
                .map_or(0, |end| end + 1)
        } else {
            0
        };
        if blanks + color == 0 {
            return at;
        }
        at += blanks.max(color);
    }
}

/// A line that goes on with the statement: no logger's own line.
pub fn is_bare(line: &[u8]) -> bool {
    let has_level = ["INFO ", "DEBUG ", "WARNING ", "ERROR "]
        .iter()
        .any(|level| find(line, level.as_bytes()).is_some());
    let begins_with_date = line
        .iter()
        .take(5)
        .filter(|byte| byte.is_ascii_digit())
        .count()
        >= 4;
    !line.is_empty() && !has_level && !begins_with_date
}

/// The first word of a statement, or of a comment before it.
fn is_statement(text: &[u8]) -> bool {
    const WORDS: [&str; 14] = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "CREATE", "ALTER", "DROP",
        "TRUNCATE", "CALL", "LOCK", "LOAD", "VALUES",
    ];
    let word: Vec<u8> = text
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .copied()
        .collect();
    text.starts_with(b"/*")
        || text.starts_with(b"(")
        || WORDS
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

fn find(line: &[u8], wanted: &[u8]) -> Option<usize> {
    line.windows(wanted.len()).position(|found| found == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_library_is_known_by_its_own_lines() {
        let cases = [
            (
                "Hibernate: select s1_0.id from inv_stock s1_0 where s1_0.sku_id=?",
                "Hibernate",
                "select s1_0.id from inv_stock s1_0 where s1_0.sku_id=?",
            ),
            (
                "2026-01-01 12:00:00.000 DEBUG 1 --- [main] org.hibernate.SQL : select 1",
                "Hibernate's logger",
                "select 1",
            ),
            (
                "12:00 DEBUG c.s.StockMapper.find - ==>  Preparing: SELECT * FROM inv_stock WHERE sku_id = ?",
                "MyBatis",
                "SELECT * FROM inv_stock WHERE sku_id = ?",
            ),
            (
                "2026-01-01 12:00:00,000 INFO sqlalchemy.engine.Engine SELECT 1",
                "SQLAlchemy",
                "SELECT 1",
            ),
            (
                "Executing (default): SELECT `id` FROM `inv_stock`;",
                "Sequelize",
                "SELECT `id` FROM `inv_stock`;",
            ),
            (
                "[0.532ms] [rows:1] SELECT * FROM `inv_stock`",
                "GORM",
                "SELECT * FROM `inv_stock`",
            ),
            (
                "  \u{1b}[1m\u{1b}[36mStock Load (0.4ms)\u{1b}[0m  \u{1b}[1m\u{1b}[34mSELECT `a` FROM `b`  [[\"id\", 1]]",
                "ActiveRecord",
                "SELECT `a` FROM `b`",
            ),
            ("query: SELECT 1 -- PARAMETERS: [5]", "TypeORM", "SELECT 1"),
            (
                "(0.001) SELECT 1; args=(5,); alias=default",
                "Django",
                "SELECT 1",
            ),
        ];
        for (line, name, text) in cases {
            let (format, start, end) =
                recognize(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((format.name, line.get(start..end).unwrap()), (name, text));
        }
        for line in [
            "INFO starting",
            "(see 5.1) Select a plan first"[..9].trim(),
            "Executing (default): vacuum",
        ] {
            assert!(recognize(line.as_bytes()).is_none(), "{line}");
        }
    }
}
