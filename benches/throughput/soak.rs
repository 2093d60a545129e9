//! A day's worth of load compressed: sessions come and go and ask all there is, and the process is as large as before.

use std::error::Error;
use std::fmt::Write;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::load::{Crowd, Kind, Load, Until};
use crate::options::Options;
use crate::process::resident;
use crate::report::Report;
use crate::stage::Stage;
use crate::table::cell;

/// Looked at after so many statements each, or after a tenth of a smaller soak.
const LEG: u64 = 1_000_000;
const CLIENTS: usize = 64;
const JOBS_PER_SESSION: u32 = 200;
/// Sessions of a leg that have ended are gone by then.
const SETTLE: Duration = Duration::from_secs(2);

struct Leg {
    jobs: u64,
    per_second: f64,
    rss_loaded_kib: f64,
    rss_kib: f64,
    errors: u64,
}

/// Runs leg after leg and looks at the memory under load and after each.
pub fn measure(
    stage: &Stage,
    options: &Options,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let target = stage.shardgate();
    let pid = target.pid.ok_or("the proxy has no process")?;
    let leg = LEG.min(options.statements.div_ceil(10)).max(1);
    let mut legs: Vec<Leg> = Vec::new();
    let mut jobs = 0;
    while jobs < options.statements {
        let mut crowd = Crowd::open(Load {
            target: &target,
            kind: Kind::Mixed,
            clients: CLIENTS,
            warm: Duration::ZERO,
            until: Until::Jobs(leg),
            jobs_per_session: Some(JOBS_PER_SESSION),
            skus: options.skus,
            is_eof_deprecated: options.is_eof_deprecated,
        })?;
        let measured = crowd.measure()?;
        drop(crowd);
        thread::sleep(SETTLE);
        jobs += measured.jobs;
        let done = Leg {
            jobs,
            per_second: measured.per_second(),
            rss_loaded_kib: measured.cost.rss_kib.unwrap_or(f64::NAN),
            rss_kib: resident(pid)?,
            errors: measured.errors,
        };
        eprintln!("soak: {jobs} jobs, {:.1} MiB", done.rss_kib / 1024.0);
        legs.push(done);
    }
    let text = text(&legs)?;
    report.section("soak", &text, legs.iter().map(Leg::json).collect())
}

fn text(legs: &[Leg]) -> Result<String, Box<dyn Error>> {
    let mut text = format!(
        "# soak: {CLIENTS} clients, a new session after {JOBS_PER_SESSION} jobs; selects, prepared ones, ten rows, updates, transactions\n\n\
         | jobs | a second | RSS under load, MiB | without a client | failed |\n|---|---|---|---|---|\n"
    );
    for leg in legs {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            leg.jobs,
            cell(leg.per_second, 0),
            cell(leg.rss_loaded_kib / 1024.0, 1),
            cell(leg.rss_kib / 1024.0, 1),
            leg.errors
        )?;
    }
    if let (Some(first), Some(last)) = (legs.first(), legs.last()) {
        writeln!(
            text,
            "\ngrown by {} MiB between the first look and the last one",
            cell((last.rss_kib - first.rss_kib) / 1024.0, 1)
        )?;
    }
    Ok(text)
}

impl Leg {
    fn json(&self) -> Value {
        json!({ "jobs": self.jobs, "per_second": self.per_second, "rss_loaded_kib": self.rss_loaded_kib, "rss_kib": self.rss_kib,
                "errors": self.errors })
    }
}
