//! The texts of a mapper's statement to flaws: what a tag can take away is a flaw at the tag.

use std::collections::BTreeSet;

use crate::route::{Refusal, RefusalCode};
use crate::verdict::Grounds;

use super::finding::Located;
use super::judge::{Judgement, judge, refusal};
use super::mapper::{Difference, Variant, Variants};
use super::rules;

/// Judges a statement in all of its texts.
#[must_use]
pub fn judge_variants(grounds: &Grounds<'_>, variants: &Variants) -> Vec<Judgement> {
    let refusals: Vec<Option<Refusal>> = variants
        .texts
        .iter()
        .map(|text| refusal(grounds, &text.written))
        .collect();
    // a combination that makes no statement tells nothing: its tests exclude each other
    let is_whole = |refusal: &Option<Refusal>| !refusal.as_ref().is_some_and(is_no_statement);
    let base = refusals.iter().position(is_whole).unwrap_or(0);
    let Some(first) = variants.texts.get(base) else {
        return Vec::new();
    };
    let mut found = judge(grounds, &first.written);
    if refusals.get(base).is_none_or(Option::is_some) {
        return found;
    }
    let mut told: Vec<BTreeSet<usize>> = Vec::new();
    for (text, refusal) in variants.texts.iter().zip(&refusals) {
        let Some(refusal) = refusal.as_ref().filter(|refusal| !is_no_statement(refusal)) else {
            continue;
        };
        let places: BTreeSet<usize> = text
            .differences
            .iter()
            .map(|difference| difference.at)
            .collect();
        if told.iter().any(|known| known.is_subset(&places)) {
            continue;
        }
        let flaw = flaw(text, refusal);
        told.push(places);
        if let Some(judgement) = found.first_mut() {
            judgement.flaws.push(flaw);
        }
    }
    found
}

fn is_no_statement(refusal: &Refusal) -> bool {
    matches!(
        refusal.code,
        RefusalCode::NotUnderstood | RefusalCode::Syntax
    )
}

fn flaw(text: &Variant, refusal: &Refusal) -> Located {
    let what: Vec<&str> = text
        .differences
        .iter()
        .map(|difference| difference.what.as_str())
        .collect();
    let code = refusal.code.number().0;
    let at = text
        .differences
        .first()
        .map_or(0, |difference: &Difference| difference.at);
    let source = &text.written.passage.text;
    let rest = source.get(at..).unwrap_or_default();
    let length = rest
        .iter()
        .position(|byte| *byte == b'>')
        .map_or(1, |end| end + 1);
    Located {
        rule: &rules::DYNAMIC_CONDITION,
        code: Some(code),
        message: format!(
            "with {} the statement is refused with {code}: {}",
            what.join(" and "),
            refusal.message
        ),
        source: (at, at + length),
    }
}
