//! Memory of sessions that rest, after their login and after their first query, in processes started for this.

use std::error::Error;
use std::fmt::Write;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::load::{Crowd, Kind, Load, Until};
use crate::options::Options;
use crate::process::resident;
use crate::report::Report;
use crate::rows;
use crate::stage::Stage;
use crate::table::{cell, median};
use crate::target::Target;

/// Pools are filled, and buffers given back, by then.
const SETTLE: Duration = Duration::from_secs(2);

struct Rest {
    target: String,
    base_kib: f64,
    login_kib: f64,
    query_kib: f64,
    sessions: usize,
}

/// Starts a process, looks at it without a client, with resting clients, and with the same after a query each.
pub fn measure(
    stage: &Stage,
    options: &Options,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let mut rests: Vec<Rest> = Vec::new();
    for _ in 0..options.idle_rounds {
        for (_process, target) in stage.fresh(options)? {
            rests.push(rest(&target, options)?);
        }
    }
    let mut names: Vec<&str> = Vec::new();
    for rest in &rests {
        if !names.contains(&rest.target.as_str()) {
            names.push(&rest.target);
        }
    }
    let mut text = format!(
        "# idle: {} sessions that rest, fresh processes, {} rounds\n\n\
         | | RSS without a client, MiB | KiB a session after login | after its first query | RSS then, MiB |\n|---|---|---|---|---|\n",
        options.idle_sessions, options.idle_rounds
    );
    for name in names {
        let of = |figure: fn(&Rest) -> f64| {
            let own = rests.iter().filter(|rest| rest.target == name);
            median(own.map(figure))
        };
        writeln!(
            text,
            "| {name} | {} | {} | {} | {} |",
            cell(of(|rest| rest.base_kib / 1024.0), 1),
            cell(of(Rest::login), 2),
            cell(of(Rest::query), 2),
            cell(of(|rest| rest.query_kib / 1024.0), 1)
        )?;
    }
    report.section("idle", &text, rests.iter().map(Rest::json).collect())
}

fn rest(target: &Target, options: &Options) -> Result<Rest, Box<dyn Error>> {
    let pid = target.pid.ok_or("a proxy without a process")?;
    rows::wait(target)?;
    thread::sleep(SETTLE);
    let base_kib = resident(pid)?;
    let sessions = options.idle_sessions.min(target.most_clients);
    let mut crowd = Crowd::open(Load {
        target,
        kind: Kind::Select,
        clients: sessions,
        warm: Duration::ZERO,
        until: Until::Jobs(1),
        jobs_per_session: None,
        skus: options.skus,
        is_eof_deprecated: options.is_eof_deprecated,
    })?;
    thread::sleep(SETTLE);
    let login_kib = resident(pid)?;
    crowd.each_once()?;
    thread::sleep(SETTLE);
    Ok(Rest {
        target: target.name.clone(),
        base_kib,
        login_kib,
        query_kib: resident(pid)?,
        sessions,
    })
}

impl Rest {
    #[allow(clippy::cast_precision_loss)] // some thousands
    fn each(&self, kib: f64) -> f64 {
        (kib - self.base_kib) / self.sessions as f64
    }

    fn login(&self) -> f64 {
        self.each(self.login_kib)
    }

    fn query(&self) -> f64 {
        self.each(self.query_kib)
    }

    fn json(&self) -> Value {
        json!({ "target": self.target, "sessions": self.sessions, "base_kib": self.base_kib, "after_login_kib": self.login_kib,
                "after_query_kib": self.query_kib })
    }
}
