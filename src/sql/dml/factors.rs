//! Parentheses around tables in FROM: `(t)` is `t`, and a comma inside is a join.

use super::adapt::{Adapter, Replacement};
use super::bounds::FACTORS;
use super::source::{Clear, Unclear};
use sqlparser::keywords::Keyword;

/// Words behind which a table stands.
const ANNOUNCERS: [&str; 3] = ["FROM", "JOIN", "STRAIGHT_JOIN"];
/// Words of a query, whose parentheses the parser knows.
const QUERIES: [&str; 4] = ["SELECT", "WITH", "VALUES", "TABLE"];

impl Adapter<'_> {
    /// Reads the parenthesis at `open` if it stands around tables, and tells whether it is dropped with its partner.
    pub(super) fn opens_factors(&mut self, open: usize) -> Clear<bool> {
        if !self.is_around_factors(open) {
            return Ok(false);
        }
        let close = self.layout.partner(open)?;
        let mut has_join = false;
        let mut commas = Vec::new();
        for at in open + 1..close {
            if self.layout.enclosing(at) != Some(open) {
                continue;
            }
            has_join |= self.source.is_any(at, &["JOIN", "STRAIGHT_JOIN"]);
            if self.source.is_punct(at, b',') {
                commas.push(at);
            }
        }
        if commas.len() > FACTORS {
            return Err(Unclear::TooMuch {
                what: "tables in one FROM",
                limit: FACTORS,
            });
        }
        let is_dropped = !has_join && commas.is_empty();
        if is_dropped {
            self.swap(close, None);
        }
        for comma in commas {
            self.swap(comma, Some(Keyword::JOIN));
        }
        Ok(is_dropped)
    }

    fn swap(&mut self, token: usize, by: Option<Keyword>) {
        self.replacements.push(Replacement {
            first: token,
            end: token + 1,
            by,
        });
    }

    /// The parenthesis at `open` stands behind FROM or JOIN, or is the first inside of another such, and a table's name
    /// is the first that stands in it.
    fn is_around_factors(&self, open: usize) -> bool {
        let source = self.source;
        let mut first = open + 1;
        while source.is_punct(first, b'(') {
            first += 1;
        }
        if !source.is_name(first) || source.is_any(first, &QUERIES) {
            return false;
        }
        let mut outer = open;
        while let Some(previous) = source.before(outer) {
            if !source.is_punct(previous, b'(') {
                return source.is_any(previous, &ANNOUNCERS) && !self.is_in_function(previous);
            }
            outer = previous;
        }
        false
    }

    /// `EXTRACT(DAY FROM (x))`
    fn is_in_function(&self, from: usize) -> bool {
        self.layout.enclosing(from).is_some_and(|open| {
            self.source.follows_any(open, &super::proof::FROM_FUNCTIONS)
                && !self.source.is_any(open + 1, &QUERIES)
        })
    }
}
