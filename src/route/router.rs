//! Any statement to its route.

use crate::model::{Charset, ShortList};
use crate::rule::{Group, TableRule};
use crate::sql::{Kind, Show, TokenKind, word_of};

use super::change::{delete, update};
use super::choice::Purpose;
use super::ddl::ddl;
use super::fan;
use super::hint_values;
use super::input::RouteInput;
use super::insert::insert;
use super::outcome::{Route, RouteUnit, Target};
use super::own_id;
use super::purpose::{is_write, needs_primary};
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;
use super::rights;
use super::scan::governed;
use super::scope::{Class, Scope};
use super::unsharded;

/// Decides where a statement goes.
///
/// Statements that the proxy answers itself (BEGIN, USE, `PREVIEW` ...) come back as [`Target::Any`].
///
/// # Errors
/// A [`Refusal`] with code and remedy.
pub fn route(input: &RouteInput<'_>) -> Result<Route, Refusal> {
    let statement = input.statement;
    rights::check(input)?;
    hint_values::check(input)?;
    own_id::check(input)?;
    let mut route = match input.wishes.data_source {
        Some(name) => to_named_source(input, name)?,
        None => by_kind(input)?,
    };
    let writes = is_write(&statement.kind, &statement.facts);
    route.is_write = writes;
    route.needs_primary =
        writes || input.wishes.primary || needs_primary(&statement.kind, &statement.facts);
    route.takes_stale = input.wishes.stale && !route.needs_primary;
    if input.wishes.skip_rewrite {
        unchanged(&mut route)?;
    }
    if !input.explain {
        route.reasons.clear();
    }
    Ok(route)
}

