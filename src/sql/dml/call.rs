//! Functions whose parentheses hold a grammar of their own.

use super::adapt::{Adapter, Replacement};
use super::keyword::{Upper, unit};
use super::source::{Clear, Source, Unclear};
use crate::sql::token::TokenKind;
use sqlparser::keywords::Keyword;

impl Adapter<'_> {
    /// `CAST(x AS type)`: any type will do.
    pub(super) fn cast(&mut self, index: usize) -> Clear<()> {
        let close = self.layout.partner(index + 1)?;
        let split = self.outermost(index + 2, close, |source, at| source.is_word(at, "AS"));
        let split = split.ok_or(Unclear::Syntax { token: index })?;
        self.replace_type(split + 1, close)?;
        self.stream.keyword(index, Keyword::CAST);
        Ok(())
    }

    /// `CONVERT(x, type)` or `CONVERT(x USING charset)`.
    pub(super) fn convert(&mut self, index: usize) -> Clear<()> {
        let close = self.layout.partner(index + 1)?;
        if let Some(comma) =
            self.outermost(index + 2, close, |source, at| source.is_punct(at, b','))
        {
            self.replace_type(comma + 1, close)?;
        }
        self.stream.keyword(index, Keyword::CONVERT);
        Ok(())
    }

    fn replace_type(&mut self, first: usize, end: usize) -> Clear<()> {
        let is_type = first < end && (first..end).all(|at| is_part_of_type(self.source, at));
        if !is_type {
            return Err(Unclear::Construct("the type of a cast"));
        }
        self.replacements.push(Replacement {
            first,
            end,
            by: Some(Keyword::CHAR),
        });
        Ok(())
    }

    /// `CHAR(77 USING utf8mb4)`: the character set does not matter.
    pub(super) fn char_function(&mut self, index: usize) -> Clear<()> {
        let close = self.layout.partner(index + 1)?;
        if let Some(using) =
            self.outermost(index + 2, close, |source, at| source.is_word(at, "USING"))
        {
            if using + 2 != close {
                return Err(Unclear::Syntax { token: using });
            }
            self.replacements.push(Replacement {
                first: using,
                end: close,
                by: None,
            });
        }
        self.stream.name(index);
        Ok(())
    }

    /// `JSON_TABLE(x, path COLUMNS (...))`: the columns hold no table.
    pub(super) fn json_table(&mut self, index: usize) -> Clear<()> {
        let close = self.layout.partner(index + 1)?;
        let columns = self
            .outermost(index + 2, close, |source, at| source.is_word(at, "COLUMNS"))
            .ok_or(Unclear::Syntax { token: index })?;
        if (columns..close).any(|at| self.source.is_any(at, &["SELECT", "TABLE", "WITH"])) {
            return Err(Unclear::Construct("JSON_TABLE"));
        }
        self.replacements.push(Replacement {
            first: columns,
            end: close,
            by: None,
        });
        self.stream.name(index);
        Ok(())
    }

    /// `INTERVAL n unit`, or the function `INTERVAL(n, n1, n2, ...)`.
    pub(super) fn interval(&mut self, index: usize) -> Clear<()> {
        let is_function = self.source.is_punct(index + 1, b'(') && {
            let behind = self.layout.partner(index + 1)? + 1;
            let next = Upper::of(self.source.bytes(behind));
            self.source.kind(behind) != Some(TokenKind::Word) || unit(next.as_bytes()).is_none()
        };
        if is_function {
            self.stream.name(index);
        } else {
            self.stream.keyword(index, Keyword::INTERVAL);
        }
        Ok(())
    }

    /// The last token of `first..end` outside of further parentheses that `is_wanted` takes.
    fn outermost(
        &self,
        first: usize,
        end: usize,
        is_wanted: impl Fn(Source<'_>, usize) -> bool,
    ) -> Option<usize> {
        let around = self.layout.enclosing(first)?;
        (first..end)
            .rev()
            .find(|&at| is_wanted(self.source, at) && self.layout.enclosing(at) == Some(around))
    }
}

fn is_part_of_type(source: Source<'_>, index: usize) -> bool {
    match source.kind(index) {
        Some(TokenKind::Word) => {
            !source.is_any(index, &["SELECT", "FROM", "TABLE", "WITH", "VALUES"])
        }
        Some(TokenKind::Integer | TokenKind::Text | TokenKind::QuotedName) => true,
        Some(TokenKind::Punct(byte)) => matches!(byte, b'(' | b')' | b','),
        _ => false,
    }
}
