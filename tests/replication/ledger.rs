//! Many writing clients and what became of each write: acknowledged, refused, or unknown.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, Error};

use super::rig::Rig;

/// 29009: a sent write whose answer was lost.
const OUTCOME_UNKNOWN: u16 = 29009;

/// What the clients know.
#[derive(Debug, Default)]
pub struct Book {
    pub acknowledged: Mutex<Vec<i64>>,
    pub refused: Mutex<Vec<(i64, String)>>,
    pub unknown: Mutex<Vec<i64>>,
    /// Units of stock whose sale was acknowledged, and whose was left unknown.
    pub sold: AtomicI64,
    pub perhaps_sold: AtomicI64,
    /// Transactions that ended in an error.
    pub failed_transactions: AtomicU64,
    /// The longest that writes stood still, in ms.
    pub longest_gap_ms: AtomicU64,
    next: AtomicI64,
    stop: AtomicBool,
}

/// What a client writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// One autocommit statement after another.
    Autocommit,
    /// Two statements in a transaction.
    Transactions,
}

pub struct Writers {
    pub book: Arc<Book>,
    threads: Vec<JoinHandle<()>>,
}

impl Writers {
    pub fn start(rig: &Rig, clients: usize, work: Work) -> Writers {
        let book = Arc::new(Book::default());
        let threads = (0..clients)
            .map(|worker| {
                let book = Arc::clone(&book);
                let opts = rig.opts();
                thread::spawn(move || {
                    let mut conn = None;
                    while !book.stop.load(Ordering::Relaxed) {
                        let Some(open) = conn.take().or_else(|| Conn::new(opts.clone()).ok())
                        else {
                            thread::sleep(Duration::from_millis(20));
                            continue;
                        };
                        conn = match work {
                            Work::Autocommit => book.one(open, worker),
                            Work::Transactions => book.transaction(open, worker),
                        };
                        thread::sleep(Duration::from_millis(5));
                    }
                })
            })
            .collect();
        let writers = Writers { book, threads };
        rig.until("writers write", || writers.book.count() >= clients);
        writers
    }

    /// Ends them all.
    pub fn stop(self) -> Arc<Book> {
        self.book.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
        self.book
    }
}

impl Book {
    pub fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// An INSERT and a sale, each a statement of its own.
    fn one(&self, mut conn: Conn, worker: usize) -> Option<Conn> {
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let began = Instant::now();
        let insert = conn.query_drop(format!("INSERT INTO ledger VALUES ({id}, {worker})"));
        let is_usable = self.note(id, insert, began);
        if !is_usable {
            return None;
        }
        match conn.query_drop("UPDATE stock SET n = n - 1 WHERE sku = 1 AND n > 0") {
            Ok(()) => self.sold.fetch_add(1, Ordering::Relaxed),
            Err(error) if is_unknown(&error) => self.perhaps_sold.fetch_add(1, Ordering::Relaxed),
            Err(_) => 0,
        };
        Some(conn)
    }

    /// An INSERT in a transaction that also reads.
    fn transaction(&self, mut conn: Conn, worker: usize) -> Option<Conn> {
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let began = Instant::now();
        let work = (|| {
            conn.query_drop("BEGIN")?;
            conn.query_drop(format!("INSERT INTO ledger VALUES ({id}, {worker})"))?;
            conn.query_drop("SELECT a FROM one")?;
            conn.query_drop("COMMIT")
        })();
        if work.is_err() {
            self.failed_transactions.fetch_add(1, Ordering::Relaxed);
        }
        self.note(id, work, began).then_some(conn)
    }

    /// Whether the connection may go on.
    fn note(&self, id: i64, outcome: Result<(), Error>, began: Instant) -> bool {
        match outcome {
            Ok(()) => {
                self.acknowledged.lock().unwrap().push(id);
                let took = u64::try_from(began.elapsed().as_millis()).unwrap();
                self.longest_gap_ms.fetch_max(took, Ordering::Relaxed);
                true
            }
            Err(error) if is_unknown(&error) => {
                self.unknown.lock().unwrap().push(id);
                matches!(error, Error::MySqlError(_))
            }
            Err(error) => {
                self.refused.lock().unwrap().push((id, error.to_string()));
                matches!(error, Error::MySqlError(_))
            }
        }
    }

    /// (lost, doubled): acknowledged writes that are not there, and refused ones that are, or sales beyond what was
    /// acknowledged.
    pub fn compare(&self, rig: &Rig, primary: usize) -> (u64, u64) {
        let rows = rig
            .cluster
            .server(primary)
            .sql("SELECT id FROM shop.ledger")
            .unwrap();
        let there: HashSet<i64> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
        let lost = self
            .acknowledged
            .lock()
            .unwrap()
            .iter()
            .filter(|id| !there.contains(*id))
            .count();
        let doubled = self
            .refused
            .lock()
            .unwrap()
            .iter()
            .filter(|(id, _)| there.contains(id))
            .count();
        let left: i64 = rig
            .cluster
            .server(primary)
            .value("SELECT n FROM shop.stock WHERE sku = 1")
            .unwrap()
            .parse()
            .unwrap();
        let gone = 1_000_000 - left;
        let (sold, perhaps) = (
            self.sold.load(Ordering::Relaxed),
            self.perhaps_sold.load(Ordering::Relaxed),
        );
        let missing = u64::try_from((sold - gone).max(0)).unwrap();
        let surplus = u64::try_from((gone - sold - perhaps).max(0)).unwrap();
        (lost as u64 + missing, doubled as u64 + surplus)
    }

    pub fn errors(&self) -> u64 {
        (self.refused.lock().unwrap().len() + self.unknown.lock().unwrap().len()) as u64
    }

    pub fn unknowns(&self) -> u64 {
        self.unknown.lock().unwrap().len() as u64
    }
}

/// The client cannot know whether it happened: it was told so, or the connection broke.
fn is_unknown(error: &Error) -> bool {
    match error {
        Error::MySqlError(error) => error.code == OUTCOME_UNKNOWN,
        _ => true,
    }
}
