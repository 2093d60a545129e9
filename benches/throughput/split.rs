//! Reads at the primary, directly and through the proxy, against reads split over two replicas.
//!
//! On a small machine loader, proxy and three servers share the cores, so queries per second cannot rise with the
//! servers. What can be measured is where the work is done: CPU microseconds a query of the primary, of the replicas and
//! of the proxy. What cores of their own would give is reckoned from these, and said to be.

use std::error::Error;

use serde_json::json;
use shardgate::lab::Cluster;

use crate::Options;
use crate::measure::{Kind, MICROSECONDS_PER_TICK, measure as round, ticks};
use crate::replicated::{Front, cluster, database, named};
use crate::report::{cell, median};
use crate::stage::{Target, wait};

/// What one round cost each server.
struct Cost {
    target: &'static str,
    queries_per_second: f64,
    primary_us: f64,
    replicas_us: f64,
    proxy_us: Option<f64>,
}

/// Measures the three in interleaved rounds.
pub fn measure(options: &Options) -> Result<(), Box<dyn Error>> {
    let cluster = cluster(options.skus)?;
    let front = Front::start(&[
        named("alone", &database(&cluster, 0, false, 0)),
        named("split", &database(&cluster, 0, true, 1000)),
    ])?;
    let direct = Target {
        port: cluster.server(0).port(),
        pid: None,
        ..front.target("direct to the primary", "shop_0")
    };
    let targets = [
        direct,
        front.target("shardgate, primary alone", "alone"),
        front.target("shardgate, two replicas", "split"),
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
    report(&costs, &targets, options);
    Ok(())
}

fn cost(cluster: &Cluster, target: &Target, options: &Options) -> Result<Cost, Box<dyn Error>> {
    let before = spent(cluster)?;
    let measured = round(target, Kind::Select, options)?;
    let after = spent(cluster)?;
    let queries = measured.queries_per_second * f64::from(options.seconds);
    let us = |index: usize| (after[index] - before[index]) * MICROSECONDS_PER_TICK / queries;
    Ok(Cost {
        target: target.name,
        queries_per_second: measured.queries_per_second,
        primary_us: us(0),
        replicas_us: (1..after.len()).map(us).sum(),
        proxy_us: measured.cpu_us,
    })
}

/// CPU ticks of every server so far.
fn spent(cluster: &Cluster) -> Result<Vec<f64>, Box<dyn Error>> {
    let servers = (0..cluster.count()).map(|index| cluster.server(index).pid());
    servers
        .map(|pid| ticks(pid.ok_or("a server has ended")?))
        .collect()
}

fn report(costs: &[Cost], targets: &[Target], options: &Options) {
    println!(
        "\npoint select by text at one primary and over two replicas, {} connections, {} rounds of {} s",
        options.connections, options.rounds, options.seconds
    );
    println!(
        "| target | qps | x direct | primary us a query | replicas us a query | proxy us a query |"
    );
    println!("|---|---|---|---|---|---|");
    let direct: Vec<f64> = of(costs, targets[0].name)
        .map(|cost| cost.queries_per_second)
        .collect();
    let mut lines = Vec::new();
    for target in targets {
        let pick = |figure: fn(&Cost) -> f64| median(of(costs, target.name).map(figure));
        let qps = pick(|cost| cost.queries_per_second);
        let ratios = of(costs, target.name).zip(&direct);
        let ratio = median(ratios.map(|(cost, direct)| cost.queries_per_second / direct));
        let primary = pick(|cost| cost.primary_us);
        let replicas = pick(|cost| cost.replicas_us);
        let proxy = median(of(costs, target.name).filter_map(|cost| cost.proxy_us));
        println!(
            "| {} | {qps:.0} | {ratio:.2} | {primary:.1} | {replicas:.1} | {} |",
            target.name,
            cell(proxy, 1)
        );
        lines.push(json!({ "load": "split", "target": target.name, "qps": qps, "x_direct": ratio, "primary_us": primary,
                    "replicas_us": replicas, "proxy_us": proxy, "connections": options.connections }));
    }
    let (alone, split) = (targets[1].name, targets[2].name);
    let primary = median(of(costs, alone).map(|cost| cost.primary_us));
    let replicas = median(of(costs, split).map(|cost| cost.replicas_us));
    println!(
        "reckoned, not measured: with a core for each server, one primary serves {:.0} a second and two replicas {:.0}",
        1e6 / primary,
        2e6 / replicas
    );
    lines.iter().for_each(|line| println!("{line}"));
}

fn of<'a>(costs: &'a [Cost], target: &'a str) -> impl Iterator<Item = &'a Cost> {
    costs.iter().filter(move |cost| cost.target == target)
}
