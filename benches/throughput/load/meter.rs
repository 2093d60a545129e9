//! What a load costs everyone: read where the measured time begins, and again where it ends.

use std::error::Error;
use std::time::Instant;

use crate::process::{Idleness, Usage, resident};
use crate::target::Target;

/// The first look.
pub struct Meter<'a> {
    target: &'a Target,
    rss_before_kib: Option<f64>,
    cpu: Option<Usage>,
    server: Usage,
    loader: Usage,
    machine: Idleness,
    began: Instant,
}

/// The difference that the second look found.
#[derive(Debug, Clone)]
pub struct Cost {
    pub seconds: f64,
    /// CPU of the process between.
    pub cpu: Option<Usage>,
    /// CPU of the server.
    pub server: Usage,
    /// CPU of the bench itself.
    pub loader: Usage,
    /// The share of all cores' time that nobody used.
    pub idle: f64,
    pub rss_kib: Option<f64>,
    pub rss_before_kib: Option<f64>,
}

impl<'a> Meter<'a> {
    pub fn start(target: &'a Target) -> Result<Meter<'a>, Box<dyn Error>> {
        Ok(Meter {
            target,
            rss_before_kib: target.pid.map(resident).transpose()?,
            cpu: target.pid.map(Usage::of).transpose()?,
            server: Usage::of(target.server)?,
            loader: Usage::of(std::process::id())?,
            machine: Idleness::now()?,
            began: Instant::now(),
        })
    }

    pub fn began(&self) -> Instant {
        self.began
    }

    pub fn stop(self) -> Result<Cost, Box<dyn Error>> {
        let seconds = self.began.elapsed().as_secs_f64();
        let pid = self.target.pid;
        let cpu = self.cpu.zip(pid.map(Usage::of).transpose()?);
        Ok(Cost {
            seconds,
            cpu: cpu.map(|(before, after)| after.since(before)),
            server: Usage::of(self.target.server)?.since(self.server),
            loader: Usage::of(std::process::id())?.since(self.loader),
            idle: Idleness::now()?.share_since(self.machine),
            rss_kib: pid.map(resident).transpose()?,
            rss_before_kib: self.rss_before_kib,
        })
    }
}
