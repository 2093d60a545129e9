//! What grows while the parser's tree is walked: tables, blocks, scopes, qualifiers.

use super::bounds::BLOCKS;
use super::layout::Layout;
use super::scope::{Factor, Found, Owner, Scopes};
use super::source::{Clear, Source, Unclear, token_index};
use super::stream::token_at;
use crate::sql::statement::{
    Binding, Block, BlockKind, BlockTraits, ColumnRef, Condition, Predicate, Qualifier, Restricts,
    TableRef, Usage,
};
use crate::sql::token::TokenKind;
use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

/// How a CTE's name is seen at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// It hides tables of its name.
    Visible,
    /// Its own definition is read, without RECURSIVE: the name is the table's.
    Own,
    /// It comes later in its WITH.
    Later,
}

/// A CTE whose scope is open.
pub(super) struct CteName {
    /// Its name.
    pub(super) name: String,
    /// How it is seen.
    pub(super) sight: Sight,
    /// Its block, once it is read; none if it may read itself, or names its columns anew.
    pub(super) block: Option<u16>,
    /// How often it is read.
    pub(super) uses: usize,
}

/// The shape so far.
pub(super) struct Walk<'s> {
    pub(super) source: Source<'s>,
    pub(super) layout: &'s Layout,
    pub(super) tables: Vec<TableRef>,
    pub(super) qualifiers: Vec<Qualifier>,
    pub(super) blocks: Vec<Block>,
    pub(super) scopes: Scopes,
    pub(super) ctes: Vec<CteName>,
    /// Items of SELECT lists that are named by their text, see [`crate::sql::Query::labels`].
    pub(super) labels: Vec<(u32, u32)>,
    /// Per token: it has been read as a table name, function name or qualifier.
    placed: Vec<bool>,
}

impl<'s> Walk<'s> {
    /// Nothing read yet.
    pub(super) fn new(source: Source<'s>, layout: &'s Layout) -> Self {
        Self {
            source,
            layout,
            tables: Vec::new(),
            qualifiers: Vec::new(),
            blocks: Vec::new(),
            scopes: Scopes::default(),
            ctes: Vec::new(),
            labels: Vec::new(),
            placed: vec![false; source.end.saturating_sub(source.first)],
        }
    }

    /// Opens the next block.
    pub(super) fn open_block(
        &mut self,
        kind: BlockKind,
        parent: Option<u16>,
        outer: Option<u16>,
    ) -> Clear<u16> {
        let index = self.blocks.len();
        if index >= BLOCKS {
            return Err(Unclear::TooMuch {
                what: "query blocks",
                limit: BLOCKS,
            });
        }
        self.blocks.push(Block {
            kind,
            parent,
            conditions: Vec::new(),
            traits: BlockTraits::default(),
            outlet: None,
        });
        self.scopes.open(outer);
        u16::try_from(index).map_err(|_| Unclear::TooMuch {
            what: "query blocks",
            limit: BLOCKS,
        })
    }

    /// Changes the traits of `block`.
    pub(super) fn mark(&mut self, block: u16, change: impl FnOnce(&mut BlockTraits)) {
        if let Some(block) = self.blocks.get_mut(usize::from(block)) {
            change(&mut block.traits);
        }
    }

    /// Adds a condition to `block`.
    pub(super) fn restrict(&mut self, block: u16, condition: Condition) {
        if let Some(block) = self.blocks.get_mut(usize::from(block)) {
            block.conditions.push(condition);
        }
    }

    /// Lets the conditions of sub-queries speak of the outer block's first table: wrong, and never asked for but by a
    /// planted fault.
    pub(super) fn restrict_outer(&mut self) {
        for index in 0..self.blocks.len() {
            let Some(block) = self.blocks.get(index) else {
                continue;
            };
            let (BlockKind::SubQuery, Some(parent)) = (block.kind, block.parent) else {
                continue;
            };
            let outer = self.tables.iter().position(|table| table.block == parent);
            let Some(outer) = outer.and_then(|table| u16::try_from(table).ok()) else {
                continue;
            };
            for mut condition in block.conditions.clone() {
                if let Predicate::In { column, .. } = &mut condition.predicate {
                    column.binding = Binding::Table(outer);
                    condition.restricts = Restricts::Block;
                    self.restrict(parent, condition);
                }
            }
        }
    }

    /// Notes that token `index` has been read as part of a name.
    pub(super) fn place(&mut self, index: usize) {
        if let Some(placed) = index
            .checked_sub(self.source.first)
            .and_then(|slot| self.placed.get_mut(slot))
        {
            *placed = true;
        }
    }

    /// Token `index` has been read as part of a name.
    pub(super) fn is_placed(&self, index: usize) -> bool {
        index
            .checked_sub(self.source.first)
            .and_then(|slot| self.placed.get(slot))
            .copied()
            .unwrap_or_default()
    }

