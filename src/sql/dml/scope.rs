//! Names in sight of a query block, and which table a column belongs to.

use super::bounds::LOOKS;
use super::source::{Clear, Unclear};
use crate::sql::statement::Binding;
use std::cell::Cell;

/// What a factor of FROM is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A table reference: index into the statement's tables.
    Table(u16),
    /// A derived table, CTE, table function or row alias.
    Foreign,
}

/// One factor of a block's FROM.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    /// The name that columns are qualified with.
    pub(super) exposed: String,
    /// Schema as written.
    pub(super) schema: Option<String>,
    /// It has an alias: its own name and schema are out of sight.
    pub(super) has_alias: bool,
    /// What it is.
    pub(super) owner: Owner,
    /// The block whose rows it has, of what is no table.
    pub(super) derived: Option<u16>,
}

/// The factors of a block and the block around it whose columns it may see.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// Factors in order.
    pub(super) factors: Vec<Factor>,
    /// Columns that USING merges, each with the table whose value it has.
    pub(super) merged: Vec<(String, u16)>,
    /// The block whose columns are in sight too.
    pub(super) outer: Option<u16>,
}

/// What a qualifier leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Owner of the column.
    pub(super) owner: Owner,
    /// The factor is a table without alias: the qualifier is the table's own name.
    pub(super) is_own_name: bool,
    /// The block whose rows it has, of what is no table.
    pub(super) derived: Option<u16>,
}

/// Scopes of all blocks, by block index.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    scopes: Vec<Scope>,
    looks: Cell<usize>,
}

impl Scopes {
    /// Adds the scope of the next block.
    pub(super) fn open(&mut self, outer: Option<u16>) {
        self.scopes.push(Scope {
            factors: Vec::new(),
            merged: Vec::new(),
            outer,
        });
    }

    /// The scope of `block`.
    pub(super) fn of(&self, block: u16) -> Option<&Scope> {
        self.scopes.get(usize::from(block))
    }

    /// The block whose columns `block` may see.
    pub(super) fn outer(&self, block: u16) -> Option<u16> {
        self.of(block).and_then(|scope| scope.outer)
    }

    /// Adds a factor to `block`.
    pub(super) fn add(&mut self, block: u16, factor: Factor) {
        if let Some(scope) = self.scopes.get_mut(usize::from(block)) {
            scope.factors.push(factor);
        }
    }

    /// Notes that USING makes one column of `name` on both sides, with the value of `table`.
    pub(super) fn merge(&mut self, block: u16, name: String, table: u16) {
        if let Some(scope) = self.scopes.get_mut(usize::from(block)) {
            scope.merged.push((name, table));
        }
    }

    /// Where the unqualified column `name` of `block` belongs.
    pub(super) fn unqualified(&self, block: u16, name: &str) -> Binding {
        let Some(scope) = self.of(block) else {
            return Binding::Foreign;
        };
        let mut merged = scope
            .merged
            .iter()
            .filter(|(merged, _)| merged.eq_ignore_ascii_case(name));
        if let Some((_, table)) = merged.next() {
            let is_sure = merged.all(|(_, other)| other == table);
            return if is_sure {
                Binding::Table(*table)
            } else {
                Binding::Foreign
            };
        }
        match scope.factors.as_slice() {
            [
                Factor {
                    owner: Owner::Table(table),
                    ..
                },
            ] if scope.outer.is_none() => Binding::Table(*table),
            [
                Factor {
                    owner: Owner::Foreign,
                    derived: Some(block),
                    ..
                },
            ] if scope.outer.is_none() => Binding::Derived(*block),
            factors if factors.iter().all(|factor| factor.owner == Owner::Foreign) => {
                Binding::Foreign
            }
            _ => Binding::Unqualified(block),
        }
    }

    /// The factor that `schema.name.` names, seen from `block`: the nearest, `None` if there is none.
    ///
    /// # Errors
    /// Where the servers' answer depends on how they compare names, or several factors fit.
    pub(super) fn qualified(
        &self,
        block: u16,
        schema: Option<&str>,
        name: &str,
    ) -> Clear<Option<Found>> {
        let mut next = Some(block);
        let mut nearest: Option<&Factor> = None;
        while let Some(scope) = next.and_then(|block| self.of(block)) {
            self.looks.set(self.looks.get() + scope.factors.len() + 1);
            if self.looks.get() > LOOKS {
                return Err(Unclear::TooMuch {
                    what: "names to compare",
                    limit: LOOKS,
                });
            }
            let mut fitting = scope
                .factors
                .iter()
                .filter(|factor| fits(factor, schema, name));
            let is_doubtful = |factor: &Factor| {
                factor.owner == Owner::Foreign && factor.exposed.eq_ignore_ascii_case(name)
            };
            if schema.is_some() && scope.factors.iter().any(is_doubtful) {
                return Err(Unclear::Construct("a schema before what is no table"));
            }
            if let Some(factor) = fitting.next() {
                if fitting.next().is_some() {
                    return Err(Unclear::Construct("a qualifier that several tables have"));
                }
                match nearest {
                    None => nearest = Some(factor),
                    Some(inner) if inner.exposed != name => {
                        return Err(Unclear::Construct(
                            "a qualifier that differs in case only from another",
                        ));
                    }
                    Some(_) => {}
                }
            }
            next = scope.outer;
        }
        Ok(nearest.map(|factor| Found {
            owner: factor.owner,
            is_own_name: !factor.has_alias,
            derived: factor.derived,
        }))
    }
}

fn fits(factor: &Factor, schema: Option<&str>, name: &str) -> bool {
    let same_schema = match (schema, &factor.schema) {
        (None, _) => true,
        // the servers take `schema.alias.column` too
        (Some(_), _) if factor.owner == Owner::Foreign => false,
        (Some(wanted), Some(written)) => wanted.eq_ignore_ascii_case(written),
        // the session's schema, which is not known here; if it is another, the server refuses the statement
        (Some(_), None) => true,
    };
    same_schema && factor.exposed.eq_ignore_ascii_case(name)
}
