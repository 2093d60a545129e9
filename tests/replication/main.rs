//! Replication that falls behind, breaks and changes its head, on real servers with the built proxy in front.
//!
//! `make test` runs the quick ones on MariaDB; `SHARDGATE_TEST_FAULTS=all` (`make test-faults`) runs everything on
//! every family installed and prints what clients saw.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests state their expectations by unwrapping"
)]

mod clock;
mod cut;
mod example;
mod failover;
mod faults;
mod freshness;
mod galera;
mod heartbeat;
mod hung;
mod ledger;
mod neighbors;
mod network;
mod operators;
mod places;
mod proxy;
mod report;
mod rig;

use std::panic::{AssertUnwindSafe, catch_unwind};

use report::{Outcome, table};
use rig::{families, is_whole};

/// Every fault in turn, on every family, as one table.
#[test]
fn every_fault_leaves_the_promises_kept() {
    if !is_whole() {
        return;
    }
    let wanted = std::env::var("SHARDGATE_TEST_FAULT").unwrap_or_default();
    let mut outcomes: Vec<Outcome> = Vec::new();
    for distribution in families() {
        for (name, run) in faults::ALL {
            if !name.contains(&wanted) {
                continue;
            }
            // the others are run all the same
            let ran = catch_unwind(AssertUnwindSafe(|| run(&distribution, name)));
            let outcome = ran.unwrap_or_else(|_| Outcome {
                is_broken: true,
                ..Outcome::new(name, distribution.family())
            });
            eprintln!("{}", outcome.line());
            outcomes.push(outcome);
        }
    }
    println!("{}", table(&outcomes));
    for outcome in &outcomes {
        assert!(!outcome.is_broken, "{}", outcome.line());
        assert_eq!(outcome.lost, 0, "{}", outcome.line());
        assert_eq!(outcome.doubled, 0, "{}", outcome.line());
        assert_eq!(outcome.stale, 0, "{}", outcome.line());
    }
}
