//! What the ON and USING of joins say, and for which tables: an outer join's condition restricts its nullable side.

use super::source::Clear;
use super::walk::Walk;
use crate::sql::statement::{Binding, ColumnRef, Condition, Predicate, Restricts};
use sqlparser::ast::{JoinConstraint, ObjectName};

/// The side of a join whose rows may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// INNER, CROSS, STRAIGHT
    None,
    /// RIGHT JOIN
    Left,
    /// LEFT JOIN
    Right,
}

/// The joins of one element of FROM.
pub(super) enum JoinTree<'a> {
    /// One factor: its table, or none for what is no table.
    Leaf {
        /// Index into the statement's tables.
        table: Option<u16>,
        /// A derived table, CTE or table function.
        is_foreign: bool,
    },
    /// Two sides.
    Join(Box<Join<'a>>),
}

/// A join.
pub(super) struct Join<'a> {
    left: JoinTree<'a>,
    right: JoinTree<'a>,
    nullable: Side,
    constraint: &'a JoinConstraint,
    /// All tables of both sides.
    tables: Vec<u16>,
}

impl<'a> Join<'a> {
    /// Joins two sides.
    pub(super) fn new(
        left: JoinTree<'a>,
        right: JoinTree<'a>,
        nullable: Side,
        constraint: &'a JoinConstraint,
    ) -> Self {
        let tables = [left.tables(), right.tables()].concat();
        Self { left, right, nullable, constraint, tables }
    }
}

impl JoinTree<'_> {
    /// DUAL
    pub(super) fn nothing() -> Self {
        Self::Leaf { table: None, is_foreign: false }
    }

    /// A table.
    pub(super) fn table(table: u16) -> Self {
        Self::Leaf { table: Some(table), is_foreign: false }
    }

    /// What is no table.
    pub(super) fn foreign() -> Self {
        Self::Leaf { table: None, is_foreign: true }
    }

    fn tables(&self) -> Vec<u16> {
        match self {
            Self::Leaf { table, .. } => table.iter().copied().collect(),
            Self::Join(join) => join.tables.clone(),
        }
    }

    /// The one table that owns `column` of a USING on this side, if the text alone says so.
    fn owner(&self, column: &str, name_of: &impl Fn(&ObjectName) -> Option<String>) -> Option<u16> {
        let join = match self {
            Self::Leaf { table, is_foreign: false } => return *table,
            Self::Leaf { .. } => return None,
            Self::Join(join) => join,
        };
        let JoinConstraint::Using(columns) = join.constraint else {
            return None;
        };
        let is_merged = columns.iter().any(|name| {
            name_of(name).is_some_and(|name| name.eq_ignore_ascii_case(column))
        });
        // the merged column is the left one, but of a RIGHT JOIN
        match join.nullable {
            Side::None | Side::Right if is_merged => join.left.owner(column, name_of),
            _ => None,
        }
    }
}

impl Walk<'_> {
    /// Walks the ON conditions of `tree` for their sub-queries and qualifiers.
    pub(super) fn on_expressions(&mut self, tree: &JoinTree<'_>, block: u16) -> Clear<()> {
        let JoinTree::Join(join) = tree else {
            return Ok(());
        };
        self.on_expressions(&join.left, block)?;
        self.on_expressions(&join.right, block)?;
        if let JoinConstraint::On(expression) = join.constraint {
            self.expression(expression, block)?;
        }
        Ok(())
    }

    /// Gathers the conditions of `tree`. `nullable` are the tables of the outer join's nullable side around it: there
    /// even an inner join's condition speaks of them alone.
    pub(super) fn join_conditions(&mut self, tree: &JoinTree<'_>, block: u16, nullable: Option<&[u16]>) -> Clear<()> {
        let JoinTree::Join(join) = tree else {
            return Ok(());
        };
        let (left, right) = (join.left.tables(), join.right.tables());
        let restricted = match join.nullable {
            Side::None => nullable.map_or(Restricts::Block, |tables| Restricts::Tables(tables.to_vec())),
            Side::Left => Restricts::Tables(left.clone()),
            Side::Right => Restricts::Tables(right.clone()),
        };
        match join.constraint {
            JoinConstraint::On(expression) => self.conditions(expression, block, &restricted)?,
            JoinConstraint::Using(columns) => self.using(join, columns, block, &restricted)?,
            // which columns a natural join compares only the schema knows
            JoinConstraint::Natural | JoinConstraint::None => {}
        }
        let left_nullable = if join.nullable == Side::Left { Some(left.as_slice()) } else { nullable };
        let right_nullable = if join.nullable == Side::Right { Some(right.as_slice()) } else { nullable };
        self.join_conditions(&join.left, block, left_nullable)?;
        self.join_conditions(&join.right, block, right_nullable)
    }

    fn using(&mut self, join: &Join<'_>, columns: &[ObjectName], block: u16, restricts: &Restricts) -> Clear<()> {
        for column in columns {
            let parts = self.tokens_of(column)?;
            let [token] = *parts.as_slice() else {
                continue;
            };
            let name = self.source.name(token);
            let name_of = |name: &ObjectName| {
                let parts = self.tokens_of(name).ok()?;
                parts.last().map(|&token| self.source.name(token))
            };
            let (left, right) = (join.left.owner(&name, &name_of), join.right.owner(&name, &name_of));
            let (Some(left), Some(right)) = (left, right) else {
                continue;
            };
            let predicate = Predicate::Same {
                left: ColumnRef { binding: Binding::Table(left), name: name.clone() },
                right: ColumnRef { binding: Binding::Table(right), name },
            };
            self.restrict(block, Condition { predicate, restricts: restricts.clone() });
        }
        Ok(())
    }
}
