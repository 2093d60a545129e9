//! Many writing clients and what became of each write: acknowledged, refused, or unknown.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, Error};
use shardgate::lab::Server;

use super::rig::{MOST_WRITERS, Rig};

/// 29009: a sent write whose answer was lost.
const OUTCOME_UNKNOWN: u16 = 29009;
/// What there is of everything that is sold.
const STOCK: i64 = 1_000_000;
/// Nodes of the sharded tables.
const NODES: i64 = 4;

/// What a client writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// One autocommit statement after another, each on one node.
    Autocommit,
    /// Two statements in a transaction.
    Transactions,
    /// Autocommit statements that each write four nodes.
    OverNodes,
    /// Autocommit statements on a table that every data source has a copy of.
    Broadcast,
}

/// What the clients know.
#[derive(Debug)]
pub struct Book {
    work: Work,
    acknowledged: Mutex<Vec<i64>>,
    pub refused: Mutex<Vec<(i64, String)>>,
    unknown: Mutex<Vec<i64>>,
    /// Units of stock whose sale was acknowledged, and whose was left unknown.
    sold: AtomicI64,
    perhaps_sold: AtomicI64,
    /// Transactions that ended in an error.
    pub failed_transactions: AtomicU64,
    next: AtomicI64,
    stop: AtomicBool,
}

pub struct Writers {
    pub book: Arc<Book>,
    threads: Vec<JoinHandle<()>>,
}

