//! Lines of a stream, none of them longer than what is judged.

use std::io::{self, BufRead, Read};
use std::rc::Rc;

use super::Item;
use super::cutter::MAX_TEXT;
use crate::lint::mapped::Mapped;
use crate::lint::passage::{Passage, Place};
use crate::lint::written::Written;

/// Reads line by line.
pub struct Lines<R> {
    from: R,
    /// Number of the line read last, from 1.
    pub number: usize,
    /// The line read last, without its line feed.
    pub line: Vec<u8>,
    /// Its end was too long and is left out.
    pub is_cut: bool,
}

impl<R: BufRead> Lines<R> {
    /// The lines of a stream.
    pub fn new(from: R) -> Self {
        Self {
            from,
            number: 0,
            line: Vec::new(),
            is_cut: false,
        }
    }

    /// Reads the next line; false at the end.
    pub fn read(&mut self) -> io::Result<bool> {
        self.line.clear();
        self.is_cut = false;
        let limit = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX);
        let count = (&mut self.from)
            .take(limit)
            .read_until(b'\n', &mut self.line)?;
        if count == 0 {
            return Ok(false);
        }
        self.number += 1;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
        } else if count >= MAX_TEXT {
            self.is_cut = true;
            self.skip_rest()?;
        }
        Ok(true)
    }

    fn skip_rest(&mut self) -> io::Result<()> {
        loop {
            let chunk = self.from.fill_buf()?;
            let (length, is_end) = match chunk.iter().position(|byte| *byte == b'\n') {
                Some(feed) => (feed + 1, true),
                None => (chunk.len(), chunk.is_empty()),
            };
            self.from.consume(length);
            if is_end {
                return Ok(());
            }
        }
    }
}

/// A text that goes over lines.
#[derive(Debug, Default)]
pub struct Entry {
    /// Its bytes, lines joined by line feeds.
    pub text: Vec<u8>,
    /// Line and column (in bytes from 0) of its first byte.
    pub start: (usize, usize),
    /// It is longer than what is judged.
    pub is_cut: bool,
}

impl Entry {
    /// An entry that begins in a line, at a byte.
    pub fn begin<R>(lines: &Lines<R>, at: usize) -> Self {
        Self {
            text: lines.line.get(at..).unwrap_or_default().to_vec(),
            start: (lines.number, at),
            is_cut: lines.is_cut,
        }
    }

    /// Adds a whole line.
    pub fn add<R>(&mut self, lines: &Lines<R>) {
        self.is_cut |= lines.is_cut || self.text.len() + lines.line.len() > MAX_TEXT;
        if !self.is_cut {
            self.text.push(b'\n');
            self.text.extend_from_slice(&lines.line);
        }
    }

    /// The text with its place, or why there is none.
    pub fn end(self, written: impl FnOnce(Rc<Passage>, Mapped) -> Written) -> Item {
        let (line, column) = self.start;
        let place = Place {
            line,
            column: column + 1,
        };
        if self.is_cut {
            return Item::TooLong(place);
        }
        let text = Mapped::straight(&self.text, 0);
        let passage = Rc::new(Passage::new(self.text, place));
        Item::Text(Box::new(written(passage, text)))
    }
}
