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

impl SqlMode {
    /// Reads the value of `sql_mode`: names between commas, or the number that stands for them.
    ///
    /// `None` for one under which the servers read another grammar than this room does (MariaDB's ORACLE and MSSQL).
    #[must_use]
    pub fn from_value(value: &str) -> Option<Self> {
        let mut mode = Self::default();
        if let Ok(bits) = value.trim().parse::<u64>() {
            let has = |bit: u64| bits & bit != 0;
            mode.pipes_as_concat = has(1 << 1);
            mode.ansi_quotes = has(1 << 2);
            mode.ignore_space = has(1 << 3);
            mode.no_backslash_escapes = has(1 << 20);
            mode.high_not_precedence = has(1 << 29);
            // ORACLE and MSSQL of MariaDB
            return (bits & (1 << 9 | 1 << 10) == 0)
                .then_some(mode.with_combined(bits & COMBINED_BITS != 0));
        }
        for name in value.split(',').map(str::trim) {
            match name.to_ascii_uppercase().as_str() {
                "ORACLE" | "MSSQL" => return None,
                "ANSI" | "DB2" | "MAXDB" | "POSTGRESQL" => mode = mode.with_combined(true),
                "ANSI_QUOTES" => mode.ansi_quotes = true,
                "PIPES_AS_CONCAT" => mode.pipes_as_concat = true,
                "IGNORE_SPACE" => mode.ignore_space = true,
                "NO_BACKSLASH_ESCAPES" => mode.no_backslash_escapes = true,
                "HIGH_NOT_PRECEDENCE" => mode.high_not_precedence = true,
                _ => {}
            }
        }
        Some(mode)
    }

    /// What ANSI and its like switch on together.
    fn with_combined(mut self, is_on: bool) -> Self {
        self.ansi_quotes |= is_on;
        self.pipes_as_concat |= is_on;
        self.ignore_space |= is_on;
        self
    }
}

/// POSTGRESQL, DB2, MAXDB and ANSI.
const COMBINED_BITS: u64 = 1 << 8 | 1 << 11 | 1 << 12 | 1 << 18;

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

/// What a comment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommentKind {
    /// `# x` or `-- x`, without its line feed.
    Line,
    /// `/* x */`, optimizer hints and the proxy's own hints among them.
    Block,
    /// An executable comment that does not run on the server the text was read for.
    Skipped,
    /// The head `/*!`, `/*!50700`, `/*M!100100` of an executable comment that runs; its text follows as tokens.
    ExecutableOpen,
    /// The `*/` of one that runs.
    ExecutableClose,
}

/// A comment; `start..end` are byte offsets into the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// What it is.
    pub kind: CommentKind,
    /// Offset of its first byte.
    pub start: u32,
    /// Offset behind its last byte.
    pub end: u32,
    /// Index of the token that follows it.
    pub before_token: u32,
}

/// The tokens of one text (comments left out), reused from statement to statement.
#[derive(Clone, Debug, Default)]
pub struct Lexed {
    /// Tokens in order. A text of several statements holds `;` tokens between them.
    pub tokens: Vec<Token>,
    /// Comments in order, heads and ends of executable ones among them.
    pub comments: Vec<Comment>,
    /// An executable comment was run through.
    pub has_executable_comment: bool,
    /// How a server reads the text is not certain: an executable comment whose version gate lies between the
    /// servers' versions, a quote that is open at the end of an optimizer hint, bytes that are no UTF-8 in a word,
    /// dollar quotes.
    pub has_doubtful_comment: bool,
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

    /// The kind of token `index`, if there is one.
    #[must_use]
    pub fn kind(&self, index: usize) -> Option<TokenKind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.tokens.clear();
        self.comments.clear();
        self.has_executable_comment = false;
        self.has_doubtful_comment = false;
    }

    /// Records a comment in front of the next token.
    pub(super) fn push_comment(&mut self, kind: CommentKind, start: u32, end: u32) {
        let before_token = u32::try_from(self.tokens.len()).unwrap_or(u32::MAX);
        self.comments.push(Comment {
            kind,
            start,
            end,
            before_token,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_mode_is_read_by_names_and_by_number() {
        let ansi = SqlMode {
            ansi_quotes: true,
            pipes_as_concat: true,
            ignore_space: true,
            ..SqlMode::default()
        };
        let raw = SqlMode {
            no_backslash_escapes: true,
            high_not_precedence: true,
            ..SqlMode::default()
        };
        let cases = [
            ("", Some(SqlMode::default())),
            ("STRICT_TRANS_TABLES,NO_ZERO_DATE", Some(SqlMode::default())),
            (
                "ansi_quotes",
                Some(SqlMode {
                    ansi_quotes: true,
                    ..SqlMode::default()
                }),
            ),
            (
                "REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ANSI",
                Some(ansi),
            ),
            ("ANSI", Some(ansi)),
            ("14", Some(ansi)),
            ("262144", Some(ansi)),
            ("NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE", Some(raw)),
            ("537919488", Some(raw)),
            ("ORACLE", None),
            ("PIPES_AS_CONCAT,MSSQL", None),
            ("1024", None),
        ];
        for (value, mode) in cases {
            assert_eq!(SqlMode::from_value(value), mode, "{value}");
        }
    }
}
