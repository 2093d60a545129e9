//! Replacing byte ranges of a text.

use std::ops::Range;

/// Replace `range` of the text by `with`. An empty range inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Byte range of the original text.
    pub range: Range<usize>,
    /// Replacement.
    pub with: Vec<u8>,
}

/// Appends `text` with `edits` applied to `out`. Edits are ascending and do not overlap;
/// an edit that breaks this, or lies outside the text, is left out.
pub fn apply(text: &[u8], edits: &[Edit], out: &mut Vec<u8>) {
    let mut at = 0;
    for edit in edits {
        let Some(kept) = text.get(at..edit.range.start) else {
            continue;
        };
        if edit.range.end < edit.range.start || edit.range.end > text.len() {
            continue;
        }
        out.extend_from_slice(kept);
        out.extend_from_slice(&edit.with);
        at = edit.range.end;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
}
