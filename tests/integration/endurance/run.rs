//! What all threads of one run share.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Proxy, Shop};

use super::ledger::{Fate, Ledger};
use super::outages::Outages;
use super::plan::Plan;
use super::victims::Victims;

pub struct Run<'a> {
    pub plan: Plan,
    pub proxy: &'a Proxy,
    pub victims: Victims,
    pub outages: Outages,
    answered: AtomicUsize,
    is_over: AtomicBool,
    violations: Mutex<Vec<String>>,
    begun: Instant,
}

impl Run<'_> {
    pub fn new(plan: Plan, proxy: &Proxy) -> Run<'_> {
        Run {
            plan,
            proxy,
            victims: Victims::new(plan.clients),
            outages: Outages::default(),
            answered: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            violations: Mutex::default(),
            begun: Instant::now(),
        }
    }

    /// A statement was answered as it should be.
    pub fn count(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// Statements answered by now.
    pub fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    pub fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Whether as much was killed and restarted as was planned.
    pub fn is_disturbed_enough(&self) -> bool {
        let (queries, connections) = self.victims.effective();
        let (wanted_queries, wanted_connections) = self.plan.kills_of_each();
        queries >= wanted_queries
            && connections >= wanted_connections
            && self.outages.count() >= self.plan.restarts
    }

    /// Something happened that must not; the run ends early.
    pub fn violation(&self, what: String) {
        self.violations.lock().unwrap().push(what);
        self.end();
    }

    pub fn assert_no_violation(&self) {
        let violations = self.violations.lock().unwrap();
        assert!(violations.is_empty(), "{violations:#?}");
        assert!(self.answered() >= self.plan.statements);
        assert!(self.is_disturbed_enough());
    }

    /// Waits until no server has a transaction open any more: those of killed sessions are rolled back by then.
    pub fn settle(&self, shop: &Shop) {
        let open =
            "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id <> 0";
        for pair in shop.farm.pairs() {
            let is_quiet = (0..1200).any(|_| {
                thread::sleep(Duration::from_millis(50));
                pair.primary.value(open).unwrap() == "0"
            });
            assert!(is_quiet, "a transaction of nobody stays open");
        }
    }

    /// The figures, one a line.
    pub fn report(&self, name: &str, books: &Ledger) -> String {
        let (queries, connections) = self.victims.effective();
        let answers: BTreeMap<_, _> = books.answers.iter().collect();
        let refusals: BTreeMap<_, _> = books.refusals.iter().collect();
        let sales = books.orders.values().filter(|order| order.is_sale);
        let sold = sales.filter(|order| order.fate == Fate::Acknowledged);
        format!(
            "endurance, {name}: {} clients, seed {}, {:.0} s\n  \
             statements answered: {} {answers:?}\n  \
             refused, by code: {refusals:?}\n  \
             kills: {} said, {queries} KILL QUERY interrupted a statement, {connections} KILL CONNECTION ended a session\n  \
             backend restarts (kill -9): {}, sessions lost to them: {}\n  \
             orders: {} acknowledged ({} sales), {} refused, {} unknown, {} transactions abandoned",
            self.plan.clients,
            self.plan.seed,
            self.begun.elapsed().as_secs_f64(),
            self.answered(),
            self.victims.said(),
            self.outages.count(),
            books.lost_to_outages,
            books.count(Fate::Acknowledged),
            sold.count(),
            books.count(Fate::Refused),
            books.count(Fate::Unknown),
            books.abandoned,
        )
    }
}
