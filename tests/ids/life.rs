//! One worker's processes, one after the other, as their parent sees them.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::drawing;

pub const HOUR: i64 = 3_600_000;
/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// The processes of one worker.
pub struct Life {
    folder: PathBuf,
    worker: u16,
    /// Ids of the processes that have ended.
    before: u64,
    now: Option<Process>,
}

struct Process {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    offset: i64,
    drawn: u64,
    refused: u64,
}

impl Life {
    pub fn of(folder: &Path, worker: u16) -> Life {
        Life {
            folder: folder.to_owned(),
            worker,
            before: 0,
            now: None,
        }
    }

    /// Starts a process whose clock stands `offset` ms from the machine's.
    pub fn begin(&mut self, offset: i64) {
        assert!(self.now.is_none());
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "drawing_process",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(drawing::FOLDER, &self.folder)
            .env(drawing::WORKER, self.worker.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut orders = child.stdin.take().unwrap();
        writeln!(orders, "{offset}").unwrap();
        self.now = Some(Process {
            child,
            orders,
            answers,
            offset,
            drawn: 0,
            refused: 0,
        });
    }

    /// Moves the clock to `offset` ms from the machine's.
    pub fn step_to(&mut self, offset: i64) {
        let process = self.now.as_mut().unwrap();
        process.offset = offset;
        process.ask();
    }

    /// Ids of all processes so far.
    pub fn drawn(&mut self) -> u64 {
        let process = self.now.as_mut().unwrap();
        process.ask();
        self.before + process.drawn
    }

    /// Refusals of this process so far.
    pub fn refusals(&mut self) -> u64 {
        let process = self.now.as_mut().unwrap();
        process.ask();
        process.refused
    }

    /// Waits until there are some ids more.
    pub fn draw_more(&mut self) {
        let so_far = self.drawn();
        self.draw_until(so_far + 50_000);
    }

    pub fn draw_until(&mut self, ids: u64) {
        let deadline = Instant::now() + PATIENCE;
        while self.drawn() < ids {
            assert!(
                Instant::now() < deadline,
                "{} of {ids} ids, {} refusals",
                self.drawn(),
                self.refusals()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until some more is refused.
    pub fn be_refused(&mut self) {
        let (deadline, before) = (Instant::now() + PATIENCE, self.refusals());
        while self.refusals() < before + 10 {
            assert!(Instant::now() < deadline, "nothing is refused");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// kill -9
    pub fn kill(&mut self) {
        let mut process = self.now.take().unwrap();
        process.ask();
        self.before += process.drawn;
        process.child.kill().unwrap();
        process.child.wait().unwrap();
    }

    /// An orderly end.
    pub fn end(&mut self) {
        let mut process = self.now.take().unwrap();
        writeln!(process.orders, "end").unwrap();
        process.hear();
        self.before += process.drawn;
        assert!(process.child.wait().unwrap().success());
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if let Some(process) = &mut self.now {
            let _killed = process.child.kill();
            let _status = process.child.wait();
        }
    }
}

impl Process {
    fn ask(&mut self) {
        writeln!(self.orders, "{}", self.offset).unwrap();
        self.hear();
    }

    fn hear(&mut self) {
        loop {
            let line = self.answers.next().expect("the process ended").unwrap();
            // the test harness may have begun the line
            if let Some((_, told)) = line.split_once("told ") {
                let (drawn, refused) = told.split_once(' ').unwrap();
                (self.drawn, self.refused) = (drawn.parse().unwrap(), refused.parse().unwrap());
                return;
            }
        }
    }
}
