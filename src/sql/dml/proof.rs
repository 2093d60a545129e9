//! Checks the walk against the tokens: no table and no qualifier may have escaped it.

use super::source::{Clear, Source, Unclear};
use super::walk::Walk;

/// Functions with FROM inside their parentheses.
pub(super) const FROM_FUNCTIONS: [&str; 5] = ["EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "MID"];

impl Walk<'_> {
    /// Every name behind FROM, JOIN, UPDATE, INTO or TABLE and every qualifier has been read as such.
    pub(super) fn prove(&self) -> Clear<()> {
        for index in self.source.first..self.source.end {
            let unread = if self.announces_table(index) {
                self.unread_table(index + 1)
            } else {
                self.unread_qualifier(index)
            };
            if let Some(token) = unread {
                return Err(Unclear::Syntax { token });
            }
        }
        Ok(())
    }

    fn announces_table(&self, index: usize) -> bool {
        let source = self.source;
        if !source.is_any(
            index,
            &["FROM", "JOIN", "STRAIGHT_JOIN", "UPDATE", "INTO", "TABLE"],
        ) {
            return false;
        }
        let is_other = (source.is_word(index, "UPDATE")
            && source.follows_any(index, &["FOR", "KEY"]))
            || (source.is_word(index, "INTO")
                && source.is_any(index + 1, &["OUTFILE", "DUMPFILE"]))
            || (source.is_word(index, "STRAIGHT_JOIN") && is_modifier(source, index))
            || (source.is_word(index, "FROM") && self.is_in_function(index));
        !is_other
    }

    fn is_in_function(&self, index: usize) -> bool {
        self.layout.enclosing(index).is_some_and(|open| {
            self.source.follows_any(open, &FROM_FUNCTIONS)
                && !self.source.is_any(open + 1, &["SELECT", "WITH"])
        })
    }

    /// The name at `index`, modifiers of UPDATE and INSERT before it left out, if the walk did not read it.
    fn unread_table(&self, index: usize) -> Option<usize> {
        const MODIFIERS: [&str; 3] = ["LOW_PRIORITY", "IGNORE", "LATERAL"];
        let mut at = index;
        while self.source.is_any(at, &MODIFIERS) && !self.is_placed(at) {
            at += 1;
        }
        (self.source.is_name(at) && !self.is_placed(at)).then_some(at)
    }

    /// The first part of a dotted name at `index`, if the walk did not read it.
    fn unread_qualifier(&self, index: usize) -> Option<usize> {
        let is_first = self.source.is_name(index)
            && self.source.is_punct(index + 1, b'.')
            && self
                .source
                .before(index)
                .is_none_or(|previous| !self.source.is_punct(previous, b'.'));
        (is_first && !self.is_placed(index)).then_some(index)
    }
}

/// STRAIGHT_JOIN among the modifiers of a SELECT; no statement has more of them than there are.
fn is_modifier(source: Source<'_>, index: usize) -> bool {
    let mut at = index;
    for _ in 0..2 * super::keyword::SELECT_MODIFIERS.len() {
        let Some(previous) = source.before(at) else {
            return false;
        };
        if source.is_word(previous, "SELECT") {
            return true;
        }
        if !source.is_any(previous, &super::keyword::SELECT_MODIFIERS)
            && !source.is_any(previous, &["ALL", "DISTINCT", "DISTINCTROW"])
        {
            return false;
        }
        at = previous;
    }
    false
}
