//! Direct, HAProxy in TCP mode, shardgate and others in interleaved rounds: what a hop costs.
//!
//! `make bench`, `make bench-quick`, `make bench-peers`; docs/performance.md says what each figure means. A part alone:
//! `make bench ARGS="--part compare --loads select,update-64 --rounds 7 --seconds 4"`; further builds of shardgate in the
//! same rounds: `--binary before=/path/to/shardgate`, `--targets haproxy,shardgate,before`. What is measured is the
//! file of `--program`, never the build that cargo makes beside a bench: that one is optimized otherwise.

mod bulk;
mod choice;
mod compare;
mod idle;
mod load;
mod logins;
mod machine;
mod options;
mod peers;
mod probes;
mod process;
mod proxy;
mod replicated;
mod report;
mod round;
mod rows;
mod sessions;
mod soak;
mod split;
mod stage;
mod table;
mod target;

use std::error::Error;

use options::Options;
use report::Report;
use stage::Stage;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // cargo test runs this too, without the word: it measures nothing then
    if !arguments.iter().any(|word| word == "--bench") {
        return;
    }
    let result = Options::parse(&arguments).and_then(|options| run(&options));
    if let Err(error) = result {
        eprintln!("bench: {error}");
        std::process::exit(1);
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    options.program()?;
    machine::raise_descriptors();
    let mut report = Report::open(options)?;
    if options.wants("choice") {
        choice::measure(&mut report)?;
    }
    let staged = [
        "compare", "many", "bulk", "logins", "idle", "sessions", "soak",
    ];
    if staged.iter().any(|part| options.wants(part)) {
        on_stage(options, &mut report)?;
    }
    if options.wants("split") {
        split::measure(options, &mut report)?;
    }
    if options.wants("probes") {
        probes::measure(options, &mut report)?;
    }
    report.close();
    Ok(())
}

fn on_stage(options: &Options, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let stage = Stage::open(options)?;
    // first, while no process has grown by its load
    if options.wants("idle") {
        idle::measure(&stage, options, report)?;
    }
    if options.wants("compare") {
        compare::measure("compare", &options.loads, &stage, options, report)?;
    }
    if options.wants("many") {
        compare::measure("many", &options.many, &stage, options, report)?;
    }
    if options.wants("bulk") {
        bulk::measure(&stage, options, report)?;
    }
    if options.wants("logins") {
        logins::measure(&stage, options, report)?;
    }
    if options.wants("sessions") && options.sessions > 0 {
        sessions::measure(&stage, options.sessions, report)?;
    }
    if options.wants("soak") {
        soak::measure(&stage, options, report)?;
    }
    Ok(())
}
