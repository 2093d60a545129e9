//! Who keeps a client's book: what it was told, and whether that may be so.

use std::time::Instant;

use crate::oracle::Dice;
use crate::support::Fault;

use super::ledger::{Fate, Ledger, Order};
use super::run::Run;

/// What a client may be told while statements are killed and servers die; anything else is a fault: a lock wait or a
/// deadlock, a KILL, an unknown outcome, no free connection, a data source that is down.
const EXPECTED: [u16; 6] = [1205, 1213, INTERRUPTED, OUTCOME_UNKNOWN, 29010, 29011];
const INTERRUPTED: u16 = 1317;
const OUTCOME_UNKNOWN: u16 = 29009;

/// Why a statement has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// An error that says that the statement did nothing.
    Refused,
    /// The statement may have done its work: an error that says so, or the connection broke.
    Unknown,
}

impl Trouble {
    /// What became of a write that met this.
    pub fn fate(self) -> Fate {
        match self {
            Trouble::Refused => Fate::Refused,
            Trouble::Unknown => Fate::Unknown,
        }
    }
}

pub struct Clerk<'a> {
    pub run: &'a Run<'a>,
    /// Number of the client.
    pub n: usize,
    pub dice: Dice,
    pub ledger: Ledger,
    /// Numbers of this client's orders.
    numbers: Vec<String>,
    words: usize,
}

impl<'a> Clerk<'a> {
    pub fn new(run: &'a Run<'a>, n: usize) -> Clerk<'a> {
        let salt = u64::try_from(n + 1)
            .unwrap()
            .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Clerk {
            run,
            n,
            dice: Dice::new(run.plan.seed ^ salt),
            ledger: Ledger::default(),
            numbers: Vec::new(),
            words: 0,
        }
    }

    /// A number below 10,000,000 that no other statement of this client has.
    pub fn serial(&mut self) -> usize {
        self.words += 1;
        self.words
    }

    /// A word that stands in no other statement of the run.
    pub fn word(&mut self) -> String {
        let serial = self.serial();
        format!("w{}-{serial}", self.n)
    }

    /// Any of `choices`.
    pub fn any<T: Clone>(&mut self, choices: &[T]) -> T {
        let at = self.dice.roll(choices.len().try_into().unwrap());
        choices[usize::try_from(at).unwrap()].clone()
    }

    /// Notes an order.
    pub fn enter(&mut self, number: &str, sku: i64, fate: Fate, is_sale: bool) {
        let order = Order { sku, fate, is_sale };
        self.ledger.orders.insert(number.to_owned(), order);
        self.numbers.push(number.to_owned());
    }

    /// One of the orders noted.
    pub fn known_order(&mut self) -> Option<(String, Order)> {
        if self.numbers.is_empty() {
            return None;
        }
        let at = self.dice.roll(self.numbers.len().try_into().unwrap());
        let number = self.numbers[usize::try_from(at).unwrap()].clone();
        let order = self.ledger.orders[&number];
        Some((number, order))
    }

    /// An answer that must be so; `what` is said of it if it is not.
    pub fn expect(&self, is_right: bool, what: impl FnOnce() -> String) {
        if !is_right {
            let what = format!("client {}: {}", self.n, what());
            self.run.violation(what);
        }
    }

    /// The rows found for an order, whose text begins with `row`'s, must be as the client was told.
    pub fn expect_order(&self, sql: &str, order: Order, rows: &[Vec<String>], row: &[String]) {
        let is_it = rows == [row];
        let is_right = match order.fate {
            Fate::Acknowledged => is_it,
            Fate::Refused => rows.is_empty(),
            Fate::Unknown => rows.is_empty() || is_it,
        };
        self.expect(is_right, || {
            format!("{sql}: {order:?}, {row:?} expected, came {rows:?}")
        });
    }

    /// A statement was answered; `kind` is what it counts as.
    pub fn answered(&mut self, kind: &'static str) {
        self.run.count();
        *self.ledger.answers.entry(kind).or_default() += 1;
    }

    /// A statement begun at `start` by the session `id` was not answered.
    pub fn failed(&mut self, id: u32, sql: &str, start: Instant, fault: &Fault) -> Trouble {
        match fault {
            Fault::Refused(refusal) => self.refused(id, sql, start, refusal.code, &refusal.message),
            Fault::Broken(error) => {
                if !self.run.victims.explain_loss(id) {
                    let is_outage = self.run.outages.overlap(start);
                    self.expect(is_outage, || {
                        format!("{sql}: the connection was lost for no reason: {error}")
                    });
                    self.ledger.lost_to_outages += 1;
                }
                Trouble::Unknown
            }
        }
    }

    fn refused(&mut self, id: u32, sql: &str, start: Instant, code: u16, text: &str) -> Trouble {
        *self.ledger.refusals.entry(code).or_default() += 1;
        self.expect(EXPECTED.contains(&code), || format!("{sql}: {code} {text}"));
        if code == INTERRUPTED {
            let is_meant = self.run.victims.explain_interrupt(id, start);
            self.expect(is_meant, || {
                format!("{sql}: interrupted by a KILL that was not for it")
            });
        }
        if code == OUTCOME_UNKNOWN {
            Trouble::Unknown
        } else {
            Trouble::Refused
        }
    }
}
