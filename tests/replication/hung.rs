//! Eight data sources without replicas, of which one hangs (contract 8.5).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};
use rustix::process::{Pid, Signal, kill_process};
use shardgate::lab::{Distribution, Server, ServerSpec, Template};

use super::proxy::Proxy;
use super::report::Outcome;

const SOURCES: usize = 8;
/// Clients of each data source that is well, and of the one that hangs.
const CLIENTS: usize = 4;
const HANGING_CLIENTS: usize = 32;
/// What a client does between two statements, as in a shop: without it this would measure what the processor has left.
const PAUSE: Duration = Duration::from_millis(20);
const WINDOW: Duration = Duration::from_secs(4);
/// Each with a time before and a time in which it hangs, so that what else the machine does weighs on both.
const ROUNDS: usize = 3;

/// Seven data sources under load, the eighth hanging while many clients want something of it. Before, nobody wants
/// anything of the eighth: what its clients cost the others is not hidden by what they no longer take.
pub fn one_of_eight(distribution: &Distribution, name: &str) -> Outcome {
    let servers = servers(distribution);
    let proxy = Proxy::start(&[("shop", database(&servers))], None);
    let mut outcome = Outcome::new(name, distribution.family());
    let (load, hung) = (Load::default(), Load::default());
    hung.is_paused.store(true, Ordering::Relaxed);
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for source in 1..SOURCES {
        threads.extend((0..CLIENTS).map(|_| load.client(proxy.opts(), source)));
    }
    threads.extend((0..HANGING_CLIENTS).map(|_| hung.client(proxy.opts(), 0)));
    thread::sleep(Duration::from_secs(1));
    let (mut before, mut during) = (Measured::default(), Measured::default());
    for _ in 0..ROUNDS {
        before.add(load.measure());
        signal(&servers[0], Signal::STOP);
        let failed = hung.failed.load(Ordering::Relaxed);
        hung.is_paused.store(false, Ordering::Relaxed);
        during.add(load.measure());
        proxy.until("the hanging data source is told", || {
            hung.failed.load(Ordering::Relaxed) > failed
        });
        during.add(load.measure());
        signal(&servers[0], Signal::CONT);
        let (woken, done) = (Instant::now(), hung.done.load(Ordering::Relaxed));
        proxy.until("it serves again", || {
            hung.done.load(Ordering::Relaxed) > done
        });
        outcome.recovered = Some(woken.elapsed());
        hung.is_paused.store(true, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(500));
    }
    for all in [&load, &hung] {
        all.stop.store(true, Ordering::Relaxed);
    }
    for thread in threads {
        thread.join().unwrap();
    }
    outcome.errors = hung.failed.load(Ordering::Relaxed);
    (outcome.others_before, outcome.others_p99) = (before.p99(), during.p99());
    println!(
        "{name}: seven others {:.0} statements a second before, {:.0} while it hangs: {:.2} of before",
        before.rate(),
        during.rate(),
        during.rate() / before.rate()
    );
    assert_eq!(load.failed.load(Ordering::Relaxed), 0, "{}", proxy.log());
    outcome
}

/// Clients of some data sources.
#[derive(Default)]
struct Load {
    done: Arc<AtomicU64>,
    failed: Arc<AtomicU64>,
    times: Arc<std::sync::Mutex<Vec<Duration>>>,
    is_paused: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

/// How long each statement took, and how long it was looked at.
#[derive(Default)]
struct Measured {
    times: Vec<Duration>,
    span: Duration,
}

impl Measured {
    fn add(&mut self, other: Measured) {
        self.times.extend(other.times);
        self.span += other.span;
    }

    fn rate(&self) -> f64 {
        self.times.len() as f64 / self.span.as_secs_f64()
    }

    fn p99(&mut self) -> Option<Duration> {
        self.times.sort_unstable();
        self.times.get(self.times.len() * 99 / 100).copied()
    }
}

impl Load {
    /// Reads one row after the other.
    fn client(&self, opts: OptsBuilder, source: usize) -> JoinHandle<()> {
        let (done, failed) = (Arc::clone(&self.done), Arc::clone(&self.failed));
        let (times, stop) = (Arc::clone(&self.times), Arc::clone(&self.stop));
        let is_paused = Arc::clone(&self.is_paused);
        thread::spawn(move || {
            let mut conn = Conn::new(opts).unwrap();
            let sql = format!("SELECT n FROM t_{source} WHERE id = 1");
            while !stop.load(Ordering::Relaxed) {
                if is_paused.load(Ordering::Relaxed) {
                    thread::sleep(PAUSE);
                    continue;
                }
                let began = Instant::now();
                let answer: mysql::Result<Option<i64>> = conn.query_first(&sql);
                if answer.is_ok() {
                    done.fetch_add(1, Ordering::Relaxed);
                    times.lock().unwrap().push(began.elapsed());
                } else {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
                thread::sleep(PAUSE);
            }
        })
    }

    fn measure(&self) -> Measured {
        self.times.lock().unwrap().clear();
        let began = Instant::now();
        thread::sleep(WINDOW);
        Measured {
            times: std::mem::take(&mut *self.times.lock().unwrap()),
            span: began.elapsed(),
        }
    }
}

fn servers(distribution: &Distribution) -> Vec<Server> {
    let template = Template::create(distribution).unwrap();
    (0..SOURCES)
        .map(|source| {
            let server =
                Server::start_from(&template, ServerSpec::new(distribution.clone())).unwrap();
            let sql = format!(
                "CREATE DATABASE shop; CREATE USER 'app'@'127.0.0.1' IDENTIFIED BY 'app-secret'; \
                 GRANT ALL ON shop.* TO 'app'@'127.0.0.1'; CREATE TABLE shop.t_{source} (id INT PRIMARY KEY, n INT NOT NULL); \
                 INSERT INTO shop.t_{source} VALUES (1, {source})"
            );
            server.sql(&sql).unwrap();
            server
        })
        .collect()
}

fn database(servers: &[Server]) -> String {
    let mut text = String::from("databaseName: shop\ndataSources:\n");
    for (index, server) in servers.iter().enumerate() {
        text.push_str(&format!(
            "  ds_{index}: {{ url: \"jdbc:mysql://127.0.0.1:{}/shop\", username: app, password: app-secret, maxPoolSize: 8 }}\n",
            server.port()
        ));
    }
    let tables: Vec<String> = (0..servers.len())
        .map(|index| format!("\"ds_{index}.t_{index}\""))
        .collect();
    text.push_str(&format!(
        "rules:\n- !SINGLE\n  tables: [{}]\n  defaultDataSource: ds_1\n",
        tables.join(", ")
    ));
    text
}

fn signal(server: &Server, signal: Signal) {
    let pid = server.pid().and_then(|pid| i32::try_from(pid).ok());
    kill_process(pid.and_then(Pid::from_raw).unwrap(), signal).unwrap();
}
