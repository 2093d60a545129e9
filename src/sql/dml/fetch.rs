//! `OFFSET n ROWS FETCH FIRST m ROWS ONLY` of the standard, as the LIMIT that it is.

use super::adapt::Adapter;
use super::source::{Clear, Unclear};
use sqlparser::keywords::Keyword;

impl Adapter<'_> {
    /// `OFFSET n ROWS`, which is no alias and not part of LIMIT.
    pub(super) fn is_offset_of_rows(&self, index: usize) -> bool {
        self.is_value(index + 1) && self.source.is_any(index + 2, &["ROW", "ROWS"])
    }

    /// `OFFSET n ROWS [FETCH ...]`: how many rows does not matter, that they are counted does.
    pub(super) fn offset_of_rows(&mut self, index: usize) -> Clear<usize> {
        self.stream.keyword(index, Keyword::LIMIT);
        self.stream.value(index + 1);
        let next = index + 3;
        if self.source.is_word(next, "FETCH") {
            return self.behind_fetch(next);
        }
        Ok(next)
    }

    /// `FETCH FIRST [n] ROWS ONLY | WITH TIES`
    pub(super) fn fetch(&mut self, index: usize) -> Clear<usize> {
        self.stream.keyword(index, Keyword::LIMIT);
        self.stream.value(index + 1);
        self.behind_fetch(index)
    }

    fn behind_fetch(&self, index: usize) -> Clear<usize> {
        let source = self.source;
        let rows = index + 2 + usize::from(self.is_value(index + 2));
        let is_read =
            source.is_any(index + 1, &["FIRST", "NEXT"]) && source.is_any(rows, &["ROW", "ROWS"]);
        if is_read && source.is_word(rows + 1, "ONLY") {
            Ok(rows + 2)
        } else if is_read && source.are_words(rows + 1, &["WITH", "TIES"]) {
            Ok(rows + 3)
        } else {
            Err(Unclear::Syntax { token: index })
        }
    }
}
