//! What the system tells of a process: CPU and memory.

use std::error::Error;
use std::ops::AddAssign;

/// `USER_HZ` is 100 on Linux, whatever the kernel's own tick.
pub const MICROSECONDS_PER_TICK: f64 = 10_000.0;

/// CPU microseconds of a process.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    pub user_us: f64,
    pub system_us: f64,
}

impl Usage {
    /// All of a process so far, threads that have ended included.
    pub fn of(pid: u32) -> Result<Usage, Box<dyn Error>> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .map_err(|error| format!("process {pid}: {error}"))?;
        // the name in parentheses may hold blanks
        let (_, fields) = stat
            .rsplit_once(')')
            .ok_or("/proc/PID/stat without a name")?;
        let mut times = fields.split_whitespace().skip(11).map(str::parse::<f64>);
        match (times.next(), times.next()) {
            (Some(Ok(user)), Some(Ok(system))) => Ok(Usage {
                user_us: user * MICROSECONDS_PER_TICK,
                system_us: system * MICROSECONDS_PER_TICK,
            }),
            _ => Err("/proc/PID/stat without times".into()),
        }
    }

    pub fn since(self, before: Usage) -> Usage {
        Usage {
            user_us: self.user_us - before.user_us,
            system_us: self.system_us - before.system_us,
        }
    }

    pub fn both(self) -> f64 {
        self.user_us + self.system_us
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Usage) {
        self.user_us += other.user_us;
        self.system_us += other.system_us;
    }
}

/// Ticks of all cores so far.
#[derive(Debug, Clone, Copy)]
pub struct Idleness {
    idle: f64,
    all: f64,
}

impl Idleness {
    pub fn now() -> Result<Idleness, Box<dyn Error>> {
        let stat = std::fs::read_to_string("/proc/stat")?;
        let line = stat.lines().next().unwrap_or_default();
        // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user
        let ticks: Vec<f64> = line
            .split_whitespace()
            .skip(1)
            .take(8)
            .map_while(|word| word.parse().ok())
            .collect();
        match ticks[..] {
            [_, _, _, idle, waiting, ..] => Ok(Idleness {
                idle: idle + waiting,
                all: ticks.iter().sum(),
            }),
            _ => Err("/proc/stat without the cores' times".into()),
        }
    }

    /// The share of the time since that nobody used.
    pub fn share_since(self, before: Idleness) -> f64 {
        (self.idle - before.idle) / (self.all - before.all)
    }
}

/// `VmRSS` in KiB.
pub fn resident(pid: u32) -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .ok_or("/proc/PID/status without VmRSS")?;
    let number = line.split_whitespace().next().ok_or("an empty VmRSS")?;
    Ok(number.parse()?)
}
