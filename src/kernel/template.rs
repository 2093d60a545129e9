//! Shapes of statements seen before: a hit needs no parser.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use arc_swap::ArcSwapOption;

use crate::model::Schema;
use crate::route::{self, Refusal, Route, RouteInput, ShapeRoute};
use crate::sql::{self, Digest, Kind, Lexed, ShapeContext, Statement};

use super::context::{Context, LogicalDatabase};
use super::session_call::{self, SessionCall};
use super::session_context::SessionContext;

/// Parts that lock alone, so that workers seldom meet.
const PARTS: usize = 16;
/// Bytes of normalized text that all parts may hold together; a part that is full starts anew.
const MAX_BYTES: usize = 16 << 20;
/// A longer shape is not kept: it would push out many short ones.
const MAX_SHAPE: usize = 64 << 10;

/// What is known of a statement from its shape alone.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) statement: Statement,
    pub(super) calls: Vec<SessionCall>,
    /// The digest of every text of this shape, once it was asked for.
    pub(super) digest: OnceLock<Digest>,
    /// What the routes of its texts have in common; the shape holds everything else that they depend on.
    routes: ArcSwapOption<Routes>,
}

/// The routes of a shape's texts.
#[derive(Debug)]
struct Routes {
    database: Weak<LogicalDatabase>,
    /// The columns that the tables had; another one takes its place by each reading of metadata.
    schema: Weak<Schema>,
    /// `None` where each text is routed from its beginning.
    shape: Option<ShapeRoute>,
}

impl Routes {
    fn are_of(&self, database: &Arc<LogicalDatabase>, schema: &Arc<Schema>) -> bool {
        // no other one gets its place in memory while it is pointed at
        self.schema.as_ptr() == Arc::as_ptr(schema)
            && self.database.as_ptr() == Arc::as_ptr(database)
    }
}

impl Template {
    fn of(text: &[u8], lexed: &Lexed, session: &SessionContext) -> Self {
        let statement = sql::analyze(text, lexed, 0..lexed.tokens.len(), session.mode);
        Self {
            statement,
            calls: session_call::find(text, lexed),
            digest: OnceLock::new(),
            routes: ArcSwapOption::empty(),
        }
    }

    /// The route of a text of this shape in `database`, with `schema` as the columns of its tables.
    ///
    /// # Errors
    /// As [`route::route`].
    pub(super) fn route(
        &self,
        input: &RouteInput<'_>,
        database: &Arc<LogicalDatabase>,
        schema: &Arc<Schema>,
    ) -> Result<Route, Refusal> {
        let known = self.routes.load();
        match known
            .as_deref()
            .filter(|known| known.are_of(database, schema))
        {
            Some(Routes { shape, .. }) => {
                let short = shape.as_ref().and_then(|shape| shape.route(input));
                if let Some(route) = short {
                    debug_assert_eq!(Ok(&route), route::route(input).as_ref());
                    return Ok(route);
                }
                route::route(input)
            }
            None => {
                let route = route::route(input)?;
                self.routes.store(Some(Arc::new(Routes {
                    database: Arc::downgrade(database),
                    schema: Arc::downgrade(schema),
                    shape: ShapeRoute::of(input, &route),
                })));
                Ok(route)
            }
        }
    }

    /// Only these hold no value of a literal: a text of the same shape may take their place.
    fn is_shared(&self) -> bool {
        matches!(
            self.statement.kind,
            Kind::Query(_) | Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_)
        )
    }
}

#[derive(Debug)]
struct Entry {
    normalized: Box<[u8]>,
    template: Arc<Template>,
}

/// Passes a shape key on: it is a hash already, and seeded.
#[derive(Clone, Copy, Debug, Default)]
struct KeyAsHash(u64);

impl Hasher for KeyAsHash {
    fn finish(&self) -> u64 {
        // the low bits are alike in one part
        self.0.rotate_right(u64::BITS / 2)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

#[derive(Debug, Default)]
struct Part {
    entries: HashMap<u64, Entry, BuildHasherDefault<KeyAsHash>>,
    bytes: usize,
}

/// Templates by shape key, bounded by bytes.
#[derive(Debug)]
pub(super) struct Templates {
    parts: [Mutex<Part>; PARTS],
    /// Keeps clients from choosing texts whose keys collide.
    seed: u64,
}

impl Default for Templates {
    fn default() -> Self {
        Self {
            parts: Default::default(),
            seed: RandomState::new().hash_one(PARTS),
        }
    }
}

impl Templates {
    /// The template of a text, and whether it was known. `normalized` is scratch space.
    pub(super) fn of(
        &self,
        context: &Context,
        session: &SessionContext,
        text: &[u8],
        lexed: &Lexed,
        normalized: &mut Vec<u8>,
    ) -> (Arc<Template>, bool) {
        let shape = ShapeContext {
            mode: session.mode,
            family: context.family,
            charset: session.charset,
            schema: session.database.as_deref(),
            generation: context.generation,
            seed: self.seed,
        };
        normalized.clear();
        let key = sql::shape_key(text, lexed, &(0..lexed.tokens.len()), &shape, normalized).0;
        let Some(part) = usize::try_from(key % PARTS as u64)
            .ok()
            .and_then(|part| self.parts.get(part))
        else {
            return (Arc::new(Template::of(text, lexed, session)), false);
        };
        {
            let part = part.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(entry) = part
                .entries
                .get(&key)
                .filter(|entry| *entry.normalized == normalized[..])
            {
                return (Arc::clone(&entry.template), true);
            }
        }
        let template = Arc::new(Template::of(text, lexed, session));
        if template.is_shared() && normalized.len() <= MAX_SHAPE {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            if part.bytes + normalized.len() > MAX_BYTES / PARTS {
                *part = Part::default();
            }
            part.bytes += normalized.len();
            let entry = Entry {
                normalized: normalized.as_slice().into(),
                template: Arc::clone(&template),
            };
            part.entries.insert(key, entry);
        }
        (template, false)
    }
}
