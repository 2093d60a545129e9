//! One load on one target, measured once.

use std::error::Error;
use std::time::Duration;

use serde_json::{Value, json};

use crate::load::{Cost, Crowd, Kind, Load, Loader, Until, measure_threads};
use crate::options::Options;
use crate::process::Usage;
use crate::target::Target;

/// What a crowd of clients saw and what it cost.
#[derive(Debug, Clone)]
pub struct Measured {
    /// What it cost in the measured time.
    pub cost: Cost,
    /// Jobs done in that time; one is a statement, or a transaction.
    pub jobs: u64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// The longest that a client waited for one answer, those after the measured time included.
    pub longest_ms: f64,
    pub errors: u64,
    pub first_error: Option<String>,
    /// Jobs of the client that was served least, and most.
    pub least: u32,
    pub most: u32,
    /// How long all logins took.
    pub open_seconds: f64,
}

impl Measured {
    #[allow(clippy::cast_precision_loss)] // far below 2^52
    pub fn count(&self) -> f64 {
        self.jobs as f64
    }

    pub fn per_second(&self) -> f64 {
        self.count() / self.cost.seconds
    }

    /// CPU microseconds of the process between, a job.
    pub fn cpu_us(&self) -> Option<f64> {
        self.cost.cpu.map(|cpu| cpu.both() / self.count())
    }

    pub fn user_us(&self) -> Option<f64> {
        self.cost.cpu.map(|cpu| cpu.user_us / self.count())
    }

    pub fn system_us(&self) -> Option<f64> {
        self.cost.cpu.map(|cpu| cpu.system_us / self.count())
    }

    /// CPU microseconds of the server, a job: user and system.
    pub fn server_us(&self) -> (f64, f64) {
        let Usage { user_us, system_us } = self.cost.server;
        (user_us / self.count(), system_us / self.count())
    }

    /// CPU microseconds of the bench itself, a job.
    pub fn loader_us(&self) -> f64 {
        self.cost.loader.both() / self.count()
    }
}

/// A load's measurement with where and when it was taken.
#[derive(Debug, Clone)]
pub struct Round {
    pub kind: Kind,
    /// Clients asked for; the target may hold fewer.
    pub clients: usize,
    pub held: usize,
    /// How the clients waited.
    pub loader: Loader,
    pub target: String,
    /// Counted from 1.
    pub number: usize,
    pub measured: Measured,
}

impl Round {
    pub fn take(
        target: &Target,
        load: (Kind, usize),
        number: usize,
        options: &Options,
    ) -> Result<Round, Box<dyn Error>> {
        Round::take_for(target, load, number, options.time, options)
    }

    /// Like [`Round::take`], with a time of its own.
    pub fn take_for(
        target: &Target,
        (kind, clients): (Kind, usize),
        number: usize,
        time: Duration,
        options: &Options,
    ) -> Result<Round, Box<dyn Error>> {
        let held = clients.min(target.most_clients);
        let load = Load {
            target,
            kind,
            clients: held,
            warm: options.warm,
            until: Until::Elapsed(time),
            jobs_per_session: None,
            skus: options.skus,
            is_eof_deprecated: options.is_eof_deprecated,
        };
        let loader = options.loader.able(kind, held);
        let measured = match loader {
            Loader::Threads => measure_threads(&load)?,
            Loader::Events => Crowd::open(load)?.measure()?,
        };
        Ok(Round {
            kind,
            clients,
            held,
            loader,
            target: target.name.clone(),
            number,
            measured,
        })
    }

    pub fn json(&self) -> Value {
        let it = &self.measured;
        let cost = &it.cost;
        let (server_user_us, server_system_us) = it.server_us();
        json!({
            "load": self.kind.word(), "clients": self.clients, "held": self.held, "loader": self.loader.word(),
            "target": self.target, "round": self.number,
            "seconds": cost.seconds, "jobs": it.jobs, "per_second": it.per_second(),
            "p50_ms": it.p50_ms, "p99_ms": it.p99_ms, "longest_ms": it.longest_ms,
            "cpu_user_us": cost.cpu.map(|cpu| cpu.user_us), "cpu_system_us": cost.cpu.map(|cpu| cpu.system_us),
            "cpu_us_a_job": it.cpu_us(), "cpu_user_us_a_job": it.user_us(), "cpu_system_us_a_job": it.system_us(),
            "server_user_us": cost.server.user_us, "server_system_us": cost.server.system_us,
            "server_user_us_a_job": server_user_us, "server_system_us_a_job": server_system_us,
            "loader_us_a_job": it.loader_us(), "idle_share": cost.idle,
            "rss_kib": cost.rss_kib, "rss_before_kib": cost.rss_before_kib,
            "errors": it.errors, "first_error": it.first_error,
            "least_jobs_of_a_client": it.least, "most_jobs_of_a_client": it.most,
            "logins_seconds": it.open_seconds,
        })
    }
}
