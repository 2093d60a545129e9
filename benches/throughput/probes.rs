//! What it costs to probe eight groups of three: CPU of the idle proxy and of the servers, with probes and without.

use std::error::Error;
use std::thread;
use std::time::Duration;

use serde_json::json;
use shardgate::lab::Cluster;

use crate::Options;
use crate::measure::ticks;
use crate::replicated::{Front, GROUPS, cluster, database, named};
use crate::stage::wait;

/// The proxy has connected and asked for its tables' columns by then.
const SETTLE: Duration = Duration::from_secs(4);
/// A tick is a hundredth of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// Per cent of one core.
struct Spent {
    proxy: f64,
    servers: f64,
}

/// Measures a proxy that probes every second and one that does not probe.
pub fn measure(options: &Options) -> Result<(), Box<dyn Error>> {
    let cluster = cluster(options.skus)?;
    println!(
        "\nprobing {GROUPS} groups of 3 every second, {} s, per cent of one core",
        options.probe_seconds
    );
    println!("| | proxy | the three servers |");
    println!("|---|---|---|");
    let with = idle(&cluster, 1000, options)?;
    let without = idle(&cluster, 0, options)?;
    println!("| with probes | {:.2} | {:.2} |", with.proxy, with.servers);
    println!(
        "| without | {:.2} | {:.2} |",
        without.proxy, without.servers
    );
    println!(
        "{}",
        json!({ "load": "probes", "groups": GROUPS, "members": 3, "proxy_percent": with.proxy, "proxy_percent_unprobed": without.proxy,
                "servers_percent": with.servers, "servers_percent_unprobed": without.servers })
    );
    Ok(())
}

fn idle(cluster: &Cluster, interval_ms: u64, options: &Options) -> Result<Spent, Box<dyn Error>> {
    let databases: Vec<_> = (0..GROUPS)
        .map(|n| {
            let text = database(cluster, n, true, interval_ms);
            named(&format!("shop_{n}"), &text)
        })
        .collect();
    let front = Front::start(&databases)?;
    wait(&front.target("shardgate", "shop_0"))?;
    thread::sleep(SETTLE);
    let (proxy, servers) = (ticks(front.process.pid())?, all(cluster)?);
    thread::sleep(Duration::from_secs(options.probe_seconds));
    let seconds = Duration::from_secs(options.probe_seconds).as_secs_f64();
    let per_cent = |ticks: f64| ticks / TICKS_PER_SECOND / seconds * 100.0;
    Ok(Spent {
        proxy: per_cent(ticks(front.process.pid())? - proxy),
        servers: per_cent(all(cluster)? - servers),
    })
}

fn all(cluster: &Cluster) -> Result<f64, Box<dyn Error>> {
    let mut sum = 0.0;
    for index in 0..cluster.count() {
        sum += ticks(cluster.server(index).pid().ok_or("a server has ended")?)?;
    }
    Ok(sum)
}
