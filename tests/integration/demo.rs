//! `shardgate demo` from start to end, as a user runs it.

use std::collections::HashSet;
use std::fs;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use shardgate::lab::free_port;
use tempfile::TempDir;

/// The demo with a temporary folder of its own, in which it must leave nothing.
fn demo(folder: &TempDir, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shardgate"));
    command
        .args([
            "demo",
            "--once",
            "--skus",
            "20000",
            "--port",
            &port.to_string(),
        ])
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn is_empty(folder: &TempDir) -> bool {
    fs::read_dir(folder.path()).unwrap().next().is_none()
}

/// Processes whose command line mentions `word`.
fn processes(word: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(word) {
            found.insert(line);
        }
    }
    found
}

#[test]
fn the_demo_plays_to_its_end_and_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let output = demo(&folder, free_port().unwrap()).output().unwrap();
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    for promise in [
        "20000 SKUs",
        "ERROR 20090",
        "right to the unit",
        "outbox rows",
        "0 failed; the longest",
        "and none twice",
    ] {
        assert!(text.contains(promise), "{promise}: {text}");
    }
    // what is gone at the end is not offered
    assert!(!text.contains("By hand"), "{text}");
    assert!(is_empty(&folder), "{text}");
    assert_eq!(
        processes(&folder.path().display().to_string()),
        HashSet::new()
    );
}

#[test]
fn a_taken_port_is_named_with_the_way_out() {
    let folder = TempDir::new().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let output = demo(&folder, port).output().unwrap();
    let text = text(&output);
    assert!(
        !output.status.success() && text.contains(&port.to_string()) && text.contains("--port"),
        "{text}"
    );
    assert!(is_empty(&folder));
}

#[test]
fn ctrl_c_ends_the_demo_and_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let child = demo(&folder, free_port().unwrap()).spawn().unwrap();
    // somewhere between the servers' start and the load
    std::thread::sleep(std::time::Duration::from_secs(4));
    kill_process(
        Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(),
        Signal::INT,
    )
    .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        !output.status.success() || text(&output).contains("right to the unit"),
        "{}",
        text(&output)
    );
    assert!(is_empty(&folder), "{}", text(&output));
    assert_eq!(
        processes(&folder.path().display().to_string()),
        HashSet::new()
    );
}
