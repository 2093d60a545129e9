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
    shape: Option<ShapeRoute>,
    /// What their plans have in common; `None` where each text is planned from its beginning.
    edits: Option<Arc<ShapeEdits>>,
}

impl Routes {
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
        match known
            .as_deref()
            .filter(|known| known.are_of(database, schema))
        {
            Some(Routes { shape, edits, .. }) => {
                let short = shape.as_ref().and_then(|shape| shape.route(input));
                if let Some(route) = short {
                    debug_assert_eq!(Ok(&route), route::route(input).as_ref());
                    let unit = edits.as_ref().and_then(|edits| unit_of(edits, &route));
                    debug_assert!(unit.iter().all(|unit| is_planned(input, &route, unit)));
                    return Ok((route, unit));
                }
                Ok((route::route(input)?, None))
            }
            None => {
                let route = route::route(input)?;
                let shape = ShapeRoute::of(input, &route);
                let edits = shape.as_ref().and_then(|_| ShapeEdits::of(input, &route));
                self.routes.store(Some(Arc::new(Routes {
                    database: Arc::downgrade(database),
                    schema: Arc::downgrade(schema),
                    shape,
                    edits: edits.map(Arc::new),
                })));
                Ok((route, None))
            }
        }
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
