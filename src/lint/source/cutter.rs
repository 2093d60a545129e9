//! Cuts a stream of SQL at its delimiters, as the command-line clients do.

use std::ops::Range;

use crate::lint::passage::{Passage, Place};
use crate::sql::{Lexed, ServerFamily, SqlMode, lex, split, word_of};

/// Longest text that is judged, in bytes.
pub const MAX_TEXT: usize = 16 * 1024 * 1024;
/// Longest routine whose body is followed; a longer one is cut at each delimiter.
const MAX_ROUTINE: usize = 1024 * 1024;
/// Longest rest of a line behind a delimiter that may be its comment.
const MAX_TAIL: usize = 4096;

/// What is cut off.
#[derive(Debug)]
pub enum Cut {
    /// A statement.
    Statement {
        /// The bytes, with what stands before it, its delimiter and a comment behind that on the same line.
        passage: Passage,
        /// Without delimiter and comment.
        statement: Range<usize>,
        /// The comment behind.
        tail: Range<usize>,
    },
    /// A statement that is too long begins here.
    TooLong(Place),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Plain,
    Quotes(u8),
    LineComment,
    BlockComment,
}

/// Cuts what it is fed. Its memory is bounded by [`MAX_TEXT`].
#[derive(Debug)]
pub struct Cutter {
    bytes: Vec<u8>,
    /// The statement begins here.
    start: usize,
    /// Up to here it is looked through.
    scan: usize,
    inside: Inside,
    place: Place,
    delimiter: Vec<u8>,
    /// `DELIMITER` is understood.
    takes_commands: bool,
    has_word: bool,
    /// The beginning of a statement that is too long.
    long_since: Option<Place>,
}

