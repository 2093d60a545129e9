//! Suppressions applied to the flaws of their statement.

use crate::config::nearest;

use super::finding::Located;
use super::judge::Judgement;
use super::mark::Mark;
use super::rules;

/// What is left to tell, and how many flaws are suppressed.
#[must_use]
pub fn settle(judgement: Judgement) -> (Vec<Located>, usize) {
    let mut flaws = judgement.flaws;
    let before = flaws.len();
    let mut own = Vec::new();
    for mark in &judgement.marks {
        if mark.reason.is_empty() && !mark.rules.is_empty() {
            let message = "the suppression says no reason and hides nothing: write why behind the rule's name";
            own.push(located(
                &rules::SUPPRESSION_WITHOUT_REASON,
                mark,
                message.to_owned(),
            ));
            continue;
        }
        if mark.rules.is_empty() {
            let message = "a suppression is written `shardgate-lint: ignore RULE REASON`";
            own.push(located(
                &rules::UNUSED_SUPPRESSION,
                mark,
                message.to_owned(),
            ));
        }
        for name in &mark.rules {
            let count = flaws.len();
            flaws.retain(|flaw| !is_named(flaw, name));
            if flaws.len() == count {
                own.push(located(&rules::UNUSED_SUPPRESSION, mark, unused(name)));
            }
        }
    }
    let suppressed = before - flaws.len();
    flaws.extend(own);
    (flaws, suppressed)
}

/// By the rule's name, or the number of the refusal.
fn is_named(flaw: &Located, name: &str) -> bool {
    flaw.rule.id == name || flaw.code.is_some_and(|code| code.to_string() == name)
}

fn unused(name: &str) -> String {
    let is_code = name.parse::<u16>().is_ok();
    if is_code || rules::by_id(name).is_some() {
        return format!("nothing of {name} is found in this statement: take the suppression out");
    }
    let names = rules::ALL.iter().map(|rule| rule.id);
    match nearest(name, names) {
        Some(near) => format!("{name} is no rule: did you mean {near}?"),
        None => format!("{name} is no rule: docs/lint.md lists them"),
    }
}

fn located(rule: &'static super::rule::Rule, mark: &Mark, message: String) -> Located {
    Located {
        rule,
        code: None,
        message,
        source: mark.source,
    }
}