    /// Registers a table whose name is the tokens `parts`, with `alias`, as a factor of `block`.
    pub(super) fn add_table(
        &mut self,
        parts: &[usize],
        alias: Option<String>,
        block: u16,
        usage: Usage,
    ) -> Clear<u16> {
        let (schema, name) = match *parts {
            [name] => (None, name),
            [schema, name] => (Some(schema), name),
            _ => return Err(Unclear::Construct("a table name of several parts")),
        };
        let index = self.tables.len();
        if index >= BLOCKS {
            return Err(Unclear::TooMuch {
                what: "tables",
                limit: BLOCKS,
            });
        }
        let index = u16::try_from(index).map_err(|_| Unclear::TooMuch {
            what: "tables",
            limit: BLOCKS,
        })?;
        parts.iter().for_each(|&part| self.place(part));
        let table = TableRef {
            schema: schema.map(|token| self.source.name(token)),
            name: self.source.name(name),
            schema_token: schema.map(token_index).transpose()?,
            name_token: token_index(name)?,
            alias,
            last_token: token_index(self.last_of_factor(name)?)?,
            takes_alias: !self.source.follows_any(schema.unwrap_or(name), &["TABLE"]),
            block,
            usage,
            is_nullable: false,
        };
        self.scopes.add(
            block,
            Factor {
                exposed: table.exposed_name().to_owned(),
                schema: table.schema.clone(),
                has_alias: table.alias.is_some(),
                owner: Owner::Table(index),
                derived: None,
            },
        );
        self.tables.push(table);
        Ok(index)
    }

    /// The name, or the end of its `PARTITION (...)`.
    fn last_of_factor(&self, name: usize) -> Clear<usize> {
        if self.source.is_word(name + 1, "PARTITION") && self.source.is_punct(name + 2, b'(') {
            return self.layout.partner(name + 2);
        }
        Ok(name)
    }

    /// Resolves the qualifier of the dotted name `parts` (the last one is the column or `*`) in `block` and
    /// records it if it is a table's own name.
    pub(super) fn qualifier(&mut self, parts: &[usize], block: u16) -> Clear<Option<Owner>> {
        let found = self.look_up(parts, block)?;
        parts.iter().for_each(|&part| self.place(part));
        let Some(Found {
            owner, is_own_name, ..
        }) = found
        else {
            return Ok(None);
        };
        let (schema, name) = split_qualifier(parts)?;
        if let (Owner::Table(table), true) = (owner, is_own_name || schema.is_some()) {
            let qualifier = Qualifier {
                table,
                schema_token: schema.map(token_index).transpose()?,
                name_token: token_index(name)?,
            };
            self.qualifiers.push(qualifier);
        }
        Ok(Some(owner))
    }

    fn look_up(&self, parts: &[usize], block: u16) -> Clear<Option<Found>> {
        let (schema, name) = split_qualifier(parts)?;
        let schema = schema.map(|token| self.source.name(token));
        self.scopes
            .qualified(block, schema.as_deref(), &self.source.name(name))
    }

    /// The column that the dotted name `parts` names, seen from `block`.
    pub(super) fn column(&self, parts: &[usize], block: u16) -> Clear<ColumnRef> {
        let Some(&last) = parts.last() else {
            return Err(Unclear::Construct("a column without name"));
        };
        let name = self.source.name(last);
        let binding = if parts.len() == 1 {
            self.scopes.unqualified(block, &name)
        } else {
            match self.look_up(parts, block)? {
                Some(Found {
                    owner: Owner::Table(table),
                    ..
                }) => Binding::Table(table),
                Some(Found {
                    derived: Some(inner),
                    ..
                }) => Binding::Derived(inner),
                _ => Binding::Foreign,
            }
        };
        Ok(ColumnRef { binding, name })
    }

    /// Our token of an identifier of the parser's tree.
    pub(super) fn token_of(&self, ident: &Ident) -> Clear<usize> {
        let index = token_at(ident.span).ok_or(Unclear::Construct("a name without place"))?;
        match self.source.kind(index) {
            Some(TokenKind::Word | TokenKind::QuotedName) => Ok(index),
            _ => Err(Unclear::Syntax { token: index }),
        }
    }

    /// Our tokens of a dotted name of the parser's tree.
    pub(super) fn tokens_of(&self, name: &ObjectName) -> Clear<Vec<usize>> {
        let part = |part: &ObjectNamePart| match part {
            ObjectNamePart::Identifier(ident) => self.token_of(ident),
            ObjectNamePart::Function(_) => Err(Unclear::Construct("a name made by a function")),
        };
        name.0.iter().map(part).collect()
    }
}

/// The tokens of schema and table in `schema.table.column`.
fn split_qualifier(parts: &[usize]) -> Clear<(Option<usize>, usize)> {
    match *parts {
        [name, _] => Ok((None, name)),
        [schema, name, _] => Ok((Some(schema), name)),
        _ => Err(Unclear::Construct("a name of several parts")),
    }
}
