//! Walks expressions for what concerns tables: sub-queries, qualifiers, aggregates.

use super::query::plain_wildcard;
use super::source::{Clear, Unclear};
use super::walk::Walk;
use crate::sql::statement::BlockKind;
use crate::sql::token::TokenKind;
use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, Query, WindowFrameBound, WindowSpec, WindowType,
};

impl Walk<'_> {
    /// Walks `expression`, which stands in `block`.
    pub(super) fn expression(&mut self, expression: &Expr, block: u16) -> Clear<()> {
        let mut at = expression;
        // chains of operators lean to the left and may be long
        while let Expr::BinaryOp { left, right, .. } = at {
            self.expression(right, block)?;
            at = left;
        }
        match at {
            Expr::Value(_) | Expr::TypedString(_) => Ok(()),
            Expr::Identifier(ident) => self.token_of(ident).map(drop),
            Expr::CompoundIdentifier(parts) => self.compound(parts, block),
            Expr::Subquery(query) => self.sub_query(query, block),
            Expr::Exists { subquery, .. } => self.sub_query(subquery, block),
            Expr::InSubquery { expr, subquery, .. } => {
                self.expression(expr, block)?;
                self.sub_query(subquery, block)
            }
            Expr::Function(function) => self.function(function, block),
            Expr::MatchAgainst { columns, .. } => self.match_columns(columns, block),
            other => self.children(other, block),
        }
    }

    /// Expressions that only hold other expressions.
    fn children(&mut self, expression: &Expr, block: u16) -> Clear<()> {
        match expression {
            Expr::Nested(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::Convert { expr: inner, .. }
            | Expr::Cast { expr: inner, .. }
            | Expr::Extract { expr: inner, .. }
            | Expr::Collate { expr: inner, .. } => self.expression(inner, block),
            Expr::InList { expr, list, .. } => {
                self.expression(expr, block)?;
                self.expressions(list, block)
            }
            Expr::Tuple(list) => self.expressions(list, block),
            Expr::Between {
                expr, low, high, ..
            } => self.each([expr, low, high], block),
            Expr::Like {
                expr,
                pattern,
                escape_char,
                any: false,
                ..
            } => {
                self.each([expr, pattern], block)?;
                self.each(escape_char.iter(), block)
            }
            Expr::RLike { expr, pattern, .. } => self.each([expr, pattern], block),
            Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => {
                self.each([left, right], block)
            }
            Expr::Position { expr, r#in } => self.each([expr, r#in], block),
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => {
                self.expression(expr, block)?;
                self.each(substring_from.iter().chain(substring_for), block)
            }
            Expr::Trim {
                expr,
                trim_what,
                trim_characters: None,
                ..
            } => {
                self.expression(expr, block)?;
                self.each(trim_what.iter(), block)
            }
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => {
                self.each(operand.iter().chain(else_result), block)?;
                conditions.iter().try_for_each(|when| {
                    self.expression(&when.condition, block)?;
                    self.expression(&when.result, block)
                })
            }
            Expr::Interval(interval) => self.expression(&interval.value, block),
            Expr::MemberOf(member) => self.each([&member.value, &member.array], block),
            Expr::Rollup(sets) => sets.iter().try_for_each(|set| self.expressions(set, block)),
            _ => Err(Unclear::Construct("an expression")),
        }
    }

    fn each<'a>(&mut self, list: impl IntoIterator<Item = &'a Box<Expr>>, block: u16) -> Clear<()> {
        list.into_iter()
            .try_for_each(|expression| self.expression(expression, block))
    }

    fn expressions(&mut self, list: &[Expr], block: u16) -> Clear<()> {
        list.iter()
            .try_for_each(|expression| self.expression(expression, block))
    }

    fn sub_query(&mut self, query: &Query, block: u16) -> Clear<()> {
        self.query(query, BlockKind::SubQuery, Some(block), Some(block))
            .map(drop)
    }

    fn compound(&mut self, parts: &[Ident], block: u16) -> Clear<()> {
        let tokens = parts
            .iter()
            .map(|part| self.token_of(part))
            .collect::<Clear<Vec<_>>>()?;
        self.qualifier(&tokens, block).map(drop)
    }

    fn match_columns(&mut self, columns: &[ObjectName], block: u16) -> Clear<()> {
        for column in columns {
            let parts = self.tokens_of(column)?;
            if parts.len() > 1 {
                self.qualifier(&parts, block)?;
            }
        }
        Ok(())
    }

    fn function(&mut self, function: &Function, block: u16) -> Clear<()> {
        let is_plain = !function.uses_odbc_syntax
            && matches!(function.parameters, FunctionArguments::None)
            && function.within_group.is_empty()
            && function.filter.is_none();
        if !is_plain {
            return Err(Unclear::Construct("a function"));
        }
        let parts = self.tokens_of(&function.name)?;
        parts.iter().for_each(|&part| self.place(part));
        if function.over.is_some() {
            self.mark(block, |traits| traits.has_window = true);
        } else if parts
            .last()
            .is_some_and(|&name| is_aggregate(&self.source.name(name)))
        {
            self.mark(block, |traits| traits.has_aggregate = true);
        }
        match &function.args {
            FunctionArguments::None => {}
            FunctionArguments::List(list) => self.arguments(list, block)?,
            FunctionArguments::Subquery(query) => self.sub_query(query, block)?,
        }
        match &function.over {
            Some(WindowType::WindowSpec(spec)) => self.window(spec, block),
            Some(WindowType::NamedWindow(_)) | None => Ok(()),
        }
    }

    fn arguments(&mut self, list: &FunctionArgumentList, block: u16) -> Clear<()> {
        for argument in &list.args {
            let FunctionArg::Unnamed(argument) = argument else {
                return Err(Unclear::Construct("a named argument"));
            };
            match argument {
                FunctionArgExpr::Expr(expression) => self.expression(expression, block)?,
                FunctionArgExpr::Wildcard => {}
                FunctionArgExpr::WildcardWithOptions(options) => plain_wildcard(options)?,
                FunctionArgExpr::QualifiedWildcard(name) => {
                    let mut parts = self.tokens_of(name)?;
                    parts.push(parts.last().map_or(0, |last| last + 2));
                    self.qualifier(&parts, block)?;
                }
            }
        }
        list.clauses.iter().try_for_each(|clause| match clause {
            FunctionArgumentClause::OrderBy(items) => self.order_items(items, block),
            FunctionArgumentClause::Limit(limit) => self.expression(limit, block),
            FunctionArgumentClause::Separator(_)
            | FunctionArgumentClause::IgnoreOrRespectNulls(_) => Ok(()),
            _ => Err(Unclear::Construct("a clause of a function")),
        })
    }

    /// Walks the inside of OVER (...) or of a named window.
    pub(super) fn window(&mut self, spec: &WindowSpec, block: u16) -> Clear<()> {
        self.expressions(&spec.partition_by, block)?;
        self.order_items(&spec.order_by, block)?;
        let Some(frame) = &spec.window_frame else {
            return Ok(());
        };
        for bound in std::iter::once(&frame.start_bound).chain(&frame.end_bound) {
            if let WindowFrameBound::Preceding(Some(bound))
            | WindowFrameBound::Following(Some(bound)) = bound
            {
                self.expression(bound, block)?;
            }
        }
        Ok(())
    }

    /// Our token of a value of the parser's tree.
    pub(super) fn value_token(&self, expression: &Expr) -> Option<(usize, TokenKind)> {
        let Expr::Value(value) = expression else {
            return None;
        };
        let index = super::stream::token_at(value.span)?;
        Some((index, self.source.kind(index)?))
    }
}

/// Built-in aggregates of both families.
fn is_aggregate(name: &str) -> bool {
    const NAMES: [&str; 25] = [
        "COUNT",
        "SUM",
        "AVG",
        "MIN",
        "MAX",
        "GROUP_CONCAT",
        "BIT_AND",
        "BIT_OR",
        "BIT_XOR",
        "STD",
        "STDDEV",
        "STDDEV_POP",
        "STDDEV_SAMP",
        "VAR_POP",
        "VAR_SAMP",
        "VARIANCE",
        "JSON_ARRAYAGG",
        "JSON_OBJECTAGG",
        "ANY_VALUE",
        "ST_COLLECT",
        "MEDIAN",
        "PERCENTILE_CONT",
        "PERCENTILE_DISC",
        "GROUPING",
        "JSON_DUALITY_OBJECT",
    ];
    NAMES
        .iter()
        .any(|aggregate| aggregate.eq_ignore_ascii_case(name))
}