impl Cutter {
    /// A cutter of a text that begins at `place`.
    #[must_use]
    pub fn new(place: Place, takes_commands: bool) -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            scan: 0,
            inside: Inside::Plain,
            place,
            delimiter: b";".to_vec(),
            takes_commands,
            has_word: false,
            long_since: None,
        }
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut dyn FnMut(Cut)) {
        self.bytes.extend_from_slice(bytes);
        while self.step(false, sink) {}
        self.compact();
    }

    /// The text ends here.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Cut)) {
        while self.step(true, sink) {}
        let end = self.bytes.len();
        self.cut(end, end..end, sink);
        self.compact();
    }

    fn compact(&mut self) {
        if self.long_since.is_none() && self.scan.saturating_sub(self.start) > MAX_TEXT {
            self.long_since = Some(self.place);
        }
        if self.long_since.is_some() {
            let passed = self.bytes.get(self.start..self.scan).unwrap_or_default();
            self.place = self.place.behind(passed);
            self.start = self.scan;
        }
        self.bytes.drain(..self.start);
        self.scan -= self.start;
        self.start = 0;
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.scan + ahead).copied().unwrap_or(0)
    }

    /// Looks at one place; false if more bytes are needed.
    fn step(&mut self, is_end: bool, sink: &mut dyn FnMut(Cut)) -> bool {
        let rest = self.bytes.len() - self.scan;
        if rest == 0 || (!is_end && rest < self.delimiter.len().max(3)) {
            return false;
        }
        match self.inside {
            Inside::Plain => return self.plain(is_end, sink),
            Inside::Quotes(quote) => match self.peek(0) {
                b'\\' if quote != b'`' => self.scan = (self.scan + 2).min(self.bytes.len()),
                byte => {
                    self.scan += 1;
                    if byte == quote {
                        self.inside = Inside::Plain;
                    }
                }
            },
            Inside::LineComment => {
                if self.peek(0) == b'\n' {
                    self.inside = Inside::Plain;
                }
                self.scan += 1;
            }
            Inside::BlockComment => {
                if self.peek(0) == b'*' && self.peek(1) == b'/' {
                    self.inside = Inside::Plain;
                    self.scan += 1;
                }
                self.scan += 1;
            }
        }
        true
    }

    fn plain(&mut self, is_end: bool, sink: &mut dyn FnMut(Cut)) -> bool {
        let rest = self.bytes.get(self.scan..).unwrap_or_default();
        if rest.starts_with(&self.delimiter) {
            return self.delimiter(is_end, sink);
        }
        let byte = self.peek(0);
        if self.takes_commands && !self.has_word {
            if is_command(rest) {
                return self.command(is_end);
            }
            if !is_end && begins_command(rest) {
                return false;
            }
        }
        match byte {
            b'\'' | b'"' | b'`' => {
                self.inside = Inside::Quotes(byte);
                self.has_word = true;
            }
            b'#' => self.inside = Inside::LineComment,
            b'-' if self.peek(1) == b'-'
                && (self.peek(2).is_ascii_whitespace() || rest.len() < 3) =>
            {
                self.inside = Inside::LineComment;
            }
            b'/' if self.peek(1) == b'*' => {
                self.inside = Inside::BlockComment;
                // what runs is a statement
                self.has_word |= matches!(self.peek(2), b'!' | b'M');
                self.scan += 1;
            }
            _ => self.has_word |= !byte.is_ascii_whitespace(),
        }
        self.scan += 1;
        true
    }

    /// `DELIMITER x` to the end of its line.
    fn command(&mut self, is_end: bool) -> bool {
        let rest = self.bytes.get(self.scan..).unwrap_or_default();
        let feed = rest.iter().position(|byte| *byte == b'\n');
        let end = match feed {
            Some(feed) => feed + 1,
            None if is_end || rest.len() > MAX_TAIL => rest.len(),
            None => return false,
        };
        let line = rest.get(DELIMITER.len()..end).unwrap_or_default();
        let word = line.trim_ascii();
        let word = word
            .split(u8::is_ascii_whitespace)
            .next()
            .unwrap_or_default();
        if !word.is_empty() && word.len() <= 16 {
            self.delimiter = word.to_vec();
        }
        self.scan += end;
        self.pass(self.scan);
        true
    }

    /// The statement before `end` is done with.
    fn pass(&mut self, end: usize) {
        let passed = self.bytes.get(self.start..end).unwrap_or_default();
        self.place = self.place.behind(passed);
        self.start = end;
        self.scan = end;
        self.has_word = false;
        self.long_since = None;
    }

    fn delimiter(&mut self, is_end: bool, sink: &mut dyn FnMut(Cut)) -> bool {
        if self.delimiter == b";" && self.is_in_routine() {
            self.scan += 1;
            return true;
        }
        let behind = self.scan + self.delimiter.len();
        let rest = self.bytes.get(behind..).unwrap_or_default();
        let feed = rest.iter().take(MAX_TAIL).position(|byte| *byte == b'\n');
        if feed.is_none() && !is_end && rest.len() < MAX_TAIL {
            return false;
        }
        let line = rest
            .get(..feed.unwrap_or(rest.len().min(MAX_TAIL)))
            .unwrap_or_default();
        let end = if is_comment(line) {
            behind + line.len()
        } else {
            behind
        };
        self.cut(self.scan, behind..end, sink);
        true
    }

    fn cut(&mut self, statement: usize, tail: Range<usize>, sink: &mut dyn FnMut(Cut)) {
        let end = tail.end;
        if let Some(place) = self.long_since {
            sink(Cut::TooLong(place));
        } else {
            let text = self.bytes.get(self.start..end).unwrap_or_default();
            if self.has_word || holds(text, b"shardgate-lint:") {
                sink(Cut::Statement {
                    passage: Passage::new(text.to_vec(), self.place),
                    statement: 0..statement - self.start,
                    tail: tail.start - self.start..tail.end - self.start,
                });
            }
        }
        self.pass(end);
    }

    /// The delimiter here stands in the body of a routine.
    fn is_in_routine(&self) -> bool {
        let text = self.bytes.get(self.start..=self.scan).unwrap_or_default();
        let word = |name: &[u8]| {
            text.windows(name.len())
                .any(|found| found.eq_ignore_ascii_case(name))
        };
        if self.long_since.is_some()
            || text.len() > MAX_ROUTINE
            || !(word(b"CREATE") || word(b"ATOMIC"))
        {
            return false;
        }
        let mut lexed = Lexed::default();
        if lex(
            text,
            SqlMode::default(),
            ServerFamily::MySql(80_400),
            &mut lexed,
        )
        .is_err()
        {
            return false;
        }
        const ROUTINES: [&str; 5] = ["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "ATOMIC"];
        let is_routine = (0..lexed.tokens.len().min(16))
            .any(|index| word_of(text, &lexed, index, &ROUTINES).is_some());
        // the last token is the delimiter: outside of a body it belongs to no statement
        is_routine && split(text, &lexed).any(|range| range.end == lexed.tokens.len())
    }
}

