//! What is known of a statement from its shape.

use std::sync::{Arc, OnceLock, Weak};

use arc_swap::{ArcSwapOption, Guard};

use crate::model::Schema;
use crate::rewrite::{ExecutionUnit, ShapeEdits, is_planned};
use crate::route::{self, KeyNeed, Refusal, Route, RouteInput, ShapeRoute, is_system};
use crate::sql::{self, Digest, Kind, Lexed, SqlMode, Statement, TableRef};

use super::context::LogicalDatabase;
use super::ordinary::is_plain;
use super::session_call::{self, SessionCall};

/// Bytes that a statement and its routes take for each token: more than was measured.
const PER_TOKEN: usize = 96;

/// What is known of a statement from its shape alone.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) statement: Statement,
    pub(super) calls: Vec<SessionCall>,
    /// Its texts ask for rows or change some, and neither look at the session nor at a server's own schemas.
    pub(super) takes_fast_path: bool,
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

/// Texts that are learned from at most: one for a node that is named as the text writes the table teaches nothing, though
/// the next one may.
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

/// What is known of the routes of a shape's texts here and now.
pub(super) struct Known(Option<Guard<Option<Arc<Routes>>>>);

impl Known {
    /// Of a text without a shape of its own.
    pub(super) const NOTHING: Self = Self(None);

    fn routes(&self) -> Option<&Routes> {
        self.0.as_ref()?.as_deref()
    }

    /// The keys to be generated for a text of the shape.
    ///
    /// # Errors
    /// As [`KeyNeed::of`].
    pub(super) fn key_need<'k>(
        &'k self,
        input: &RouteInput<'k>,
    ) -> Result<Option<KeyNeed<'k>>, Refusal> {
        let shape = self.routes().and_then(|routes| routes.shape.as_ref());
        let Some(shape) = shape else {
            return KeyNeed::of(input);
        };
        let need = shape.key_need(input);
        debug_assert_eq!(Ok(&need), KeyNeed::of(input).as_ref());
        Ok(need)
    }
}

impl Template {
    pub(super) fn of(text: &[u8], lexed: &Lexed, mode: SqlMode) -> Self {
        let statement = sql::analyze(text, lexed, 0..lexed.tokens.len(), mode);
        let calls = session_call::find(text, lexed);
        Self {
            takes_fast_path: calls.is_empty() && takes_fast_path(&statement),
            statement,
            calls,
            digest: OnceLock::new(),
            routes: ArcSwapOption::empty(),
            tokens: lexed.tokens.len(),
        }
    }

    /// What is known of the routes of its texts in `database`, with `schema` as the columns of its tables.
    pub(super) fn known(&self, database: &Arc<LogicalDatabase>, schema: &Arc<Schema>) -> Known {
        let routes = self.routes.load();
        let is_theirs = |known: &Arc<Routes>| known.are_of(database, schema);
        Known(routes.as_ref().is_some_and(is_theirs).then_some(routes))
    }

