//! DDL: on every node of a sharded table, in every data source of a broadcast one (contract 10.3).

use crate::model::SourceId;
use crate::rule::{ShardedTable, TableRule};
use crate::sql::{Ddl, DdlKind, TokenKind, word_is, word_of};

use super::choice::Purpose;
use super::input::RouteInput;
use super::outcome::{Route, RouteUnit, Target};
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;
use super::scan::governed;
use super::scope::{Bound, Class, Scope};

/// Routes a DDL statement.
///
/// # Errors
/// 20030 for what cannot be done on every node.
pub fn ddl(scope: &Scope<'_>, ddl: &Ddl) -> Result<Route, Refusal> {
    match ddl.kind {
        DdlKind::Database => Err(not_supported(
            "databases are declared in the configuration, not created or changed by SQL",
        )),
        DdlKind::Account => Err(not_supported(
            "users and grants are declared in server.yaml, or set at each server",
        )),
        DdlKind::View | DdlKind::Routine | DdlKind::Other => stored_text(scope, ddl.kind),
        _ => of_tables(scope, ddl),
    }
}

/// Views, routines, triggers, events: their text would be read by a server that knows actual tables only.
fn stored_text(scope: &Scope<'_>, kind: DdlKind) -> Result<Route, Refusal> {
    let found = governed(scope.input, 0)?;
    match found {
        Some(TableRule::Broadcast { .. }) if kind == DdlKind::View => {}
        None => {}
        Some(rule) => {
            let text = format!(
                "{} is spread over data sources: a view, routine, trigger or sequence of one server cannot name it",
                rule.name()
            );
            return Err(Refusal::new(RefusalCode::UnsupportedOnSharded, text));
        }
    }
    Ok(Route::to(Target::Source(
        scope.input.database.default_source,
    )))
}

fn of_tables(scope: &Scope<'_>, ddl: &Ddl) -> Result<Route, Refusal> {
    if ddl.reads_tables {
        check_source(scope)?;
    }
    let spread = |table: &&Bound<'_>| {
        matches!(
            table.class,
            Class::Sharded(_) | Class::Broadcast(_) | Class::Local(_)
        )
    };
    let Some(first_spread) = scope.tables.iter().find(spread) else {
        if scope
            .tables
            .iter()
            .any(|table| matches!(table.class, Class::System))
        {
            return Err(not_supported(
                "the server's own schemas are not changed through the proxy",
            ));
        }
        let source = super::unsharded::meet(scope, Purpose::Write { has_limit: false })?;
        return Ok(Route::to(Target::Source(
            source.unwrap_or(scope.input.database.default_source),
        )));
    };
    let name = &first_spread.reference.name;
    check_form(scope, ddl, name)?;
    let Some(target) = scope.tables.first() else {
        return Err(unsupported(name, "the statement names no table"));
    };
    match target.class {
        Class::Sharded(table) => Ok(Route::to(Target::Units(units(scope, ddl, table)?.into()))),
        Class::Broadcast(sources) | Class::Local(sources) => every(scope, ddl, sources),
        Class::Single(_) | Class::System => Err(unsupported(
            name,
            "it cannot be used by DDL on a single table",
        )),
    }
}

/// CREATE TABLE ... LIKE or SELECT: no name in it may lie elsewhere than in the default data source.
fn check_source(scope: &Scope<'_>) -> Result<(), Refusal> {
    match governed(scope.input, 0)? {
        None => Ok(()),
        Some(rule) => Err(unsupported(
            rule.name(),
            "CREATE TABLE ... LIKE or SELECT needs both tables on one server; write the columns out",
        )),
    }
}