/// SKIP_SQL_REWRITE: what one data source gets is the client's text.
fn unchanged(route: &mut Route) -> Result<(), Refusal> {
    match &route.target {
        Target::Units(units) if units.len() > 1 || units.iter().any(has_derived) => {
            let text = "the hint SKIP_SQL_REWRITE leaves one text for several nodes: give the sharding columns, or name a data source by DATA_SOURCE_NAME";
            Err(Refusal::new(RefusalCode::UnknownHint, text))
        }
        Target::Units(_) => {
            route.is_verbatim = true;
            route
                .reasons
                .push("the hint sends the text without rewriting".to_owned());
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A table is read of several nodes here.
fn has_derived(unit: &RouteUnit) -> bool {
    let mut tables = unit.tables.iter();
    tables.any(|(index, _)| unit.has_several(usize::from(*index)))
}

fn to_named_source(input: &RouteInput<'_>, name: &str) -> Result<Route, Refusal> {
    let Some(source) = input.database.source_id(name) else {
        let names: Vec<String> = input.database.groups.iter().map(with_members).collect();
        let text = format!(
            "the hint names data source {name}, which is not there; there are {}",
            names.join(", ")
        );
        return Err(Refusal::new(RefusalCode::HintDataSource, text));
    };
    let route = Route {
        is_verbatim: true,
        ..Route::to(Target::Source(source))
    };
    Ok(route.because(format!("the hint sends the text as it is to {name}")))
}

/// A group's name, and those of its data sources: a hint may name any of them.
fn with_members(group: &Group) -> String {
    if group.primary == group.name && group.replicas.is_empty() {
        return group.name.clone();
    }
    let members: Vec<&str> = std::iter::once(&group.primary)
        .chain(&group.replicas)
        .map(String::as_str)
        .collect();
    format!("{} ({})", group.name, members.join(", "))
}

fn by_kind(input: &RouteInput<'_>) -> Result<Route, Refusal> {
    let statement = input.statement;
    if statement.has_doubtful_comment {
        refuse_governed(
            input,
            "holds an executable comment that not every server runs, or that is not closed",
        )?;
    }
    if has_sign_of_one_byte(input) {
        refuse_governed(
            input,
            "has a name with a byte that may be a blank or a sign in the session's character set",
        )?;
    }
    match &statement.kind {
        Kind::Query(_)
        | Kind::Insert(_)
        | Kind::Update(_)
        | Kind::Delete(_)
        | Kind::Explain { .. }
        | Kind::Ddl(_) => understood(&Scope::of(input)?, &statement.kind),
        Kind::Show(Show::OfTable) | Kind::Describe => of_table(&Scope::of(input)?),
        Kind::LockTables => lock_tables(&Scope::of(input)?),
        Kind::LoadData { .. } | Kind::Handler => whole_table(input, &Scope::of(input)?),
        Kind::NotUnderstood(why) => opaque(input, &not_understood(why)),
        Kind::Unknown => opaque(input, "is not understood"),
        Kind::Call | Kind::Do | Kind::Administrative => {
            opaque(input, "hides what it does with its tables")
        }
        Kind::Set(_) => opaque(input, "reads a table in SET").map(|_| Route::to(Target::Any)),
        Kind::Show(Show::Other) => opaque(input, "is not understood"),
        Kind::Prepare | Kind::Execute | Kind::Deallocate => Err(not_supported(
            "PREPARE and EXECUTE have no route: the statement that is prepared has one",
        )),
        Kind::Xa => Err(not_supported(
            "XA is not served: a transaction writes in one data source",
        )),
        Kind::Show(
            Show::Tables { .. } | Show::CreateDatabase(_) | Show::Errors | Show::Warnings,
        ) => Ok(Route::to(Target::Source(input.database.default_source))),
        _ => Ok(Route::to(Target::Any)),
    }
}

/// In latin1 the byte A0 is a blank to the servers, and in other character sets of one byte others are blanks or signs;
/// as part of a character of UTF-8 it belongs to a name here. Texts and quoted names hold it either way.
fn has_sign_of_one_byte(input: &RouteInput<'_>) -> bool {
    let is_sign = |byte: &u8| match input.charset {
        Charset::Latin1 => *byte == 0xA0,
        Charset::OneByte(_) => !byte.is_ascii(),
        _ => false,
    };
    let is_quoted = |kind| {
        matches!(
            kind,
            TokenKind::Text | TokenKind::NationalText | TokenKind::QuotedName
        )
    };
    let holds = |index: usize| input.lexed.bytes(input.text, index).iter().any(is_sign);
    matches!(input.charset, Charset::Latin1 | Charset::OneByte(_))
        && input.text.iter().any(is_sign)
        && (0..input.lexed.tokens.len())
            .any(|index| !input.lexed.kind(index).is_some_and(is_quoted) && holds(index))
}

fn understood(scope: &Scope<'_>, kind: &Kind) -> Result<Route, Refusal> {
    match kind {
        Kind::Query(_) => query(scope),
        Kind::Insert(shape) => insert(scope, shape),
        Kind::Update(shape) => update(scope, shape),
        Kind::Delete(shape) => delete(scope, shape),
        Kind::Ddl(shape) => ddl(scope, shape),
        Kind::Explain {
            inner, is_analyze, ..
        } => explained(understood(scope, inner)?, *is_analyze),
        _ => opaque(scope.input, "is not understood"),
    }
}

fn query(scope: &Scope<'_>) -> Result<Route, Refusal> {
    if scope.sharded().next().is_none() {
        return Ok(Route::to(unsharded::read(scope)?));
    }
    fan::read(scope)
}

/// EXPLAIN asks one server: one of those where the statement would run.
fn explained(mut route: Route, is_analyze: bool) -> Result<Route, Refusal> {
    route.target = match route.target {
        Target::Units(units) if is_analyze && units.len() > 1 => {
            return Err(not_supported(
                "ANALYZE runs the statement: it cannot be run on one node only",
            ));
        }
        Target::Every(_) | Target::TransactionWriter if is_analyze => {
            return Err(not_supported(
                "ANALYZE runs the statement: it cannot be run in one data source only",
            ));
        }
        Target::Every(sources) => sources
            .first()
            .map_or(Target::Any, |source| Target::Source(*source)),
        Target::TransactionWriter => Target::Any,
        Target::Units(units) => Target::Units(units.into_iter().take(1).collect()),
        target => target,
    };
    Ok(route)
}

/// SHOW CREATE TABLE, DESCRIBE and the like: any node of the table tells (contract 10.1).
fn of_table(scope: &Scope<'_>) -> Result<Route, Refusal> {
    let database = scope.input.database;
    let Some(table) = scope.tables.first() else {
        return Ok(Route::to(Target::Source(database.default_source)));
    };
    Ok(Route::to(match table.class {
        Class::Sharded(rule) => match rule.nodes.first() {
            Some(node) => Target::Units(ShortList::one(RouteUnit {
                source: node.source,
                tables: ShortList::one((0, node.table.clone())),
                rows: Vec::new(),
            })),
            None => Target::Source(database.default_source),
        },
        Class::Broadcast(sources) if sources.len() == database.groups.len() => Target::Any,
        Class::Broadcast(sources) | Class::Local(sources) => {
            Target::Source(sources.first().copied().unwrap_or(database.default_source))
        }
        Class::Single(source) => Target::Source(source),
        Class::System => Target::Source(database.catalog_source.unwrap_or(database.default_source)),
    }))
}

fn lock_tables(scope: &Scope<'_>) -> Result<Route, Refusal> {
    let spread = scope
        .tables
        .iter()
        .find(|table| !matches!(table.class, Class::Single(_) | Class::System));
    if let Some(table) = spread {
        let text = format!(
            "{} lies in several data sources: LOCK TABLES cannot lock it as a whole",
            table.reference.name
        );
        return Err(Refusal::new(RefusalCode::UnsupportedOnSharded, text));
    }
    let source = unsharded::meet(scope, Purpose::Write { has_limit: false })?;
    Ok(Route::to(Target::Source(
        source.unwrap_or(scope.input.database.default_source),
    )))
}

/// LOAD DATA and HANDLER work on one table of one server.
fn whole_table(input: &RouteInput<'_>, scope: &Scope<'_>) -> Result<Route, Refusal> {
    let named = scope
        .tables
        .iter()
        .map(|table| table.reference.name.as_str());
    let spread = scope
        .tables
        .iter()
        .zip(named)
        .find(|(table, _)| !matches!(table.class, Class::Single(_)));
    let found = match spread {
        Some((_, name)) => Some(name),
        None if scope.tables.is_empty() => governed(input, 0)?.map(TableRule::name),
        None => None,
    };
    if let Some(name) = found {
        let text = format!(
            "{name} does not lie on one server: LOAD DATA and HANDLER cannot use it; use INSERT and SELECT"
        );
        return Err(Refusal::new(RefusalCode::UnsupportedOnSharded, text));
    }
    if let Some(table) = input.statement.tables.first() {
        let behind = usize::try_from(table.last_token).unwrap_or(usize::MAX);
        refuse_nested(input, behind.saturating_add(1))?;
    }
    let source = unsharded::meet(scope, Purpose::Write { has_limit: false })?;
    Ok(Route::to(Target::Source(
        source.unwrap_or(input.database.default_source),
    )))
}

/// LOAD DATA may compute values from other tables: `SET a = (SELECT ...)`. What is behind its own table is not looked into.
fn refuse_nested(input: &RouteInput<'_>, first: usize) -> Result<(), Refusal> {
    let is_nested = (first..input.lexed.tokens.len())
        .any(|index| word_of(input.text, input.lexed, index, &["SELECT", "TABLE"]).is_some());
    if !is_nested {
        return Ok(());
    }
    match governed(input, first)? {
        None => Ok(()),
        Some(rule) => {
            let text = format!(
                "LOAD DATA reads {} in SET: load the file without it, and UPDATE after",
                rule.name()
            );
            Err(Refusal::new(RefusalCode::NotUnderstood, text))
        }
    }
}

/// What is not understood goes to the default data source unless it names a table with a rule (contract 5.4).
fn opaque(input: &RouteInput<'_>, what: &str) -> Result<Route, Refusal> {
    refuse_governed(input, what)?;
    Ok(Route::to(Target::Source(input.database.default_source)))
}

fn refuse_governed(input: &RouteInput<'_>, what: &str) -> Result<(), Refusal> {
    match governed(input, 0)? {
        None => Ok(()),
        Some(rule) => {
            let text = format!(
                "the statement names {} and {what}; it is refused rather than run in a wrong place",
                rule.name()
            );
            Err(Refusal::new(RefusalCode::NotUnderstood, text))
        }
    }
}

/// The parser's own words may hold a literal: only ours are passed on.
fn not_understood(why: &str) -> String {
    if why.contains("sql parser error") {
        "is not understood".to_owned()
    } else {
        format!("is not understood ({why})")
    }
}

fn not_supported(why: &str) -> Refusal {
    Refusal::new(RefusalCode::NotSupported, why)
}
