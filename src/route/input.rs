//! What routing is given.

use crate::model::{Charset, Schema, ShardingValue};
use crate::rule::Database;
use crate::sql::{HintValue, Hints, Lexed, SqlMode, Statement};

/// A parameter's value as the execute packet carries it.
#[derive(Clone, Debug, PartialEq)]
pub enum BoundValue<'a> {
    /// NULL
    Null,
    /// TINY to LONGLONG, signed or not.
    Integer(i128),
    /// FLOAT, DOUBLE
    Double(f64),
    /// DECIMAL, NEWDECIMAL: the digits.
    Decimal(&'a [u8]),
    /// VARCHAR, VAR_STRING, STRING: bytes in the client's character set.
    Text(&'a [u8]),
    /// DATE, DATETIME, TIMESTAMP, written as `YYYY-MM-DD[ hh:mm:ss[.ffffff]]`.
    Moment(String),
    /// BLOB and its sizes: bytes that no character set is known of. Drivers send texts so (Perl's DBD::mysql).
    Binary(&'a [u8]),
    /// BIT, JSON, TIME, ... : never a sharding value.
    Other,
    /// While preparing: a stand-in for whatever exact value the column takes.
    Any {
        /// For integer columns, and written as digits for strings.
        number: i128,
        /// For date columns.
        moment: &'a str,
    },
}

/// How far a user may go with DDL, whatever the table (contract 10.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum DdlRight {
    /// Not at all.
    #[default]
    None,
    /// `ddl: true`: all but DROP and TRUNCATE of tables.
    Some,
    /// `ddl: all`
    All,
}

/// What the user may ask of the proxy beyond plain statements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// `hints: true`
    pub may_hint: bool,
    /// `ddl`
    pub ddl: DdlRight,
}

/// What the statement's hints ask, whichever of the spellings was used (contract 6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes<'a> {
    /// Send the text as it is to this data source.
    pub data_source: Option<&'a str>,
    /// Read on the primary.
    pub primary: bool,
    /// Read on a replica however far it is behind.
    pub stale: bool,
    /// Touch every node on purpose.
    pub full_route: bool,
    /// Auditors to leave out (`DISABLE_AUDIT_NAMES`), lower-case.
    pub disabled_auditors: &'a [String],
    /// `SKIP_SQL_REWRITE`: the node gets the text as it is.
    pub skip_rewrite: bool,
    /// `SHARDING_DATABASE_VALUE`: for tables with a `hint` strategy for databases.
    pub database_values: &'a [HintValue],
    /// `SHARDING_TABLE_VALUE`: for tables with a `hint` strategy for tables.
    pub table_values: &'a [HintValue],
}

impl<'a> Wishes<'a> {
    /// What hints ask.
    #[must_use]
    pub fn of(hints: &'a Hints) -> Self {
        Self {
            data_source: hints.data_source.as_deref(),
            primary: hints.primary_only,
            stale: hints.takes_stale,
            full_route: hints.full_route,
            disabled_auditors: &hints.disable_audit_names,
            skip_rewrite: hints.skip_sql_rewrite,
            database_values: &hints.database_values,
            table_values: &hints.table_values,
        }
    }

    /// Whether it asks for what needs the right to hints; the primary is anyone's to ask for.
    #[must_use]
    pub fn needs_right(&self) -> bool {
        self.data_source.is_some()
            || self.full_route
            || self.skip_rewrite
            || !(self.disabled_auditors.is_empty()
                && self.database_values.is_empty()
                && self.table_values.is_empty())
    }
}

/// One statement with everything that decides where it goes.
#[derive(Clone, Copy, Debug)]
pub struct RouteInput<'a> {
    /// The text of this one statement.
    pub text: &'a [u8],
    /// The tokens of `text`, all of this statement.
    pub lexed: &'a Lexed,
    /// Its shape.
    pub statement: &'a Statement,
    /// The logical database that its tables belong to.
    pub database: &'a Database,
    /// Names of all logical databases.
    pub databases: &'a [String],
    /// Columns of the logical tables.
    pub schema: &'a Schema,
    /// The bits of `sql_mode` that it was lexed with.
    pub mode: SqlMode,
    /// `NO_AUTO_VALUE_ON_ZERO` is on: 0 is a key like any other.
    pub keeps_zero: bool,
    /// The client's character set.
    pub charset: Charset,
    /// Values of `?`; `None` for a text that was not prepared.
    pub params: Option<&'a [BoundValue<'a>]>,
    /// Generated keys, one for each row that [`super::KeyNeed`] counts.
    pub generated: &'a [ShardingValue],
    /// Hints.
    pub wishes: Wishes<'a>,
    /// The user's rights.
    pub rights: Rights,
    /// Fill [`super::Route::reasons`].
    pub explain: bool,
}
