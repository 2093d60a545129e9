//! SQL text to [`Statement`]: lexer, digest and shape key, hints, and the shape of a statement.
//!
//! Everything here is pure and bounded: bytes in, values out, no panic on any input.
//! Places in the text are token indices, not byte offsets: two texts with the same [`ShapeKey`]
//! have the same tokens, so a [`Statement`] made from one serves the other.

mod analyze;
mod classify;
mod digest;
mod dml;
mod facts;
mod functions;
mod hint;
mod lexer;
mod literal;
mod names;
mod own_ids;
mod reader;
mod shape_key;
mod split;
mod statement;
mod token;

pub use analyze::analyze;
pub use digest::{Digest, digest};
pub use functions::is_builtin;
pub use hint::{HintError, HintValue, Hints, hints};
pub use lexer::{LexError, lex, lex_for};
pub use literal::{name_value, punct_is, text_value, word_is, word_of};
pub use names::names;
pub use own_ids::{OwnId, own_ids};
pub use shape_key::{ShapeContext, ShapeKey, shape_key};
pub use split::split;
pub use statement::{
    Assignment, Binding, Block, BlockKind, BlockTraits, ColumnRef, Condition, Ddl, DdlKind, Delete,
    Facts, Insert, InsertSource, Kind, Operand, Outlet, Predicate, ProxyStatement, Qualifier,
    Query, Restricts, Row, Selected, SetItem, Show, Statement, TableRef, Update, Usage,
    VariableScope,
};
pub use token::{Comment, CommentKind, Lexed, ServerFamily, SqlMode, Token, TokenKind};