impl Writers {
    pub fn start(rig: &Rig, clients: usize, work: Work) -> Writers {
        let book = Arc::new(Book {
            work,
            acknowledged: Mutex::default(),
            refused: Mutex::default(),
            unknown: Mutex::default(),
            sold: AtomicI64::new(0),
            perhaps_sold: AtomicI64::new(0),
            failed_transactions: AtomicU64::new(0),
            next: AtomicI64::new(0),
            stop: AtomicBool::new(false),
        });
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
                            Work::Transactions => book.transaction(open, worker),
                            _ => book.one(open, worker),
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

impl Work {
    fn insert(self, id: i64, worker: usize) -> String {
        match self {
            Work::Autocommit | Work::Transactions => {
                format!("INSERT INTO ledger VALUES ({id}, {worker})")
            }
            Work::OverNodes => {
                let rows = (0..NODES).map(|node| format!("({}, {worker})", id * NODES + node));
                let rows: Vec<String> = rows.collect();
                format!("INSERT INTO spread (id, worker) VALUES {}", rows.join(", "))
            }
            Work::Broadcast => format!("INSERT INTO region (id, worker) VALUES ({id}, {worker})"),
        }
    }

    /// A statement that does harm if it is run twice.
    fn sale(self, worker: usize) -> String {
        match self {
            Work::Autocommit | Work::Transactions => {
                "UPDATE stock SET n = n - 1 WHERE sku = 1 AND n > 0".to_owned()
            }
            // a row of its own: making a server read-only waits for statements that wait for the rows of transactions
            // that wait for the read-only server
            Work::OverNodes => format!(
                "UPDATE shelf SET n = n - 1 WHERE id IN ({}, {}, {}, {})",
                worker * 4,
                worker * 4 + 1,
                worker * 4 + 2,
                worker * 4 + 3
            ),
            Work::Broadcast => "UPDATE region_stock SET n = n - 1 WHERE id = 1".to_owned(),
        }
    }

    /// Ids of the inserts that are there, and how many are there in part.
    fn there(self, server: &Server) -> (HashSet<i64>, u64) {
        let sql = match self {
            Work::Autocommit | Work::Transactions => "SELECT id FROM shop.ledger".to_owned(),
            Work::Broadcast => "SELECT id FROM shop.region".to_owned(),
            Work::OverNodes => {
                let nodes = (0..NODES).map(|node| format!("SELECT id FROM shop.spread_{node}"));
                nodes.collect::<Vec<_>>().join(" UNION ALL ")
            }
        };
        let ids = server.sql(&sql).unwrap();
        let ids = ids.iter().map(|row| row[0].parse::<i64>().unwrap());
        if self != Work::OverNodes {
            return (ids.collect(), 0);
        }
        let mut rows: HashMap<i64, i64> = HashMap::new();
        for id in ids {
            *rows.entry(id / NODES).or_default() += 1;
        }
        let torn = rows.values().filter(|count| **count != NODES).count();
        (rows.into_keys().collect(), torn as u64)
    }

    /// What is gone of the stock, and by how much the nodes differ.
    fn gone(self, server: &Server) -> (i64, u64) {
        let sql = match self {
            Work::Autocommit | Work::Transactions => "SELECT n FROM shop.stock WHERE sku = 1",
            Work::Broadcast => "SELECT n FROM shop.region_stock WHERE id = 1",
            Work::OverNodes => {
                "SELECT a.n, b.n, c.n, d.n FROM shop.shelf_0 a JOIN shop.shelf_1 b ON b.id = a.id + 1 \
                 JOIN shop.shelf_2 c ON c.id = a.id + 2 JOIN shop.shelf_3 d ON d.id = a.id + 3"
            }
        };
        let rows = server.sql(sql).unwrap();
        let (mut gone, mut difference) = (0, 0);
        for row in &rows {
            let nodes = row.iter().map(|n| STOCK - n.parse::<i64>().unwrap());
            let nodes: Vec<i64> = nodes.collect();
            let most = nodes.iter().max().unwrap();
            gone += most;
            difference += most.abs_diff(*nodes.iter().min().unwrap());
        }
        let expected = if self == Work::OverNodes {
            MOST_WRITERS
        } else {
            1
        };
        assert_eq!(rows.len(), expected);
        (gone, difference)
    }
}

impl Book {
    pub fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// An INSERT and a sale, each a statement of its own.
    fn one(&self, mut conn: Conn, worker: usize) -> Option<Conn> {
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let insert = conn.query_drop(self.work.insert(id, worker));
        if !self.note(id, insert) {
            return None;
        }
        match conn.query_drop(self.work.sale(worker)) {
            Ok(()) => {
                self.sold.fetch_add(1, Ordering::Relaxed);
                Some(conn)
            }
            Err(error) => {
                if is_unknown(&error) {
                    self.perhaps_sold.fetch_add(1, Ordering::Relaxed);
                } else {
                    // no row has this id
                    self.refused.lock().unwrap().push((-id, error.to_string()));
                }
                matches!(error, Error::MySqlError(_)).then_some(conn)
            }
        }
    }

    /// An INSERT in a transaction that also reads.
    fn transaction(&self, mut conn: Conn, worker: usize) -> Option<Conn> {
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let work = (|| {
            conn.query_drop("BEGIN")?;
            conn.query_drop(self.work.insert(id, worker))?;
            conn.query_drop("SELECT a FROM one")?;
            conn.query_drop("COMMIT")
        })();
        if work.is_err() {
            self.failed_transactions.fetch_add(1, Ordering::Relaxed);
        }
        self.note(id, work).then_some(conn)
    }

    /// Whether the connection may go on.
    fn note(&self, id: i64, outcome: Result<(), Error>) -> bool {
        match outcome {
            Ok(()) => {
                self.acknowledged.lock().unwrap().push(id);
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

    /// (lost, doubled): acknowledged writes that are not there, and refused ones that are, or that are there in part, or
    /// sales beyond what was acknowledged.
    pub fn compare(&self, rig: &Rig, primary: usize) -> (u64, u64) {
        let server = rig.cluster.server(primary);
        let (there, torn) = self.work.there(server);
        let acknowledged = self.acknowledged.lock().unwrap();
        let lost = acknowledged.iter().filter(|id| !there.contains(*id));
        let refused = self.refused.lock().unwrap();
        let doubled = refused.iter().filter(|(id, _)| there.contains(id));
        let (gone, difference) = self.work.gone(server);
        let (sold, perhaps) = (
            self.sold.load(Ordering::Relaxed),
            self.perhaps_sold.load(Ordering::Relaxed),
        );
        let missing = u64::try_from((sold - gone).max(0)).unwrap();
        let surplus = u64::try_from((gone - sold - perhaps).max(0)).unwrap();
        (
            lost.count() as u64 + missing,
            doubled.count() as u64 + surplus + torn + difference,
        )
    }

    pub fn errors(&self) -> u64 {
        self.refused.lock().unwrap().len() as u64 + self.unknowns()
    }

    pub fn unknowns(&self) -> u64 {
        let perhaps = self.perhaps_sold.load(Ordering::Relaxed);
        self.unknown.lock().unwrap().len() as u64 + u64::try_from(perhaps).unwrap()
    }
}

/// The client cannot know whether it happened: it was told so, or the connection broke.
fn is_unknown(error: &Error) -> bool {
    match error {
        Error::MySqlError(error) => error.code == OUTCOME_UNKNOWN,
        _ => true,
    }
}
