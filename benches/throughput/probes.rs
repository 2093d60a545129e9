//! What it costs to probe eight groups of three: CPU of the idle proxy and of the servers, with probes and without.

use std::error::Error;
use std::fmt::Write;
use std::thread;
use std::time::Duration;

use serde_json::json;
use shardgate::lab::Cluster;

use crate::options::Options;
use crate::process::Usage;
use crate::replicated::{Front, GROUPS, cluster, database, named};
use crate::report::Report;
use crate::rows::wait;

/// The proxy has connected and asked for its tables' columns by then.
const SETTLE: Duration = Duration::from_secs(4);
const MICROSECONDS: f64 = 1e6;

/// Per cent of one core.
struct Spent {
    proxy: f64,
    servers: f64,
}

/// Measures a proxy that probes every second and one that does not probe.
pub fn measure(options: &Options, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let cluster = cluster(options.skus)?;
    let mut text = format!(
        "# probes: {GROUPS} groups of 3 every second, {} s, per cent of one core\n\n\
         | | proxy | the three servers |\n|---|---|---|\n",
        options.probe_seconds
    );
    let with = idle(&cluster, 1000, options)?;
    let without = idle(&cluster, 0, options)?;
    for (name, spent) in [("with probes", &with), ("without", &without)] {
        writeln!(
            text,
            "| {name} | {:.2} | {:.2} |",
            spent.proxy, spent.servers
        )?;
    }
    let raw = json!({ "groups": GROUPS, "members": 3, "proxy_percent": with.proxy, "proxy_percent_unprobed": without.proxy,
                      "servers_percent": with.servers, "servers_percent_unprobed": without.servers });
    report.section("probes", &text, vec![raw])
}

fn idle(cluster: &Cluster, interval_ms: u64, options: &Options) -> Result<Spent, Box<dyn Error>> {
    let databases: Vec<_> = (0..GROUPS)
        .map(|n| {
            let text = database(cluster, n, true, interval_ms);
            named(&format!("shop_{n}"), &text)
        })
        .collect();
    let front = Front::start(options.program()?, &databases)?;
    let server = cluster.server(0).pid().ok_or("a server has ended")?;
    wait(&front.target("shardgate", "shop_0", server))?;
    thread::sleep(SETTLE);
    let (proxy, servers) = (spent(front.program.pid())?, all(cluster)?);
    thread::sleep(Duration::from_secs(options.probe_seconds));
    let seconds = Duration::from_secs(options.probe_seconds).as_secs_f64();
    let per_cent = |us: f64| us / MICROSECONDS / seconds * 100.0;
    Ok(Spent {
        proxy: per_cent(spent(front.program.pid())? - proxy),
        servers: per_cent(all(cluster)? - servers),
    })
}

fn all(cluster: &Cluster) -> Result<f64, Box<dyn Error>> {
    let mut sum = 0.0;
    for index in 0..cluster.count() {
        sum += spent(cluster.server(index).pid().ok_or("a server has ended")?)?;
    }
    Ok(sum)
}

/// CPU microseconds so far.
fn spent(pid: u32) -> Result<f64, Box<dyn Error>> {
    Ok(Usage::of(pid)?.both())
}
