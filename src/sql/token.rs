//! Tokens of a statement and the modes they are read in.

/// The server family and version that a text is read for: decides which executable comments run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerFamily {
    /// MySQL; version as in `/*!80400`, e.g. 90700 for 9.7.0.
    MySql(u32),
    /// MariaDB; version as in `/*M!101100`, e.g. 101119 for 10.11.19.
    MariaDb(u32),
}

/// The bits of `sql_mode` that change how text is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SqlMode {
    /// `"x"` is an identifier.
    pub ansi_quotes: bool,
    /// A backslash in a string is itself.
    pub no_backslash_escapes: bool,
    /// `||` is concatenation, not OR.
    pub pipes_as_concat: bool,
    /// `NOT a = b` reads `(NOT a) = b`.
    pub high_not_precedence: bool,
    /// Blanks may stand between a function's name and its parenthesis.
    pub ignore_space: bool,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Unquoted identifier or keyword.
    Word,
    /// `` `x` ``, or `"x"` under `ANSI_QUOTES`.
    QuotedName,
    /// `'x'`, or `"x"` without `ANSI_QUOTES`; no introducer.
    Text,
    /// `N'x'`.
    NationalText,
    /// Digits only; a sign is a token of its own.
    Integer,
    /// `1.5`, `.5`, `5.`
    Decimal,
    /// `1e3`, `1.5E-3`
    Float,
    /// `0x1F`, `x'1F'`
    Hex,
    /// `0b1`, `b'1'`
    Bit,
    /// `@x`, `` @`x` ``, `@'x'`
    UserVariable,
    /// `@@x`, `@@session.x` as far as written without blanks.
    SystemVariable,
    /// `?`
    Parameter,
    /// `:=`
    Assign,
    /// `=`
    Equal,
    /// `<=>`
    NullSafeEqual,
    /// `<>` or `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `||`
    DoublePipe,
    /// `&&`
    DoubleAmpersand,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
    /// `->`
    Arrow,
    /// `->>`
    DoubleArrow,
    /// A single character of its own: `( ) , ; . + - * / % ! ~ ^ & | { } :` or any other byte.
    Punct(u8),
}

/// One token; `start..end` are byte offsets into the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Offset of its first byte.
    pub start: u32,
    /// Offset behind its last byte.
    pub end: u32,
    /// It stands in an executable comment that runs on the server family it was read for.
    pub in_executable_comment: bool,
}

/// The tokens of one text (comments left out), reused from statement to statement.
#[derive(Clone, Debug, Default)]
pub struct Lexed {
    /// Tokens in order. A text of several statements holds `;` tokens between them.
    pub tokens: Vec<Token>,
}

impl Lexed {
    /// The bytes of token `index` of `text`, empty if there is none.
    #[must_use]
    pub fn bytes<'t>(&self, text: &'t [u8], index: usize) -> &'t [u8] {
        self.tokens
            .get(index)
            .and_then(|token| text.get(token.start as usize..token.end as usize))
            .unwrap_or_default()
    }
}
