//! The text of a COM_QUERY: its statements one after the other, and syntax errors in the servers' words.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::execute::Downstream;
use crate::model::{PlantedFault, is_planted};
use crate::protocol::{Capabilities, ErrPacket};
use crate::sql::{self, LexError, Lexed, ServerFamily};

use super::context::Context;
use super::error::Failure;
use super::scratch;
use super::session_context::SessionContext;
use super::system_schema::qualified;
use super::walk::Kernel;

/// A syntax error.
const SYNTAX: u16 = 1064;
/// No more bytes of the text are told.
const NEAR: usize = 80;

impl Kernel {
    /// Serves one COM_QUERY. All answers, errors too, are in the client's buffer afterwards or written already.
    ///
    /// # Errors
    /// The client is gone, or must be cut off because an answer broke off where no error can follow.
    ///
    /// # Cancel safety
    /// Not cancel safe: drop the session with the future; its backend connections close.
    pub async fn query<D: Downstream>(
        &self,
        session: &mut SessionContext,
        text: &[u8],
        client: &mut D,
    ) -> io::Result<()> {
        let context = session.context(self.published());
        let text = without_end(text);
        let mut lexed = scratch::take_lexed();
        let unread = sql::lex(text, session.mode, context.family, &mut lexed).err();
        let result = if unread.is_none() && is_one(&lexed) {
            let whole = self.whole(&context, session, text, &mut lexed, b"", client);
            whole.await.map(drop)
        } else {
            // seldom: a session that waits for one statement's answer has no room for several
            let texts = self.texts(&context, session, text, unread, &mut lexed, client);
            Box::pin(texts).await
        };
        scratch::put_lexed(lexed);
        if session.transaction.is_idle() {
            session.kept_context = None;
        }
        result
    }

    async fn texts<D: Downstream>(
        &self,
        context: &Arc<Context>,
        session: &mut SessionContext,
        text: &[u8],
        unread: Option<LexError>,
        lexed: &mut Lexed,
        client: &mut D,
    ) -> io::Result<()> {
        let takes_many = session
            .capabilities
            .contains(Capabilities::MULTI_STATEMENTS);
        let pieces = Pieces::of(text, lexed, unread, takes_many);
        if pieces.are_one() {
            self.whole(context, session, text, lexed, b"", client)
                .await?;
            return Ok(());
        }
        let family = context.family;
        if let Some(second) = pieces.second().filter(|_| !takes_many) {
            let failure = syntax_error(family, text, 0, second);
            return self.answer_failure(session, client, failure, Instant::now());
        }
        for &(start, end) in &pieces.whole {
            // many that are answered here are not to hold up the other sessions of the thread
            tokio::task::consume_budget().await;
            let piece = text.get(start..end).unwrap_or_default();
            let rest = text.get(end..).unwrap_or_default();
            let rest = if is_planted(PlantedFault::TextAfterSemicolon) {
                b""
            } else {
                rest
            };
            if is_bare(piece, session, context, lexed) && !rest.is_empty() {
                let failure = syntax_error(family, text, start, end);
                return self.answer_failure(session, client, failure, Instant::now());
            }
            if !self
                .whole(context, session, piece, lexed, rest, client)
                .await?
                || is_planted(PlantedFault::TextAfterSemicolon)
            {
                return Ok(());
            }
        }
        if let (Some(error), start) = (unread, pieces.open) {
            let failure = unread_error(error, family, text, start);
            return self.answer_failure(session, client, failure, Instant::now());
        }
        Ok(())
    }

    /// One statement, its names belonging to the schema that the session is in.
    async fn whole<D: Downstream>(
        &self,
        context: &Arc<Context>,
        session: &mut SessionContext,
        text: &[u8],
        lexed: &mut Lexed,
        rest: &[u8],
        client: &mut D,
    ) -> io::Result<bool> {
        if session.is_in_system_schema
            && let Some(text) = qualified(session, text, lexed)
            && sql::lex(&text, session.mode, context.family, lexed).is_ok()
        {
            return self.one(context, session, &text, lexed, rest, client).await;
        }
        self.one(context, session, text, lexed, rest, client).await
    }
}

