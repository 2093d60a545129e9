//! Tokens of one statement to the shape of a SELECT, INSERT, REPLACE, UPDATE, DELETE, TABLE or VALUES.
//!
//! The text is never tokenized a second time: our own tokens, already free of comments and read by `sql_mode`, are
//! handed to sqlparser with their index as location, so that every name in its tree leads back to exactly one token.
//! Where sqlparser would misread MySQL, the tokens are changed on the way, never their indices.
//! All that UPDATE, DELETE and INSERT have of their own is read here; the rest of them is a query again.
//!
//! Wrong knowledge is worse than none: what is not on the list of understood nodes makes the whole statement
//! `Kind::NotUnderstood` if a table could hide in it, and otherwise yields no condition.

mod adapt;
mod assignment;
mod bounds;
mod call;
mod delete;
mod expression;
mod factor;
mod factors;
mod fetch;
mod insert;
mod join;
mod keyword;
mod label;
mod layout;
mod operand;
mod order;
mod outlet;
mod predicate;
mod proof;
mod query;
mod rows;
mod scope;
mod selected;
mod sign;
mod skip;
mod source;
mod statement;
mod stream;
mod update;
mod walk;

#[cfg(test)]
mod print;
#[cfg(test)]
mod tests;

pub(super) use statement::analyze;
