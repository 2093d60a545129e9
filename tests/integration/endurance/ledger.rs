//! What the clients know of their writes.

use std::collections::HashMap;

/// What a client was told of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It must exist, once.
    Acknowledged,
    /// It must not exist.
    Refused,
    /// The answer was lost: either is right, but not twice.
    Unknown,
}

/// One reservation.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    pub sku: i64,
    pub fate: Fate,
    /// It took a unit from the shelf and left a row in the outbox.
    pub is_sale: bool,
}

/// Writes that can be told apart only by how often they happened.
#[derive(Debug, Default, Clone, Copy)]
pub struct Count {
    pub acknowledged: i64,
    pub unknown: i64,
}

impl Count {
    pub fn add(&mut self, fate: Fate) {
        match fate {
            Fate::Acknowledged => self.acknowledged += 1,
            Fate::Unknown => self.unknown += 1,
            Fate::Refused => {}
        }
    }

    /// Whether the writes may have happened `times` times.
    pub fn allows(&self, times: i64) -> bool {
        (self.acknowledged..=self.acknowledged + self.unknown).contains(&times)
    }
}

/// The book of one client, or of all.
#[derive(Default)]
pub struct Ledger {
    pub orders: HashMap<String, Order>,
    /// Increments of `version` by SKU, one SKU a client.
    pub increments: HashMap<i64, Count>,
    /// Deliveries to the shelves by SKU.
    pub deliveries: HashMap<i64, Count>,
    /// Answers by kind of statement.
    pub answers: HashMap<&'static str, usize>,
    /// Refusals by error code.
    pub refusals: HashMap<u16, usize>,
    /// Connections lost to a server that died.
    pub lost_to_outages: usize,
    /// Transactions left open by a client that went away.
    pub abandoned: usize,
}

impl Ledger {
    /// Both books in one.
    pub fn merged(mut self, other: Ledger) -> Ledger {
        self.orders.extend(other.orders);
        self.increments.extend(other.increments);
        for (sku, count) in other.deliveries {
            let sum = self.deliveries.entry(sku).or_default();
            sum.acknowledged += count.acknowledged;
            sum.unknown += count.unknown;
        }
        for (kind, count) in other.answers {
            *self.answers.entry(kind).or_default() += count;
        }
        for (code, count) in other.refusals {
            *self.refusals.entry(code).or_default() += count;
        }
        self.lost_to_outages += other.lost_to_outages;
        self.abandoned += other.abandoned;
        self
    }

    /// Orders of one fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.orders.values().filter(|o| o.fate == fate).count()
    }
}
