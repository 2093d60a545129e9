//! One client: its session, what it is told, and what it notes of that.

use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, Error, Row, Value};

use crate::oracle::Dice;
use crate::support::Shop;

use super::ledger::{Fate, Ledger};
use super::run::Run;

/// After a refusal, so that nobody spins while a server is down.
const PAUSE: Duration = Duration::from_millis(10);
/// What a client may be told while statements are killed and servers die; anything else is a fault: a lock wait or a
/// deadlock, a KILL, an unknown outcome, no free connection, a data source that is down.
const EXPECTED: [u16; 6] = [1205, 1213, INTERRUPTED, OUTCOME_UNKNOWN, 29010, 29011];
const INTERRUPTED: u16 = 1317;
const OUTCOME_UNKNOWN: u16 = 29009;

/// Rows that the clients fight for, and one of each client's own.
pub struct Shelves {
    /// SKUs with few units, bought and delivered by everyone.
    pub hot: Vec<i64>,
    /// The SKU whose version client n counts up.
    pub own: Vec<i64>,
    /// SKUs above this one are free for anybody's orders.
    pub cold: i64,
}

impl Shelves {
    /// Units on a shelf at first.
    pub const UNITS: i64 = 20;
    /// Units that a delivery brings.
    pub const DELIVERY: i64 = 5;

    /// Puts everything on the shelves.
    pub fn stock(shop: &Shop, clients: usize) -> Shelves {
        let mut conn = shop.connect();
        let mut stocked = |count: usize| -> Vec<i64> {
            (0..count)
                .map(|_| shop.stocked(&mut conn, Shelves::UNITS))
                .collect()
        };
        let (hot, own) = (stocked(clients.div_ceil(4).max(4)), stocked(clients));
        drop(conn);
        shop.farm.catch_up().unwrap();
        Shelves {
            hot,
            own,
            cold: shop.sku() + 50_000_000,
        }
    }
}

/// A connection with what belongs to its session.
struct Session {
    conn: Conn,
    /// What `@mine` was set to.
    mine: Option<String>,
}

/// The first result of a statement.
#[derive(Debug)]
pub struct Told {
    pub affected: u64,
    pub rows: Vec<Vec<String>>,
}

/// Why there is none.
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

pub struct Client<'a> {
    pub run: &'a Run<'a>,
    pub shelves: &'a Shelves,
    pub n: usize,
    pub dice: Dice,
    pub ledger: Ledger,
    /// Numbers of this client's orders.
    pub numbers: Vec<String>,
    session: Option<Session>,
    words: usize,
}

impl<'a> Client<'a> {
    pub fn new(run: &'a Run<'a>, shelves: &'a Shelves, n: usize) -> Client<'a> {
        let salt = u64::try_from(n + 1)
            .unwrap()
            .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Client {
            run,
            shelves,
            n,
            dice: Dice::new(run.plan.seed ^ salt),
            ledger: Ledger::default(),
            numbers: Vec::new(),
            session: None,
            words: 0,
        }
    }

    pub fn books(self) -> Ledger {
        self.ledger
    }

    /// Reads, writes and buys until the run is over; comes back when its connection is gone.
    pub fn live(&mut self) {
        while !self.run.is_over() {
            if self.session.is_none() && !self.log_in() {
                thread::sleep(PAUSE);
                continue;
            }
            let outcome = match self.dice.roll(100) {
                0..=69 => self.read(),
                70..=89 => self.write(),
                90..=98 => self.buy(),
                _ => {
                    self.leave();
                    Ok(())
                }
            };
            if outcome.is_err() {
                thread::sleep(PAUSE);
            }
        }
        self.leave();
    }

    /// A word that stands in no other statement of the run.
    pub fn word(&mut self) -> String {
        self.words += 1;
        format!("w{}-{}", self.n, self.words)
    }

    /// Goes away without a word, also in the midst of a transaction.
    pub fn leave(&mut self) {
        self.run.victims.is_now(self.n, 0);
        self.session = None;
    }

    /// What `@mine` must be.
    pub fn mine(&self) -> String {
        let mine = self
            .session
            .as_ref()
            .and_then(|session| session.mine.clone());
        mine.unwrap_or_else(|| "NULL".to_owned())
    }

    /// `@mine` was set.
    pub fn set_mine(&mut self, word: &str) {
        if let Some(session) = &mut self.session {
            session.mine = Some(word.to_owned());
        }
    }

    /// The connection id that the handshake told.
    pub fn id(&self) -> u32 {
        self.session
            .as_ref()
            .map_or(0, |session| session.conn.connection_id())
    }

    fn log_in(&mut self) -> bool {
        let opened = Conn::new(self.run.proxy.opts("root", "root-secret"));
        let Ok(conn) = opened else { return false };
        self.run.victims.is_now(self.n, conn.connection_id());
        self.session = Some(Session { conn, mine: None });
        true
    }

    /// Runs a statement; `kind` is what it counts as.
    pub fn say(&mut self, kind: &'static str, sql: &str) -> Result<Told, Trouble> {
        let Some(session) = &mut self.session else {
            return Err(Trouble::Refused);
        };
        let start = Instant::now();
        match told(&mut session.conn, sql) {
            Ok(told) => {
                self.run.count();
                *self.ledger.answers.entry(kind).or_default() += 1;
                Ok(told)
            }
            Err(Error::MySqlError(error)) => {
                Err(self.refused(sql, start, error.code, &error.message))
            }
            Err(error) => Err(self.lost(sql, start, &error)),
        }
    }

    /// An answer that must be so; `what` is said of it if it is not.
    pub fn expect(&self, is_right: bool, what: impl FnOnce() -> String) {
        if !is_right {
            self.run.violation(format!("client {}: {}", self.n, what()));
        }
    }

    fn refused(&mut self, sql: &str, start: Instant, code: u16, message: &str) -> Trouble {
        *self.ledger.refusals.entry(code).or_default() += 1;
        self.expect(EXPECTED.contains(&code), || {
            format!("{sql}: {code} {message}")
        });
        if code == INTERRUPTED {
            let is_meant = self.run.victims.explain_interrupt(self.id(), start);
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

    fn lost(&mut self, sql: &str, start: Instant, error: &Error) -> Trouble {
        if !self.run.victims.explain_loss(self.id()) {
            let is_outage = self.run.outages.overlap(start);
            self.expect(is_outage, || {
                format!("{sql}: the connection was lost for no reason: {error}")
            });
            self.ledger.lost_to_outages += 1;
        }
        self.leave();
        Trouble::Unknown
    }
}

fn told(conn: &mut Conn, sql: &str) -> Result<Told, Error> {
    let mut result = conn.query_iter(sql)?;
    let affected = result.affected_rows();
    let rows: Result<Vec<Row>, Error> = result.by_ref().collect();
    let rows = rows?
        .into_iter()
        .map(|row| row.unwrap().iter().map(text).collect());
    Ok(Told {
        affected,
        rows: rows.collect(),
    })
}

fn text(value: &Value) -> String {
    match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => other.as_sql(true),
    }
}
