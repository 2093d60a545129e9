//! The loop: looks at one byte and calls what reads the token that starts there.

use super::bytes::{Start, ends_dashes, is_word_byte, start_of};
use crate::sql::token::{CommentKind, Lexed, ServerFamily, SqlMode, Token, TokenKind};

/// A longer text is mostly literals.
const USUAL_TEXT: usize = 1024;

/// Why a text cannot be cut into tokens; the servers answer each with a syntax error (1064).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LexError {
    /// A string that is not closed.
    #[error("string is not closed, it starts at byte {start}")]
    UnclosedString {
        /// Offset of its quote.
        start: usize,
    },
    /// A quoted name that is not closed.
    #[error("quoted name is not closed, it starts at byte {start}")]
    UnclosedName {
        /// Offset of its quote.
        start: usize,
    },
    /// A comment, plain or executable, that is not closed.
    #[error("comment is not closed, it starts at byte {start}")]
    UnclosedComment {
        /// Offset of its slash.
        start: usize,
    },
    /// An executable comment whose text is read, and that is not closed.
    #[error("comment is not closed, it starts at byte {start}")]
    UnclosedExecutable {
        /// Offset of its slash.
        start: usize,
    },
    /// The text has more than 4 GiB.
    #[error("statement of {length} bytes is too long")]
    TooLong {
        /// Its length.
        length: usize,
    },
}

/// Reads `text` for one server into `out`, whose former content is dropped and whose memory is used again.
///
/// # Errors
/// [`LexError`] where something is not closed; `out` then holds what was read before.
pub fn lex(
    text: &[u8],
    mode: SqlMode,
    family: ServerFamily,
    out: &mut Lexed,
) -> Result<(), LexError> {
    lex_for(text, mode, &[family], out)
}

/// Like [`lex`], for a set of servers: reads as the first would and sets [`Lexed::has_doubtful_comment`] where
/// another one would not read the same.
///
/// # Errors
/// As [`lex`].
pub fn lex_for(
    text: &[u8],
    mode: SqlMode,
    families: &[ServerFamily],
    out: &mut Lexed,
) -> Result<(), LexError> {
    out.clear();
    if u32::try_from(text.len()).is_err() {
        return Err(LexError::TooLong { length: text.len() });
    }
    // the servers take zeros at the end for the end
    let zeros = text.iter().rev().take_while(|byte| **byte == 0).count();
    let text = text.get(..text.len() - zeros).unwrap_or_default();
    // a token of a usual text has five bytes with the blank behind it
    out.tokens.reserve(text.len().min(USUAL_TEXT) / 4);
    let mut scanner = Scanner {
        text,
        mode,
        families,
        out,
        position: 0,
        executable_since: None,
    };
    while scanner.position < text.len() {
        scanner.step()?;
    }
    scanner
        .executable_since
        .map_or(Ok(()), |start| Err(LexError::UnclosedExecutable { start }))
}

/// A place in a text that is being read.
pub(super) struct Scanner<'t, 'o> {
    pub(super) text: &'t [u8],
    pub(super) mode: SqlMode,
    pub(super) families: &'t [ServerFamily],
    pub(super) out: &'o mut Lexed,
    pub(super) position: usize,
    /// Start of the executable comment that is being run through.
    pub(super) executable_since: Option<usize>,
}

impl Scanner<'_, '_> {
    /// The byte `ahead` of the current place; behind the end there are zeros, as in the servers' buffers.
    #[inline]
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.text
            .get(self.position.saturating_add(ahead))
            .copied()
            .unwrap_or(0)
    }

    /// Offset of the first byte from `from` on that does not fit, or the text's length.
    #[inline]
    pub(super) fn skip_while(&self, from: usize, fits: impl Fn(u8) -> bool) -> usize {
        let mut at = from;
        while let Some(byte) = self.text.get(at)
            && fits(*byte)
        {
            at += 1;
        }
        at.min(self.text.len())
    }

    /// Records a token from the current place to `end` and goes there.
    #[inline]
    pub(super) fn emit(&mut self, kind: TokenKind, end: usize) {
        let end = end.min(self.text.len());
        let (start, stop) = (offset(self.position), offset(end));
        self.out.tokens.push(Token {
            kind,
            start,
            end: stop,
            in_executable_comment: self.executable_since.is_some(),
        });
        self.position = end;
    }

    /// Records a comment from the current place to `end` and goes there.
    pub(super) fn note(&mut self, kind: CommentKind, end: usize) {
        let end = end.min(self.text.len());
        self.out
            .push_comment(kind, offset(self.position), offset(end));
        self.position = end;
    }

    fn step(&mut self) -> Result<(), LexError> {
        let byte = self.peek(0);
        match start_of(byte) {
            Start::Blank => self.position += 1,
            Start::Word => self.word(),
            Start::Digit => self.number_or_word(),
            Start::Single => self.single(byte),
            Start::Sign => self.sign(byte),
            Start::Other => self.other(byte)?,
        }
        Ok(())
    }

    fn other(&mut self, byte: u8) -> Result<(), LexError> {
        match byte {
            b'$' => self.dollar()?,
            b'n' | b'N' | b'x' | b'X' | b'b' | b'B' if self.peek(1) == b'\'' => {
                self.prefixed_text()?
            }
            _ if is_word_byte(byte) => self.word(),
            b'\'' => self.text_literal()?,
            b'"' if self.mode.ansi_quotes => self.quoted_name()?,
            b'"' => self.text_literal()?,
            b'`' => self.quoted_name()?,
            b'@' => self.variable()?,
            b'.' => self.point(),
            b'#' => self.line_comment(),
            b'-' if self.peek(1) == b'-' && ends_dashes(self.peek(2)) => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment()?,
            b'*' if self.executable_since.is_some() && self.peek(1) == b'/' => {
                self.close_executable()
            }
            _ => self.sign(byte),
        }
        Ok(())
    }

    /// An unquoted identifier or keyword. Directly behind it `.1a` is a point and a name, never a number.
    pub(super) fn word(&mut self) {
        self.word_alone();
        while self.peek(0) == b'.' && is_word_byte(self.peek(1)) {
            self.emit(TokenKind::Punct(b'.'), self.position + 1);
            self.word_alone();
        }
    }

    #[inline]
    fn word_alone(&mut self) {
        let mut all = 0;
        let end = {
            let mut at = self.position;
            while let Some(byte) = self.text.get(at)
                && is_word_byte(*byte)
            {
                all |= *byte;
                at += 1;
            }
            at
        };
        if !all.is_ascii() {
            self.check_characters(self.position, end);
        }
        self.emit(TokenKind::Word, end);
    }

    /// In a single-byte client character set some bytes are blanks or signs (0xA0 in latin1): the text cannot be
    /// trusted to be read alike, unless it is UTF-8.
    fn check_characters(&mut self, start: usize, end: usize) {
        let word = self.text.get(start..end).unwrap_or_default();
        if std::str::from_utf8(word).is_err() {
            self.out.has_doubtful_comment = true;
        }
    }

    /// `.` alone, `.5`, or a point with a name behind it.
    fn point(&mut self) {
        if self.peek(1).is_ascii_digit() {
            self.fraction(self.position);
            return;
        }
        self.emit(TokenKind::Punct(b'.'), self.position + 1);
        if is_word_byte(self.peek(0)) {
            self.word();
        }
    }
}

/// Texts above 4 GiB are refused at the door, so an offset always fits.
fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
