//! A text cut into tokens and analyzed.

use crate::route::{Refusal, RefusalCode, judge};
use crate::rule::{Firewall, Ruling};
use crate::sql::{self, Digest, Lexed, ServerFamily, SqlMode, Statement};

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

    /// What digest lists say of it for a user without lists of their own.
    pub(super) fn ruling(&self, text: &[u8], firewall: &Firewall) -> (Ruling, Digest) {
        let mut normalized = String::new();
        let tokens = 0..self.lexed.tokens.len();
        let digest = sql::digest(text, &self.lexed, &tokens, &mut normalized);
        judge(firewall, "", text, &self.lexed, &self.statement, digest)
    }
}
