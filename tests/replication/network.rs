//! A network of the test's own between the proxy and the servers, which can drop packets.
//!
//! The test runs itself again in a network namespace of its own (`unshare`), with the servers; the proxy runs in a second
//! one, joined to the first by a pair of virtual interfaces. Each server is reached at an address of its own, and a
//! rule of the kernel's routing drops what is sent to and from that address without a word to either side.

use std::process::{Command, Output, Stdio};

use shardgate::lab::Companion;

/// Two namespaces joined; this process is in the one of the servers.
pub struct Network {
    /// Keeps the proxy's namespace.
    beyond: Companion,
    _folder: tempfile::TempDir,
}

impl Network {
    /// Where the proxy is, as the servers see it.
    pub const PROXY: &str = "10.211.0.2";
    /// The end of the pair at the servers.
    const SERVERS: &str = "10.211.0.1";

    /// Why there can be none here; `None` if there can.
    pub fn missing() -> Option<String> {
        for program in ["unshare", "nsenter", "ip"] {
            if let Err(error) = Command::new(program).arg("--version").output()
                && program != "ip"
            {
                return Some(format!("{program}: {error}"));
            }
        }
        let script = "ip link set lo up && ip link add t0 type veth peer name t1 && ip rule add pref 50 to 10.211.1.1 blackhole";
        match unshare().args(["sh", "-c", script]).output() {
            Ok(output) if output.status.success() => None,
            Ok(output) => Some(format!(
                "no network namespace can be made: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            )),
            Err(error) => Some(format!("unshare: {error}")),
        }
    }

    /// Runs one of this program's tests in a namespace of its own.
    pub fn run_test(test: &str, variables: &[(&str, &str)]) -> Output {
        let program = std::env::current_exe().unwrap();
        unshare()
            .arg(program)
            .args(["--exact", test, "--nocapture"])
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Joins a second namespace to this process's own, which nothing else may use.
    pub fn create(servers: usize) -> Network {
        let folder = tempfile::tempdir().unwrap();
        let beyond = Companion::start(
            Command::new("unshare")
                .args(["--net", "sleep", "3600"])
                .stdin(Stdio::null()),
            folder.path(),
        )
        .unwrap();
        let network = Network {
            beyond,
            _folder: folder,
        };
        let pid = network.beyond.pid();
        while !network.is_apart() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        sh(&format!(
            "ip link set lo up && ip link add v0 type veth peer name v1 && ip link set v1 netns {pid} && \
             ip addr add {}/24 dev v0 && ip link set v0 up && ip rule add pref 100 from all lookup local && ip rule del pref 0",
            Self::SERVERS
        ));
        for server in 0..servers {
            sh(&format!("ip addr add {}/32 dev lo", Self::address(server)));
        }
        network.sh_beyond(&format!(
            "ip link set lo up && ip addr add {}/24 dev v1 && ip link set v1 up && ip route add 10.211.1.0/24 via {} && \
             ip rule add pref 100 from all lookup local && ip rule del pref 0",
            Self::PROXY,
            Self::SERVERS
        ));
        network
    }

    /// A server's address as the proxy sees it.
    pub fn address(server: usize) -> String {
        format!("10.211.1.{}", server + 1)
    }

    /// From now on no packet passes between the proxy and a server, in either direction.
    pub fn cut(&self, server: usize) {
        let address = Self::address(server);
        sh(&format!(
            "ip rule add pref 50 to {address} iif v0 blackhole"
        ));
        self.sh_beyond(&format!(
            "ip rule add pref 50 from {address} iif v1 blackhole"
        ));
    }

    /// Packets pass again.
    pub fn heal(&self) {
        sh("ip rule del pref 50");
        self.sh_beyond("ip rule del pref 50");
    }

    /// A command that runs where the proxy is.
    pub fn command_beyond(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net=/proc/{}/ns/net", self.beyond.pid()))
            .arg("--")
            .arg(program);
        command
    }

    fn sh_beyond(&self, script: &str) {
        done(self.command_beyond("sh").args(["-c", script]), script);
    }

    /// The second namespace is there: its program has left ours.
    fn is_apart(&self) -> bool {
        let of = |process: &str| std::fs::read_link(format!("/proc/{process}/ns/net")).ok();
        let theirs = of(&self.beyond.pid().to_string());
        theirs.is_some() && theirs != of("self")
    }
}

/// As root without further ado, else as root of a user namespace of one's own.
fn unshare() -> Command {
    let mut command = Command::new("unshare");
    if !is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.arg("--net");
    command
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn sh(script: &str) {
    done(Command::new("sh").args(["-c", script]), script);
}

fn done(command: &mut Command, script: &str) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{script}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
