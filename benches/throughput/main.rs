//! Direct, HAProxy in TCP mode and shardgate in interleaved rounds: throughput ratios and CPU of the proxy process.
//!
//! `cargo bench --bench throughput -- --rounds 5 --seconds 6 --connections 16`. Machines are noisy: read the ratios of
//! one run and the CPU microseconds a query, not the queries per second. `--part compare`, `sessions`, `choice`, `split`
//! or `probes` measures that part alone.

mod choice;
mod measure;
mod probes;
mod replicated;
mod report;
mod sessions;
mod split;
mod stage;

use measure::{Kind, Round, measure};
use report::{report, report_kinds};
use stage::Stage;

/// Loads that are compared with each other too, so they are measured in one another's rounds.
const LOADS: [&[Kind]; 2] = [
    &[Kind::Select, Kind::Prepared, Kind::Cycle],
    &[Kind::Update],
];

/// How much is measured.
struct Options {
    rounds: usize,
    seconds: u32,
    connections: u32,
    skus: u32,
    /// Sessions that keep prepared statements; 0 leaves that part out.
    sessions: usize,
    /// How long probes are watched.
    probe_seconds: u64,
    /// The one part that is measured.
    part: Option<String>,
}

impl Options {
    fn wants(&self, part: &str) -> bool {
        self.part.as_deref().is_none_or(|wanted| wanted == part)
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // cargo test runs this too, without the word: it measures nothing then
    if !arguments.iter().any(|word| word == "--bench") {
        return;
    }
    let options = Options {
        rounds: number(&arguments, "--rounds", 5),
        seconds: number(&arguments, "--seconds", 6),
        connections: number(&arguments, "--connections", 16),
        skus: number(&arguments, "--skus", 20_000),
        sessions: number(&arguments, "--sessions", 10_000),
        probe_seconds: number(&arguments, "--probe-seconds", 20),
        part: named(&arguments, "--part").cloned(),
    };
    if let Err(error) = run(&options) {
        eprintln!("bench: {error}");
        std::process::exit(1);
    }
}

fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    if options.wants("choice") {
        choice::measure();
    }
    if options.wants("compare") || options.wants("sessions") {
        beside_haproxy(options)?;
    }
    if options.wants("split") {
        split::measure(options)?;
    }
    if options.wants("probes") {
        probes::measure(options)?;
    }
    Ok(())
}

fn beside_haproxy(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let stage = Stage::open(options)?;
    let loads = LOADS.into_iter().filter(|_| options.wants("compare"));
    for kinds in loads {
        let mut rounds: Vec<Round> = Vec::new();
        for round in 0..=options.rounds {
            let targets = stage.targets();
            // each target is first as often as the others; round 0 warms up
            for n in 0..targets.len() {
                let target = &targets[(n + round) % targets.len()];
                for kind in kinds {
                    let measured = measure(target, *kind, options)?;
                    if round > 0 {
                        rounds.push(measured);
                    }
                }
            }
        }
        for kind in kinds {
            report(*kind, &rounds, options);
        }
        report_kinds(kinds, &rounds);
    }
    if options.sessions > 0 && options.wants("sessions") {
        sessions::measure(&stage, options.sessions)?;
    }
    Ok(())
}

fn number<T: std::str::FromStr>(arguments: &[String], name: &str, default: T) -> T {
    named(arguments, name)
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn named<'a>(arguments: &'a [String], name: &str) -> Option<&'a String> {
    let at = arguments.iter().position(|word| word == name)?;
    arguments.get(at + 1)
}
