//! What the text of an EXECUTE's unit is made of.

use crate::backend::TextKey;
use crate::rewrite::ExecutionUnit;

use super::walk::Job;

impl Job<'_> {
    /// What the text that [`super::routed::render`] writes for `unit` is made of; `None` where more goes into it than a
    /// prepared text and its shape's edits.
    pub(super) fn text_key<'k>(&self, unit: &'k ExecutionUnit) -> Option<TextKey<'k>> {
        let text = self.bound?.text?;
        // the session's answers are written in
        if !self.calls.is_empty() {
            return None;
        }
        let (edits, name) = unit.edits.made_of()?;
        Some(TextKey { text, edits, name })
    }
}
