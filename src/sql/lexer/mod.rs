//! Bytes of SQL text to tokens, as MySQL's and MariaDB's own lexers read them.
//!
//! Linear in the text, no allocation when the [`Lexed`] is warm, defined for any bytes. Bytes from 0x80 on are
//! identifier characters outside of literals. Source of the rules: both servers' `sql_lex.cc`, checked against
//! MySQL 9.7 and MariaDB 10.11.

mod bytes;
mod comment;
mod number;
mod quoted;
mod scan;
mod sign;
#[cfg(test)]
mod tests;

pub use scan::{LexError, lex, lex_for};
