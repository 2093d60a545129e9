//! Why a statement is not routed: code, SQLSTATE, text.

use std::fmt;

use super::refusal_code::RefusalCode;

/// A statement that is not routed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Kind.
    pub code: RefusalCode,
    /// What was wrong, where, and what to do. Never holds a literal of the statement or a backend's address.
    pub message: String,
}

impl Refusal {
    /// A refusal of kind `code` that says `message`.
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
