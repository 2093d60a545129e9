//! What the tokens of a statement show by themselves; a name that could be the function counts.

use super::functions::is_builtin;
use super::literal::{word_is, word_of};
use super::statement::Facts;
use super::token::{Lexed, TokenKind};
use std::ops::Range;

/// The facts of the statement in a range of tokens.
pub(super) fn facts(text: &[u8], lexed: &Lexed, range: &Range<usize>) -> Facts {
    let mut scan = Scan {
        text,
        lexed,
        start: range.start,
        end: range.end,
        facts: Facts::default(),
        into: false,
    };
    for index in range.clone() {
        scan.step(index);
    }
    scan.facts
}

struct Scan<'a> {
    text: &'a [u8],
    lexed: &'a Lexed,
    start: usize,
    end: usize,
    facts: Facts,
    /// The tokens read now are the variables of `INTO @a, @b`.
    into: bool,
}

impl Scan<'_> {
    fn kind(&self, index: usize) -> Option<TokenKind> {
        if index < self.end {
            self.lexed.kind(index)
        } else {
            None
        }
    }

    fn last(&self, index: usize) -> Option<TokenKind> {
        if index > self.start {
            self.lexed.kind(index - 1)
        } else {
            None
        }
    }

    fn is(&self, index: usize, word: &str) -> bool {
        index < self.end && word_is(self.text, self.lexed, index, word)
    }

    fn step(&mut self, index: usize) {
        let Some(kind) = self.kind(index) else { return };
        match kind {
            TokenKind::Word => self.word(index),
            TokenKind::QuotedName => self.called(index, true),
            TokenKind::UserVariable => self.user_variable(index),
            TokenKind::SystemVariable => self.system_variable(index),
            _ => {}
        }
        let is_in_list = matches!(kind, TokenKind::UserVariable | TokenKind::Punct(b','));
        self.into = (self.into && is_in_list) || self.is(index, "INTO");
    }

    fn word(&mut self, index: usize) {
        let word = Lower::of(self.lexed.bytes(self.text, index));
        self.session_word(word.text(), index);
        self.clause_word(word.text(), index);
        self.value_word(word.text(), index);
        self.called(index, false);
    }

    /// Words whose value belongs to the session.
    fn session_word(&mut self, word: &str, index: usize) {
        let follows_point = self.last(index) == Some(TokenKind::Punct(b'.'));
        let is_called = self.is_called(index);
        let facts = &mut self.facts;
        match word {
            "last_insert_id" => facts.mentions_last_insert_id = true,
            "identity" => facts.mentions_last_insert_id |= follows_point,
            "pseudo_thread_id" => facts.mentions_connection_id |= follows_point,
            "connection_id" => facts.mentions_connection_id |= is_called,
            "found_rows" => facts.calls_found_rows |= is_called,
            "row_count" => facts.calls_row_count |= is_called,
            "snowflake" => facts.calls_snowflake |= is_called && !follows_point,
            "sql_calc_found_rows" => facts.has_calc_found_rows = true,
            "get_lock" if is_called => {
                (facts.uses_user_locks, facts.takes_user_lock) = (true, true)
            }
            "release_lock" | "release_all_locks" | "is_used_lock" | "is_free_lock" => {
                facts.uses_user_locks |= is_called;
            }
            _ => {}
        }
    }

    /// A parenthesis follows: without one these words are names of columns.
    fn is_called(&self, index: usize) -> bool {
        self.kind(index + 1) == Some(TokenKind::Punct(b'('))
    }

    /// Locking clauses, INTO, RETURNING, and sequences.
    fn clause_word(&mut self, word: &str, index: usize) {
        match word {
            "for" if self.is(index + 1, "UPDATE") || self.is(index + 1, "SHARE") => {
                self.facts.is_locking = true
            }
            "lock" if self.is(index + 1, "IN") && self.is(index + 2, "SHARE") => {
                self.facts.is_locking = true
            }
            "returning" => self.facts.mentions_returning = true,
            "into" => {
                let to_variable = self.kind(index + 1) == Some(TokenKind::UserVariable);
                let to_file = self.is(index + 1, "OUTFILE") || self.is(index + 1, "DUMPFILE");
                self.facts.has_into |= to_variable || to_file;
            }
            "next" | "previous" if self.is(index + 1, "VALUE") && self.is(index + 2, "FOR") => {
                self.facts.may_have_side_effects = true;
            }
            _ => {}
        }
    }

    /// Words whose value depends on the server or the time.
    fn value_word(&mut self, word: &str, index: usize) {
        let is_called = self.is_called(index);
        match word {
            "current_timestamp" | "current_date" | "current_time" | "localtime"
            | "localtimestamp" | "utc_date" | "utc_time" | "utc_timestamp" => {
                self.facts.uses_now = true
            }
            "now" | "curdate" | "curtime" | "unix_timestamp" => self.facts.uses_now |= is_called,
            "current_user" | "current_role" | "sysdate" | "sys_guid" => {
                self.facts.differs_by_server = true
            }
            "uuid" | "uuid_short" | "uuid_v4" | "uuid_v7" | "rand" | "random_bytes" | "version"
            | "database" | "schema" | "user" | "session_user" | "system_user" | "connection_id"
            | "last_insert_id" | "found_rows" | "row_count" | "load_file" | "get_lock"
            | "release_lock" | "release_all_locks" | "is_used_lock" | "is_free_lock" => {
                self.facts.differs_by_server |= is_called
            }
            _ => {}
        }
    }

    /// A call of what is not built in may write, and so may some that are.
    fn called(&mut self, index: usize, is_quoted: bool) {
        if self.kind(index + 1) != Some(TokenKind::Punct(b'(')) || self.is_list_head(index) {
            return;
        }
        let follows_point = self.last(index) == Some(TokenKind::Punct(b'.'));
        let word = Lower::of(self.lexed.bytes(self.text, index));
        let is_harmless =
            !is_quoted && !follows_point && is_builtin(word.text()) && !has_effects(word.text());
        if !is_harmless {
            self.facts.may_have_side_effects = true;
            let is_unknown = is_quoted || follows_point || !is_builtin(word.text());
            self.facts.calls_unknown |= is_unknown;
            self.facts.differs_by_server |= is_unknown;
        }
    }

    /// `AS x (`, `INTO t (`, `INTO shop.t (`, `WITH x (`: a name with a list of columns.
    fn is_list_head(&self, index: usize) -> bool {
        const HEADS: [&str; 9] = [
            "AS",
            "INTO",
            "WITH",
            "RECURSIVE",
            "TABLE",
            "JOIN",
            "INSERT",
            "REPLACE",
            "IGNORE",
        ];
        let before = if self.last(index) == Some(TokenKind::Punct(b'.')) {
            3
        } else {
            1
        };
        index.checked_sub(before).is_some_and(|head| {
            head >= self.start && word_of(self.text, self.lexed, head, &HEADS).is_some()
        })
    }

    fn user_variable(&mut self, index: usize) {
        let is_set = self.is(self.start, "SET") || self.is(self.start, "USING");
        let starts_item =
            index == self.start + 1 || self.last(index) == Some(TokenKind::Punct(b','));
        let is_assigned = match self.kind(index + 1) {
            Some(TokenKind::Assign) => true,
            Some(TokenKind::Equal) => is_set && starts_item,
            _ => self.into,
        };
        if is_assigned {
            self.facts.assigns_user_variable = true;
        } else {
            self.facts.reads_user_variable = true;
        }
        self.facts.differs_by_server = true;
    }

    fn system_variable(&mut self, index: usize) {
        let name = String::from_utf8_lossy(self.lexed.bytes(self.text, index)).to_ascii_lowercase();
        let name = name
            .rsplit(['.', '@'])
            .next()
            .unwrap_or_default()
            .trim_matches('`');
        self.facts.mentions_last_insert_id |= matches!(name, "last_insert_id" | "identity");
        self.facts.mentions_connection_id |= name == "pseudo_thread_id";
        self.facts.differs_by_server = true;
    }
}

