//! Ctrl-C and SIGTERM as a flag, so that everything started is ended in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use super::error::DemoError;

/// Set once by the first signal; looked at between steps.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Starts to listen for SIGINT, SIGTERM and SIGHUP on a thread of its own.
    pub(super) fn listen() -> Interrupt {
        let interrupt = Interrupt::default();
        let flag = Arc::clone(&interrupt.0);
        thread::spawn(move || {
            if wait_for_signal().is_some() {
                flag.store(true, Ordering::Relaxed);
            }
        });
        interrupt
    }

    /// Fails once a signal has come.
    pub(super) fn check(&self) -> Result<(), DemoError> {
        if self.0.load(Ordering::Relaxed) {
            Err(DemoError::Interrupted)
        } else {
            Ok(())
        }
    }
}

/// None if signals cannot be had: then they end the process at once, and the guards clean up.
fn wait_for_signal() -> Option<()> {
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        let mut int = signal(SignalKind::interrupt()).ok()?;
        let mut term = signal(SignalKind::terminate()).ok()?;
        let mut hup = signal(SignalKind::hangup()).ok()?;
        tokio::select! {
            _ = int.recv() => {}
            _ = term.recv() => {}
            _ = hup.recv() => {}
        }
        Some(())
    })
}
