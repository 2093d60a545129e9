//! All clients of a load in one thread: opened, warmed up, measured, heard out.

use std::error::Error;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mio::{Events, Interest, Poll, Token};

use super::client::{Client, Hall, Outcome};
use super::latencies::Latencies;
use super::login::Credentials;
use super::settings::{Load, Until};
use super::work::{Kind, Order};
use crate::process::{Usage, resident};
use crate::round::Measured;

/// Logins under way at a time while a crowd is opened.
const BURST: usize = 64;
const BUFFER: usize = 256 << 10;
/// Nobody may wait longer for an answer, or for all logins.
const PATIENCE: Duration = Duration::from_secs(120);
/// One failed job in so many is borne: a deadlock of two transactions, say.
const BORNE: u64 = 1000;

static NUMBER: AtomicU64 = AtomicU64::new(0);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Warm,
    Measured,
    Drain,
}

/// Clients with their connections; they leave when it is dropped.
pub struct Crowd<'a> {
    load: Load<'a>,
    poll: Poll,
    events: Events,
    clients: Vec<Client>,
    /// Jobs of each client since the phase began.
    served: Vec<u32>,
    hall: Hall<'a>,
    phase: Phase,
    ready: usize,
    working: usize,
    done: u64,
    errors: u64,
    first_error: Option<String>,
    latencies: Latencies,
    longest: Duration,
    random: u64,
    open_seconds: f64,
}

