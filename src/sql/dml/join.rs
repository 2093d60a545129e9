//! What the ON and USING of joins say, and for which tables: an outer join's condition restricts its nullable side.

use super::source::{Clear, Unclear};
use super::walk::Walk;
use crate::model::{PlantedFault, is_planted};
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
        /// The tables whose rows a derived table or CTE has.
        inside: Vec<u16>,
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
        Self {
            left,
            right,
            nullable,
            constraint,
            tables,
        }
    }
}

impl JoinTree<'_> {
    /// DUAL
    pub(super) fn nothing() -> Self {
        Self::Leaf {
            table: None,
            is_foreign: false,
            inside: Vec::new(),
        }
    }

    /// A table.
    pub(super) fn table(table: u16) -> Self {
        Self::Leaf {
            table: Some(table),
            is_foreign: false,
            inside: Vec::new(),
        }
    }

    /// What is no table.
    pub(super) fn foreign(inside: Vec<u16>) -> Self {
        Self::Leaf {
            table: None,
            is_foreign: true,
            inside,
        }
    }

    fn tables(&self) -> Vec<u16> {
        match self {
            Self::Leaf { table, inside, .. } => table.iter().chain(inside).copied().collect(),
            Self::Join(join) => join.tables.clone(),
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
    pub(super) fn join_conditions(
        &mut self,
        tree: &JoinTree<'_>,
        block: u16,
        nullable: Option<&[u16]>,
    ) -> Clear<()> {
        let JoinTree::Join(join) = tree else {
            return Ok(());
        };
        let (left, right) = (join.left.tables(), join.right.tables());
        let restricted = match join.nullable {
            Side::None => nullable.map_or(Restricts::Block, |tables| {
                Restricts::Tables(tables.to_vec())
            }),
            _ if is_planted(PlantedFault::OuterJoinOn) => Restricts::Block,
            Side::Left => Restricts::Tables(left.clone()),
            Side::Right => Restricts::Tables(right.clone()),
        };
        match join.constraint {
            JoinConstraint::On(expression) => self.conditions(expression, block, &restricted)?,
            JoinConstraint::Using(columns) => self.using(join, columns, block, &restricted)?,
            // which columns a natural join compares only the schema knows
            JoinConstraint::Natural | JoinConstraint::None => {}
        }
        let missing = match join.nullable {
            Side::None => &[][..],
            Side::Left => &left,
            Side::Right => &right,
        };
        for &table in missing {
            if let Some(table) = self.tables.get_mut(usize::from(table)) {
                table.is_nullable = true;
            }
        }
        let left_nullable = if join.nullable == Side::Left {
            Some(left.as_slice())
        } else {
            nullable
        };
        let right_nullable = if join.nullable == Side::Right {
            Some(right.as_slice())
        } else {
            nullable
        };
        self.join_conditions(&join.left, block, left_nullable)?;
        self.join_conditions(&join.right, block, right_nullable)
    }

    /// Notes the columns that the USING clauses of `tree` merge.
    pub(super) fn merge_columns(&mut self, tree: &JoinTree<'_>, block: u16) -> Clear<()> {
        let JoinTree::Join(join) = tree else {
            return Ok(());
        };
        self.merge_columns(&join.left, block)?;
        self.merge_columns(&join.right, block)?;
        let JoinConstraint::Using(columns) = join.constraint else {
            return Ok(());
        };
        for column in columns {
            let name = self.using_name(column)?;
            let side = if join.nullable == Side::Left {
                &join.right
            } else {
                &join.left
            };
            if let Some(owner) = self.owner(side, &name) {
                self.scopes.merge(block, name, owner);
            }
        }
        Ok(())
    }

    fn using(
        &mut self,
        join: &Join<'_>,
        columns: &[ObjectName],
        block: u16,
        restricts: &Restricts,
    ) -> Clear<()> {
        for column in columns {
            let name = self.using_name(column)?;
            let (Some(left), Some(right)) = (
                self.owner(&join.left, &name),
                self.owner(&join.right, &name),
            ) else {
                continue;
            };
            let predicate = Predicate::Same {
                left: ColumnRef {
                    binding: Binding::Table(left),
                    name: name.clone(),
                },
                right: ColumnRef {
                    binding: Binding::Table(right),
                    name,
                },
            };
            self.restrict(
                block,
                Condition {
                    predicate,
                    restricts: restricts.clone(),
                },
            );
        }
        Ok(())
    }

    fn using_name(&self, column: &ObjectName) -> Clear<String> {
        match *self.tokens_of(column)?.as_slice() {
            [token] => Ok(self.source.name(token)),
            _ => Err(Unclear::Construct("a qualified column in USING")),
        }
    }

    /// The one table of `tree` whose value `column` of a USING has, if the text alone says so.
    fn owner(&self, tree: &JoinTree<'_>, column: &str) -> Option<u16> {
        let join = match tree {
            JoinTree::Leaf {
                table,
                is_foreign: false,
                ..
            } => return *table,
            JoinTree::Leaf { .. } => return None,
            JoinTree::Join(join) => join,
        };
        let JoinConstraint::Using(columns) = join.constraint else {
            return None;
        };
        let is_merged = columns.iter().any(|merged| {
            self.using_name(merged)
                .is_ok_and(|name| name.eq_ignore_ascii_case(column))
        });
        // of a RIGHT JOIN the merged column has the right value
        let side = if join.nullable == Side::Left {
            &join.right
        } else {
            &join.left
        };
        if is_merged {
            self.owner(side, column)
        } else {
            None
        }
    }
}
