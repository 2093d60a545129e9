//! What is known of a statement from its shape.

use std::sync::{Arc, OnceLock, Weak};

use arc_swap::ArcSwapOption;

use crate::model::Schema;
use crate::rewrite::{ExecutionUnit, ShapeEdits, is_planned};
use crate::route::{self, Refusal, Route, RouteInput, ShapeRoute, Target};
use crate::sql::{self, Digest, Kind, Lexed, SqlMode, Statement};

use super::context::LogicalDatabase;
use super::session_call::{self, SessionCall};

/// Bytes that a statement and its routes take for each token: more than was measured.
const PER_TOKEN: usize = 96;

/// What is known of a statement from its shape alone.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) statement: Statement,
    pub(super) calls: Vec<SessionCall>,
    /// The digest of every text of this shape, once it was asked for.
    pub(super) digest: OnceLock<Digest>,
    /// What the routes of its texts have in common; the shape holds everything else that they depend on.
    routes: ArcSwapOption<Routes>,
    tokens: usize,
}

/// The routes of a shape's texts.
#[derive(Debug)]
struct Routes {
    database: Weak<LogicalDatabase>,
    /// The columns that the tables had; another one takes its place by each reading of metadata.
    schema: Weak<Schema>,
    /// `None` where each text is routed from its beginning.
    shape: Option<Arc<ShapeRoute>>,
    /// What their plans have in common; `None` where each text is planned from its beginning.
    edits: Option<Arc<ShapeEdits>>,
    /// Texts that were learned from.
    lessons: u8,
}

/// Texts that are learned from at most: one with NULL for its key, or for a node that is named as the table, teaches
/// nothing, though the next one may.
const MOST_LESSONS: u8 = 8;

impl Routes {
    /// There is no more to know.
    fn are_learned(&self) -> bool {
        self.lessons >= MOST_LESSONS || self.shape.is_some() && self.edits.is_some()
    }

    fn are_of(&self, database: &Arc<LogicalDatabase>, schema: &Arc<Schema>) -> bool {
        // no other one gets its place in memory while it is pointed at
        self.schema.as_ptr() == Arc::as_ptr(schema)
            && self.database.as_ptr() == Arc::as_ptr(database)
    }
}

impl Template {
    pub(super) fn of(text: &[u8], lexed: &Lexed, mode: SqlMode) -> Self {
        let statement = sql::analyze(text, lexed, 0..lexed.tokens.len(), mode);
        Self {
            statement,
            calls: session_call::find(text, lexed),
            digest: OnceLock::new(),
            routes: ArcSwapOption::empty(),
            tokens: lexed.tokens.len(),
        }
    }

    /// The route of a text of this shape in `database`, with `schema` as the columns of its tables; and its one unit, if
    /// that is known from the shape.
    ///
    /// # Errors
    /// As [`route::route`].
    pub(super) fn route(
        &self,
        input: &RouteInput<'_>,
        database: &Arc<LogicalDatabase>,
        schema: &Arc<Schema>,
    ) -> Result<(Route, Option<ExecutionUnit>), Refusal> {
        let known = self.routes.load();
        let known = known
            .as_deref()
            .filter(|known| known.are_of(database, schema));
        let Some(routes) = known.filter(|known| known.are_learned()) else {
            return Ok((self.learn(input, database, schema, known)?, None));
        };
        let Some(route) = routes.shape.as_ref().and_then(|shape| shape.route(input)) else {
            return Ok((route::route(input)?, None));
        };
        debug_assert_eq!(Ok(&route), route::route(input).as_ref());
        let edits = routes.edits.as_ref();
        let unit = edits.and_then(|edits| unit_of(edits, &route));
        debug_assert!(unit.iter().all(|unit| is_planned(input, &route, unit)));
        Ok((route, unit))
    }

    /// Routes a text from its beginning, and keeps what the other texts of its shape have in common with it, beside what
    /// is `known` already.
    fn learn(
        &self,
        input: &RouteInput<'_>,
        database: &Arc<LogicalDatabase>,
        schema: &Arc<Schema>,
        known: Option<&Routes>,
    ) -> Result<Route, Refusal> {
        let route = route::route(input)?;
        let shape = ShapeRoute::of(input, &route).map(Arc::new);
        let edits = shape.as_ref().and_then(|_| ShapeEdits::of(input, &route));
        let edits = edits.map(Arc::new);
        self.routes.store(Some(Arc::new(Routes {
            database: Arc::downgrade(database),
            schema: Arc::downgrade(schema),
            shape: shape.or_else(|| known?.shape.clone()),
            edits: edits.or_else(|| known?.edits.clone()),
            lessons: known.map_or(0, |known| known.lessons) + 1,
        })));
        Ok(route)
    }

    /// Bytes that it takes, at most.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + size_of::<Routes>() + self.tokens * PER_TOKEN
    }

    /// Only these hold no value of a literal: a text of the same shape may take their place.
    pub(super) fn is_shared(&self) -> bool {
        matches!(
            self.statement.kind,
            Kind::Query(_) | Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_)
        )
    }
}

/// The unit of a route that its shape has led to.
fn unit_of(edits: &Arc<ShapeEdits>, route: &Route) -> Option<ExecutionUnit> {
    match &route.target {
        Target::Units(units) => match units.as_slice() {
            [unit] => ShapeEdits::unit(edits, unit),
            _ => None,
        },
        _ => None,
    }
}
