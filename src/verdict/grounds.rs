//! What a verdict stands on, and the verdict.

use crate::model::{Charset, Schema, ShardingValue};
use crate::rewrite::{self, Plan};
use crate::route::{
    self, Asked, BoundValue, DdlRight, KeyNeed, Refusal, RefusalCode, Rights, Route, RouteInput,
    StandIns, named_database,
};
use crate::rule::{Database, KeySpec, Ruling};
use crate::sql::{ServerFamily, SqlMode};

use super::own::is_own;
use super::read::Read;

/// A logical database with the columns of its tables.
#[derive(Clone, Copy, Debug)]
pub struct Logical<'a> {
    /// Its rules.
    pub rules: &'a Database,
    /// Columns, as far as they are known; types that a rule declares need not stand here.
    pub schema: &'a Schema,
}

/// What a verdict stands on.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// Every logical database.
    pub databases: &'a [Logical<'a>],
    /// Their names in the same order.
    pub names: &'a [String],
    /// Which one is in use: an index into `databases`.
    pub current: usize,
    /// The bits of `sql_mode`.
    pub mode: SqlMode,
    /// The server that executable comments are read for.
    pub family: ServerFamily,
    /// What the user may ask of the proxy.
    pub rights: Rights,
}

/// A statement that is served, and how.
#[derive(Clone, Debug)]
pub struct Verdict<'a> {
    /// The database whose tables it names.
    pub database: &'a Database,
    /// Where it goes, with reasons.
    pub route: Route,
    /// What the servers get.
    pub plan: Plan,
}

/// The rights of a user who may do everything.
pub const ALL_RIGHTS: Rights = Rights {
    may_hint: true,
    ddl: DdlRight::All,
};

impl<'a> Grounds<'a> {
    /// Reads a text of one statement.
    ///
    /// # Errors
    /// 1064 where something is not closed.
    pub fn read(&self, text: &[u8]) -> Result<Read, Refusal> {
        Read::new(text, self.mode, self.family)
    }

    /// The database that a statement speaks of: the one its tables are qualified with, else the current one.
    #[must_use]
    pub fn database(&self, read: &Read) -> Option<Logical<'a>> {
        let current = self.names.get(self.current).map(String::as_str);
        let named = named_database(&read.statement.tables, current, self.names);
        let index = named.and_then(|name| {
            let mut names = self.names.iter();
            names.position(|known| known.eq_ignore_ascii_case(name))
        });
        self.databases.get(index.unwrap_or(self.current)).copied()
    }

    /// Where a statement would go, with stand-ins for parameters whose values are not known.
    ///
    /// # Errors
    /// The refusal that the proxy would answer.
    pub fn verdict(&self, text: &[u8], read: &Read) -> Result<Verdict<'a>, Refusal> {
        let logical = self.database(read).ok_or_else(no_database)?;
        let stand_ins = StandIns::of(text, &read.lexed, &read.statement, logical.rules, self.mode);
        let mut first = None;
        for values in stand_ins.rounds() {
            let values = (!values.is_empty()).then_some(values);
            match self.decided(text, read, logical, values.as_deref()) {
                Ok(verdict) => return Ok(verdict),
                Err(refusal) => first = first.or(Some(refusal)),
            }
        }
        Err(first.unwrap_or_else(no_database))
    }

    /// Why the proxy would refuse a statement, if it would.
    #[must_use]
    pub fn refusal(&self, text: &[u8], read: &Read) -> Option<Refusal> {
        let asks_ids = self
            .database(read)
            .is_some_and(|logical| route::asks_own_ids(&read.statement, logical.rules));
        if is_own(text, &read.statement.kind) && !asks_ids {
            return None;
        }
        self.verdict(text, read).err()
    }

    pub(super) fn decided(
        &self,
        text: &[u8],
        read: &Read,
        logical: Logical<'a>,
        values: Option<&[BoundValue<'_>]>,
    ) -> Result<Verdict<'a>, Refusal> {
        // what cannot be read of them is an error, whatever the rest is
        Asked::of(text, &read.lexed)?;
        if let Some(firewall) = &logical.rules.firewall {
            let (ruling, digest) = read.ruling(text, firewall);
            if let Ruling::Refuse(against) = ruling {
                return Err(route::denied(logical.rules, digest, against));
            }
        }
        self.with_input(text, read, logical, values, |input| {
            let keys = stand_in_keys(input)?;
            let input = RouteInput {
                generated: &keys,
                ..*input
            };
            let route = route::route(&input)?;
            let plan = rewrite::plan(&input, &route)?;
            Ok(Verdict {
                database: logical.rules,
                route,
                plan,
            })
        })
    }

    /// What `ask` makes of a statement as routing is given it; hints that cannot be read are left out.
    pub(super) fn with_input<T>(
        &self,
        text: &[u8],
        read: &Read,
        logical: Logical<'a>,
        values: Option<&[BoundValue<'_>]>,
        ask: impl FnOnce(&RouteInput<'_>) -> T,
    ) -> T {
        let asked = Asked::of(text, &read.lexed).unwrap_or_default();
        ask(&RouteInput {
            text,
            lexed: &read.lexed,
            statement: &read.statement,
            database: logical.rules,
            databases: self.names,
            schema: logical.schema,
            mode: self.mode,
            keeps_zero: false,
            charset: Charset::default(),
            params: values,
            generated: &[],
            wishes: asked.wishes(),
            rights: self.rights,
            explain: true,
        })
    }
}

/// Keys that are shown instead of drawn ones.
fn stand_in_keys(input: &RouteInput<'_>) -> Result<Vec<ShardingValue>, Refusal> {
    let Some(need) = KeyNeed::of(input)? else {
        return Ok(Vec::new());
    };
    let tables = input.database.sharded_tables();
    let mut keys = tables.filter_map(|table| table.key.as_ref());
    let key = keys.find(|key| key.column == need.column);
    let stand_in = match key.map(|key| &key.generator) {
        Some(KeySpec::Uuid(_)) => ShardingValue::Text("0".repeat(32)),
        Some(KeySpec::NanoId) => ShardingValue::Text("0".repeat(21)),
        Some(KeySpec::Snowflake { .. }) | None => ShardingValue::Int(0),
    };
    Ok(vec![stand_in; need.count()])
}

pub(super) fn no_database() -> Refusal {
    Refusal::new(
        RefusalCode::UnknownDatabase,
        "there is no such logical database",
    )
}
