//! Hints of a statement as routing wants them.

use crate::sql::{self, Hints, Lexed};

use super::input::Wishes;
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;

/// Hints read from a text.
#[derive(Clone, Debug, Default)]
pub struct Asked(Hints);

impl Asked {
    /// Reads the leading comments.
    ///
    /// # Errors
    /// An unknown key is an error, not a silent nothing (29004).
    pub fn of(text: &[u8], lexed: &Lexed) -> Result<Self, Refusal> {
        if lexed.comments.is_empty() {
            return Ok(Self::default());
        }
        match sql::hints(text, lexed, &(0..lexed.tokens.len())) {
            Ok(hints) => Ok(Self(hints)),
            Err(error) => Err(Refusal::new(RefusalCode::UnknownHint, error.to_string())),
        }
    }

    /// What they ask.
    #[must_use]
    pub fn wishes(&self) -> Wishes<'_> {
        Wishes::of(&self.0)
    }
}
