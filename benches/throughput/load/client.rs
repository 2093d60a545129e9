//! One client: it logs in, prepares what its load prepares, and does one job after another.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use shardgate::protocol::{Command, HEADER_LEN, split_small_packet};

use super::answer::Answer;
use super::login::{Credentials, Login};
use super::wire::Wire;
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
    Preparing,
    Resting,
    Working,
    RollingBack,
}

/// A connection and where it stands.
pub struct Client {
    wire: Wire,
    state: State,
    kind: Kind,
    step: usize,
    order: Order,
    prepared: Prepared,
    answer: Answer,
    failure: String,
    began: Instant,
    /// Jobs of this session.
    pub jobs: u32,
}

impl Client {
    pub fn dial(port: u16) -> io::Result<Client> {
        Ok(Client {
            wire: Wire::dial(port)?,
            state: State::LoggingIn(Login::Greeting),
            kind: Kind::Select,
            step: 0,
            order: Order { sku: 1, number: 0 },
            prepared: Prepared::default(),
            answer: Answer::to_query(false),
            failure: String::new(),
            began: Instant::now(),
            jobs: 0,
        })
    }

    pub fn stream(&mut self) -> &mut mio::net::TcpStream {
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
            State::Preparing | State::Working | State::RollingBack => {
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
        let Some(statement) = hall.kind.prepares() else {
            self.state = State::Resting;
            return Ok((used, Outcome::Ready));
        };
        hall.out.clear();
        work::command(&mut hall.out, Command::StmtPrepare, statement);
        self.wire.send(&hall.out)?;
        self.answer = Answer::to_prepare(hall.credentials.is_eof_deprecated);
        self.state = State::Preparing;
        Ok((used, Outcome::Nothing))
    }

    fn answered(&mut self, hall: &mut Hall<'_>) -> Result<Outcome, Box<dyn Error>> {
        if let Some(error) = &self.answer.error {
            self.failure = format!("{} {}", error.code, error.text());
            return self.failed(hall);
        }
        match self.state {
            State::Preparing => {
                self.keep_statement();
                self.state = State::Resting;
                Ok(Outcome::Ready)
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
            self.keep_statement();
        } else {
            self.prepared.is_bound = true;
        }
        self.step += 1;
        if self.step < self.kind.steps() {
            self.ask(hall)?;
            return Ok(Outcome::Nothing);
        }
        if self.kind == Kind::Cycle {
            hall.out.clear();
            work::close(&mut hall.out, self.prepared.id);
            self.wire.send(&hall.out)?;
        }
        self.state = State::Resting;
        self.jobs += 1;
        Ok(Outcome::Done(self.age(Instant::now())))
    }

    fn keep_statement(&mut self) {
        self.prepared = Prepared {
            id: self.answer.statement,
            is_bound: false,
        };
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
        self.answer = self.kind.ask(
            self.step,
            self.order,
            self.prepared,
            hall.credentials.is_eof_deprecated,
            &mut hall.out,
        );
        self.wire.send(&hall.out)
    }
}

/// What all clients share.
pub struct Hall<'a> {
    pub credentials: Credentials<'a>,
    pub kind: Kind,
    /// Bytes to be sent.
    pub out: Vec<u8>,
    /// Bytes that have arrived.
    pub buffer: Vec<u8>,
}
