//! Texts that some session has prepared, shared between all of them.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use crate::metrics::Metrics;
use crate::route::is_system;
use crate::sql::{self, Kind, Lexed};

use super::budget::Budget;
use super::clock_map::ClockMap;
use super::context::Context;
use super::error::Failure;
use super::prepared_text::{Conditions, PreparedText, params};
use super::scratch;
use super::script::{check_one, unread_error, without_end};
use super::session_context::SessionContext;
use super::system_schema::qualified;
use super::templates::Templates;

/// Parts that lock alone, so that workers seldom meet.
const PARTS: usize = 16;
/// Bytes of texts that all parts together keep for sessions to come.
const MAX_BYTES: usize = 8 << 20;
/// A longer text is its session's own: it would push out many short ones.
const MAX_TEXT: usize = 16 << 10;
/// The protocol counts parameters in 16 bits.
const MAX_PARAMS: usize = 65_535;

/// Prepared texts by hash.
#[derive(Debug)]
pub(super) struct PreparedTexts {
    parts: [Mutex<ClockMap<Arc<PreparedText>>>; PARTS],
    /// Keeps clients from choosing texts whose hashes collide.
    hasher: RandomState,
    pub(super) budget: Arc<Budget>,
    /// Values that come in pieces are counted by themselves: an upload of one session must not keep the others from
    /// preparing.
    pub(super) long_values: Arc<Budget>,
}

impl PreparedTexts {
    /// No text is known yet.
    pub(super) fn new(metrics: &Arc<Metrics>) -> Self {
        Self {
            parts: std::array::from_fn(|_| Mutex::new(ClockMap::new(MAX_BYTES / PARTS))),
            hasher: RandomState::new(),
            budget: Budget::new(metrics),
            long_values: Budget::new(metrics),
        }
    }

    /// The text as it reads under the session's conditions.
    ///
    /// # Errors
    /// It is no single statement, cannot be read, or there is no memory for it.
    pub(super) fn of(
        &self,
        context: &Context,
        session: &mut SessionContext,
        templates: &Templates,
        text: &[u8],
    ) -> Result<Arc<PreparedText>, Failure> {
        let named = server_names(context, session, text);
        let text = named.as_deref().unwrap_or(text);
        let conditions = Conditions::of(context, session);
        let hash = self.hasher.hash_one((text, &conditions));
        if let Some(known) = self.known(hash, text, &conditions) {
            return Ok(known);
        }
        let mut lexed = scratch::take_lexed();
        let read = self.read(context, session, templates, text, conditions, &mut lexed);
        scratch::put_lexed(lexed);
        let read = Arc::new(read?);
        if text.len() <= MAX_TEXT {
            self.keep(hash, &read);
        }
        Ok(read)
    }

    fn part(&self, hash: u64) -> Option<&Mutex<ClockMap<Arc<PreparedText>>>> {
        let index = usize::try_from(hash % PARTS as u64).ok()?;
        self.parts.get(index)
    }

    fn known(&self, hash: u64, text: &[u8], conditions: &Conditions) -> Option<Arc<PreparedText>> {
        let mut part = self
            .part(hash)?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = part.get(hash)?;
        (*known.text == *text && known.conditions == *conditions).then(|| Arc::clone(known))
    }

    fn keep(&self, hash: u64, text: &Arc<PreparedText>) {
        let Some(part) = self.part(hash) else { return };
        let cost = PreparedText::cost(&text.text, &text.lexed);
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        // sessions that hold what gives way keep it
        part.insert(hash, Arc::clone(text), cost);
    }

    fn read(
        &self,
        context: &Context,
        session: &mut SessionContext,
        templates: &Templates,
        text: &[u8],
        conditions: Conditions,
        lexed: &mut Lexed,
    ) -> Result<PreparedText, Failure> {
        sql::lex(text, session.mode, context.family, lexed)
            .map_err(|error| unread_error(error, context.family, text, 0))?;
        check_one(context.family, text, lexed)?;
        if params(lexed) > MAX_PARAMS {
            let message = "Prepared statement contains too many placeholders";
            return Err(Failure::new(1390, "HY000", message));
        }
        let mut normalized = scratch::take_bytes();
        let (template, _) = templates.of(context, session, text, lexed, &mut normalized);
        scratch::put_bytes(normalized);
        if template.statement.kind == Kind::Empty {
            return Err(Failure::new(1065, "42000", "Query was empty"));
        }
        let cost = PreparedText::cost(text, lexed);
        let most = context.prepared_limits.bytes;
        let lease = self.budget.take(cost, most).or_else(|| {
            self.forget();
            self.budget.take(cost, most)
        });
        let Some(lease) = lease else {
            return Err(no_room(most));
        };
        let lexed = Lexed {
            tokens: lexed.tokens.as_slice().into(),
            comments: lexed.comments.as_slice().into(),
            ..*lexed
        };
        Ok(PreparedText::new(text, lexed, template, conditions, lease))
    }

    /// Gives up all texts that no session holds.
    fn forget(&self) {
        for part in &self.parts {
            part.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

/// The text with the schema before its names, in a session that is in one of the servers' own; `None` if it stays as it
/// is. What cannot be read is refused later.
fn server_names(context: &Context, session: &SessionContext, text: &[u8]) -> Option<Vec<u8>> {
    if !session.database.as_deref().is_some_and(is_system) {
        return None;
    }
    let mut lexed = Lexed::default();
    sql::lex(text, session.mode, context.family, &mut lexed).ok()?;
    qualified(session, text, &lexed)
}

/// The text that a client sends to be prepared, as the servers read it.
pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    without_end(text)
}

/// 1461 for want of memory.
pub(super) fn no_room(most: usize) -> Failure {
    let message = format!(
        "Can't create more prepared statements: those of all sessions hold {most} bytes, as limits.maxPreparedBytes \
         allows; close some, or raise the limit"
    );
    Failure::new(1461, "42000", message)
}
