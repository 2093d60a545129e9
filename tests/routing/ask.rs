//! One text through lexer, analysis, routing and rewriting.

use shardgate::model::{Charset, ShardingValue};
use shardgate::rewrite::plan;
use shardgate::route::{
    BoundValue, DdlRight, KeyNeed, Refusal, RefusalCode, Rights, Route, RouteInput, Target, Wishes,
    route,
};
use shardgate::sql::{Lexed, ServerFamily, SqlMode, analyze, hints, lex, split};

use super::layouts::Layout;

/// First generated key; the next ones follow.
const KEY: i128 = 1_000_001;

/// A route with its actual SQL: data source (or `any`, `writer`) and text.
pub struct Answer {
    /// The route.
    pub route: Route,
    /// `ds_3`, `any` or `writer`, and what it gets.
    pub units: Vec<(String, String)>,
    /// Data source and actual tables of each unit.
    pub nodes: Vec<(String, Vec<String>)>,
}

/// How a statement is asked.
#[derive(Default)]
pub struct Asking {
    /// Parameters.
    pub params: Option<Vec<BoundValue<'static>>>,
    /// `sql_mode`.
    pub mode: SqlMode,
    /// `NO_AUTO_VALUE_ON_ZERO`
    pub keeps_zero: bool,
    /// `SET NAMES latin1`
    pub is_latin1: bool,
    /// Without any right.
    pub is_plain_user: bool,
}

/// The statements of a text.
pub fn statements(text: &str) -> Vec<String> {
    let mut lexed = Lexed::default();
    lex(
        text.as_bytes(),
        SqlMode::default(),
        ServerFamily::MariaDb(101_119),
        &mut lexed,
    )
    .unwrap();
    let mut start = 0;
    let of_range = |range: std::ops::Range<usize>| {
        let end = lexed
            .tokens
            .get(range.end)
            .map_or(text.len(), |token| token.start as usize);
        let piece = text[start..end].to_owned();
        start = end + 1;
        piece
    };
    split(text.as_bytes(), &lexed).map(of_range).collect()
}

/// What routing is given for `text`, handed to `then`.
pub fn with_input<T>(
    layout: &Layout,
    text: &str,
    asking: &Asking,
    then: impl FnOnce(&RouteInput<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let mut lexed = Lexed::default();
    lex(
        text.as_bytes(),
        asking.mode,
        ServerFamily::MariaDb(101_119),
        &mut lexed,
    )
    .unwrap();
    let statement = analyze(text.as_bytes(), &lexed, 0..lexed.tokens.len(), asking.mode);
    let asked = hints(text.as_bytes(), &lexed, &(0..lexed.tokens.len()))
        .map_err(|error| Refusal::new(RefusalCode::UnknownHint, error.to_string()))?;
    let wishes = Wishes::of(&asked);
    let rights = if asking.is_plain_user {
        Rights::default()
    } else {
        Rights {
            may_hint: true,
            ddl: DdlRight::All,
        }
    };
    let databases = [layout.database.name.clone(), "other_shop".to_owned()];
    let mut input = RouteInput {
        text: text.as_bytes(),
        lexed: &lexed,
        statement: &statement,
        database: &layout.database,
        databases: &databases,
        schema: &layout.schema,
        mode: asking.mode,
        keeps_zero: asking.keeps_zero,
        charset: if asking.is_latin1 {
            Charset::Latin1
        } else {
            Charset::Utf8mb4
        },
        params: asking.params.as_deref(),
        generated: &[],
        wishes,
        rights,
        explain: true,
    };
    let count = KeyNeed::of(&input)?.map_or(0, |need| need.count());
    let keys: Vec<ShardingValue> = (KEY..).take(count).map(ShardingValue::Int).collect();
    input.generated = &keys;
    then(&input)
}

/// Routes and rewrites `text`.
pub fn ask(layout: &Layout, text: &str, asking: &Asking) -> Result<Answer, Refusal> {
    with_input(layout, text, asking, |input| answer(layout, text, input))
}

fn answer(layout: &Layout, text: &str, input: &RouteInput<'_>) -> Result<Answer, Refusal> {
    let route = route(input)?;
    let plan = plan(input, &route)?;
    let mut units: Vec<(String, String)> = plan
        .actual(text.as_bytes(), input.lexed, &layout.database)
        .map(|(name, sql)| (name.to_owned(), sql))
        .collect();
    let name =
        |source: shardgate::model::SourceId| layout.database.groups[source.index()].name.clone();
    let nodes = match &route.target {
        Target::Units(units) => {
            let tables = |unit: &shardgate::route::RouteUnit| {
                unit.tables
                    .iter()
                    .map(|(_, table)| table.to_string())
                    .collect()
            };
            units
                .iter()
                .map(|unit| (name(unit.source), tables(unit)))
                .collect()
        }
        Target::Source(source) => vec![(name(*source), Vec::new())],
        Target::Every(sources) => sources
            .iter()
            .map(|source| (name(*source), Vec::new()))
            .collect(),
        Target::Any => vec![("any".to_owned(), Vec::new())],
        Target::TransactionWriter => vec![("writer".to_owned(), Vec::new())],
    };
    if let Target::Any | Target::TransactionWriter = route.target {
        units[0].0.clone_from(&nodes[0].0);
    }
    Ok(Answer {
        route,
        units,
        nodes,
    })
}
