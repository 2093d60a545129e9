//! One client: it logs in, prepares what its load prepares, and does one job after another.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use shardgate::protocol::{Command, HEADER_LEN, split_small_packet};

use super::answer::Answer;
use super::hall::Hall;
use super::login::Login;
use super::places::TABLES;
use super::wire::{Socket, Wire};
use super::work::{self, Kind, Order, Prepared};

const LARGEST_LOGIN_PACKET: usize = 1 << 16;

/// What came of the bytes that arrived.
pub enum Outcome {
    /// More has to come.
    Nothing,
    /// Logged in and prepared.
    Ready,
    /// A job is done after so long.
    Done(Duration),
    /// A job failed, and the client may begin another.
    Failed(String),
}

#[derive(Debug, Clone, Copy)]
enum State {
    LoggingIn(Login),
    /// The statement of this table, or of the logical one.
    Preparing(Option<u8>),
    Resting,
    Working,
    RollingBack,
}

/// A connection and where it stands.
pub struct Client<S> {
    wire: Wire<S>,
    state: State,
    kind: Kind,
    step: usize,
    order: Order,
    /// By actual table, if those are named; else one.
    prepared: Vec<Prepared>,
    answer: Answer,
    failure: String,
    began: Instant,
    /// Jobs of this session.
    pub jobs: u32,
}

impl<S: Socket> Client<S> {
    pub fn dial(port: u16) -> io::Result<Client<S>> {
        Ok(Client {
            wire: Wire::dial(port)?,
            state: State::LoggingIn(Login::Greeting),
            kind: Kind::Select,
            step: 0,
            order: Order {
                sku: 1,
                place: None,
                number: 0,
            },
            prepared: Vec::new(),
            answer: Answer::to_query(false),
            failure: String::new(),
            began: Instant::now(),
            jobs: 0,
        })
    }

    pub fn stream(&mut self) -> &mut S {
        &mut self.wire.stream
    }

