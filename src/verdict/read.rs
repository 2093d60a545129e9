//! A text cut into tokens and analyzed.

use crate::route::{Refusal, RefusalCode};
use crate::sql::{self, Lexed, ServerFamily, SqlMode, Statement};

/// One statement as it was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// Its tokens.
    pub lexed: Lexed,
    /// Its shape.
    pub statement: Statement,
}

impl Read {
    /// Reads a text of one statement for a server.
    ///
    /// # Errors
    /// 1064 where something is not closed.
    pub fn new(text: &[u8], mode: SqlMode, family: ServerFamily) -> Result<Self, Refusal> {
        let mut lexed = Lexed::default();
        sql::lex(text, mode, family, &mut lexed)
            .map_err(|error| Refusal::new(RefusalCode::Syntax, error.to_string()))?;
        let statement = sql::analyze(text, &lexed, 0..lexed.tokens.len(), mode);
        Ok(Self { lexed, statement })
    }
}
