//! Our tokens to the parser's, changed where it would misread MySQL's grammar.

use super::keyword::{Upper, fixed, grammar_function, is_bare_function, unit};
use super::layout::Layout;
use super::operand::is_plain_list;
use super::sign::{is_literal, sign};
use super::skip::{skip, skip_select_modifiers};
use super::source::{Clear, Source, Unclear};
use super::stream::Stream;
use crate::sql::token::TokenKind;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// Tokens `first..end` that are replaced by one keyword or by nothing when they are reached.
pub(super) struct Replacement {
    /// First token.
    pub(super) first: usize,
    /// Behind the last.
    pub(super) end: usize,
    /// What stands for them.
    pub(super) by: Option<Keyword>,
}

/// Writes stretches of a statement into a stream.
pub(super) struct Adapter<'s> {
    pub(super) source: Source<'s>,
    pub(super) layout: &'s Layout,
    pub(super) stream: Stream,
    pub(super) replacements: Vec<Replacement>,
    /// First token of the stretch that is copied: a query may begin there.
    first: usize,
}

impl<'s> Adapter<'s> {
    /// An adapter with an empty stream.
    pub(super) fn new(source: Source<'s>, layout: &'s Layout) -> Self {
        Self {
            source,
            layout,
            stream: Stream::default(),
            replacements: Vec::new(),
            first: source.first,
        }
    }

