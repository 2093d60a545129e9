//! One prepared text: read once and shared by every session that prepares the same under the same conditions.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::backend::Definitions;
use crate::model::{Charset, Schema};
use crate::sql::{Lexed, SqlMode, Token, TokenKind};

use super::budget::Lease;
use super::context::Context;
use super::session_context::SessionContext;
use super::template::Template;

/// Definitions are kept for so many states of sessions.
const MAX_KNOWN: usize = 4;
/// Larger definitions are asked for each time.
const MAX_DEFINITIONS: usize = 64 << 10;
/// What a text costs beside its bytes and tokens: its template, above all.
const OVERHEAD: usize = 1 << 10;

/// What the meaning of a text depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Conditions {
    pub(super) mode: SqlMode,
    pub(super) charset: Charset,
    pub(super) database: Option<Arc<str>>,
    pub(super) generation: u64,
}

impl Conditions {
    pub(super) fn of(context: &Context, session: &SessionContext) -> Self {
        Self {
            mode: session.mode,
            charset: session.charset,
            database: session.database.clone(),
            generation: context.generation,
        }
    }

    /// Whether a session's text means now what it meant under these.
    pub(super) fn hold(&self, context: &Context, session: &SessionContext) -> bool {
        self.generation == context.generation
            && self.mode == session.mode
            && self.charset == session.charset
    }
}

/// Definitions with logical names, and what they hold for.
#[derive(Debug)]
struct Known {
    /// The columns that the tables had; another one takes its place by each reading of metadata.
    schema: Weak<Schema>,
    /// Hash of the session's variables.
    state: u64,
    definitions: Arc<Definitions>,
    _lease: Lease,
}

impl Known {
    fn is_of(&self, schema: &Arc<Schema>) -> bool {
        // no other schema gets its place in memory while it is pointed at
        self.schema.as_ptr() == Arc::as_ptr(schema)
    }
}

/// The number of the next text.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

/// A prepared text.
#[derive(Debug)]
pub(super) struct PreparedText {
    /// No other text of the process has it, or had it.
    pub(super) number: u64,
    pub(super) text: Box<[u8]>,
    pub(super) lexed: Lexed,
    pub(super) template: Arc<Template>,
    /// Number of parameters.
    pub(super) params: usize,
    pub(super) conditions: Conditions,
    known: Mutex<Vec<Known>>,
    lease: Lease,
}

impl PreparedText {
    pub(super) fn new(
        text: &[u8],
        lexed: Lexed,
        template: Arc<Template>,
        conditions: Conditions,
        lease: Lease,
    ) -> Self {
        Self {
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
            text: text.into(),
            params: params(&lexed),
            lexed,
            template,
            conditions,
            known: Mutex::default(),
            lease,
        }
    }

    /// Bytes that a text of so many tokens takes.
    pub(super) fn cost(text: &[u8], lexed: &Lexed) -> usize {
        text.len() * 2 + lexed.tokens.len() * size_of::<Token>() * 2 + OVERHEAD
    }

    /// The definitions, if they are known for tables and sessions like these.
    pub(super) fn definitions(&self, schema: &Arc<Schema>, state: u64) -> Option<Arc<Definitions>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .iter()
            .find(|known| known.state == state && known.is_of(schema))
            .map(|known| Arc::clone(&known.definitions))
    }

    /// Remembers definitions; those of tables that have changed since are forgotten.
    pub(super) fn learn(
        &self,
        schema: &Arc<Schema>,
        state: u64,
        definitions: &Arc<Definitions>,
        most_bytes: usize,
    ) {
        let payloads = definitions.params.iter().chain(&definitions.columns);
        let size: usize = payloads
            .map(|payload| payload.len() + size_of::<Vec<u8>>())
            .sum();
        if size > MAX_DEFINITIONS {
            return;
        }
        let Some(lease) = self.lease.beside(size, most_bytes) else {
            return;
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|known| known.state != state && known.is_of(schema));
        if known.len() >= MAX_KNOWN {
            known.remove(0);
        }
        known.push(Known {
            schema: Arc::downgrade(schema),
            state,
            definitions: Arc::clone(definitions),
            _lease: lease,
        });
    }
}

/// Number of `?` among the tokens.
pub(super) fn params(lexed: &Lexed) -> usize {
    let tokens = lexed.tokens.iter();
    tokens
        .filter(|token| token.kind == TokenKind::Parameter)
        .count()
}
