//! Where a report was taken: cores, kernel, versions, commit.

use std::fs;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::system::uname;
use serde_json::{Value, json};

/// Descriptors that a proxy needs beyond its clients'.
const SPARE: u64 = 100;
const UNLIMITED: u64 = 1 << 20;

/// Ten thousand clients need as many descriptors; processes started from here inherit the limit.
pub fn raise_descriptors() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    // without it fewer clients are held, and the tables say how many
    let _ = setrlimit(Resource::Nofile, raised);
}

/// Clients that a process can hold which needs so many descriptors for each.
pub fn clients_at(descriptors: u64) -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(UNLIMITED);
    usize::try_from(limit.saturating_sub(SPARE) / descriptors).unwrap_or(usize::MAX)
}

/// What the report says of the machine.
pub fn describe() -> Value {
    let uname = uname();
    json!({
        "cores": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        "processor": field("/proc/cpuinfo", "model name"),
        "memory": field("/proc/meminfo", "MemTotal"),
        "load_average": fs::read_to_string("/proc/loadavg").unwrap_or_default().trim(),
        "kernel": format!("{} {}", uname.sysname().to_string_lossy(), uname.release().to_string_lossy()),
        "server": first_line("mariadbd", &["--version"]),
        "haproxy": first_line("haproxy", &["-v"]),
        "commit": commit(),
        "date": first_line("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"]),
    })
}

/// With `+` behind it if the work tree differs.
fn commit() -> String {
    let git = |arguments: &[&str]| first_line("git", arguments);
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else {
        return "unknown".to_owned();
    };
    match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if !changes.is_empty() => commit + "+",
        _ => commit,
    }
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let path = format!(
        "{}:/usr/sbin:/sbin",
        std::env::var("PATH").unwrap_or_default()
    );
    let output = Command::new(program)
        .args(arguments)
        .env("PATH", path)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    output
        .status
        .success()
        .then(|| text.lines().next().unwrap_or_default().to_owned())
}
