//! Tokens on their way to the parser: each carries the index of the token it stands for.

use super::bounds::{PARSED_TOKENS, PARSER_DEPTH};
use super::source::{Clear, Unclear};
use sqlparser::ast::Query;
use sqlparser::dialect::MySqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Word};

/// A growing token stream.
#[derive(Default)]
pub(super) struct Stream {
    tokens: Vec<TokenWithSpan>,
}

impl Stream {
    /// Appends `token`, standing for our token `index`.
    pub(super) fn push(&mut self, index: usize, token: Token) {
        let location = Location::new(
            u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1),
            1,
        );
        self.tokens
            .push(TokenWithSpan::new(token, Span::new(location, location)));
    }

    /// Appends a keyword. Its text is not needed: names are read from our own tokens.
    pub(super) fn keyword(&mut self, index: usize, keyword: Keyword) {
        self.push(
            index,
            Token::Word(Word {
                value: String::new(),
                quote_style: None,
                keyword,
            }),
        );
    }

    /// Appends a name, quoted: no word of another dialect is special.
    pub(super) fn name(&mut self, index: usize) {
        let word = Word {
            value: String::new(),
            quote_style: Some('`'),
            keyword: Keyword::NoKeyword,
        };
        self.push(index, Token::Word(word));
    }

    /// Appends some value.
    pub(super) fn value(&mut self, index: usize) {
        self.push(index, Token::Number(String::new(), false));
    }

    /// Appends a keyword that stands for no token.
    pub(super) fn glue(&mut self, keyword: Keyword) {
        let word = Word {
            value: String::new(),
            quote_style: None,
            keyword,
        };
        self.tokens.push(TokenWithSpan::wrap(Token::Word(word)));
    }

    /// Appends a token that stands for none of ours.
    pub(super) fn glue_token(&mut self, token: Token) {
        self.tokens.push(TokenWithSpan::wrap(token));
    }

    /// The query that the tokens are.
    pub(super) fn parse(self) -> Clear<Box<Query>> {
        if self.tokens.len() > PARSED_TOKENS {
            return Err(Unclear::TooMuch {
                what: "tokens",
                limit: PARSED_TOKENS,
            });
        }
        let dialect = MySqlDialect {};
        let mut parser = Parser::new(&dialect)
            .with_recursion_limit(PARSER_DEPTH)
            .with_tokens_with_locations(self.tokens);
        let query = parser
            .parse_query()
            .map_err(|error| Unclear::Parser(error.to_string()))?;
        match parser.peek_token_ref() {
            TokenWithSpan {
                token: Token::EOF, ..
            } => Ok(query),
            found => Err(Unclear::Syntax {
                token: token_at(found.span).unwrap_or_default(),
            }),
        }
    }
}

/// The index of our token that a span leads back to.
pub(super) fn token_at(span: Span) -> Option<usize> {
    usize::try_from(span.start.line).ok()?.checked_sub(1)
}
