//! One round of sysbench against one target.

use std::error::Error;
use std::process::Command;

use crate::Options;
use crate::stage::Target;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/throughput/shop.lua");
/// `USER_HZ` is 100 on Linux, whatever the kernel's own tick.
pub const MICROSECONDS_PER_TICK: f64 = 10_000.0;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A point select by text.
    Select,
    /// The same, prepared once a connection and executed.
    Prepared,
    /// The same, prepared, executed and closed each time, as a driver without a cache does.
    Cycle,
    /// A guarded update by text.
    Update,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Select => "point select by text",
            Kind::Prepared => "point select prepared",
            Kind::Cycle => "prepare, point select, close",
            Kind::Update => "guarded update by text",
        }
    }

    /// The load's name in the script.
    fn word(self) -> &'static str {
        match self {
            Kind::Select => "select",
            Kind::Prepared => "prepared",
            Kind::Cycle => "cycle",
            Kind::Update => "update",
        }
    }
}

/// What one round measured.
#[derive(Debug, Clone)]
pub struct Round {
    pub kind: Kind,
    pub target: &'static str,
    pub queries_per_second: f64,
    pub p95_ms: f64,
    /// CPU microseconds of the process between, per query.
    pub cpu_us: Option<f64>,
}

/// Runs sysbench for the options' time.
pub fn measure(target: &Target, kind: Kind, options: &Options) -> Result<Round, Box<dyn Error>> {
    let before = target.pid.map(ticks).transpose()?;
    let output = sysbench(target, kind, options)?;
    let after = target.pid.map(ticks).transpose()?;
    let queries = figure(&output, "total number of events:")?;
    let seconds = f64::from(options.seconds);
    let cpu_us = before
        .zip(after)
        .map(|(before, after)| (after - before) * MICROSECONDS_PER_TICK / queries);
    Ok(Round {
        kind,
        target: target.name,
        queries_per_second: queries / seconds,
        p95_ms: figure(&output, "95th percentile:")?,
        cpu_us,
    })
}

fn sysbench(target: &Target, kind: Kind, options: &Options) -> Result<String, Box<dyn Error>> {
    let output = Command::new("sysbench")
        .arg(SCRIPT)
        .args([
            "--db-driver=mysql",
            "--mysql-host=127.0.0.1",
            "--db-ps-mode=auto",
            "--events=0",
            "--percentile=95",
        ])
        .arg(format!("--mysql-port={}", target.port))
        .arg(format!("--mysql-user={}", target.account.user))
        .arg(format!("--mysql-password={}", target.account.password))
        .arg(format!("--mysql-db={}", target.schema))
        .arg(format!("--threads={}", options.connections))
        .arg(format!("--time={}", options.seconds))
        .arg(format!("--skus={}", options.skus))
        .arg(format!("--kind={}", kind.word()))
        .arg("run")
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    Err(format!(
        "sysbench against {}: {text}{}",
        target.name,
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}

/// The number behind `label` in sysbench's report.
fn figure(report: &str, label: &str) -> Result<f64, Box<dyn Error>> {
    let line = report.lines().find(|line| line.contains(label));
    let number = line
        .and_then(|line| line.rsplit(':').next())
        .and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| format!("sysbench's report has no '{label}'").into())
}

/// User and system time of a process.
pub fn ticks(pid: u32) -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // the name in parentheses may hold blanks
    let (_, fields) = stat
        .rsplit_once(')')
        .ok_or("/proc/PID/stat without a name")?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<f64>);
    match (times.next(), times.next()) {
        (Some(Ok(user)), Some(Ok(system))) => Ok(user + system),
        _ => Err("/proc/PID/stat without times".into()),
    }
}
