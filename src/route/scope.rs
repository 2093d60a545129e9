//! The tables of a statement as the rules see them, and which of them a column belongs to.

use std::cell::Cell;

use crate::model::{ColumnKind, Moments, SourceId, TableSchema};
use crate::rule::{ShardedTable, TableRule};
use crate::sql::{
    Binding, Block, BlockKind, ColumnRef, Condition, Kind, Predicate, Restricts, TableRef,
};

use super::input::RouteInput;
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;
use super::value::{Reading, ReadingFault};

/// What the rules say about one table reference.
#[derive(Clone, Copy, Debug)]
pub enum Class<'a> {
    /// Sharded.
    Sharded(&'a ShardedTable),
    /// The same in each of these.
    Broadcast(&'a [SourceId]),
    /// One of the same name in each of these.
    Local(&'a [SourceId]),
    /// In one data source.
    Single(SourceId),
    /// In one of the server's own schemas.
    System,
}

/// One table reference with its rule and columns.
#[derive(Clone, Copy, Debug)]
pub struct Bound<'a> {
    /// As the statement writes it.
    pub reference: &'a TableRef,
    /// What it is.
    pub class: Class<'a>,
    /// Its columns, if known.
    pub columns: Option<&'a TableSchema>,
}

impl<'a> Bound<'a> {
    /// The sharded table's rule.
    #[must_use]
    pub fn sharded(&self) -> Option<&'a ShardedTable> {
        match self.class {
            Class::Sharded(table) => Some(table),
            _ => None,
        }
    }

    /// Type of the column called `name`: the servers' metadata, else what the rule declares.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&'a ColumnKind> {
        let known = self
            .columns
            .and_then(|columns| columns.column(name))
            .map(|column| &column.kind);
        known.or_else(|| self.declared(name))
    }

    /// Type of the column called `name` as the rule declares it.
    fn declared(&self, name: &str) -> Option<&'a ColumnKind> {
        let declared = &self.sharded()?.declared;
        declared
            .get(name)
            .or_else(|| declared.get(&name.to_lowercase()))
    }

    /// Whether it has a column called `name`; `None` if its columns are not known.
    fn has_column(&self, name: &str) -> Option<bool> {
        match self.columns {
            Some(columns) => Some(columns.position(name).is_some()),
            None => {
                let is_key = self
                    .sharded()?
                    .columns
                    .iter()
                    .any(|column| column.eq_ignore_ascii_case(name));
                is_key.then_some(true)
            }
        }
    }

    /// How values of the sharding column `name` are read.
    ///
    /// # Errors
    /// 29002 with the line to add to the rule.
    pub fn reading(&self, name: &str) -> Result<Reading, Refusal> {
        let is_zoned = |kind: Option<&ColumnKind>| {
            matches!(kind, Some(ColumnKind::DateTime(Moments::Zoned { .. })))
        };
        let reading = if is_zoned(self.kind(name)) && !is_zoned(self.declared(name)) {
            Err(ReadingFault::Zoned)
        } else {
            Reading::of(self.kind(name), self.sharded())
        };
        reading.map_err(|fault| {
            let table = self.sharded().map_or(self.reference.name.as_str(), |table| &*table.name);
            let text = match fault {
                ReadingFault::NoType => format!(
                    "the type of sharding column {table}.{name} is not known: no server has told it and the rule does \
                     not; add `columns: {{{name}: bigint}}` (or its type) to the rule of {table}"
                ),
                ReadingFault::Zoned => format!(
                    "sharding column {table}.{name} is a TIMESTAMP: which moment a text means hangs on each session's \
                     time_zone, so one moment could lie on two nodes; make it a DATETIME, or, where all sessions have \
                     one time_zone, add `columns: {{{name}: timestamp}}` to the rule of {table}"
                ),
                ReadingFault::NoCollation => format!(
                    "the collation of sharding column {table}.{name} is not known: no server has told it and the rule \
                     does not, so equal values could lie on two nodes; add `columns: {{{name}: varchar(64) collate \
                     utf8mb4_bin}}` (its type and *_bin collation), or `normalize: exact` (one spelling is always \
                     written), to the rule of {table}"
                ),
                ReadingFault::LooseCollation => format!(
                    "the collation of sharding column {table}.{name} calls different texts equal, so equal values \
                     could lie on two nodes; give the column a *_bin collation, or add `normalize: exact` (one \
                     spelling is always written) or, if the collation is a general, unicode or 0900 one of ascii, \
                     latin1 or utf8, `normalize: ascii_ci` to the rule of {table}"
                ),
            };
            Refusal::new(RefusalCode::NotUnderstood, text)
        })
    }
}

/// A statement's tables and blocks.
#[derive(Debug)]
pub struct Scope<'a> {
    /// Everything about the statement.
    pub input: &'a RouteInput<'a>,
    /// Aligned with `Statement::tables`.
    pub tables: Vec<Bound<'a>>,
    /// The statement's query blocks; empty where it has none.
    pub blocks: &'a [Block],
    /// What may still be looked at: what is not, is not known.
    work: Cell<usize>,
}

/// Conditions, tables and blocks that are looked at for one statement.
const WORK: usize = 2_000_000;

