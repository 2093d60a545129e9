//! A thread for each client, which sends, sleeps until its answer is there, and sends again.

use std::error::Error;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::client::{Client, Outcome};
use super::hall::Hall;
use super::meter::{Cost, Meter};
use super::orders::Orders;
use super::settings::{Load, PATIENCE, Until};
use super::tally::Tally;
use crate::round::Measured;

/// A client needs little, and there are a thousand of them.
const STACK: usize = 256 << 10;
/// Answers of all loads but the large result are far smaller.
const BUFFER: usize = 16 << 10;
/// Between two looks whether everyone has been served once.
const PAUSE: Duration = Duration::from_millis(2);

const WARM: u8 = 0;
const MEASURED: u8 = 1;
const OVER: u8 = 2;

/// What all threads look at.
#[derive(Debug, Default)]
struct Course {
    phase: AtomicU8,
    /// Clients that have done a job or have failed.
    served: AtomicUsize,
    has_failed: AtomicBool,
}

/// What became of one client.
struct Run {
    tally: Tally,
    /// Jobs done since the phase began, the last one included.
    served: u32,
}

/// Logs all clients in, warms up, measures, and hears everyone out.
pub fn measure(load: &Load<'_>) -> Result<Measured, Box<dyn Error>> {
    let Until::Elapsed(time) = load.until else {
        return Err("clients in threads are measured for a time, not for a number of jobs".into());
    };
    let began = Instant::now();
    let clients = (0..load.clients).map(|_| log_in(load));
    let mut clients = clients.collect::<Result<Vec<_>, _>>()?;
    let open_seconds = began.elapsed().as_secs_f64();
    let course = Course::default();
    let (cost, runs) = thread::scope(|scope| {
        let mut threads = Vec::new();
        let mut spawned = Ok(());
        for (row, client) in clients.iter_mut().enumerate() {
            let course = &course;
            let thread = thread::Builder::new().stack_size(STACK);
            match thread.spawn_scoped(scope, move || run(client, row, load, course)) {
                Ok(thread) => threads.push(thread),
                Err(error) => spawned = Err(format!("a thread for client {row}: {error}")),
            }
        }
        let cost = spawned
            .map_err(Box::from)
            .and_then(|()| conduct(load, time, &course));
        course.phase.store(OVER, Ordering::Relaxed);
        let runs: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
        (cost, runs)
    });
    let mut all = Tally::default();
    let mut served = Vec::with_capacity(runs.len());
    for run in runs {
        let run = run.map_err(|_| "a client's thread has ended in panic")??;
        served.push(run.served);
        all.join(run.tally);
    }
    all.bear_errors(load)?;
    Ok(all.measured(&served, cost?, open_seconds))
}

/// The phases, as long as each lasts.
fn conduct(load: &Load<'_>, time: Duration, course: &Course) -> Result<Cost, Box<dyn Error>> {
    let began = Instant::now();
    thread::sleep(load.warm);
    let everyone = if load.warm.is_zero() { 0 } else { load.clients };
    while course.served.load(Ordering::Relaxed) < everyone {
        if began.elapsed() > PATIENCE {
            return Err(Box::from(describe(
                load,
                "an answer for everyone did not come",
            )));
        }
        thread::sleep(PAUSE);
    }
    let meter = Meter::start(load.target)?;
    course.phase.store(MEASURED, Ordering::Relaxed);
    while meter.began().elapsed() < time && !course.has_failed.load(Ordering::Relaxed) {
        thread::sleep(time.saturating_sub(meter.began().elapsed()));
    }
    let cost = meter.stop();
    course.phase.store(OVER, Ordering::Relaxed);
    cost
}

/// One client's jobs until it is over.
fn run(
    client: &mut Client<TcpStream>,
    row: usize,
    load: &Load<'_>,
    course: &Course,
) -> Result<Run, String> {
    let run = ask(client, row, load, course);
    if run.is_err() {
        course.has_failed.store(true, Ordering::Relaxed);
        course.served.fetch_add(1, Ordering::Relaxed);
    }
    run.map_err(|error| describe(load, &error.to_string()))
}

fn ask(
    client: &mut Client<TcpStream>,
    row: usize,
    load: &Load<'_>,
    course: &Course,
) -> Result<Run, Box<dyn Error>> {
    let mut hall = Hall::new(load, BUFFER);
    let mut orders = Orders::of(row);
    let mut phase = course.phase.load(Ordering::Relaxed);
    let mut warm = (phase == WARM).then(Tally::default);
    let mut run = Run {
        tally: Tally::default(),
        served: 0,
    };
    while phase != OVER {
        let (kind, order) = orders.next(load);
        client.begin(kind, order, Instant::now(), &mut hall)?;
        let outcome = answer(client, &mut hall)?;
        phase = course.phase.load(Ordering::Relaxed);
        if phase != WARM && warm.is_some() {
            warm = None;
            run.served = 0;
        }
        let tally = warm.as_mut().unwrap_or(&mut run.tally);
        match outcome {
            Ok(latency) => {
                if run.served == 0 && phase == WARM {
                    course.served.fetch_add(1, Ordering::Relaxed);
                }
                run.served += 1;
                tally.longest = tally.longest.max(latency);
                if phase == MEASURED {
                    tally.done += 1;
                    tally.latencies.add(latency);
                }
            }
            Err(text) => tally.fail(text),
        }
    }
    // it may have hung up
    let _ = client.quit(&mut hall);
    Ok(run)
}

fn log_in(load: &Load<'_>) -> Result<Client<TcpStream>, Box<dyn Error>> {
    let mut hall = Hall::new(load, BUFFER);
    let mut client = Client::dial(load.target.port)?;
    loop {
        match client.readable(&mut hall) {
            Ok(Outcome::Nothing) if client.age(Instant::now()) < PATIENCE => {}
            Ok(Outcome::Ready) => return Ok(client),
            Ok(_) => return Err(describe(load, "a login was not answered").into()),
            Err(error) => return Err(describe(load, &error.to_string()).into()),
        }
    }
}

/// Sleeps until the job's answer is there: how long it took, or what it failed of.
fn answer(
    client: &mut Client<TcpStream>,
    hall: &mut Hall<'_>,
) -> Result<Result<Duration, String>, Box<dyn Error>> {
    loop {
        match client.readable(hall)? {
            Outcome::Done(latency) => return Ok(Ok(latency)),
            Outcome::Failed(text) => return Ok(Err(text)),
            Outcome::Ready => return Err("a login in the middle of a job".into()),
            // a part of the answer, or the patience of the socket is over
            Outcome::Nothing if client.age(Instant::now()) < PATIENCE => {}
            Outcome::Nothing => return Err("an answer did not come".into()),
        }
    }
}

fn describe(load: &Load<'_>, what: &str) -> String {
    format!("{} of {}: {what}", load.kind.name(), load.target.name)
}