fn check_form(scope: &Scope<'_>, ddl: &Ddl, name: &str) -> Result<(), Refusal> {
    match ddl.kind {
        DdlKind::RenameTable => {
            return Err(unsupported(
                name,
                "its rule goes by its name; it cannot be renamed",
            ));
        }
        DdlKind::AlterTable if is_rename(scope.input) => {
            return Err(unsupported(
                name,
                "its rule goes by its name; it cannot be renamed",
            ));
        }
        DdlKind::Maintenance => {
            let text = format!(
                "{name}: the answers of all its nodes would have to be merged; ask a node by the hint `/* shardgate: data_source=<name> */`"
            );
            return Err(Refusal::new(RefusalCode::NeedsMerge, text));
        }
        _ => {}
    }
    if ddl.is_temporary {
        return Err(unsupported(
            name,
            "a temporary table would hide it on one connection only",
        ));
    }
    Ok(())
}

/// `RENAME` outside parentheses and not of a column, index or key.
fn is_rename(input: &RouteInput<'_>) -> bool {
    let mut depth = 0_usize;
    for index in 0..input.lexed.tokens.len() {
        match input.lexed.kind(index) {
            Some(TokenKind::Punct(b'(')) => depth += 1,
            Some(TokenKind::Punct(b')')) => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_other = word_of(
            input.text,
            input.lexed,
            index + 1,
            &["COLUMN", "INDEX", "KEY"],
        )
        .is_some();
        if depth == 0 && word_is(input.text, input.lexed, index, "RENAME") && !is_other {
            return true;
        }
    }
    false
}

/// One unit a node; other sharded tables of the statement must have a node beside each.
fn units(scope: &Scope<'_>, ddl: &Ddl, first: &ShardedTable) -> Result<Vec<RouteUnit>, Refusal> {
    let is_list = matches!(ddl.kind, DdlKind::DropTable | DdlKind::Truncate);
    for table in &scope.tables {
        match table.class {
            Class::Sharded(other) => check_beside(first, other)?,
            Class::Broadcast(_) if !is_list => {}
            _ => {
                return Err(unsupported(
                    &table.reference.name,
                    "name tables of one kind, or one table at a time",
                ));
            }
        }
    }
    let unit = |(index, node): (usize, &crate::model::DataNode)| {
        let actual = |(at, table): (usize, &Bound<'_>)| {
            let node = table.sharded()?.nodes.get(index)?;
            Some((u16::try_from(at).ok()?, node.table.clone()))
        };
        RouteUnit {
            source: node.source,
            tables: scope.tables.iter().enumerate().filter_map(actual).collect(),
            rows: Vec::new(),
        }
    };
    let mut units: Vec<RouteUnit> = first.nodes.iter().enumerate().map(unit).collect();
    units.sort_by_key(|unit| unit.source);
    Ok(units)
}

fn check_beside(first: &ShardedTable, other: &ShardedTable) -> Result<(), Refusal> {
    let pairs = first.nodes.iter().zip(&other.nodes);
    let is_beside = first.nodes.len() == other.nodes.len()
        && pairs.into_iter().all(|(one, two)| one.source == two.source);
    if is_beside {
        return Ok(());
    }
    let text = format!(
        "its nodes do not stand beside those of {}: name one table at a time, and no foreign key between them",
        other.name
    );
    Err(unsupported(&first.name, &text))
}

fn every(scope: &Scope<'_>, ddl: &Ddl, sources: &[SourceId]) -> Result<Route, Refusal> {
    let fits = |table: &Bound<'_>| match table.class {
        Class::Broadcast(others) | Class::Local(others) => others == sources,
        _ => false,
    };
    match scope.tables.iter().find(|table| !fits(table)) {
        None => Ok(Route::to(Target::Every(sources.to_vec()))),
        Some(table) => {
            let text = if ddl.kind == DdlKind::DropTable {
                "name tables of one kind, or one table at a time"
            } else {
                "it is not in every data source"
            };
            Err(unsupported(&table.reference.name, text))
        }
    }
}

fn unsupported(name: &str, why: &str) -> Refusal {
    Refusal::new(RefusalCode::UnsupportedOnSharded, format!("{name}: {why}"))
}

fn not_supported(why: &str) -> Refusal {
    Refusal::new(RefusalCode::NotSupported, why)
}
