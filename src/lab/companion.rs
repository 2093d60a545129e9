//! A child process that does not outlive its owner.

use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use std::os::unix::process::CommandExt;

use rustix::process::{Pid, Signal, kill_process};

use super::error::LabError;
use super::guard::Guard;

const PAUSE: Duration = Duration::from_millis(20);

/// A child in a process group of its own (a Ctrl-C in the terminal reaches its owner only), with a guard beside it
/// that ends it and removes its folder should the owner die. Dropping it kills it.
pub struct Companion {
    // dropped after the child has ended
    guard: Option<Guard>,
    child: Child,
}

impl Companion {
    /// Starts `command`; `folder` is what a guard removes when the owner has died.
    ///
    /// # Errors
    /// [`LabError::Io`] if it cannot be started.
    pub fn start(command: &mut Command, folder: &Path) -> Result<Companion, LabError> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .process_group(0)
            .spawn()
            .map_err(LabError::io(format!("starting {program}")))?;
        let mut companion = Companion { guard: None, child };
        companion.guard = Some(Guard::set(companion.child.id(), folder)?);
        Ok(companion)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends SIGTERM, waits, and kills it after `grace`. How it ended, if it ended by itself.
    pub fn stop(mut self, grace: Duration) -> Option<ExitStatus> {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // it may have ended by itself
            let _ = kill_process(pid, Signal::TERM);
        }
        let deadline = Instant::now() + grace;
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(PAUSE),
                Ok(Some(status)) => return Some(status),
                Err(_) => return None,
            }
        }
        None
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        // both fail only where the process is gone already
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.guard = None;
    }
}
