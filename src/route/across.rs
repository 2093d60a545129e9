//! Which reads over several data sources are answered one data source after the other: those whose answers need no
//! more than to follow each other (contract 4.10).

use std::collections::BTreeSet;

use crate::sql::{Block, BlockKind, BlockTraits, Facts};

use super::beside::lies_beside;
use super::choice::Purpose;
use super::land::{Chosen, apart};
use super::refusal::Refusal;
use super::scope::Scope;

/// Whether each data source's answer is a part of the whole one.
///
/// # Errors
/// 29006 that says what is in the way.
pub fn check(
    scope: &Scope<'_>,
    chosen: &[Chosen<'_>],
    reasons: &mut Vec<String>,
) -> Result<(), Refusal> {
    let Some(spread) = chosen
        .iter()
        .find(|one| one.sources().collect::<BTreeSet<_>>().len() > 1)
    else {
        return Err(lie_apart(scope, chosen));
    };
    let count = spread.sources().collect::<BTreeSet<_>>().len();
    let name = &spread.table.name;
    if let Some(what) = in_the_way(scope) {
        let text = format!(
            "{name} is asked for in {count} data sources, and {what} would have to be merged over their answers: \
             {}",
            remedy(spread)
        );
        return Err(apart(Purpose::Read, &text));
    }
    for one in chosen {
        let is_inside = scope
            .tables
            .get(one.index)
            .is_none_or(|table| table.reference.block != 0);
        if is_inside {
            let text = format!(
                "{name} is asked for in {count} data sources, and a sub-query, derived table or WITH over {} would \
                 be answered in each of them by its own rows alone: {}",
                one.table.name,
                remedy(spread)
            );
            return Err(apart(Purpose::Read, &text));
        }
    }
    let anchor = chosen.iter().find(|one| !is_nullable(scope, one));
    let Some(anchor) = anchor else {
        let text = format!(
            "{name} stands on the side of an outer join whose rows may be missing, and is asked for in {count} data \
             sources: {}",
            remedy(spread)
        );
        return Err(apart(Purpose::Read, &text));
    };
    for one in chosen.iter().filter(|one| one.index != anchor.index) {
        if !lies_beside(scope, anchor, one) {
            let text = format!(
                "{} and {} are asked for in several data sources, and their rows need not lie in the same one: join \
                 them by the sharding column that decides the data source, or {}",
                anchor.table.name,
                one.table.name,
                remedy(spread)
            );
            return Err(apart(Purpose::Read, &text));
        }
    }
    if scope.input.explain {
        reasons.push(format!(
            "{name} is asked for in {count} data sources: their answers follow each other, in no order"
        ));
    }
    Ok(())
}

fn is_nullable(scope: &Scope<'_>, one: &Chosen<'_>) -> bool {
    let table = scope.tables.get(one.index);
    table.is_none_or(|table| table.reference.is_nullable)
}

fn remedy(spread: &Chosen<'_>) -> String {
    let columns: Vec<&str> = spread
        .table
        .database_columns
        .iter()
        .filter_map(|index| spread.table.columns.get(*index))
        .map(String::as_str)
        .collect();
    format!("ask for one {} at a time", columns.join(" and "))
}

/// No table is spread, but they lie in different data sources.
fn lie_apart(scope: &Scope<'_>, chosen: &[Chosen<'_>]) -> Refusal {
    let place = |one: &Chosen<'_>| {
        let source = one.sources().next();
        let source = source.map_or("?", |source| super::land::source_name(scope, source));
        format!("{} in {source}", one.table.name)
    };
    let places: Vec<String> = chosen
        .iter()
        .filter(|one| !one.choice.nodes.is_empty())
        .map(place)
        .collect();
    let text = format!(
        "{}: rows of two data sources do not meet in one statement",
        places.join(", ")
    );
    apart(Purpose::Read, &text)
}

/// What the statement does beyond filtering and joining rows.
fn in_the_way(scope: &Scope<'_>) -> Option<&'static str> {
    let root = scope.blocks.first()?;
    let inner = || scope.blocks.iter().skip(1);
    of_traits(root.traits)
        .or_else(|| of_facts(&scope.input.statement.facts))
        .or_else(|| {
            // which rows a LIMIT leaves may differ from data source to data source, of broadcast tables too
            inner()
                .any(|block| block.traits.has_limit)
                .then_some("a LIMIT inside")
        })
        .or_else(|| inner().any(is_arm_of_root).then_some("UNION"))
}

fn is_arm_of_root(block: &Block) -> bool {
    block.kind == BlockKind::SetArm && block.parent == Some(0)
}

fn of_traits(traits: BlockTraits) -> Option<&'static str> {
    let found = [
        (traits.has_set_operation, "UNION"),
        (traits.has_group_by, "GROUP BY or HAVING"),
        (traits.has_aggregate, "an aggregate function"),
        (traits.has_window, "a window function"),
        (traits.is_distinct, "DISTINCT"),
        (traits.has_order_by, "ORDER BY"),
        (traits.has_limit, "LIMIT"),
    ];
    found
        .into_iter()
        .find_map(|(is_there, what)| is_there.then_some(what))
}

fn of_facts(facts: &Facts) -> Option<&'static str> {
    let found = [
        (facts.is_locking, "a locking clause"),
        (facts.has_into, "INTO"),
        (facts.has_calc_found_rows, "SQL_CALC_FOUND_ROWS"),
        (facts.assigns_user_variable, "a user variable's assignment"),
        (
            facts.uses_user_locks || facts.may_have_side_effects,
            "a function with effects of its own",
        ),
        (
            facts.differs_by_server,
            "a function such as UUID, RAND or SYSDATE",
        ),
    ];
    found
        .into_iter()
        .find_map(|(is_there, what)| is_there.then_some(what))
}