/// Built-in functions that wait, lock, count on, read files or move sequences.
fn has_effects(word: &str) -> bool {
    matches!(
        word,
        "sleep"
            | "benchmark"
            | "nextval"
            | "lastval"
            | "setval"
            | "load_file"
            | "get_lock"
            | "release_lock"
            | "release_all_locks"
            | "is_used_lock"
            | "is_free_lock"
            | "master_pos_wait"
            | "source_pos_wait"
            | "master_gtid_wait"
            | "wait_for_executed_gtid_set"
            | "wait_until_sql_thread_after_gtids"
            | "last_insert_id"
            | "name_const"
    )
}

/// The longest word that any fact or function has.
const LONGEST: usize = 40;

/// A short word in lower case, without allocation; longer ones are no known word.
struct Lower {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Lower {
    fn of(word: &[u8]) -> Self {
        let mut bytes = [0; LONGEST];
        let Some(space) = bytes.get_mut(..word.len()) else {
            return Self { bytes, length: 0 };
        };
        space.copy_from_slice(word);
        space.make_ascii_lowercase();
        Self {
            bytes,
            length: word.len(),
        }
    }

    fn text(&self) -> &str {
        self.bytes
            .get(..self.length)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ServerFamily, SqlMode, lex};

    fn of(text: &str) -> Facts {
        let mut lexed = Lexed::default();
        lex(
            text.as_bytes(),
            SqlMode::default(),
            ServerFamily::MariaDb(101_119),
            &mut lexed,
        )
        .unwrap();
        facts(text.as_bytes(), &lexed, &(0..lexed.tokens.len()))
    }

