//! Reads at the primary, directly and through the proxy, against reads split over two replicas.
//!
//! On a small machine loader, proxy and three servers share the cores, so queries per second cannot rise with the
//! servers. What can be measured is where the work is done: CPU microseconds a query of the primary, of the replicas and
//! of the proxy. What cores of their own would give is reckoned from these, and said to be.

use std::error::Error;
use std::fmt::Write;

use serde_json::json;
use shardgate::lab::Cluster;

use crate::load::Kind;
use crate::options::Options;
use crate::process::Usage;
use crate::replicated::{Front, cluster, database, named};
use crate::report::Report;
use crate::round::Round;
use crate::rows::wait;
use crate::table::{cell, median};
use crate::target::Target;

/// What one round cost each server.
struct Cost {
    target: String,
    queries_per_second: f64,
    primary_us: f64,
    replicas_us: f64,
    proxy_us: Option<f64>,
}

/// Measures the three in interleaved rounds.
pub fn measure(options: &Options, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let cluster = cluster(options.skus)?;
    let front = Front::start(
        options.program()?,
        &[
            named("alone", &database(&cluster, 0, false, 0)),
            named("split", &database(&cluster, 0, true, 1000)),
        ],
    )?;
    let server = cluster.server(0).pid().ok_or("a server has ended")?;
    let direct = Target {
        port: cluster.server(0).port(),
        pid: None,
        ..front.target("direct to the primary", "shop_0", server)
    };
    let targets = [
        direct,
        front.target("shardgate, primary alone", "alone", server),
        front.target("shardgate, two replicas", "split", server),
    ];
    for target in &targets {
        wait(target)?;
    }
    let mut costs = Vec::new();
    for n in 0..=options.rounds {
        for at in 0..targets.len() {
            let cost = cost(&cluster, &targets[(at + n) % targets.len()], options)?;
            // round 0 warms up
            if n > 0 {
                costs.push(cost);
            }
        }
    }
    tell(&costs, &targets, options, report)
}

fn cost(cluster: &Cluster, target: &Target, options: &Options) -> Result<Cost, Box<dyn Error>> {
    let before = spent(cluster)?;
    let load = (Kind::Select, options.connections);
    let Round { measured, .. } = Round::take(target, load, 1, options)?;
    let after = spent(cluster)?;
    // warm-up and logins are in the servers' time: the queries of the whole are reckoned from the measured ones
    let queries = measured.per_second() * (options.time + options.warm).as_secs_f64();
    let us = |index: usize| (after[index] - before[index]) / queries;
    Ok(Cost {
        target: target.name.clone(),
        queries_per_second: measured.per_second(),
        primary_us: us(0),
        replicas_us: (1..after.len()).map(us).sum(),
        proxy_us: measured.cpu_us(),
    })
}

/// CPU microseconds of every server so far.
fn spent(cluster: &Cluster) -> Result<Vec<f64>, Box<dyn Error>> {
    let servers = (0..cluster.count()).map(|index| cluster.server(index).pid());
    servers
        .map(|pid| Ok(Usage::of(pid.ok_or("a server has ended")?)?.both()))
        .collect()
}

fn tell(
    costs: &[Cost],
    targets: &[Target],
    options: &Options,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let mut text = format!(
        "# split: point select by text at one primary and over two replicas, {} clients, {} rounds of {} s\n\n\
         | target | a second | x direct | primary us a query | replicas us a query | proxy us a query |\n|---|---|---|---|---|---|\n",
        options.connections,
        options.rounds,
        options.time.as_secs_f64()
    );
    let direct: Vec<f64> = of(costs, &targets[0].name)
        .map(|cost| cost.queries_per_second)
        .collect();
    for target in targets {
        let pick = |figure: fn(&Cost) -> f64| median(of(costs, &target.name).map(figure));
        let ratios = of(costs, &target.name).zip(&direct);
        let ratio = median(ratios.map(|(cost, direct)| cost.queries_per_second / direct));
        writeln!(
            text,
            "| {} | {:.0} | {ratio:.2} | {:.1} | {:.1} | {} |",
            target.name,
            pick(|cost| cost.queries_per_second),
            pick(|cost| cost.primary_us),
            pick(|cost| cost.replicas_us),
            cell(
                median(of(costs, &target.name).filter_map(|cost| cost.proxy_us)),
                1
            )
        )?;
    }
    let (alone, split) = (&targets[1].name, &targets[2].name);
    let primary = median(of(costs, alone).map(|cost| cost.primary_us));
    let replicas = median(of(costs, split).map(|cost| cost.replicas_us));
    writeln!(
        text,
        "\nreckoned, not measured: with a core for each server, one primary serves {:.0} a second and two replicas {:.0}",
        1e6 / primary,
        2e6 / replicas
    )?;
    let raw = costs.iter().map(|cost| {
        json!({ "target": cost.target, "per_second": cost.queries_per_second, "primary_us": cost.primary_us,
                "replicas_us": cost.replicas_us, "proxy_us": cost.proxy_us })
    });
    report.section("split", &text, raw.collect())
}

fn of<'a>(costs: &'a [Cost], target: &'a str) -> impl Iterator<Item = &'a Cost> {
    costs.iter().filter(move |cost| cost.target == target)
}
