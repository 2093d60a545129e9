//! A stretch of a source file in memory, and where its bytes stand in the file.

/// Line and column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
}

/// Bytes of a file from some place on.
#[derive(Clone, Debug)]
pub struct Passage {
    /// The bytes as they stand in the file.
    pub text: Vec<u8>,
    /// Where they begin.
    start: Place,
    /// Offsets of the bytes behind each line feed.
    lines: Vec<usize>,
}

impl Passage {
    /// A stretch that begins at `start`.
    #[must_use]
    pub fn new(text: Vec<u8>, start: Place) -> Self {
        let feeds = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let lines = feeds.map(|(offset, _)| offset + 1).collect();
        Self { text, start, lines }
    }

    /// The place of a byte.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        let before = self.lines.partition_point(|line| *line <= offset);
        let line_start = match before.checked_sub(1).and_then(|line| self.lines.get(line)) {
            Some(start) => *start,
            None => 0,
        };
        let behind = characters(self.text.get(line_start..offset).unwrap_or_default());
        let first = if before == 0 { self.start.column } else { 1 };
        Place {
            line: self.start.line + before,
            column: first + behind,
        }
    }

    /// The line that a byte stands on, without its line feed, and the column that it begins with.
    #[must_use]
    pub fn line(&self, offset: usize) -> (String, usize) {
        let offset = offset.min(self.text.len());
        let before = self.lines.partition_point(|line| *line <= offset);
        let start = before.checked_sub(1).and_then(|line| self.lines.get(line));
        let end = self
            .lines
            .get(before)
            .map_or(self.text.len(), |next| next - 1);
        let line = self
            .text
            .get(start.copied().unwrap_or(0)..end)
            .unwrap_or_default();
        let column = if before == 0 { self.start.column } else { 1 };
        let text = String::from_utf8_lossy(line);
        (text.trim_end_matches('\r').to_owned(), column)
    }

    /// Offset of the first byte that is no UTF-8.
    #[must_use]
    pub fn first_foreign_byte(&self) -> Option<usize> {
        std::str::from_utf8(&self.text)
            .err()
            .map(|error| error.valid_up_to())
    }
}

impl Place {
    /// The place behind some bytes that begin here.
    #[must_use]
    pub fn behind(self, text: &[u8]) -> Self {
        match text.iter().rposition(|byte| *byte == b'\n') {
            None => Self {
                line: self.line,
                column: self.column + characters(text),
            },
            Some(last) => Self {
                line: self.line + text.iter().filter(|byte| **byte == b'\n').count(),
                column: 1 + characters(text.get(last + 1..).unwrap_or_default()),
            },
        }
    }
}

/// How many characters bytes are: those that continue one are not counted.
fn characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let passage = Passage::new("a\u{e9}b\ncd\r\ne".into(), Place { line: 7, column: 5 });
        let place = |offset| {
            let place = passage.place(offset);
            (place.line, place.column)
        };
        assert_eq!(place(0), (7, 5));
        assert_eq!(place(3), (7, 7), "two bytes are one character");
        assert_eq!(place(5), (8, 1));
        assert_eq!(place(99), (9, 2));
        assert_eq!(passage.line(6), ("cd".to_owned(), 1));
        assert_eq!(passage.line(0), ("a\u{e9}b".to_owned(), 5));
        let behind = Place { line: 7, column: 5 }.behind(b"x\nyz");
        assert_eq!(behind, Place { line: 8, column: 3 });
    }
}
