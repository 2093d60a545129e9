//! The guard: ends a server whose owner died without a word.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::error::LabError;

/// Waits for a word on its standard input; the end of input without one means that the owner is dead. Nothing of a
/// private server is worth a slow shutdown then.
const SCRIPT: &str = r#"
IFS= read -r word
[ "$word" = done ] && exit 0
kill -KILL "$1" 2>/dev/null
n=0
while kill -0 "$1" 2>/dev/null && [ "$n" -lt 100 ]; do sleep 0.05; n=$((n+1)); done
rm -rf -- "$2"
"#;

/// A shell beside a server. It runs in a process group of its own, so that a Ctrl-C in the terminal does not end it.
pub(super) struct Guard {
    shell: Child,
}

impl Guard {
    /// Sets a guard on `pid` and its folder.
    pub(super) fn set(pid: u32, folder: &Path) -> Result<Guard, LabError> {
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "shardgate-lab-guard"])
            .arg(pid.to_string())
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(LabError::io("starting the guard of a private server"))?;
        Ok(Guard { shell })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(mut stdin) = self.shell.stdin.take() {
            // a guard that is gone already needs no word
            let _ = stdin.write_all(b"done\n");
        }
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::lab::{Distribution, Server, ServerSpec};

    /// Says that this process is the other one of the test below.
    const OWNER: &str = "SHARDGATE_TEST_OWNER";

    /// The other process of the test below: starts a server, says where it is, and waits to be killed.
    #[test]
    fn owner() {
        if std::env::var_os(OWNER).is_none() {
            return;
        }
        let server = Server::start(ServerSpec::new(Distribution::mariadb().unwrap())).unwrap();
        eprintln!("at {} {}", server.pid().unwrap(), server.folder().display());
        std::thread::sleep(Duration::from_secs(120));
    }

    #[test]
    fn a_server_does_not_outlive_an_owner_that_was_killed() {
        let mut owner = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "lab::guard::tests::owner", "--nocapture"])
            .env(OWNER, "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(owner.stderr.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let line = lines
            .into_iter()
            .find(|line| line.starts_with("at "))
            .unwrap();
        let mut words = line.split(' ').skip(1);
        let process = PathBuf::from(format!("/proc/{}", words.next().unwrap()));
        let folder = PathBuf::from(words.next().unwrap());
        assert!(process.exists() && folder.exists());
        owner.kill().unwrap();
        owner.wait().unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while (process.exists() || folder.exists()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(!process.exists() && !folder.exists());
    }
}