    #[test]
    fn each_fact_is_seen_in_any_case() {
        type Fact = fn(&Facts) -> bool;
        let cases: &[(&str, Fact)] = &[
            ("select 1 for update", |facts| facts.is_locking),
            ("SELECT (SELECT a FROM t FOR SHARE)", |facts| {
                facts.is_locking
            }),
            ("select a from t lock in share mode", |facts| {
                facts.is_locking
            }),
            ("SELECT 1 INTO OUTFILE 'x'", |facts| facts.has_into),
            ("SELECT 1 INTO @a", |facts| {
                facts.has_into && facts.assigns_user_variable && !facts.reads_user_variable
            }),
            ("SELECT 1, 2 INTO @a, @b", |facts| {
                facts.assigns_user_variable && !facts.reads_user_variable
            }),
            ("SELECT @a := 1", |facts| facts.assigns_user_variable),
            ("SELECT @a", |facts| {
                facts.reads_user_variable && !facts.assigns_user_variable
            }),
            ("SET @a = @b", |facts| {
                facts.reads_user_variable && facts.assigns_user_variable
            }),
            ("SET @a = 1", |facts| !facts.reads_user_variable),
            ("SELECT last_insert_id ( )", |facts| {
                facts.mentions_last_insert_id && facts.may_have_side_effects
            }),
            ("SELECT @@identity", |facts| facts.mentions_last_insert_id),
            ("INSERT INTO t VALUES (1) returning a", |facts| {
                facts.mentions_returning
            }),
            ("SELECT @@session . identity", |facts| {
                facts.mentions_last_insert_id
            }),
            ("SELECT @@`last_insert_id`", |facts| {
                facts.mentions_last_insert_id
            }),
            ("SELECT FOUND_ROWS()", |facts| facts.calls_found_rows),
            ("SELECT ROW_COUNT()", |facts| facts.calls_row_count),
            ("SELECT Snowflake ('t')", |facts| facts.calls_snowflake),
            ("SELECT CONNECTION_ID()", |facts| {
                facts.mentions_connection_id
            }),
            ("SELECT SQL_CALC_FOUND_ROWS a FROM t", |facts| {
                facts.has_calc_found_rows
            }),
            ("SELECT GET_LOCK('a', 1)", |facts| {
                facts.takes_user_lock && facts.uses_user_locks
            }),
            ("DO RELEASE_LOCK('a')", |facts| {
                !facts.takes_user_lock && facts.uses_user_locks
            }),
            ("INSERT t VALUES (UUID())", |facts| {
                facts.differs_by_server && !facts.may_have_side_effects
            }),
            ("INSERT t VALUES (NOW())", |facts| {
                facts.uses_now && !facts.differs_by_server
            }),
            ("SELECT SLEEP(1)", |facts| facts.may_have_side_effects),
            ("SELECT NEXT VALUE FOR s", |facts| {
                facts.may_have_side_effects
            }),
            ("SELECT my_function(1)", |facts| {
                facts.may_have_side_effects && facts.differs_by_server
            }),
            ("SELECT shop.count(1)", |facts| facts.may_have_side_effects),
            ("SELECT `count`(1)", |facts| facts.may_have_side_effects),
            ("SELECT my_function(1)", |facts| facts.calls_unknown),
            ("SELECT SLEEP(1)", |facts| !facts.calls_unknown),
        ];
        for (text, fact) in cases {
            assert!(fact(&of(text)), "{text}: {:?}", of(text));
        }
    }

    #[test]
    fn everyday_statements_show_nothing() {
        let cases = [
            "SELECT COUNT(*), SUM(a), IFNULL(MAX(b), 0) FROM t WHERE a IN (1, 2) AND (b) = (1) GROUP BY c",
            "INSERT INTO shop.`t` (a, b) VALUES (1, 2), (3, 4)",
            "REPLACE t (a, b) VALUES (1, 2)",
            "INSERT IGNORE t (a, b) SELECT 1, 2",
            "INSERT INTO t (a, b) VALUES (1, 2) ON DUPLICATE KEY UPDATE b = VALUES(b)",
            "WITH x (a) AS (SELECT 1) SELECT * FROM x JOIN t USING (a) WHERE EXISTS (SELECT 1) AND NOT (a) OR (b)",
            "SELECT CAST(a AS CHAR(10)), ROW_NUMBER() OVER (PARTITION BY a), JSON_EXTRACT(a, '$.x') FROM t",
            "UPDATE t SET a = 'sleep(1) uuid() @a for update' /* uuid() */ WHERE id = 5",
            "INSERT INTO t (user, version, found_rows) SELECT rand, now, connection_id FROM u",
            "SELECT * FROM t USE INDEX (i) WHERE MATCH (a) AGAINST ('x')",
        ];
        for text in cases {
            assert_eq!(of(text), Facts::default(), "{text}");
        }
    }
}
