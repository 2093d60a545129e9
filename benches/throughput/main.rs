//! Direct, HAProxy in TCP mode and shardgate in interleaved rounds: throughput ratios and CPU of the proxy process.
//!
//! `cargo bench --bench throughput -- --rounds 5 --seconds 6 --connections 16`. Machines are noisy: read the ratios of
//! one run and the CPU microseconds a query, not the queries per second.

mod measure;
mod report;
mod stage;

use measure::{Kind, Round, measure};
use report::report;
use stage::Stage;

/// How much is measured.
struct Options {
    rounds: usize,
    seconds: u32,
    connections: u32,
    skus: u32,
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
    };
    if let Err(error) = run(&options) {
        eprintln!("bench: {error}");
        std::process::exit(1);
    }
}

fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let stage = Stage::open(options)?;
    for kind in [Kind::Select, Kind::Update] {
        let mut rounds: Vec<Round> = Vec::new();
        for round in 0..=options.rounds {
            let targets = stage.targets();
            // each target is first as often as the others; round 0 warms up
            for n in 0..targets.len() {
                let target = &targets[(n + round) % targets.len()];
                let measured = measure(target, kind, options)?;
                if round > 0 {
                    rounds.push(measured);
                }
            }
        }
        report(kind, &rounds, options);
    }
    Ok(())
}

fn number<T: std::str::FromStr>(arguments: &[String], name: &str, default: T) -> T {
    let at = arguments.iter().position(|word| word == name);
    at.and_then(|at| arguments.get(at + 1))
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}
