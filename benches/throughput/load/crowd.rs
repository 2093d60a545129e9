//! All clients of a load in one thread: opened, warmed up, measured, heard out.

use std::error::Error;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::client::{Client, Outcome};
use super::hall::Hall;
use super::meter::Meter;
use super::orders::Orders;
use super::settings::{Load, PATIENCE, Until};
use super::tally::Tally;
use super::work::Kind;
use crate::round::Measured;

/// Logins under way at a time while a crowd is opened.
const BURST: usize = 64;
const BUFFER: usize = 256 << 10;

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
    clients: Vec<Client<TcpStream>>,
    /// Jobs of each client since the phase began.
    served: Vec<u32>,
    hall: Hall<'a>,
    phase: Phase,
    ready: usize,
    working: usize,
    tally: Tally,
    orders: Orders,
    open_seconds: f64,
}

impl<'a> Crowd<'a> {
    /// Logs all clients in.
    pub fn open(load: Load<'a>) -> Result<Crowd<'a>, Box<dyn Error>> {
        let mut crowd = Crowd {
            load,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            clients: Vec::with_capacity(load.clients),
            served: vec![0; load.clients],
            hall: Hall::new(&load, BUFFER),
            phase: Phase::Opening,
            ready: 0,
            working: 0,
            tally: Tally::default(),
            orders: Orders::of(0),
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
        self.tally.bear_errors(&self.load)
    }

    /// Warms up, measures, and hears everyone out.
    pub fn measure(&mut self) -> Result<Measured, Box<dyn Error>> {
        self.warm_up()?;
        self.tally = Tally::default();
        self.served.fill(0);
        let meter = Meter::start(self.load.target)?;
        self.phase = Phase::Measured;
        if self.working == 0 {
            self.begin_all()?;
        }
        match self.load.until {
            Until::Elapsed(time) => self.run_to(meter.began() + time)?,
            Until::Jobs(jobs) => {
                while self.tally.done < jobs {
                    self.turn(Instant::now() + PATIENCE, "answers")?;
                }
            }
        }
        let cost = meter.stop()?;
        self.phase = Phase::Drain;
        self.drain()?;
        self.tally.bear_errors(&self.load)?;
        let tally = std::mem::take(&mut self.tally);
        Ok(tally.measured(&self.served, cost, self.open_seconds))
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
                self.tally.fail(text);
                self.working -= 1;
                self.go_on(index)
            }
        }
    }

    fn job_done(&mut self, index: usize, latency: Duration) -> Result<(), Box<dyn Error>> {
        self.working -= 1;
        self.served[index] += 1;
        self.tally.longest = self.tally.longest.max(latency);
        if self.phase == Phase::Measured {
            self.tally.done += 1;
            self.tally.latencies.add(latency);
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
        matches!(self.load.until, Until::Jobs(jobs) if self.phase == Phase::Measured && self.tally.done >= jobs)
    }

    fn begin(&mut self, index: usize) -> Result<(), Box<dyn Error>> {
        self.working += 1;
        let is_due = |jobs| self.clients[index].jobs >= jobs;
        if self.load.kind == Kind::Login || self.load.jobs_per_session.is_some_and(is_due) {
            return self.replace(index);
        }
        let (kind, order) = self.orders.next(&self.load);
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
}

impl Drop for Crowd<'_> {
    fn drop(&mut self) {
        for client in &mut self.clients {
            // it may have hung up
            let _ = client.quit(&mut self.hall);
        }
    }
}