impl<'a> Scope<'a> {
    /// Looks every table up.
    ///
    /// # Errors
    /// 29003 for an actual table or schema, 1049 for an unknown database, 1235 for tables of two logical databases.
    pub fn of(input: &'a RouteInput<'a>) -> Result<Self, Refusal> {
        let references = input.statement.tables.iter();
        let tables = references
            .map(|reference| bind(input, reference))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            input,
            tables,
            blocks: blocks(&input.statement.kind),
            work: Cell::new(WORK),
        })
    }

    /// Takes `amount` of what may still be looked at; false if that is too much.
    fn spend(&self, amount: usize) -> bool {
        let left = self.work.get().checked_sub(amount);
        self.work.set(left.unwrap_or(0));
        left.is_some()
    }

    /// The sharded tables with their index into the statement's tables.
    pub fn sharded(&self) -> impl Iterator<Item = (usize, &Bound<'a>, &'a ShardedTable)> {
        let tables = self.tables.iter().enumerate();
        tables.filter_map(|(index, table)| table.sharded().map(|rule| (index, table, rule)))
    }

    /// The conditions that may restrict `table`: those of its block, and of the blocks that alone read its rows.
    pub fn conditions(&self, table: usize) -> impl Iterator<Item = &'a Condition> {
        self.conditions_within(table, self.blocks.len())
    }

    /// The same of `blocks` blocks at most, its own first.
    pub fn conditions_within(
        &self,
        table: usize,
        blocks: usize,
    ) -> impl Iterator<Item = &'a Condition> {
        let block = self
            .tables
            .get(table)
            .and_then(|bound| self.blocks.get(usize::from(bound.reference.block)));
        let mut next = block;
        let readers = std::iter::from_fn(move || {
            let block = next?;
            let outlet = block.outlet.as_ref().filter(|_| self.reads_plainly());
            next = outlet.and_then(|outlet| self.blocks.get(usize::from(outlet.into)));
            let conditions = block.conditions.as_slice();
            Some(if self.spend(conditions.len() + 1) {
                conditions
            } else {
                &[]
            })
        });
        readers
            .take(blocks)
            .flatten()
            .filter(move |condition| restricts(&condition.restricts, table))
    }

    /// Which table `column` belongs to; `None` if that cannot be told.
    #[must_use]
    pub fn owner(&self, column: &ColumnRef) -> Option<usize> {
        match column.binding {
            Binding::Table(index) => Some(usize::from(index)),
            Binding::Unqualified(block) => self.owner_in(block, &column.name),
            Binding::Derived(_) | Binding::Foreign => None,
        }
    }

    /// The table that `column` comes of, by whatever ways, and its name there.
    #[must_use]
    pub fn origin<'c>(&'c self, column: &'c ColumnRef) -> Option<(usize, &'c str)> {
        match column.binding {
            Binding::Derived(block) => self.origin_in(block, &column.name),
            _ => Some((self.owner(column)?, &column.name)),
        }
    }

    /// The origin of the column `name` of what `block` gives.
    fn origin_in<'c>(&'c self, block: u16, name: &'c str) -> Option<(usize, &'c str)> {
        if !self.spend(1) {
            return None;
        }
        let outlet = self.blocks.get(usize::from(block))?.outlet.as_ref()?;
        let is_it = |known: &str| known.eq_ignore_ascii_case(name);
        if outlet.computed.iter().any(|known| is_it(known)) {
            return None;
        }
        let mut named = outlet.columns.iter().filter(|(known, _)| is_it(known));
        match (named.next(), named.next(), outlet.wildcards.as_slice()) {
            (Some((_, column)), None, []) => self.origin(column),
            (None, _, [Binding::Table(table)]) => {
                let table = usize::from(*table);
                self.tables
                    .get(table)?
                    .has_column(name)?
                    .then_some((table, name))
            }
            (None, _, [Binding::Derived(inner)]) => self.origin_in(*inner, name),
            _ => None,
        }
    }

    /// What the statement does while it reads rows keeps conditions from going further inside than they stand.
    fn reads_plainly(&self) -> bool {
        let facts = &self.input.statement.facts;
        !facts.assigns_user_variable && !facts.may_have_side_effects
    }

    /// Whether `column` is the column `name` of `table`.
    #[must_use]
    pub fn is_column(&self, column: &ColumnRef, table: usize, name: &str) -> bool {
        let origin = self.origin(column);
        origin.is_some_and(|(owner, known)| owner == table && known.eq_ignore_ascii_case(name))
    }

    fn owner_in(&self, block: u16, name: &str) -> Option<usize> {
        // a derived table or CTE may own the column, and its columns are not known here
        let hides = |other: &Block| match other.kind {
            BlockKind::Derived => other.parent == Some(block),
            BlockKind::Cte => true,
            _ => false,
        };
        if !self.spend(self.blocks.len() + self.tables.len()) || self.blocks.iter().any(hides) {
            return None;
        }
        let mut owners: Vec<usize> = Vec::new();
        let in_block = self
            .tables
            .iter()
            .enumerate()
            .filter(|(_, table)| table.reference.block == block);
        for (index, table) in in_block {
            if table.has_column(name)? {
                if !owners.is_empty()
                    && !owners
                        .iter()
                        .any(|earlier| self.are_joined_using(*earlier, index, name))
                {
                    return None;
                }
                owners.push(index);
            }
        }
        // none: a block around this one may own it, where in HAVING and ORDER BY an alias may hide the column
        owners.first().copied()
    }

    /// `earlier JOIN later USING (name)`: the bare name is then the earlier table's column,
    /// unless the join keeps all rows of the later one.
    fn are_joined_using(&self, earlier: usize, later: usize, name: &str) -> bool {
        let is = |column: &ColumnRef, table: usize| {
            column.name.eq_ignore_ascii_case(name)
                && column.binding == Binding::Table(u16::try_from(table).unwrap_or(u16::MAX))
        };
        let Some(table) = self.tables.get(later) else {
            return false;
        };
        let Some(block) = self.blocks.get(usize::from(table.reference.block)) else {
            return false;
        };
        block.conditions.iter().any(|condition| {
            let Predicate::Same { left, right } = &condition.predicate else {
                return false;
            };
            let is_pair =
                (is(left, earlier) && is(right, later)) || (is(left, later) && is(right, earlier));
            is_pair && restricts(&condition.restricts, later)
        })
    }
}

