//! Everything at once: many clients on small pools, killed statements and connections, servers that die and return.
//!
//! `SHARDGATE_TEST_THREADS`, `_STATEMENTS`, `_KILLS`, `_RESTARTS` and `_SEED` scale and vary the run; its figures are
//! printed at the end.

mod buy;
mod check;
mod clerk;
mod client;
mod disturb;
mod ledger;
mod outages;
mod plan;
mod pools;
mod run;
mod shelves;
mod talk;
mod typist;
mod victims;

use std::thread;

use crate::oracle::assert_placement;
use crate::support::{ProxyOptions, Shop};

use client::Client;
use ledger::Ledger;
use plan::Plan;
use run::Run;
use shelves::Shelves;
use typist::Typist;

/// Connections per data source.
const POOL: u32 = 8;

/// No answer goes to another session, no KILL hits a stranger, and what was acknowledged exists once, in its place:
/// contract 3.3, 5.2 and 7.3.
#[test]
fn no_answer_crosses_and_no_write_is_lost_or_doubled_under_kills_and_restarts() {
    endure(&Plan::from_environment(24), "text", |run, shelves, n| {
        Client::new(run, shelves, n).live()
    });
}

/// The same of prepared statements whose parameters change their types from one EXECUTE to the next, or keep them and
/// are not told again.
#[test]
fn no_answer_crosses_among_prepared_statements_of_alternating_types() {
    endure(
        &Plan::from_environment(24),
        "prepared",
        |run, shelves, n| Typist::new(run, shelves, n).live(),
    );
}

/// Lets the clients live, disturbs them, and holds everything against their books.
fn endure<L>(plan: &Plan, name: &str, live: L)
where
    L: Fn(&Run<'_>, &Shelves, usize) -> Ledger + Copy + Send,
{
    // servers are restarted here: a farm of its own
    let mut shop = Shop::open(&ProxyOptions {
        pool: POOL,
        ..ProxyOptions::default()
    });
    let shelves = &Shelves::stock(&shop, plan.clients);
    let (proxy, farm) = (&shop.proxy, &mut shop.farm);
    let run = &Run::new(*plan, proxy);
    let books = thread::scope(move |scope| {
        let clients: Vec<_> = (0..plan.clients)
            .map(|n| scope.spawn(move || live(run, shelves, n)))
            .collect();
        scope.spawn(move || disturb::kill(run));
        scope.spawn(move || disturb::restart(run, farm));
        disturb::watch(run);
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .fold(Ledger::default(), Ledger::merged)
    });
    run.settle(&shop);
    println!("{}", run.report(name, &books));
    run.assert_no_violation();
    pools::assert_whole(&shop.proxy, POOL.into());
    let found = check::orders(&shop);
    check::assert_orders(&found, &books);
    check::assert_stock(&shop, &found, &books, shelves);
    check::assert_outbox(&shop, &found, &books);
    assert_placement(&shop);
}
