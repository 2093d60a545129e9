//! PREPARE, EXECUTE and DEALLOCATE in SQL text: the text is kept by name, and served with the variables' values as
//! literals, so that it is routed and refused as any other.

use std::collections::HashMap;
use std::sync::Arc;

use crate::execute::{Downstream, Ending, write_ending};
use crate::metrics::StatementClass;
use crate::model::Charset;
use crate::protocol::OkPacket;
use crate::sql::{self, Kind, TokenKind, punct_is, text_value, word_is};

use super::budget::Lease;
use super::error::Failure;
use super::interpolation::{interpolate, push_quoted};
use super::prepare::check_preparable;
use super::prepared_text::PreparedText;
use super::prepared_texts::{no_room, trimmed};
use super::session_context::SessionContext;
use super::user_variable;
use super::walk::{Job, Kernel, Served};

/// A session's statements that were prepared in text, by lower-case name.
#[derive(Debug, Default)]
pub(super) struct NamedStatements(HashMap<String, (Arc<PreparedText>, Lease)>);

impl NamedStatements {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.0 = HashMap::new();
    }
}

impl Kernel {
    /// PREPARE, EXECUTE, DEALLOCATE.
    pub(super) async fn named<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        match &job.statement.kind {
            Kind::Prepare => self.prepare_named(job, session, client).await,
            Kind::Execute if word_is(job.text, job.lexed, 1, "IMMEDIATE") => {
                self.execute_at_once(job, session, client).await
            }
            Kind::Execute => {
                let name = name_at(job, 1)?;
                let Some((text, _)) = session.named.0.get(&name) else {
                    return Err(unknown(&name, "EXECUTE"));
                };
                let text = Arc::clone(text);
                self.execute_named(job, 2, text, session, client).await
            }
            _ => {
                let name = name_at(job, 2)?;
                if session.named.0.remove(&name).is_none() {
                    return Err(unknown(&name, "DEALLOCATE PREPARE"));
                }
                Self::answer_ok(job, session, client);
                Ok(StatementClass::Session)
            }
        }
    }

    async fn prepare_named<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let name = name_at(job, 1)?;
        if !word_is(job.text, job.lexed, 2, "FROM") {
            return Err(syntax(job, 2));
        }
        let (text, end) = text_at(job, 3, session)?;
        if end < job.lexed.tokens.len() {
            return Err(syntax(job, end));
        }
        // the old one is gone even if the new one fails
        session.named.0.remove(&name);
        let (text, mut lease) = self.prepared_by_text(job, &text, session).await?;
        let most = job.context.prepared_limits.bytes;
        if !lease.grow(name.len(), most) {
            return Err(no_room(most));
        }
        session.named.0.insert(name, (text, lease));
        let ok = OkPacket {
            status: session.status(),
            info: b"Statement prepared".to_vec(),
            ..OkPacket::default()
        };
        session.row_count = 0;
        write_ending(&Ending::Ok(ok), client, job.more_follow());
        Ok(StatementClass::Session)
    }

    async fn prepared_by_text(
        &self,
        job: &Job<'_>,
        text: &[u8],
        session: &mut SessionContext,
    ) -> Result<(Arc<PreparedText>, Lease), Failure> {
        // the outer statement's tokens are lent by the session
        let lease = self.statement_lease(job.context, session)?;
        let text = self
            .prepared_texts
            .of(job.context, session, &self.templates, trimmed(text))?;
        check_preparable(job.context, &text)?;
        self.defined(job.context, session, &text).await?;
        Ok((text, lease))
    }

    async fn execute_named<D: Downstream>(
        &self,
        job: &Job<'_>,
        at: usize,
        mut text: Arc<PreparedText>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let values = values_at(job, at, session)?;
        if values.len() != text.params {
            return Err(super::bound_execution::wrong_arguments("EXECUTE"));
        }
        let own = session.database.clone();
        let swaps = text.conditions.database != own
            && !matches!(text.template.statement.kind, Kind::Use(_));
        if swaps {
            session.database.clone_from(&text.conditions.database);
        }
        let served = match self.text_now(job.context, session, &mut text) {
            Ok(text) => {
                let filled = interpolate(&text.text, &text.lexed, |index, out| {
                    if let Some(value) = values.get(index) {
                        out.extend_from_slice(value);
                    }
                });
                self.as_text(job, &filled, session, client).await
            }
            Err(failure) => Err(failure),
        };
        if swaps && session.database == text.conditions.database {
            session.database = own;
        }
        served
    }

    /// EXECUTE IMMEDIATE of `MariaDB`.
    async fn execute_at_once<D: Downstream>(
        &self,
        job: &Job<'_>,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Served {
        let (text, end) = text_at(job, 2, session)?;
        let (text, _lease) = self.prepared_by_text(job, &text, session).await?;
        self.execute_named(job, end, text, session, client).await
    }
}

