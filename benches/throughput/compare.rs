//! Loads on all targets, round by round, and what each load costs beside the others.

use std::error::Error;
use std::fmt::Write;
use std::time::Duration;

use crate::load::Kind;
use crate::options::Options;
use crate::peers;
use crate::report::Report;
use crate::round::Round;
use crate::stage::Stage;
use crate::table::{Rounds, median};

/// From here on a load takes long enough to warm up by itself.
const MANY: usize = 1000;
const WARM_ROUND: Duration = Duration::from_secs(1);

/// Measures the loads; within a round each load goes over all targets at once, so that a ratio is of neighbors in time.
pub fn measure(
    word: &str,
    loads: &[(Kind, usize)],
    stage: &Stage,
    options: &Options,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let targets = stage.targets(options);
    if options.has_peers {
        peers::warm_up(&targets, loads, options)?;
    }
    let mut rounds: Vec<Round> = Vec::new();
    for number in 0..=options.rounds {
        for load in loads {
            // round 0 warms up
            if number == 0 && (load.1 >= MANY || !options.has_warm_round) {
                continue;
            }
            let time = if number == 0 {
                options.time.min(WARM_ROUND)
            } else {
                options.time
            };
            // each target is first as often as the others
            for n in 0..targets.len() {
                let target = &targets[(n + number) % targets.len()];
                let round = Round::take_for(target, *load, number, time, options)?;
                let cpu = round.measured.cpu_us();
                eprintln!(
                    "round {number}: {} {} {}: {:.0} a second{}",
                    load.0.word(),
                    load.1,
                    target.name,
                    round.measured.per_second(),
                    cpu.map_or_else(String::new, |us| format!(", {us:.1} us"))
                );
                if number > 0 {
                    rounds.push(round);
                }
            }
        }
        report.keep(word, rounds.iter().map(Round::json).collect())?;
    }
    let mut text = format!(
        "# {word}: {} rounds of {} s\n",
        options.rounds,
        options.time.as_secs_f64()
    );
    for (kind, clients) in loads {
        let own = Rounds::of(&rounds, *kind, *clients);
        text.push('\n');
        text.push_str(&own.markdown(*kind, *clients));
        peers::ratios(&own, &mut text);
    }
    beside_text(loads, &rounds, &mut text);
    report.section(word, &text, rounds.iter().map(Round::json).collect())
}

/// What the ways to ask for one row cost shardgate beside each other: medians of the ratios within each round.
fn beside_text(loads: &[(Kind, usize)], rounds: &[Round], text: &mut String) {
    let Some((first, clients)) = loads.iter().find(|(kind, _)| *kind == Kind::Select) else {
        return;
    };
    let cpu = |kind: Kind| {
        let own = rounds.iter().filter(move |round| {
            round.kind == kind && round.clients == *clients && round.target == "shardgate"
        });
        own.filter_map(|round| round.measured.cpu_us())
    };
    for kind in [Kind::Prepared, Kind::Cycle] {
        let ratio = median(cpu(kind).zip(cpu(*first)).map(|(one, other)| one / other));
        if !ratio.is_nan() {
            // writing to a String cannot fail
            let _ = writeln!(
                text,
                "\n{} costs shardgate {ratio:.2} of the CPU of {}",
                kind.name(),
                first.name()
            );
        }
    }
}
