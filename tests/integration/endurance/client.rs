//! One client: its session, what it is told, and what it notes of that.

use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, Error, Row, Value};

use crate::support::Fault;

use super::clerk::{Clerk, Trouble};
use super::ledger::Ledger;
use super::run::Run;
use super::shelves::Shelves;

/// After a refusal, so that nobody spins while a server is down.
const PAUSE: Duration = Duration::from_millis(10);
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

pub struct Client<'a> {
    pub clerk: Clerk<'a>,
    pub shelves: &'a Shelves,
    session: Option<Session>,
}

impl<'a> Client<'a> {
    pub fn new(run: &'a Run<'a>, shelves: &'a Shelves, n: usize) -> Client<'a> {
        Client {
            clerk: Clerk::new(run, n),
            shelves,
            session: None,
        }
    }

    /// Reads, writes and buys until the run is over; comes back when its connection is gone.
    pub fn live(mut self) -> Ledger {
        while !self.clerk.run.is_over() {
            if self.session.is_none() && !self.log_in() {
                thread::sleep(PAUSE);
                continue;
            }
            let outcome = match self.clerk.dice.roll(100) {
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
        self.clerk.ledger
    }

    /// Goes away without a word, also in the midst of a transaction.
    pub fn leave(&mut self) {
        self.clerk.run.victims.is_now(self.clerk.n, 0);
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
        let opened = Conn::new(self.clerk.run.proxy.opts("root", "root-secret"));
        let Ok(conn) = opened else { return false };
        self.clerk
            .run
            .victims
            .is_now(self.clerk.n, conn.connection_id());
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
                self.clerk.answered(kind);
                Ok(told)
            }
            Err(fault) => {
                let trouble = self.clerk.failed(self.id(), sql, start, &fault);
                if matches!(fault, Fault::Broken(_)) {
                    self.leave();
                }
                Err(trouble)
            }
        }
    }
}

fn told(conn: &mut Conn, sql: &str) -> Result<Told, Fault> {
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
