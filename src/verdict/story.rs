//! What there is to tell of one statement.

use crate::rewrite::ExecutionUnit;
use crate::route::{self, Refusal, RefusalCode, Route, RouteInput, Target, ToldTable};
use crate::rule::Database;
use crate::sql::{self, Digest, Kind, Lexed};

/// One statement and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// `SELECT`, `INSERT`, `DDL` and the like.
    pub kind: &'static str,
    /// Its public fingerprint, as logs, metrics and the lists of `sqlFirewall` have it.
    pub digest: Digest,
    /// Its text without any literal.
    pub normalized: String,
    /// The logical database that it is routed in.
    pub database: String,
    /// Its tables, and what is known of their sharding columns.
    pub tables: Vec<ToldTable>,
    /// What has to be known beside, such as values that stand for `?`.
    pub notes: Vec<String>,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes to servers.
    Routed(Routed),
    /// The proxy answers it, or keeps it as state of the session.
    Own,
    /// No server sees it.
    Refused {
        /// Error number.
        code: u16,
        /// SQLSTATE.
        sqlstate: String,
        /// What the client is told, the nearest fix included.
        message: String,
        /// What to do about this kind of refusal; empty for errors that say it all.
        remedy: &'static str,
    },
}

/// Where a statement goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    /// In words.
    pub target: String,
    /// Servers of the primary's role answer, not replicas.
    pub is_primary: bool,
    /// It hits every node for want of values.
    pub is_full: bool,
    /// One line per conclusion.
    pub reasons: Vec<String>,
    /// What each data source gets.
    pub units: Vec<Unit>,
}

/// What one data source gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The data source.
    pub source: String,
    /// Actual tables that it names.
    pub tables: Vec<String>,
    /// The actual SQL.
    pub sql: String,
}

impl Unit {
    /// What `source` gets, actual tables untold.
    #[must_use]
    pub fn new(source: &str, sql: &str) -> Self {
        Self {
            source: source.to_owned(),
            tables: Vec::new(),
            sql: sql.to_owned(),
        }
    }
}

impl Story {
    /// A story's beginning: all but the outcome, which is [`Outcome::Own`] until it is known.
    #[must_use]
    pub fn of(input: &RouteInput<'_>) -> Self {
        let mut normalized = String::new();
        let tokens = 0..input.lexed.tokens.len();
        let digest = sql::digest(input.text, input.lexed, &tokens, &mut normalized);
        Self {
            kind: kind_name(&input.statement.kind),
            digest,
            normalized,
            database: input.database.name.clone(),
            tables: route::told_tables(input),
            notes: Vec::new(),
            outcome: Outcome::Own,
        }
    }

    /// The story of a question to `information_schema`, which one data source answers through views.
    #[must_use]
    pub fn of_information(text: &[u8], lexed: &Lexed, database: &str, unit: Unit) -> Self {
        let mut normalized = String::new();
        let digest = sql::digest(text, lexed, &(0..lexed.tokens.len()), &mut normalized);
        Self {
            kind: "SELECT",
            digest,
            normalized,
            database: database.to_owned(),
            tables: Vec::new(),
            notes: Vec::new(),
            outcome: Outcome::Routed(Routed {
                target: unit.source.clone(),
                is_primary: false,
                is_full: false,
                reasons: vec![
                    "information_schema is read through views with logical names".to_owned(),
                ],
                units: vec![unit],
            }),
        }
    }

    /// The code, if it is refused.
    #[must_use]
    pub fn refusal(&self) -> Option<u16> {
        match &self.outcome {
            Outcome::Refused { code, .. } => Some(*code),
            Outcome::Routed(_) | Outcome::Own => None,
        }
    }
}

impl Outcome {
    /// A route with the units that it was rewritten to, and the actual SQL of each.
    #[must_use]
    pub fn routed(
        route: &Route,
        units: &[ExecutionUnit],
        actual: Vec<String>,
        database: &Database,
    ) -> Self {
        let source_name = |unit: &ExecutionUnit| {
            database
                .group(unit.source)
                .map_or("?", |group| group.name.as_str())
                .to_owned()
        };
        let units = units.iter().zip(actual).map(|(unit, sql)| Unit {
            source: source_name(unit),
            tables: unit
                .names
                .iter()
                .map(|(actual, _)| actual.to_string())
                .collect(),
            sql,
        });
        Self::Routed(Routed {
            target: target_in_words(&route.target, database),
            is_primary: route.is_write || route.needs_primary,
            is_full: route.is_full,
            reasons: route.reasons.clone(),
            units: units.collect(),
        })
    }

    /// A refusal by number, as the client gets it.
    #[must_use]
    pub fn refused(code: u16, sqlstate: &str, message: impl Into<String>) -> Self {
        let known = RefusalCode::ALL.iter();
        let remedy = known
            .copied()
            .find(|known| known.number().0 == code)
            .map_or("", RefusalCode::remedy);
        Self::Refused {
            code,
            sqlstate: sqlstate.to_owned(),
            message: message.into(),
            remedy,
        }
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        let (code, sqlstate) = refusal.code.number();
        Self::refused(code, sqlstate, refusal.message)
    }
}

/// Where the statement goes, in words.
fn target_in_words(target: &Target, database: &Database) -> String {
    let name = |source| {
        database
            .group(source)
            .map_or("?", |group| group.name.as_str())
    };
    match target {
        Target::Units(units) => {
            let nodes: Vec<String> = units
                .iter()
                .map(|unit| {
                    let tables: Vec<&str> = unit.tables.iter().map(|(_, table)| &**table).collect();
                    format!("{} ({})", name(unit.source), tables.join(", "))
                })
                .collect();
            nodes.join("; ")
        }
        Target::Source(source) => name(*source).to_owned(),
        Target::Any => "any data source".to_owned(),
        Target::Every(sources) => {
            let names: Vec<&str> = sources.iter().map(|source| name(*source)).collect();
            format!("every one of {}", names.join(", "))
        }
        Target::TransactionWriter => "the data source that the transaction writes to".to_owned(),
    }
}

fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Empty => "no statement",
        Kind::Query(_) => "SELECT",
        Kind::Insert(_) => "INSERT",
        Kind::Update(_) => "UPDATE",
        Kind::Delete(_) => "DELETE",
        Kind::NotUnderstood(_) | Kind::Unknown => "not understood",
        Kind::Set(_) => "SET",
        Kind::Use(_) => "USE",
        Kind::Begin { .. }
        | Kind::Commit { .. }
        | Kind::Rollback { .. }
        | Kind::Savepoint(_)
        | Kind::RollbackTo(_)
        | Kind::ReleaseSavepoint(_) => "transaction control",
        Kind::Show(_) | Kind::Describe => "SHOW",
        Kind::Explain { .. } => "EXPLAIN",
        Kind::Ddl(_) => "DDL",
        Kind::LockTables | Kind::UnlockTables => "LOCK TABLES",
        Kind::Call => "CALL",
        Kind::Do => "DO",
        Kind::Kill { .. } => "KILL",
        Kind::Prepare | Kind::Execute | Kind::Deallocate => "PREPARE",
        Kind::Handler => "HANDLER",
        Kind::LoadData { .. } => "LOAD DATA",
        Kind::Xa => "XA",
        Kind::Administrative => "administrative",
        Kind::Proxy(_) => "of the proxy",
    }
}