const DELIMITER: &[u8] = b"DELIMITER";

fn is_command(rest: &[u8]) -> bool {
    let word = rest.get(..DELIMITER.len()).unwrap_or_default();
    let next = rest.get(DELIMITER.len());
    word.eq_ignore_ascii_case(DELIMITER) && next.is_some_and(|byte| matches!(byte, b' ' | b'\t'))
}

/// More bytes could make it a command.
fn begins_command(rest: &[u8]) -> bool {
    let begin = DELIMITER.get(..rest.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(rest))
}

/// The rest of a line is a comment and nothing else.
fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.starts_with(b"-- ")
        || line.starts_with(b"#")
        || (line.starts_with(b"/*") && line.ends_with(b"*/") && !line.starts_with(b"/*!"))
}

fn holds(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|found| found == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, step: usize) -> Vec<(String, String, usize)> {
        let mut found = Vec::new();
        let mut sink = |cut| match cut {
            Cut::Statement {
                passage,
                statement,
                tail,
            } => {
                let of = |range: Range<usize>| {
                    String::from_utf8_lossy(&passage.text[range])
                        .trim()
                        .to_owned()
                };
                let first = passage
                    .text
                    .iter()
                    .position(|byte| !byte.is_ascii_whitespace());
                found.push((
                    of(statement),
                    of(tail),
                    passage.place(first.unwrap_or(0)).line,
                ));
            }
            Cut::TooLong(place) => found.push(("too long".to_owned(), String::new(), place.line)),
        };
        let mut cutter = Cutter::new(Place { line: 1, column: 1 }, true);
        for piece in text.as_bytes().chunks(step) {
            cutter.feed(piece, &mut sink);
        }
        cutter.finish(&mut sink);
        found
    }

    #[test]
    fn statements_are_cut_at_delimiters_outside_of_quotes_and_comments() {
        let text = "SELECT ';' ; -- about it\n/* ; */ SELECT \"a\\\";\";\n\n-- only a comment;\nSELECT `;`";
        let expected = [
            ("SELECT ';'", "-- about it", 1),
            ("/* ; */ SELECT \"a\\\";\"", "", 2),
            ("-- only a comment;\nSELECT `;`", "", 4),
        ];
        for step in [1, 2, 7, 1000] {
            let found = cut(text, step);
            let found: Vec<_> = found
                .iter()
                .map(|(one, tail, line)| (one.as_str(), tail.as_str(), *line))
                .collect();
            assert_eq!(found, expected, "{step} bytes at a time");
        }
    }

    #[test]
    fn another_delimiter_and_bodies_of_routines_keep_their_semicolons() {
        let text = "DELIMITER $$\nCREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END$$\ndelimiter ;\nSELECT 3;\n\
                    CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END;\nSELECT 4;";
        for step in [1, 5, 1000] {
            let found = cut(text, step);
            let starts: Vec<String> = found
                .iter()
                .map(|(one, ..)| one.chars().take(12).collect())
                .collect();
            assert_eq!(
                starts,
                ["CREATE PROCE", "SELECT 3", "CREATE TRIGG", "SELECT 4"],
                "{step}"
            );
            assert!(found[0].0.ends_with("END") && found[2].0.ends_with("END"));
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_told_and_what_follows_is_cut() {
        let long = format!(
            "SELECT 1;\nSELECT '{}';\nSELECT 2;",
            "x".repeat(MAX_TEXT + 100_000)
        );
        let found = cut(&long, 65_536);
        let starts: Vec<&str> = found
            .iter()
            .map(|(one, ..)| one.get(..8).unwrap())
            .collect();
        assert_eq!(starts, ["SELECT 1", "too long", "SELECT 2"]);
        assert_eq!(found[2].2, 3);
    }
}