/// The text has no `;`.
fn is_one(lexed: &Lexed) -> bool {
    let mut kinds = lexed.tokens.iter().map(|token| token.kind);
    kinds.all(|kind| kind != sql::TokenKind::Punct(b';'))
}

/// A text of several statements where one is to be prepared, as the servers refuse it.
pub(super) fn check_one(family: ServerFamily, text: &[u8], lexed: &Lexed) -> Result<(), Failure> {
    match Pieces::of(text, lexed, None, false).second() {
        Some(second) => Err(syntax_error(family, text, 0, second)),
        None => Ok(()),
    }
}

/// Reads a piece; whether nothing is in it, or nothing but comments.
fn is_bare(piece: &[u8], session: &SessionContext, context: &Context, lexed: &mut Lexed) -> bool {
    // it has been read as a part of the whole: nothing is open in it
    sql::lex(piece, session.mode, context.family, lexed).is_err() || lexed.tokens.is_empty()
}

/// The statements of a text, as ranges of bytes without the `;` between them and the blanks before them.
struct Pieces {
    whole: Vec<(usize, usize)>,
    /// Where the statement begins that could not be read to its end.
    open: usize,
    is_unread: bool,
}

impl Pieces {
    fn of(text: &[u8], lexed: &Lexed, unread: Option<LexError>, takes_many: bool) -> Self {
        let is_unread = unread.is_some();
        let mut pieces = Self {
            whole: Vec::new(),
            open: 0,
            is_unread,
        };
        if is_one(lexed) {
            return pieces;
        }
        let mut start = 0;
        let mut last = None;
        for range in sql::split(text, lexed) {
            let semicolon = lexed.tokens.get(range.end);
            let Some(semicolon) = semicolon else {
                last = Some(start);
                break;
            };
            pieces.whole.push((start, semicolon.start as usize));
            start = skip_blanks(text, semicolon.end as usize);
        }
        pieces.open = start;
        // behind the last `;` a comment is a statement that does nothing, where statements may follow at all
        let has_comment = last.is_none() && takes_many && start < text.len();
        if !is_unread && (last.is_some() || has_comment) {
            pieces.whole.push((start, text.len()));
        }
        pieces
    }

    fn are_one(&self) -> bool {
        !self.is_unread && self.whole.len() < 2
    }

    /// Where the second statement begins.
    fn second(&self) -> Option<usize> {
        let open = Some(self.open).filter(|open| self.is_unread && *open > 0);
        self.whole.get(1).map(|piece| piece.0).or(open)
    }
}

fn skip_blanks(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace());
    from + blanks.count()
}