    /// How long ago the job, or the login, began.
    pub fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.began)
    }

    /// Sends the first command of a job.
    pub fn begin(
        &mut self,
        kind: Kind,
        order: Order,
        now: Instant,
        hall: &mut Hall<'_>,
    ) -> io::Result<()> {
        self.kind = kind;
        self.order = order;
        self.step = 0;
        self.began = now;
        self.state = State::Working;
        self.ask(hall)
    }

    pub fn quit(&mut self, hall: &mut Hall<'_>) -> io::Result<()> {
        hall.out.clear();
        work::quit(&mut hall.out);
        self.wire.send(&hall.out)
    }

    /// Takes what has arrived.
    pub fn readable(&mut self, hall: &mut Hall<'_>) -> Result<Outcome, Box<dyn Error>> {
        let mut buffer = std::mem::take(&mut hall.buffer);
        let outcome = self.read(&mut buffer, hall);
        hall.buffer = buffer;
        outcome
    }

    fn read(&mut self, buffer: &mut [u8], hall: &mut Hall<'_>) -> Result<Outcome, Box<dyn Error>> {
        loop {
            let Some(count) = self.wire.read(buffer)? else {
                return Ok(Outcome::Nothing);
            };
            let outcome = if self.wire.pending.is_empty() {
                let bytes = &buffer[..count];
                let (used, outcome) = self.take(bytes, hall)?;
                self.wire.pending.extend_from_slice(&bytes[used..]);
                outcome
            } else {
                let mut bytes = std::mem::take(&mut self.wire.pending);
                bytes.extend_from_slice(&buffer[..count]);
                let (used, outcome) = self.take(&bytes, hall)?;
                bytes.drain(..used);
                self.wire.pending = bytes;
                outcome
            };
            // a socket that did not fill the buffer is empty, and tells when it is not
            if !matches!(outcome, Outcome::Nothing) || count < buffer.len() {
                return Ok(outcome);
            }
        }
    }

    fn take(
        &mut self,
        bytes: &[u8],
        hall: &mut Hall<'_>,
    ) -> Result<(usize, Outcome), Box<dyn Error>> {
        match self.state {
            State::LoggingIn(login) => self.log_in(login, bytes, hall),
            State::Resting => Err("bytes that nothing asked for".into()),
            State::Preparing(_) | State::Working | State::RollingBack => {
                let used = self.answer.feed(bytes)?;
                let outcome = if self.answer.is_done() {
                    self.answered(hall)?
                } else {
                    Outcome::Nothing
                };
                Ok((used, outcome))
            }
        }
    }

    fn log_in(
        &mut self,
        mut login: Login,
        bytes: &[u8],
        hall: &mut Hall<'_>,
    ) -> Result<(usize, Outcome), Box<dyn Error>> {
        let mut used = 0;
        hall.out.clear();
        while let Some((header, payload)) =
            split_small_packet(&bytes[used..], LARGEST_LOGIN_PACKET)?
        {
            login = login.packet(payload, header.sequence, hall.credentials, &mut hall.out)?;
            used += HEADER_LEN + header.payload_len;
        }
        if !hall.out.is_empty() {
            self.wire.send(&hall.out)?;
        }
        self.state = State::LoggingIn(login);
        if !matches!(login, Login::Done) {
            return Ok((used, Outcome::Nothing));
        }
        let first = hall.names_tables.then_some(0);
        let outcome = self.prepare(first, hall)?;
        Ok((used, outcome))
    }

    /// Prepares the load's statement of a table, if the load prepares any.
    fn prepare(&mut self, table: Option<u8>, hall: &mut Hall<'_>) -> io::Result<Outcome> {
        let Some(statement) = hall.kind.prepares(table) else {
            self.state = State::Resting;
            return Ok(Outcome::Ready);
        };
        hall.out.clear();
        work::command(&mut hall.out, Command::StmtPrepare, &statement);
        self.wire.send(&hall.out)?;
        self.answer = Answer::to_prepare(hall.credentials.is_eof_deprecated);
        self.state = State::Preparing(table);
        Ok(Outcome::Nothing)
    }

    fn answered(&mut self, hall: &mut Hall<'_>) -> Result<Outcome, Box<dyn Error>> {
        if let Some(error) = &self.answer.error {
            self.failure = format!("{} {}", error.code, error.text());
            return self.failed(hall);
        }
        match self.state {
            State::Preparing(table) => {
                self.prepared.push(Prepared::new(self.answer.statement));
                match table.map(|table| table + 1).filter(|next| *next < TABLES) {
                    Some(next) => Ok(self.prepare(Some(next), hall)?),
                    None => {
                        self.state = State::Resting;
                        Ok(Outcome::Ready)
                    }
                }
            }
            State::RollingBack => {
                self.state = State::Resting;
                Ok(Outcome::Failed(std::mem::take(&mut self.failure)))
            }
            _ if !self.kind.is_right(self.step, &self.answer) => {
                self.failure = format!(
                    "a wrong answer to step {} of {}: {} rows, {} affected",
                    self.step,
                    self.kind.name(),
                    self.answer.rows,
                    self.answer.affected
                );
                self.failed(hall)
            }
            _ => self.step_done(hall),
        }
    }

    fn step_done(&mut self, hall: &mut Hall<'_>) -> Result<Outcome, Box<dyn Error>> {
        if self.kind == Kind::Cycle && self.step == 0 {
            self.prepared.clear();
            self.prepared.push(Prepared::new(self.answer.statement));
        } else if let Some(prepared) = self.statement() {
            prepared.is_bound = true;
        }
        self.step += 1;
        if self.step < self.kind.steps() {
            self.ask(hall)?;
            return Ok(Outcome::Nothing);
        }
        if self.kind == Kind::Cycle {
            hall.out.clear();
            let prepared = self.statement().copied().unwrap_or_default();
            work::close(&mut hall.out, prepared.id);
            self.wire.send(&hall.out)?;
        }
        self.state = State::Resting;
        self.jobs += 1;
        Ok(Outcome::Done(self.age(Instant::now())))
    }

    /// The prepared one that the job executes.
    fn statement(&mut self) -> Option<&mut Prepared> {
        let table = self.order.place.map_or(0, |place| place.stock);
        let at = match self.kind {
            Kind::Cycle => 0,
            _ => usize::from(table),
        };
        self.prepared.get_mut(at)
    }

    fn failed(&mut self, hall: &mut Hall<'_>) -> Result<Outcome, Box<dyn Error>> {
        match self.state {
            State::Working if self.kind.is_transaction() => {
                hall.out.clear();
                work::text(&mut hall.out, format_args!("ROLLBACK"));
                self.wire.send(&hall.out)?;
                self.answer = Answer::to_query(hall.credentials.is_eof_deprecated);
                self.state = State::RollingBack;
                Ok(Outcome::Nothing)
            }
            State::Working => {
                self.state = State::Resting;
                Ok(Outcome::Failed(std::mem::take(&mut self.failure)))
            }
            _ => Err(std::mem::take(&mut self.failure).into()),
        }
    }

    fn ask(&mut self, hall: &mut Hall<'_>) -> io::Result<()> {
        hall.out.clear();
        let prepared = self.statement().copied().unwrap_or_default();
        self.answer = self.kind.ask(
            self.step,
            self.order,
            prepared,
            hall.credentials.is_eof_deprecated,
            &mut hall.out,
        );
        self.wire.send(&hall.out)
    }
}
