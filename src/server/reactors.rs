//! The threads that serve sessions, one event loop each.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backend::Reactor;

/// Threads, each with a runtime of its own that hands no task to another: a session, the timers and the connections
/// that it uses stay on one core, and nothing on a statement's way wakes another thread (docs/adr/0010).
#[derive(Debug)]
pub(super) struct Reactors {
    threads: Vec<Handle>,
    /// How many sessions each thread has.
    sessions: Arc<Mutex<Vec<usize>>>,
    stop: CancellationToken,
}

/// A session on its thread, counted until it is dropped.
struct Seat {
    sessions: Arc<Mutex<Vec<usize>>>,
    thread: usize,
}

impl Seat {
    /// On the thread that has the fewest sessions.
    fn take(sessions: &Arc<Mutex<Vec<usize>>>) -> Self {
        let mut counts = sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let fewest = counts
            .iter_mut()
            .enumerate()
            .min_by_key(|(_, count)| **count);
        let thread = fewest.map_or(0, |(thread, count)| {
            *count += 1;
            thread
        });
        Self {
            sessions: Arc::clone(sessions),
            thread,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(self.thread) {
            *count -= 1;
        }
    }
}

impl Reactors {
    /// Starts `count` threads.
    ///
    /// # Errors
    /// The system gives no thread, or no event queue to one.
    pub(super) fn start(count: u16) -> io::Result<Self> {
        let stop = CancellationToken::new();
        let mut threads = Vec::new();
        for index in 0..count.max(1) {
            let stop = stop.clone();
            let (tell, told) = mpsc::sync_channel(1);
            thread::Builder::new()
                .name(format!("reactor-{index}"))
                .spawn(move || {
                    let runtime = match Builder::new_current_thread().enable_all().build() {
                        Ok(runtime) => runtime,
                        Err(error) => return drop(tell.send(Err(error))),
                    };
                    Reactor::numbered(index).enter();
                    if tell.send(Ok(runtime.handle().clone())).is_ok() {
                        runtime.block_on(stop.cancelled());
                    }
                    // whoever still computes a password's proof is not waited for
                    runtime.shutdown_background();
                })?;
            threads.push(told.recv().map_err(io::Error::other)??);
        }
        let sessions = Arc::new(Mutex::new(vec![0; threads.len()]));
        Ok(Self {
            threads,
            sessions,
            stop,
        })
    }

    /// Runs a session on the thread that has the fewest.
    pub(super) fn spawn(
        &self,
        tracker: &TaskTracker,
        session: impl Future<Output = ()> + Send + 'static,
    ) {
        let seat = Seat::take(&self.sessions);
        let Some(thread) = self.threads.get(seat.thread) else {
            return;
        };
        let seated = async move {
            session.await;
            drop(seat);
        };
        tracker.spawn_on(seated, thread);
    }
}

impl Drop for Reactors {
    fn drop(&mut self) {
        // not joined: it may be one of them that drops the last of this
        self.stop.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sessions_are_spread_evenly_and_stay_where_they_are() {
        let reactors = Reactors::start(3).unwrap();
        let tracker = TaskTracker::new();
        let seen: Arc<Mutex<Vec<Reactor>>> = Arc::default();
        let gate = CancellationToken::new();
        for _ in 0..9 {
            let (seen, gate) = (Arc::clone(&seen), gate.clone());
            reactors.spawn(&tracker, async move {
                let before = Reactor::current();
                gate.cancelled().await;
                assert_eq!(Reactor::current(), before);
                seen.lock().unwrap().push(before);
            });
        }
        gate.cancel();
        tracker.close();
        tracker.wait().await;
        let seen = seen.lock().unwrap();
        for index in 0..3 {
            let own = seen.iter().filter(|one| **one == Reactor::numbered(index));
            assert_eq!(own.count(), 3);
        }
        assert_eq!(*reactors.sessions.lock().unwrap(), [0, 0, 0]);
    }
}