    /// The route of a text of this shape, of which so much is `known` and whose keys `need` says, in `database`, with
    /// `schema` as the columns of its tables; and its one unit, if that is known from the shape.
    ///
    /// # Errors
    /// As [`route::route`].
    pub(super) fn route(
        &self,
        known: &Known,
        (input, need): (&RouteInput<'_>, Option<&KeyNeed<'_>>),
        database: &Arc<LogicalDatabase>,
        schema: &Arc<Schema>,
    ) -> Result<(Route, Option<ExecutionUnit>), Refusal> {
        let Some(routes) = known.routes().filter(|known| known.are_learned()) else {
            return Ok((self.learn(input, database, schema, known.routes())?, None));
        };
        let short = routes.shape.as_ref();
        let Some(route) = short.and_then(|shape| shape.route(input, need)) else {
            return Ok((route::route(input)?, None));
        };
        debug_assert_eq!(Ok(&route), route::route(input).as_ref());
        let edits = routes.edits.as_ref();
        let unit = edits.and_then(|edits| ShapeEdits::unit(edits, input, need, &route));
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

fn takes_fast_path(statement: &Statement) -> bool {
    let is_own = |table: &TableRef| table.schema.as_deref().is_none_or(|name| !is_system(name));
    let is_known = matches!(
        statement.kind,
        Kind::Query(_) | Kind::Insert(_) | Kind::Update(_) | Kind::Delete(_)
    );
    is_known
        && is_plain(&statement.facts)
        && !statement.facts.calls_snowflake
        && statement.tables.iter().all(is_own)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Charset, ColumnKind, DataNode, SourceId};
    use crate::route::{BoundValue, Rights, Wishes};
    use crate::rule::{
        Algorithm, Balancer, Database, DatabaseParts, Group, GroupCare, LayoutSpec, ShardedTable,
        Strategy, TableOptions, TableRule, TableSpec,
    };
    use crate::sql::ServerFamily;

    /// The table has grown: in other letters its name is that of its first node, where each fourth number leads.
    const TEXT: &[u8] = b"SELECT a FROM t_0 WHERE id = ?";

    fn shop() -> Arc<LogicalDatabase> {
        let groups = vec![Group {
            name: "shop_0".to_owned(),
            primary: "ds_0".to_owned(),
            replicas: Vec::new(),
            balancer: Balancer::RoundRobin,
            read_your_writes_ms: 0,
            care: GroupCare::default(),
        }];
        let hash_mod = |count: &str| {
            let count = BTreeMap::from([("sharding-count".to_owned(), count.to_owned())]);
            Strategy::Columns {
                columns: vec!["id".to_owned()],
                algorithm: Arc::new(Algorithm::build("HASH_MOD", &count).unwrap()),
            }
        };
        let nodes = (0..4).map(|number| DataNode {
            source: SourceId(0),
            table: format!("t_{number}").into(),
        });
        let bigint = ColumnKind::Integer {
            unsigned: false,
            bits: 64,
        };
        let spec = TableSpec {
            name: "T_0".to_owned(),
            layout: LayoutSpec::Nodes {
                nodes: nodes.collect(),
                database: hash_mod("1"),
                table: hash_mod("4"),
            },
            declared: BTreeMap::from([("id".to_owned(), bigint)]),
            key: None,
            options: TableOptions::default(),
            normalize: None,
        };
        let table = ShardedTable::new(spec, &groups).unwrap();
        let parts = DatabaseParts {
            name: "shop".to_owned(),
            groups,
            schemas: vec!["shop_0".to_owned()],
            tables: vec![TableRule::Sharded(Arc::new(table))],
            ..DatabaseParts::default()
        };
        Arc::new(LogicalDatabase {
            name: "shop".into(),
            rules: Arc::new(Database::new(parts).unwrap()),
            members: Vec::new(),
            schema: Default::default(),
            keys: Default::default(),
            schema_names: Vec::new(),
            broadcast_turn: Default::default(),
            metadata_turn: Default::default(),
        })
    }

    /// Whether the text with this value was planned the short way.
    fn is_short(template: &Template, shop: &Arc<LogicalDatabase>, value: BoundValue<'_>) -> bool {
        let mut lexed = Lexed::default();
        let family = ServerFamily::MariaDb(101_119);
        sql::lex(TEXT, SqlMode::default(), family, &mut lexed).unwrap();
        let schema = shop.schema.load();
        let input = RouteInput {
            text: TEXT,
            lexed: &lexed,
            statement: &template.statement,
            database: &shop.rules,
            databases: &["shop".to_owned()],
            schema: &schema,
            mode: SqlMode::default(),
            keeps_zero: false,
            charset: Charset::default(),
            params: Some(&[value]),
            generated: &[],
            wishes: Wishes::default(),
            rights: Rights::default(),
            explain: false,
        };
        let known = template.known(shop, &schema);
        let (_, unit) = template
            .route(&known, (&input, None), shop, &schema)
            .unwrap();
        unit.is_some()
    }

    fn template() -> Template {
        let mut lexed = Lexed::default();
        let family = ServerFamily::MariaDb(101_119);
        sql::lex(TEXT, SqlMode::default(), family, &mut lexed).unwrap();
        Template::of(TEXT, &lexed, SqlMode::default())
    }

    #[test]
    fn a_text_that_teaches_nothing_leaves_the_next_one_to_be_learned_from() {
        let (shop, template) = (shop(), template());
        assert!(!is_short(&template, &shop, BoundValue::Integer(4)));
        assert!(!is_short(&template, &shop, BoundValue::Integer(5)));
        assert!(is_short(&template, &shop, BoundValue::Integer(6)));
        // and what is known is not forgotten over it
        assert!(!is_short(&template, &shop, BoundValue::Integer(4)));
        assert!(is_short(&template, &shop, BoundValue::Integer(7)));
    }

    #[test]
    fn lessons_come_to_an_end() {
        let (shop, template) = (shop(), template());
        for _ in 0..MOST_LESSONS {
            assert!(!is_short(&template, &shop, BoundValue::Integer(4)));
        }
        assert!(!is_short(&template, &shop, BoundValue::Integer(5)));
        assert!(!is_short(&template, &shop, BoundValue::Integer(6)));
    }

    #[test]
    fn other_columns_are_learned_anew() {
        let (shop, template) = (shop(), template());
        assert!(!is_short(&template, &shop, BoundValue::Integer(5)));
        assert!(is_short(&template, &shop, BoundValue::Integer(6)));
        shop.schema.store(Arc::default());
        assert!(!is_short(&template, &shop, BoundValue::Integer(6)));
        assert!(is_short(&template, &shop, BoundValue::Integer(6)));
    }
}