impl<'a> Crowd<'a> {
    /// Logs all clients in.
    pub fn open(load: Load<'a>) -> Result<Crowd<'a>, Box<dyn Error>> {
        number_orders();
        let mut crowd = Crowd {
            load,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            clients: Vec::with_capacity(load.clients),
            served: vec![0; load.clients],
            hall: Hall {
                credentials: Credentials {
                    account: &load.target.account,
                    schema: &load.target.schema,
                    is_eof_deprecated: load.is_eof_deprecated,
                },
                kind: load.kind,
                out: Vec::with_capacity(1024),
                buffer: vec![0; BUFFER],
            },
            phase: Phase::Opening,
            ready: 0,
            working: 0,
            done: 0,
            errors: 0,
            first_error: None,
            latencies: Latencies::default(),
            longest: Duration::ZERO,
            // the same orders for every target
            random: 0x9E37_79B9_7F4A_7C15,
            open_seconds: 0.0,
        };
        let began = Instant::now();
        while crowd.ready < load.clients {
            while crowd.clients.len() < load.clients && crowd.clients.len() - crowd.ready < BURST {
                crowd.clients.push(Client::dial(load.target.port)?);
                crowd.register(crowd.clients.len() - 1)?;
            }
            crowd.turn(began + PATIENCE, "logins")?;
        }
        crowd.open_seconds = began.elapsed().as_secs_f64();
        Ok(crowd)
    }

    /// Each client does one job, a few at a time.
    pub fn each_once(&mut self) -> Result<(), Box<dyn Error>> {
        self.phase = Phase::Drain;
        let began = Instant::now();
        for index in 0..self.clients.len() {
            self.begin(index)?;
            while self.working >= BURST {
                self.turn(began + PATIENCE, "one answer each")?;
            }
        }
        self.drain()?;
        self.bear_errors()
    }

    /// Warms up, measures, and hears everyone out.
    pub fn measure(&mut self) -> Result<Measured, Box<dyn Error>> {
        self.warm_up()?;
        let pid = self.load.target.pid;
        self.latencies = Latencies::default();
        self.longest = Duration::ZERO;
        self.served.fill(0);
        self.done = 0;
        self.errors = 0;
        let rss_before = pid.map(resident).transpose()?;
        let cpu_before = pid.map(Usage::of).transpose()?;
        let server_before = Usage::of(self.load.target.server)?;
        self.phase = Phase::Measured;
        let began = Instant::now();
        if self.working == 0 {
            self.begin_all()?;
        }
        match self.load.until {
            Until::Elapsed(time) => self.run_to(began + time)?,
            Until::Jobs(jobs) => {
                while self.done < jobs {
                    self.turn(Instant::now() + PATIENCE, "answers")?;
                }
            }
        }
        let seconds = began.elapsed().as_secs_f64();
        let cpu_after = pid.map(Usage::of).transpose()?;
        let server_after = Usage::of(self.load.target.server)?;
        let rss = pid.map(resident).transpose()?;
        let jobs = self.done;
        self.phase = Phase::Drain;
        self.drain()?;
        self.bear_errors()?;
        let cpu = cpu_before.zip(cpu_after);
        Ok(Measured {
            seconds,
            jobs,
            p50_ms: self.latencies.percentile(50),
            p99_ms: self.latencies.percentile(99),
            longest_ms: self.longest.as_secs_f64() * 1000.0,
            cpu: cpu.map(|(before, after)| after.since(before)),
            server: server_after.since(server_before),
            rss_kib: rss,
            rss_before_kib: rss_before,
            errors: self.errors,
            first_error: self.first_error.take(),
            least: self.served.iter().copied().min().unwrap_or(0),
            most: self.served.iter().copied().max().unwrap_or(0),
            open_seconds: self.open_seconds,
        })
    }

    /// Ends when the time is over and everyone has been served.
    fn warm_up(&mut self) -> Result<(), Box<dyn Error>> {
        if self.load.warm.is_zero() {
            return Ok(());
        }
        self.phase = Phase::Warm;
        let began = Instant::now();
        self.begin_all()?;
        self.run_to(began + self.load.warm)?;
        while self.served.contains(&0) {
            self.turn(began + PATIENCE, "an answer for everyone")?;
        }
        Ok(())
    }

    fn begin_all(&mut self) -> Result<(), Box<dyn Error>> {
        (0..self.clients.len()).try_for_each(|index| self.begin(index))
    }

    fn run_to(&mut self, end: Instant) -> Result<(), Box<dyn Error>> {
        while Instant::now() < end {
            self.wait(end)?;
        }
        Ok(())
    }

    fn drain(&mut self) -> Result<(), Box<dyn Error>> {
        let began = Instant::now();
        while self.working > 0 {
            self.turn(began + PATIENCE, "the last answers")?;
        }
        Ok(())
    }

    /// Waits for events and serves them; fails at the deadline.
    fn turn(&mut self, deadline: Instant, what: &str) -> Result<(), Box<dyn Error>> {
        if Instant::now() > deadline {
            let now = Instant::now();
            let oldest = self.clients.iter().map(|client| client.age(now)).max();
            return Err(format!(
                "{} of {}: {what} did not come in {} s; {} clients ready, {} working, the oldest job since {:.1} s",
                self.load.kind.name(),
                self.load.target.name,
                PATIENCE.as_secs(),
                self.ready,
                self.working,
                oldest.unwrap_or_default().as_secs_f64()
            )
            .into());
        }
        self.wait(deadline)
    }

    fn wait(&mut self, deadline: Instant) -> Result<(), Box<dyn Error>> {
        let mut events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        let left = deadline.saturating_duration_since(Instant::now());
        match self.poll.poll(&mut events, Some(left)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &events {
            let Token(index) = event.token();
            let outcome = self.clients[index]
                .readable(&mut self.hall)
                .map_err(|error| {
                    format!(
                        "{} of {}: {error}",
                        self.load.kind.name(),
                        self.load.target.name
                    )
                })?;
            self.came(index, outcome)?;
        }
        self.events = events;
        Ok(())
    }

    fn came(&mut self, index: usize, outcome: Outcome) -> Result<(), Box<dyn Error>> {
        match outcome {
            Outcome::Nothing => Ok(()),
            Outcome::Ready if self.phase == Phase::Opening => {
                self.ready += 1;
                Ok(())
            }
            Outcome::Ready if self.load.kind == Kind::Login => {
                let latency = self.clients[index].age(Instant::now());
                self.job_done(index, latency)
            }
            // the next client's first job
            Outcome::Ready => {
                self.working -= 1;
                self.go_on(index)
            }
            Outcome::Done(latency) => self.job_done(index, latency),
            Outcome::Failed(text) => {
                self.errors += 1;
                self.first_error.get_or_insert(text);
                self.working -= 1;
                self.go_on(index)
            }
        }
    }

    fn job_done(&mut self, index: usize, latency: Duration) -> Result<(), Box<dyn Error>> {
        self.working -= 1;
        self.served[index] += 1;
        self.longest = self.longest.max(latency);
        if self.phase == Phase::Measured {
            self.done += 1;
            self.latencies.add(latency);
        }
        self.go_on(index)
    }

    fn go_on(&mut self, index: usize) -> Result<(), Box<dyn Error>> {
        if self.phase == Phase::Drain || self.is_enough() {
            return Ok(());
        }
        self.begin(index)
    }

    fn is_enough(&self) -> bool {
        matches!(self.load.until, Until::Jobs(jobs) if self.phase == Phase::Measured && self.done >= jobs)
    }

    fn begin(&mut self, index: usize) -> Result<(), Box<dyn Error>> {
        self.working += 1;
        let is_due = |jobs| self.clients[index].jobs >= jobs;
        if self.load.kind == Kind::Login || self.load.jobs_per_session.is_some_and(is_due) {
            return self.replace(index);
        }
        let kind = self.load.kind.drawn(self.draw());
        let order = Order {
            sku: 1 + u32::try_from(self.draw() % u64::from(self.load.skus))?,
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
        };
        self.clients[index].begin(kind, order, Instant::now(), &mut self.hall)?;
        Ok(())
    }

    /// One client leaves and another one comes.
    fn replace(&mut self, index: usize) -> Result<(), Box<dyn Error>> {
        self.clients[index].quit(&mut self.hall)?;
        self.clients[index] = Client::dial(self.load.target.port)?;
        self.register(index)
    }

    fn register(&mut self, index: usize) -> Result<(), Box<dyn Error>> {
        let stream = self.clients[index].stream();
        self.poll
            .registry()
            .register(stream, Token(index), Interest::READABLE)?;
        Ok(())
    }

    fn bear_errors(&self) -> Result<(), Box<dyn Error>> {
        match &self.first_error {
            Some(error) if self.errors * BORNE > self.done + BORNE => Err(format!(
                "{} of {}: {} jobs of {} failed, the first one: {error}",
                self.load.kind.name(),
                self.load.target.name,
                self.errors,
                self.done + self.errors
            )
            .into()),
            _ => Ok(()),
        }
    }

    /// xorshift64*: cheap, and no two runs differ in their orders.
    fn draw(&mut self) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }
}

impl Drop for Crowd<'_> {
    fn drop(&mut self) {
        for client in &mut self.clients {
            // it may have hung up
            let _ = client.quit(&mut self.hall);
        }
    }
}

/// Order numbers go on from the clock's time, above all that rows were loaded with.
fn number_orders() {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let first = since.map_or(1, |since| since.as_secs()) << 30;
    // only the first crowd finds it 0
    let _ = NUMBER.compare_exchange(0, first, Ordering::Relaxed, Ordering::Relaxed);
}