/// The text without blanks and semicolons at its end, which the servers drop too.
pub(super) fn without_end(text: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| *byte == b';' || byte.is_ascii_whitespace();
    let end = text
        .iter()
        .rposition(|byte| !is_end(byte))
        .map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

/// What the servers say of the byte `at` in the statement that begins at `start`.
fn syntax_error(family: ServerFamily, text: &[u8], start: usize, at: usize) -> Failure {
    let before = text.get(start..at).unwrap_or_default();
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let near = text.get(at..).unwrap_or_default();
    let (server, near) = match family {
        ServerFamily::MySql(_) => ("MySQL", near_mysql(near)),
        ServerFamily::MariaDb(_) => ("MariaDB", near_mariadb(near)),
    };
    let mut message = format!(
        "You have an error in your SQL syntax; check the manual that corresponds to your {server} server version for \
         the right syntax to use near '"
    )
    .into_bytes();
    message.extend_from_slice(&near);
    message.extend_from_slice(format!("' at line {line}").as_bytes());
    Failure::new(SYNTAX, "42000", message)
}

pub(super) fn unread_error(
    error: LexError,
    family: ServerFamily,
    text: &[u8],
    start: usize,
) -> Failure {
    match error {
        LexError::UnclosedString { start: at }
        | LexError::UnclosedName { start: at }
        | LexError::UnclosedComment { start: at } => syntax_error(family, text, start, at),
        // its text is read, and the end is where it should not be
        LexError::UnclosedExecutable { .. } => syntax_error(family, text, start, text.len()),
        LexError::TooLong { .. } => error.into(),
    }
}

fn near_mysql(near: &[u8]) -> Vec<u8> {
    cut(near, NEAR).to_vec()
}

fn near_mariadb(near: &[u8]) -> Vec<u8> {
    if near.len() <= NEAR {
        return near.to_vec();
    }
    let mut short = cut(near, NEAR - 3).to_vec();
    short.extend_from_slice(b"...");
    short
}

/// At most `most` bytes, no UTF-8 character cut in two.
fn cut(text: &[u8], most: usize) -> &[u8] {
    let mut end = most.min(text.len());
    while end > 0 && text.get(end).is_some_and(|byte| byte & 0xC0 == 0x80) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// A server has seen one statement of a text alone: where its syntax error quotes that statement to its end, the
/// statements behind it belong to the quotation.
pub(super) fn with_rest(packet: &mut ErrPacket, family: ServerFamily, piece: &[u8], rest: &[u8]) {
    const BEFORE: &[u8] = b" near '";
    const BEHIND: &[u8] = b"' at line ";
    if packet.code != SYNTAX || rest.is_empty() {
        return;
    }
    let message = &packet.message;
    let start = message
        .windows(BEFORE.len())
        .position(|found| found == BEFORE);
    let end = message
        .windows(BEHIND.len())
        .rposition(|found| found == BEHIND);
    let (Some(start), Some(end)) = (start.map(|start| start + BEFORE.len()), end) else {
        return;
    };
    let Some(near) = message.get(start..end).filter(|near| piece.ends_with(near)) else {
        return;
    };
    let whole = [near, rest].concat();
    let near = match family {
        ServerFamily::MySql(_) => near_mysql(&whole),
        ServerFamily::MariaDb(_) => near_mariadb(&whole),
    };
    packet.message.splice(start..end, near);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::SqlMode;

    const FAMILY: ServerFamily = ServerFamily::MariaDb(101_119);

    fn pieces(text: &str, takes_many: bool) -> Vec<&str> {
        let mut lexed = Lexed::default();
        let unread = sql::lex(text.as_bytes(), SqlMode::default(), FAMILY, &mut lexed).err();
        let pieces = Pieces::of(text.as_bytes(), &lexed, unread, takes_many);
        let whole = pieces.whole.iter();
        whole.map(|(start, end)| &text[*start..*end]).collect()
    }

    #[test]
    fn a_text_is_cut_at_its_semicolons() {
        assert_eq!(
            pieces("SELECT 1; \n SELECT ';'", true),
            ["SELECT 1", "SELECT ';'"]
        );
        assert_eq!(
            pieces("SELECT 1; ;SELECT 2", true),
            ["SELECT 1", "", "SELECT 2"]
        );
        assert_eq!(pieces("SELECT 1; SELECT 'open", true), ["SELECT 1"]);
        assert_eq!(pieces("SELECT 1; -- c", true), ["SELECT 1", "-- c"]);
        assert_eq!(pieces("SELECT 1; -- c", false), ["SELECT 1"]);
        assert!(pieces("SELECT 1", true).is_empty());
    }

    #[test]
    fn a_syntax_error_quotes_the_statements_behind_too() {
        let error = |near: &str| {
            let message = format!("syntax to use near '{near}' at line 1");
            ErrPacket::new(SYNTAX, "42000", message)
        };
        let mut packet = error("SELEC 2");
        with_rest(&mut packet, FAMILY, b"SELEC 2", b"; SELECT 3");
        assert_eq!(packet, error("SELEC 2; SELECT 3"));
        let mut packet = error("elsewhere");
        with_rest(&mut packet, FAMILY, b"SELEC 2", b"; SELECT 3");
        assert_eq!(packet, error("elsewhere"));
    }

    #[test]
    fn a_quotation_is_as_long_as_the_servers() {
        let long = "é".repeat(60);
        assert_eq!(near_mysql(long.as_bytes()).len(), 80);
        assert_eq!(near_mariadb(long.as_bytes()).len(), 79);
        assert_eq!(near_mariadb(b"short"), b"short");
    }
}
