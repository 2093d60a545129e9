//! Medians of the rounds, as a table for people and as lines of JSON.

use serde_json::json;

use crate::Options;
use crate::measure::{Kind, Round};

const TARGETS: [&str; 3] = ["direct", "haproxy", "shardgate"];

/// Prints one load's table; ratios are medians of the ratios within each round.
pub fn report(kind: Kind, rounds: &[Round], options: &Options) {
    let rounds: Vec<Round> = rounds
        .iter()
        .filter(|round| round.kind == kind)
        .cloned()
        .collect();
    let rounds = rounds.as_slice();
    println!(
        "\n{}, {} connections, {} rounds of {} s",
        kind.name(),
        options.connections,
        options.rounds,
        options.seconds
    );
    println!("| target | qps | x direct | x haproxy | proxy us a query | x haproxy | p95 ms |");
    println!("|---|---|---|---|---|---|---|");
    let mut lines = Vec::new();
    for target in TARGETS {
        let qps = median(of(rounds, target).map(|round| round.queries_per_second));
        let p95 = median(of(rounds, target).map(|round| round.p95_ms));
        let cpu = median(of(rounds, target).filter_map(|round| round.cpu_us));
        let to_direct = ratio(rounds, target, "direct", |round| {
            Some(round.queries_per_second)
        });
        let to_haproxy = ratio(rounds, target, "haproxy", |round| {
            Some(round.queries_per_second)
        });
        let cpu_ratio = ratio(rounds, target, "haproxy", |round| round.cpu_us);
        println!(
            "| {target} | {qps:.0} | {to_direct:.2} | {to_haproxy:.2} | {} | {} | {p95:.1} |",
            cell(cpu, 1),
            cell(cpu_ratio, 2)
        );
        lines.push(json!({ "load": kind.name(), "target": target, "qps": qps, "x_direct": to_direct, "x_haproxy": to_haproxy,
                    "proxy_us": cpu, "x_haproxy_cpu": cpu_ratio, "p95_ms": p95, "connections": options.connections }));
    }
    lines.iter().for_each(|line| println!("{line}"));
}

/// What each load costs shardgate beside the first one: medians of the ratios within each round.
pub fn report_kinds(kinds: &[Kind], rounds: &[Round]) {
    let cpu = |kind: Kind| {
        let own = of(rounds, "shardgate").filter(move |round| round.kind == kind);
        own.filter_map(|round| round.cpu_us).collect::<Vec<f64>>()
    };
    let Some((first, rest)) = kinds.split_first() else {
        return;
    };
    for kind in rest {
        let (one, other) = (cpu(*kind), cpu(*first));
        let ratio = median(one.iter().zip(&other).map(|(one, other)| one / other));
        println!(
            "\n{} costs shardgate {ratio:.2} of the CPU of {}",
            kind.name(),
            first.name()
        );
        println!(
            "{}",
            json!({ "load": kind.name(), "beside": first.name(), "x_cpu": ratio })
        );
    }
}

/// A figure with so many decimals; a dash where there is none.
pub fn cell(figure: f64, decimals: usize) -> String {
    if figure.is_nan() {
        "-".to_owned()
    } else {
        format!("{figure:.decimals$}")
    }
}

fn of<'a>(rounds: &'a [Round], target: &'a str) -> impl Iterator<Item = &'a Round> {
    rounds.iter().filter(move |round| round.target == target)
}

fn ratio(rounds: &[Round], target: &str, other: &str, pick: impl Fn(&Round) -> Option<f64>) -> f64 {
    let pairs = of(rounds, target).zip(of(rounds, other));
    median(pairs.filter_map(|(one, two)| Some(pick(one)? / pick(two)?)))
}

/// Not a number if there is nothing to take it of.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}
