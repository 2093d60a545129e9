//! One load on one target, measured once.

use std::error::Error;
use std::time::Duration;

use serde_json::{Value, json};

use crate::load::{Crowd, Kind, Load, Until};
use crate::options::Options;
use crate::process::Usage;
use crate::target::Target;

/// What a crowd of clients saw and what it cost.
#[derive(Debug, Clone)]
pub struct Measured {
    pub seconds: f64,
    /// Jobs done in that time; one is a statement, or a transaction.
    pub jobs: u64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// The longest that a client waited for one answer, those after the measured time included.
    pub longest_ms: f64,
    /// CPU of the process between, in that time.
    pub cpu: Option<Usage>,
    /// CPU of the server, in that time.
    pub server: Usage,
    pub rss_kib: Option<f64>,
    pub rss_before_kib: Option<f64>,
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
        self.count() / self.seconds
    }

    /// CPU microseconds of the process between, a job.
    pub fn cpu_us(&self) -> Option<f64> {
        self.cpu.map(|cpu| cpu.both() / self.count())
    }

    pub fn user_us(&self) -> Option<f64> {
        self.cpu.map(|cpu| cpu.user_us / self.count())
    }

    pub fn system_us(&self) -> Option<f64> {
        self.cpu.map(|cpu| cpu.system_us / self.count())
    }
}

/// A load's measurement with where and when it was taken.
#[derive(Debug, Clone)]
pub struct Round {
    pub kind: Kind,
    /// Clients asked for; the target may hold fewer.
    pub clients: usize,
    pub held: usize,
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
        Ok(Round {
            kind,
            clients,
            held,
            target: target.name.clone(),
            number,
            measured: Crowd::open(load)?.measure()?,
        })
    }

    pub fn json(&self) -> Value {
        let Measured { cpu, server, .. } = self.measured;
        json!({
            "load": self.kind.word(), "clients": self.clients, "held": self.held, "target": self.target, "round": self.number,
            "seconds": self.measured.seconds, "jobs": self.measured.jobs, "per_second": self.measured.per_second(),
            "p50_ms": self.measured.p50_ms, "p99_ms": self.measured.p99_ms, "longest_ms": self.measured.longest_ms,
            "cpu_user_us": cpu.map(|cpu| cpu.user_us), "cpu_system_us": cpu.map(|cpu| cpu.system_us),
            "cpu_us_a_job": self.measured.cpu_us(),
            "server_user_us": server.user_us, "server_system_us": server.system_us,
            "rss_kib": self.measured.rss_kib, "rss_before_kib": self.measured.rss_before_kib,
            "errors": self.measured.errors, "first_error": self.measured.first_error,
            "least_jobs_of_a_client": self.measured.least, "most_jobs_of_a_client": self.measured.most,
            "logins_seconds": self.measured.open_seconds,
        })
    }
}