/// The query blocks of a statement.
#[must_use]
pub fn blocks(kind: &Kind) -> &[Block] {
    match kind {
        Kind::Query(query) => &query.blocks,
        Kind::Insert(insert) => &insert.blocks,
        Kind::Update(update) => &update.blocks,
        Kind::Delete(delete) => &delete.blocks,
        Kind::Explain { inner, .. } => blocks(inner),
        _ => &[],
    }
}

fn restricts(restricts: &Restricts, table: usize) -> bool {
    match restricts {
        Restricts::Block => true,
        Restricts::Tables(tables) => tables.iter().any(|index| usize::from(*index) == table),
    }
}

fn bind<'a>(input: &'a RouteInput<'a>, reference: &'a TableRef) -> Result<Bound<'a>, Refusal> {
    if let Some(schema) = &reference.schema {
        if is_system(schema) {
            return Ok(Bound {
                reference,
                class: Class::System,
                columns: None,
            });
        }
        check_schema(input, schema)?;
    }
    let class = match input.database.table(&reference.name) {
        Some(TableRule::Sharded(table)) => Class::Sharded(table),
        Some(TableRule::Broadcast { sources, .. }) => Class::Broadcast(sources),
        Some(TableRule::Local { sources, .. }) => Class::Local(sources),
        Some(TableRule::Single { source, .. }) => Class::Single(*source),
        None if input.database.is_actual_name(&reference.name) => {
            return Err(actual_name(&reference.name));
        }
        None => Class::Single(input.database.default_source),
    };
    Ok(Bound {
        reference,
        class,
        columns: input.schema.table(&reference.name).map(AsRef::as_ref),
    })
}

fn check_schema(input: &RouteInput<'_>, schema: &str) -> Result<(), Refusal> {
    if schema.eq_ignore_ascii_case(&input.database.name) {
        return Ok(());
    }
    if input
        .databases
        .iter()
        .any(|name| name.eq_ignore_ascii_case(schema))
    {
        let text = format!(
            "tables of the logical databases {} and {schema} in one statement are not served; ask them one by one",
            input.database.name
        );
        return Err(Refusal::new(RefusalCode::NotSupported, text));
    }
    if input.database.is_actual_schema(schema) {
        return Err(actual_name(schema));
    }
    Err(Refusal::new(
        RefusalCode::UnknownDatabase,
        format!("Unknown database '{schema}'"),
    ))
}

/// 29003 for `name`.
#[must_use]
pub fn actual_name(name: &str) -> Refusal {
    let text = format!(
        "{name} is the name of an actual table or schema on a server; use the logical name, or a data_source hint with the right to it"
    );
    Refusal::new(RefusalCode::ActualName, text)
}

/// The server's own schemas.
#[must_use]
pub fn is_system(schema: &str) -> bool {
    ["information_schema", "mysql", "performance_schema", "sys"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(schema))
}

/// The one logical database that a statement's qualified tables name, where it is not `current`:
/// the database that the statement must be routed in. `None` leaves it in the current one.
#[must_use]
pub fn named_database<'a>(
    tables: &[TableRef],
    current: Option<&str>,
    databases: &'a [String],
) -> Option<&'a str> {
    let mut schemas = tables
        .iter()
        .filter_map(|table| table.schema.as_deref())
        .filter(|schema| !is_system(schema));
    let first = schemas.next()?;
    let is_current = current.is_some_and(|name| name.eq_ignore_ascii_case(first));
    // a bare name is the current database's: together they are of two
    let is_bare = current.is_some() && tables.iter().any(|table| table.schema.is_none());
    let is_alone = !is_bare && schemas.all(|schema| schema.eq_ignore_ascii_case(first));
    let named = databases
        .iter()
        .find(|name| name.eq_ignore_ascii_case(first))?;
    (!is_current && is_alone).then_some(named.as_str())
}
