//! Statements without a sharding value: all of them are refused before any server sees them.

use super::ask::{Asking, ask, statements};
use super::layouts::layout;

#[test]
fn every_keyless_statement_is_refused_contract_5_1() {
    let layout = layout("shop");
    let text = include_str!("../routes/keyless.sql");
    let all = statements(text);
    assert!(all.len() >= 60, "only {} statements", all.len());
    for sql in all {
        match ask(
            &layout,
            &sql,
            &Asking {
                is_plain_user: true,
                ..Asking::default()
            },
        ) {
            Ok(answer) => panic!("{sql}\nwould go to {:?}", answer.nodes),
            Err(refusal) => assert!(
                refusal.code.number().0 >= 20000 || refusal.code.number().0 == 1235,
                "{sql}\n{refusal}"
            ),
        }
    }
}