fn name_at(job: &Job<'_>, index: usize) -> Result<String, Failure> {
    match job.lexed.kind(index) {
        Some(TokenKind::Word | TokenKind::QuotedName) => {
            Ok(sql::name_value(job.lexed.bytes(job.text, index)).to_lowercase())
        }
        _ => Err(syntax(job, index)),
    }
}

/// A text literal or a variable that holds one, and the token behind it.
fn text_at(
    job: &Job<'_>,
    index: usize,
    session: &SessionContext,
) -> Result<(Vec<u8>, usize), Failure> {
    let bytes = job.lexed.bytes(job.text, index);
    match job.lexed.kind(index) {
        Some(TokenKind::Text) => {
            let mut text = text_value(bytes, session.mode).into_owned();
            let mut next = index + 1;
            // 'a' 'b' is one literal
            while job.lexed.kind(next) == Some(TokenKind::Text) {
                let more = job.lexed.bytes(job.text, next);
                text.extend_from_slice(&text_value(more, session.mode));
                next += 1;
            }
            Ok((text, next))
        }
        Some(TokenKind::UserVariable) => {
            let name = user_variable::name_of(bytes, session.mode);
            let literal = session.state.user(&name).unwrap_or("NULL");
            let text = text_of_literal(literal, session.charset)
                .or_else(|| wide_text_of_literal(literal, session.charset))
                .unwrap_or_else(|| literal.as_bytes().to_vec());
            Ok((text, index + 1))
        }
        _ => Err(syntax(job, index)),
    }
}

/// The literals behind USING.
fn values_at(
    job: &Job<'_>,
    mut at: usize,
    session: &SessionContext,
) -> Result<Vec<Vec<u8>>, Failure> {
    let mut values = Vec::new();
    if at == job.lexed.tokens.len() {
        return Ok(values);
    }
    if !word_is(job.text, job.lexed, at, "USING") {
        return Err(syntax(job, at));
    }
    loop {
        at += 1;
        let bytes = job.lexed.bytes(job.text, at);
        let value =
            match job.lexed.kind(at) {
                Some(TokenKind::UserVariable) => {
                    let name = user_variable::name_of(bytes, session.mode);
                    let literal = session.state.user(&name).unwrap_or("NULL");
                    plain_literal(literal, session)
                }
                // MariaDB takes expressions, of which these are what it is used for
                Some(
                    TokenKind::Integer | TokenKind::Decimal | TokenKind::Float | TokenKind::Text,
                ) if job.context.is_mariadb() => bytes.to_vec(),
                Some(TokenKind::Word) if bytes.eq_ignore_ascii_case(b"NULL") => bytes.to_vec(),
                _ => return Err(syntax(job, at)),
            };
        values.push(value);
        at += 1;
        if at == job.lexed.tokens.len() {
            return Ok(values);
        }
        if !punct_is(job.lexed, at, b',') {
            return Err(syntax(job, at));
        }
    }
}

/// A variable's literal as a client would write it: routing reads a quoted text, and no text in hexadecimal digits.
fn plain_literal(literal: &str, session: &SessionContext) -> Vec<u8> {
    match text_of_literal(literal, session.charset) {
        Some(text) => {
            let mut out = Vec::with_capacity(text.len() + 2);
            push_quoted(&mut out, &text, session.mode);
            out
        }
        None => literal.as_bytes().to_vec(),
    }
}

/// The bytes of `_utf8mb4 x'..' COLLATE ..`, where they mean the same in the client's character set.
fn text_of_literal(literal: &str, charset: Charset) -> Option<Vec<u8>> {
    let (introducer, bytes) = bytes_of_literal(literal)?;
    // in a character set that no client may have, an ASCII byte may be another character, or a part of one
    let own = Charset::from_name(introducer)?;
    (own != Charset::Binary && (own == charset || bytes.is_ascii())).then_some(bytes)
}

