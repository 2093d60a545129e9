//! The built program.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// What it answered.
pub struct Said {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs `shardgate lint` at the root of the repository.
pub fn lint(arguments: &[&str]) -> Said {
    said(command(arguments).stdin(Stdio::null()).output().unwrap())
}

/// The same with a text as standard input.
pub fn lint_text(arguments: &[&str], text: &str) -> Said {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // what refuses its arguments reads nothing
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    said(child.wait_with_output().unwrap())
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shardgate"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("lint")
        .args(arguments);
    command
}

fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
