//! Random statements, direct to one unsharded server and through the proxy: what the proxy answers is the same.
//!
//! Refusing is always allowed; a wrong answer never is (contract 4.9). `SHARDGATE_TEST_STATEMENTS` and
//! `SHARDGATE_TEST_SEED` scale and vary the run. `make planted` runs it against a router with each fault of 4.9.

mod corpus;
mod grammar;
mod pair;
#[cfg(feature = "planted-faults")]
mod planted;
mod shapes;
mod stage;
mod tricks;

use std::collections::BTreeMap;

use crate::support::{Shop, ask};
use grammar::{Class, Grammar, Made};
use mysql::prelude::Queryable;
use pair::{Pair, Verdict};
use stage::{MODES, fill, options, skus, state};
use tricks::TRICKS;

/// Every so many statements, the session's `sql_mode` changes.
const SPELL: u64 = 100;
/// One query of so many is asked for its route, too.
const SAMPLE: u64 = 8;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// What came of a run.
#[derive(Debug, Default)]
struct Tally {
    verdicts: BTreeMap<Verdict, u64>,
    /// Queries whose route was asked for, and how many of them go to one node.
    sampled: (u64, u64),
    /// The first of those told otherwise than the one server did.
    wrong: Vec<String>,
}

impl Tally {
    fn of(&self, verdict: Verdict) -> u64 {
        self.verdicts.get(&verdict).copied().unwrap_or_default()
    }

    fn note(&mut self, (verdict, told): (Verdict, String)) {
        *self.verdicts.entry(verdict).or_default() += 1;
        if verdict.is_wrong() && self.wrong.len() < 400 {
            self.wrong.push(told);
        }
    }
}

/// Whether a query goes to one table of each sharded one in one data source; `None` where it is refused.
fn is_on_one_node(pair: &mut Pair, sql: &str) -> Option<bool> {
    let answer = ask(&mut pair.through, format!("PREVIEW {sql}")).ok()?;
    let count = |text: &str| text.to_uppercase().matches("UNION ALL").count();
    let rows = &answer.sets.first()?.rows;
    let sent: usize = rows
        .iter()
        .flatten()
        .map(|value| count(&crate::support::render(value)))
        .sum();
    Some(rows.len() == 1 && sent <= count(sql))
}

/// Runs statements of `seed` until `count` are done, or until one is wrong if `is_eager`.
fn run(pair: &mut Pair, skus: &[i64], seed: u64, count: u64, is_eager: bool) -> Tally {
    let mut grammar = Grammar::new(seed, skus.to_vec());
    grammar.binds = pair.through.prep("SELECT ?").is_ok();
    let mut tally = Tally::default();
    for number in 0..count {
        if number % SPELL == 0 {
            let mode = grammar.dice.of(MODES);
            grammar.ansi = mode.contains("ANSI_QUOTES");
            let charset = grammar
                .dice
                .of(&["utf8mb4", "utf8mb4", "utf8mb4", "latin1"]);
            pair.both(&format!("SET sql_mode = '{mode}', NAMES {charset}"));
        }
        let made = grammar.statement();
        if number % SAMPLE == 0 && made.class == Class::Read && made.params.is_empty() {
            let is_one = is_on_one_node(pair, &made.sql) == Some(true);
            tally.sampled.0 += 1;
            tally.sampled.1 += u64::from(is_one);
        }
        tally.note(pair.compare(&made));
        if is_eager && !tally.wrong.is_empty() {
            break;
        }
    }
    tally
}

fn tricks(pair: &mut Pair, skus: &[i64], tally: &mut Tally) {
    let charsets = ["utf8mb4", "latin1"];
    for (mode, charset) in MODES
        .iter()
        .flat_map(|mode| charsets.map(|charset| (mode, charset)))
    {
        pair.both(&format!("SET sql_mode = '{mode}', NAMES {charset}"));
        for sku in [skus[0], skus[6]] {
            for sql in TRICKS {
                let made = Made::read(sql.replace("{sku}", &sku.to_string()));
                let (verdict, told) = pair.compare(&made);
                if matches!(verdict, Verdict::Wrong | Verdict::OtherColumns) {
                    tally.note((verdict, format!("{mode} {charset} {told}")));
                }
            }
        }
    }
}

/// The shop with its rows on both sides, and a connection to each.
fn staged() -> (Shop, Pair, Vec<i64>) {
    // other tests write the dictionaries: these rows must be the same on both sides
    let shop = Shop::open(&options());
    let (mut through, mut direct) = (shop.connect(), shop.direct());
    let skus = skus();
    fill(&shop, &mut through, &mut direct, &skus);
    let state = state(&skus);
    let pair = Pair {
        through,
        direct,
        state,
    };
    (shop, pair, skus)
}

#[test]
fn whatever_is_answered_is_what_one_server_would_answer() {
    let (_shop, mut pair, skus) = staged();
    let count = setting("SHARDGATE_TEST_STATEMENTS", 4000);
    let seed = setting("SHARDGATE_TEST_SEED", 1);
    let mut tally = run(&mut pair, &skus, seed, count, false);
    tricks(&mut pair, &skus, &mut tally);
    let (sampled, single) = tally.sampled;
    let (full, empty) = (tally.of(Verdict::SameRows), tally.of(Verdict::SameEmpty));
    println!(
        "seed {seed}, {count} statements: {:?}, {single} of {sampled} queries on one node",
        tally.verdicts
    );
    let wrong = &tally.wrong;
    assert!(
        wrong.is_empty(),
        "{:?}\n{}",
        tally.verdicts,
        wrong.join("\n")
    );
    assert!(single * 10 >= sampled * 3, "too few on one node: {tally:?}");
    assert!(
        full * 10 >= (full + empty) * 3,
        "too few answers with rows: {tally:?}"
    );
}
