//! How much of a statement is read before it is given up.

/// Parentheses and CASE inside each other.
pub(super) const NESTING: usize = 200;
/// Operators, joins and set operators: each may be one more level of the parser's tree.
pub(super) const OPERATORS: usize = 10_000;
/// Tokens handed to the parser; rows of INSERT and plain IN lists do not count.
pub(super) const PARSED_TOKENS: usize = 200_000;
/// Names in sight that qualifiers are compared with.
pub(super) const LOOKS: usize = 20_000_000;
/// Tables in one FROM; the servers take 61.
pub(super) const FACTORS: usize = 256;
/// Query blocks and tables of a statement.
pub(super) const BLOCKS: usize = 20_000;
/// Depth that the parser may count to: several steps for each level of nesting.
pub(super) const PARSER_DEPTH: usize = 4_000;
/// Stack for a statement whose tree may be deep.
pub(super) const DEEP_STACK: usize = 64 << 20;
/// Stack that a plain statement needs at most.
pub(super) const PLAIN_STACK: usize = 4 << 20;
/// Operators and levels up to which a statement counts as plain.
pub(super) const PLAIN_WEIGHT: usize = 64;