    /// The stream so far, for glue.
    pub(super) fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// The finished stream.
    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }

    /// Appends the tokens `first..end`.
    pub(super) fn copy(&mut self, first: usize, end: usize) -> Clear<()> {
        self.first = first;
        let mut at = first;
        while at < end {
            let next = self.step(at)?;
            debug_assert!(next > at, "every step consumes a token");
            at = next;
        }
        if at != end || !self.replacements.is_empty() {
            return Err(Unclear::Syntax { token: end });
        }
        Ok(())
    }

    fn step(&mut self, index: usize) -> Clear<usize> {
        if let Some(end) = self.replace(index) {
            return Ok(end);
        }
        let Some(kind) = self.source.kind(index) else {
            return Err(Unclear::Syntax { token: index });
        };
        if kind == TokenKind::Word {
            return self.word(index);
        }
        if kind == TokenKind::Punct(b'(') && self.opens_factors(index)? {
            return Ok(index + 1);
        }
        self.plain(index, kind)?;
        Ok(index + 1)
    }

    fn replace(&mut self, index: usize) -> Option<usize> {
        let position = self
            .replacements
            .iter()
            .position(|replacement| replacement.first == index)?;
        let replacement = self.replacements.swap_remove(position);
        if let Some(keyword) = replacement.by {
            self.stream.keyword(index, keyword);
        }
        Some(replacement.end)
    }

    fn plain(&mut self, index: usize, kind: TokenKind) -> Clear<()> {
        let token = match kind {
            TokenKind::QuotedName => {
                self.stream.name(index);
                return Ok(());
            }
            TokenKind::DoublePipe if self.source.mode.pipes_as_concat => Token::StringConcat,
            // the lowest precedence, and the layout has marked the clause: only the structure matters
            TokenKind::DoublePipe | TokenKind::Assign => {
                self.stream.keyword(index, Keyword::OR);
                return Ok(());
            }
            TokenKind::DoubleAmpersand => {
                self.stream.keyword(index, Keyword::AND);
                return Ok(());
            }
            other => sign(other).ok_or(Unclear::Syntax { token: index })?,
        };
        self.stream.push(index, token);
        Ok(())
    }

    fn word(&mut self, index: usize) -> Clear<usize> {
        if self.source.is_dotted(index) {
            self.stream.name(index);
            return Ok(index + 1);
        }
        if let Some(next) = skip(self.source, self.layout, index)? {
            return Ok(next);
        }
        let upper = Upper::of(self.source.bytes(index));
        let is_call = self.source.is_punct(index + 1, b'(');
        match upper.as_bytes() {
            b"SELECT" => return self.select(index),
            b"OFFSET" if self.is_offset_of_rows(index) => return self.offset_of_rows(index),
            b"FETCH" if self.source.is_any(index + 1, &["FIRST", "NEXT"]) => {
                return self.fetch(index);
            }
            b"TABLE" if self.is_query_start(index) => self.table_statement(index),
            b"VALUES" if self.is_query_start(index) => self.stream.keyword(index, Keyword::VALUES),
            b"XOR" | b"OR" => self.stream.keyword(index, Keyword::OR),
            b"BINARY" if self.is_prefix(index) => self.stream.push(index, Token::Minus),
            b"MOD" if !is_call || self.follows_operand(index) => {
                self.stream.push(index, Token::Mod)
            }
            b"IN" => return self.in_list(index),
            b"CAST" if is_call => self.cast(index)?,
            b"CONVERT" if is_call => self.convert(index)?,
            b"CHAR" if is_call => self.char_function(index)?,
            b"JSON_TABLE" if is_call => self.json_table(index)?,
            b"INTERVAL" => self.interval(index)?,
            word => self.other(index, word, is_call),
        }
        Ok(index + 1)
    }

    /// Words whose meaning hangs on their neighbors, then those of the tables, then names.
    fn other(&mut self, index: usize, word: &[u8], is_call: bool) {
        let keyword = match word {
            b"LEFT" if !is_call => Some(Keyword::LEFT),
            b"RIGHT" if !is_call => Some(Keyword::RIGHT),
            b"OFFSET" => self.follows_value(index).then_some(Keyword::OFFSET),
            b"ANY" | b"SOME" => self.quantifier(index, is_call),
            b"MEMBER" => self
                .source
                .is_word(index + 1, "OF")
                .then_some(Keyword::MEMBER),
            b"ROWS" => self.is_frame(index).then_some(Keyword::ROWS),
            b"ROW" => self
                .source
                .follows_any(index, &["CURRENT"])
                .then_some(Keyword::ROW),
            b"CURRENT" => self
                .source
                .is_word(index + 1, "ROW")
                .then_some(Keyword::CURRENT),
            b"UNBOUNDED" => self
                .source
                .is_any(index + 1, &["PRECEDING", "FOLLOWING"])
                .then_some(Keyword::UNBOUNDED),
            b"DATE" => self.typed(index, Keyword::DATE),
            b"TIME" => self.typed(index, Keyword::TIME),
            b"TIMESTAMP" => self.typed(index, Keyword::TIMESTAMP),
            b"BOOLEAN" => self
                .source
                .is_word(index + 1, "MODE")
                .then_some(Keyword::BOOLEAN),
            b"LANGUAGE" => self
                .source
                .is_word(index + 1, "MODE")
                .then_some(Keyword::LANGUAGE),
            b"MODE" => self
                .source
                .follows_any(index, &["BOOLEAN", "LANGUAGE"])
                .then_some(Keyword::MODE),
            b"QUERY" => self
                .source
                .is_word(index + 1, "EXPANSION")
                .then_some(Keyword::QUERY),
            b"EXPANSION" => self
                .source
                .follows_any(index, &["QUERY"])
                .then_some(Keyword::EXPANSION),
            _ if is_bare_function(word) => Some(Keyword::CURRENT_TIMESTAMP),
            _ if is_call && grammar_function(word).is_some() => grammar_function(word),
            _ if is_call => fixed(word),
            _ => fixed(word).or_else(|| unit(word)),
        };
        match keyword {
            Some(keyword) => self.stream.keyword(index, keyword),
            None => self.stream.name(index),
        }
    }

    fn select(&mut self, index: usize) -> Clear<usize> {
        self.stream.keyword(index, Keyword::SELECT);
        let (next, is_distinct) = skip_select_modifiers(self.source, index + 1);
        if is_distinct {
            self.stream.keyword(index, Keyword::DISTINCT);
        }
        Ok(next)
    }

    /// `TABLE t` is `SELECT * FROM t`.
    fn table_statement(&mut self, index: usize) {
        self.stream.keyword(index, Keyword::SELECT);
        self.stream.push(index, Token::Mul);
        self.stream.keyword(index, Keyword::FROM);
    }

    /// A list of plain values reaches the parser as its first one: it is read from our tokens.
    fn in_list(&mut self, index: usize) -> Clear<usize> {
        self.stream.keyword(index, Keyword::IN);
        let open = index + 1;
        if !self.source.is_punct(open, b'(') {
            return Ok(open);
        }
        let close = self.layout.partner(open)?;
        if close == open + 1 || !is_plain_list(self.source, self.layout, open, close) {
            return Ok(open);
        }
        self.stream.push(open, Token::LParen);
        self.stream.push(open, Token::Placeholder(String::new()));
        self.stream.push(close, Token::RParen);
        Ok(close + 1)
    }

    fn is_query_start(&self, index: usize) -> bool {
        index == self.first || self.source.is_query_start(index)
    }

    fn quantifier(&self, index: usize, is_call: bool) -> Option<Keyword> {
        let previous = self
            .source
            .before(index)
            .and_then(|previous| self.source.kind(previous))?;
        let is_comparison = matches!(
            previous,
            TokenKind::Equal
                | TokenKind::NotEqual
                | TokenKind::Less
                | TokenKind::LessOrEqual
                | TokenKind::Greater
                | TokenKind::GreaterOrEqual
        );
        (is_call && is_comparison).then_some(Keyword::ANY)
    }

    fn typed(&self, index: usize, keyword: Keyword) -> Option<Keyword> {
        (self.source.kind(index + 1) == Some(TokenKind::Text)).then_some(keyword)
    }

    fn is_frame(&self, index: usize) -> bool {
        self.source
            .is_any(index + 1, &["BETWEEN", "UNBOUNDED", "CURRENT", "INTERVAL"])
            || self.is_value(index + 1)
    }

    pub(super) fn is_value(&self, index: usize) -> bool {
        matches!(
            self.source.kind(index),
            Some(
                TokenKind::Integer
                    | TokenKind::Parameter
                    | TokenKind::UserVariable
                    | TokenKind::SystemVariable
            )
        )
    }

    fn follows_value(&self, index: usize) -> bool {
        self.source
            .before(index)
            .is_some_and(|previous| self.is_value(previous))
    }

    /// BINARY as an operator: an operand follows, and it is not the name of a collation or type.
    fn is_prefix(&self, index: usize) -> bool {
        let starts_operand = match self.source.kind(index + 1) {
            Some(TokenKind::Word | TokenKind::QuotedName) => true,
            Some(TokenKind::Punct(byte)) => matches!(byte, b'(' | b'-' | b'+' | b'!' | b'~'),
            Some(kind) => is_literal(kind),
            None => false,
        };
        starts_operand && !self.source.follows_any(index, &["AS", "COLLATE"])
    }

    /// An operand ends before `index`.
    fn follows_operand(&self, index: usize) -> bool {
        let Some(previous) = self.source.before(index) else {
            return false;
        };
        match self.source.kind(previous) {
            Some(TokenKind::Word) => {
                self.source.is_dotted(previous)
                    || fixed(Upper::of(self.source.bytes(previous)).as_bytes()).is_none_or(|word| {
                        matches!(
                            word,
                            Keyword::NULL | Keyword::TRUE | Keyword::FALSE | Keyword::END
                        )
                    }) && !self.source.is_any(
                        previous,
                        &["OR", "XOR", "SET", "VALUES", "BINARY", "MOD", "RETURNING"],
                    )
            }
            Some(TokenKind::QuotedName | TokenKind::Punct(b')')) => true,
            Some(kind) => is_literal(kind),
            None => false,
        }
    }
}
