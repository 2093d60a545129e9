//! Reads FROM: its factors become tables, derived tables and joins.

use super::bounds::FACTORS;
use super::join::{Join, JoinTree, Side};
use super::scope::{Factor, Owner};
use super::source::{Clear, Unclear};
use super::walk::{Sight, Walk};
use crate::sql::statement::{BlockKind, Usage};
use crate::sql::token::TokenKind;
use sqlparser::ast::{
    FunctionArg, FunctionArgExpr, JoinConstraint, JoinOperator, ObjectName, TableAlias,
    TableFactor, TableFunctionArgs, TableWithJoins,
};

impl Walk<'_> {
    /// Reads the factors of FROM into `block`, then walks the ON conditions, which may name all of them.
    pub(super) fn from<'a>(
        &mut self,
        from: &'a [TableWithJoins],
        block: u16,
    ) -> Clear<Vec<JoinTree<'a>>> {
        let mut trees = Vec::with_capacity(from.len());
        for tables in from {
            trees.push(self.joined(tables, block)?);
            if trees.len() > FACTORS {
                return Err(Unclear::TooMuch {
                    what: "tables in one FROM",
                    limit: FACTORS,
                });
            }
        }
        for tree in &trees {
            self.on_expressions(tree, block)?;
        }
        Ok(trees)
    }

    fn joined<'a>(&mut self, tables: &'a TableWithJoins, block: u16) -> Clear<JoinTree<'a>> {
        if tables.joins.len() > FACTORS {
            return Err(Unclear::TooMuch {
                what: "tables in one FROM",
                limit: FACTORS,
            });
        }
        let mut tree = self.factor(&tables.relation, block)?;
        for join in &tables.joins {
            if join.global {
                return Err(Unclear::Construct("GLOBAL JOIN"));
            }
            let (side, constraint) = side(&join.join_operator)?;
            refuse_loose_right_join(constraint, &join.relation)?;
            let right = self.factor(&join.relation, block)?;
            tree = JoinTree::Join(Box::new(Join::new(tree, right, side, constraint)));
        }
        Ok(tree)
    }

    fn factor<'a>(&mut self, factor: &'a TableFactor, block: u16) -> Clear<JoinTree<'a>> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args,
                with_hints,
                version: None,
                with_ordinality: false,
                partitions,
                json_path: None,
                sample: None,
                index_hints,
            } if with_hints.is_empty() && partitions.is_empty() && index_hints.is_empty() => {
                match args {
                    None => self.table(name, alias.as_ref(), block),
                    Some(args) => self.table_function(name, args, alias.as_ref(), block),
                }
            }
            TableFactor::Derived {
                lateral,
                subquery,
                alias,
                sample: None,
            } => {
                let outer = if *lateral {
                    Some(block)
                } else {
                    self.scopes.outer(block)
                };
                let inner = self.query(subquery, BlockKind::Derived, Some(block), outer)?;
                let exposed = self.alias_name(alias.as_ref())?.unwrap_or_default();
                let is_renamed = alias
                    .as_ref()
                    .is_some_and(|alias| !alias.columns.is_empty());
                Ok(self.seen(exposed, block, (!is_renamed).then_some(inner)))
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } => self.joined(table_with_joins, block),
            _ => Err(Unclear::Construct("a table factor of FROM")),
        }
    }

    fn table<'a>(
        &mut self,
        name: &ObjectName,
        alias: Option<&TableAlias>,
        block: u16,
    ) -> Clear<JoinTree<'a>> {
        let parts = self.tokens_of(name)?;
        let alias_name = self.alias_name(alias)?;
        if let [token] = parts.as_slice() {
            if self.is_dual(*token) {
                self.place(*token);
                return Ok(JoinTree::nothing());
            }
            if let Some(cte) = self.cte(*token)? {
                self.place(*token);
                let exposed = alias_name.unwrap_or_else(|| self.source.name(*token));
                let is_renamed = alias.is_some_and(|alias| !alias.columns.is_empty());
                let inner = self.read_cte(cte).filter(|_| !is_renamed);
                return Ok(self.seen(exposed, block, inner));
            }
        }
        self.add_table(&parts, alias_name, block, Usage::Read)
            .map(JoinTree::table)
    }

    fn is_dual(&self, token: usize) -> bool {
        self.source.kind(token) == Some(TokenKind::Word) && self.source.is_word(token, "DUAL")
    }

    /// The CTE that the unqualified name at `token` is.
    fn cte(&self, token: usize) -> Clear<Option<usize>> {
        if self.ctes.is_empty() {
            return Ok(None);
        }
        let name = self.source.name(token);
        for (index, cte) in self
            .ctes
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, cte)| cte.name.eq_ignore_ascii_case(&name))
        {
            match cte.sight {
                Sight::Later => return Err(Unclear::Construct("a CTE used before its definition")),
                Sight::Own => {}
                // whether it is the CTE or a table depends on the server's lower_case_table_names
                Sight::Visible if cte.name != name => {
                    return Err(Unclear::Construct(
                        "a name that differs from a CTE's in case only",
                    ));
                }
                Sight::Visible => return Ok(Some(index)),
            }
        }
        Ok(None)
    }

    /// JSON_TABLE is the one table function of MySQL and MariaDB.
    fn table_function<'a>(
        &mut self,
        name: &ObjectName,
        args: &TableFunctionArgs,
        alias: Option<&TableAlias>,
        block: u16,
    ) -> Clear<JoinTree<'a>> {
        let parts = self.tokens_of(name)?;
        let [token] = *parts.as_slice() else {
            return Err(Unclear::Construct("a table function"));
        };
        if !self.source.is_word(token, "JSON_TABLE") || args.settings.is_some() {
            return Err(Unclear::Construct("a table function"));
        }
        self.place(token);
        for arg in &args.args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) = arg else {
                return Err(Unclear::Construct("JSON_TABLE"));
            };
            self.expression(expression, block)?;
        }
        self.foreign(alias, block)
    }

    fn foreign<'a>(&mut self, alias: Option<&TableAlias>, block: u16) -> Clear<JoinTree<'a>> {
        let exposed = self.alias_name(alias)?.unwrap_or_default();
        Ok(self.seen(exposed, block, None))
    }

    /// What is no table, as a factor of `block`: the rows of `inner`, if that is known.
    fn seen<'a>(&mut self, exposed: String, block: u16, inner: Option<u16>) -> JoinTree<'a> {
        let inner = inner.filter(|&inner| self.let_out(inner, block));
        self.scopes.add(
            block,
            Factor {
                exposed,
                schema: None,
                has_alias: true,
                owner: Owner::Foreign,
                derived: inner,
            },
        );
        let tables = self.tables.iter().zip(0_u16..);
        let inside = tables.filter(|(table, _)| inner == Some(table.block));
        JoinTree::foreign(inside.map(|(_, index)| index).collect())
    }

    fn alias_name(&self, alias: Option<&TableAlias>) -> Clear<Option<String>> {
        let Some(alias) = alias else {
            return Ok(None);
        };
        if alias.at.is_some() {
            return Err(Unclear::Construct("AT"));
        }
        let token = self.token_of(&alias.name)?;
        Ok(Some(self.source.name(token)))
    }
}

fn side(operator: &JoinOperator) -> Clear<(Side, &JoinConstraint)> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::CrossJoin(constraint) => Ok((Side::None, constraint)),
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => {
            Ok((Side::Right, constraint))
        }
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => {
            Ok((Side::Left, constraint))
        }
        _ => Err(Unclear::Construct("a join")),
    }
}

/// `a JOIN b RIGHT JOIN c ON x`: MySQL and the parser may group it differently.
fn refuse_loose_right_join(constraint: &JoinConstraint, right: &TableFactor) -> Clear<()> {
    let (
        JoinConstraint::None,
        TableFactor::NestedJoin {
            table_with_joins, ..
        },
    ) = (constraint, right)
    else {
        return Ok(());
    };
    let has_right = table_with_joins.joins.iter().any(|join| {
        matches!(
            join.join_operator,
            JoinOperator::Right(_) | JoinOperator::RightOuter(_)
        )
    });
    if has_right {
        Err(Unclear::Construct("a RIGHT JOIN behind a join without ON"))
    } else {
        Ok(())
    }
}
