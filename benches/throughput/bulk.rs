//! One large result through each: how fast, at what CPU, and how much the process between grows by it.

use std::error::Error;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::load::{Crowd, Kind, Load, Until};
use crate::options::Options;
use crate::process::resident;
use crate::report::Report;
use crate::round::Measured;
use crate::stage::Stage;
use crate::table::{cell, median};
use crate::target::Target;

/// Between two looks at the memory.
const LOOK: Duration = Duration::from_millis(10);

struct Stream {
    target: String,
    round: usize,
    measured: Measured,
    /// The most of the process's memory while the result passed, above what it was before.
    growth_kib: Option<f64>,
}

/// Measures one stream at a time, targets interleaved.
pub fn measure(
    stage: &Stage,
    options: &Options,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let targets = stage.targets(options);
    let mut streams = Vec::new();
    for round in 1..=options.rounds {
        for n in 0..targets.len() {
            let target = &targets[(n + round) % targets.len()];
            streams.push(stream(target, round, options)?);
        }
    }
    let mib = f64::from(options.bulk_mib);
    let speed = |stream: &Stream| Some(mib / stream.measured.cost.seconds);
    let cpu = |stream: &Stream| stream.measured.cost.cpu.map(|cpu| cpu.both() / mib);
    let mut text = format!(
        "# bulk: one result of {mib} MiB in rows of 1,000 bytes, {} rounds\n\n\
         | | MiB a second | x direct | x haproxy | CPU us a MiB | x haproxy | RSS growth MiB, median | most |\n|---|---|---|---|---|---|---|---|\n",
        options.rounds
    );
    for target in &targets {
        let of = |name: &'static str, figure: &dyn Fn(&Stream) -> Option<f64>| {
            ratio(&streams, &target.name, name, figure)
        };
        let own = || streams.iter().filter(|stream| stream.target == target.name);
        let growths = || {
            own()
                .filter_map(|stream| stream.growth_kib)
                .map(|kib| kib / 1024.0)
        };
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            target.name,
            cell(median(own().filter_map(speed)), 0),
            cell(of("direct", &speed), 2),
            cell(of("haproxy", &speed), 2),
            cell(median(own().filter_map(cpu)), 0),
            cell(of("haproxy", &cpu), 2),
            cell(median(growths()), 1),
            cell(growths().fold(f64::NAN, f64::max), 1)
        )?;
    }
    let raw = streams.iter().map(|stream| {
        let cpu = stream.measured.cost.cpu;
        json!({ "target": stream.target, "round": stream.round, "mib": mib, "seconds": stream.measured.cost.seconds,
                "cpu_user_us": cpu.map(|cpu| cpu.user_us), "cpu_system_us": cpu.map(|cpu| cpu.system_us),
                "rss_before_kib": stream.measured.cost.rss_before_kib, "rss_growth_kib": stream.growth_kib })
    });
    report.section("bulk", &text, raw.collect())
}

fn ratio(
    streams: &[Stream],
    target: &str,
    base: &str,
    figure: impl Fn(&Stream) -> Option<f64>,
) -> f64 {
    let of = |name: &str, round: usize| {
        let mut all = streams.iter();
        all.find(|stream| stream.target == name && stream.round == round)
            .and_then(&figure)
    };
    let rounds = streams.iter().map(|stream| stream.round).max().unwrap_or(0);
    median((1..=rounds).filter_map(|round| Some(of(target, round)? / of(base, round)?)))
}

fn stream(target: &Target, round: usize, options: &Options) -> Result<Stream, Box<dyn Error>> {
    let mut crowd = Crowd::open(Load {
        target,
        kind: Kind::Bulk(options.bulk_mib),
        clients: 1,
        warm: Duration::ZERO,
        until: Until::Jobs(1),
        jobs_per_session: None,
        skus: options.skus,
        is_eof_deprecated: options.is_eof_deprecated,
    })?;
    let is_over = AtomicBool::new(false);
    let (measured, most) = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most = f64::NAN;
            while !is_over.load(Ordering::Relaxed) {
                if let Some(kib) = target.pid.and_then(|pid| resident(pid).ok()) {
                    most = kib.max(most);
                }
                thread::sleep(LOOK);
            }
            most
        });
        let measured = crowd.measure();
        is_over.store(true, Ordering::Relaxed);
        (measured, watch.join().unwrap_or(f64::NAN))
    });
    let measured = measured?;
    Ok(Stream {
        target: target.name.clone(),
        round,
        growth_kib: measured.cost.rss_before_kib.map(|before| most - before),
        measured,
    })
}