/// The text of `_utf16 x'..' COLLATE ..` and its like, in the client's character set.
fn wide_text_of_literal(literal: &str, charset: Charset) -> Option<Vec<u8>> {
    let (introducer, bytes) = bytes_of_literal(literal)?;
    let units = |read: fn([u8; 2]) -> u16| {
        let (pairs, []) = bytes.as_chunks::<2>() else {
            return None;
        };
        let units = pairs.iter().map(|pair| read(*pair));
        char::decode_utf16(units)
            .collect::<Result<String, _>>()
            .ok()
    };
    let text = match introducer {
        "ucs2" | "utf16" => units(u16::from_be_bytes)?,
        "utf16le" => units(u16::from_le_bytes)?,
        "utf32" => {
            let (quads, []) = bytes.as_chunks::<4>() else {
                return None;
            };
            let chars = quads
                .iter()
                .map(|quad| char::from_u32(u32::from_be_bytes(*quad)));
            chars.collect::<Option<String>>()?
        }
        _ => return None,
    };
    (charset == Charset::Utf8mb4 || text.is_ascii()).then(|| text.into_bytes())
}

/// The introducer and the bytes of `_charset x'..'`.
fn bytes_of_literal(literal: &str) -> Option<(&str, Vec<u8>)> {
    let (introducer, rest) = literal.strip_prefix('_')?.split_once(" x'")?;
    let (digits, _) = rest.split_once('\'')?;
    let digits = digits.as_bytes().as_chunks::<2>().0;
    let bytes: Option<Vec<u8>> = digits
        .iter()
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    Some((introducer, bytes?))
}

fn syntax(job: &Job<'_>, token: usize) -> Failure {
    let near = job
        .lexed
        .tokens
        .get(token)
        .map_or(job.text.len(), |token| token.start as usize);
    let near = String::from_utf8_lossy(job.text.get(near..).unwrap_or_default()).into_owned();
    let near: String = near.chars().take(80).collect();
    let message = format!(
        "You have an error in your SQL syntax; PREPARE takes a name, FROM and a text or a variable, EXECUTE a name and \
         variables behind USING; check it near '{near}'"
    );
    Failure::new(1064, "42000", message)
}

fn unknown(name: &str, command: &str) -> Failure {
    let message = format!("Unknown prepared statement handler ({name}) given to {command}");
    Failure::new(1243, "HY000", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variables_text_is_written_as_a_client_would() {
        let literal = "_utf8mb4 x'6974277320' COLLATE utf8mb4_general_ci";
        let text = text_of_literal(literal, Charset::Latin1);
        assert_eq!(text.as_deref(), Some(&b"it's "[..]));
        for kept in [
            "5",
            "1.5",
            "5e0",
            "NULL",
            "_binary x'35'",
            "_utf8mb4 x'C3A4' COLLATE utf8mb4_bin",
            "_utf16 x'0041' COLLATE utf16_bin",
            "_ucs2 x'4141' COLLATE ucs2_bin",
            "_utf32 x'00000041' COLLATE utf32_bin",
            "_swe7 x'5B' COLLATE swe7_bin",
        ] {
            assert_eq!(text_of_literal(kept, Charset::Latin1), None, "{kept}");
        }
        assert!(text_of_literal("_utf8mb4 x'C3A4' COLLATE x", Charset::Utf8mb4).is_some());
    }

    #[test]
    fn a_text_to_prepare_may_be_in_wide_characters() {
        let read = |literal: &str, charset| {
            let text = wide_text_of_literal(literal, charset)?;
            Some(String::from_utf8(text).unwrap())
        };
        for (literal, text) in [
            ("_utf16 x'00410042' COLLATE utf16_bin", "AB"),
            ("_utf16 x'D83DDE00' COLLATE utf16_bin", "\u{1F600}"),
            ("_ucs2 x'00E4' COLLATE ucs2_bin", "\u{E4}"),
            ("_utf16le x'4100' COLLATE utf16le_bin", "A"),
            ("_utf32 x'00000041' COLLATE utf32_bin", "A"),
        ] {
            assert_eq!(read(literal, Charset::Utf8mb4).as_deref(), Some(text));
        }
        let plain = read("_utf16 x'0041' COLLATE x", Charset::Latin1);
        assert_eq!(plain.as_deref(), Some("A"));
        for literal in [
            "_ucs2 x'00E4' COLLATE x",
            "_utf16 x'D83D' COLLATE x",
            "_utf32 x'0041' COLLATE x",
            "_latin1 x'41' COLLATE x",
            "5",
        ] {
            assert_eq!(read(literal, Charset::Latin1), None, "{literal}");
        }
    }
}
