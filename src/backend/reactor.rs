//! Which thread's reactor a socket is registered with.

use std::cell::Cell;

/// A thread that serves sessions, with an event loop of its own; [`Reactor::SHARED`] is the runtime that everything else
/// runs on.
///
/// A socket can be used from any thread, but it is its own reactor's thread that hears of it first: an answer that
/// another thread waits for costs two wake-ups across cores. So what is used together is kept on one reactor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reactor(u16);

thread_local! {
    static CURRENT: Cell<Reactor> = const { Cell::new(Reactor::SHARED) };
}

impl Reactor {
    /// The runtime of all threads that have not entered another.
    pub const SHARED: Self = Self(0);

    /// The one with this index among the threads that serve sessions, counted from 0.
    #[must_use]
    pub fn numbered(index: u16) -> Self {
        Self(index.saturating_add(1))
    }

    /// The calling thread belongs to it from now on.
    pub fn enter(self) {
        CURRENT.set(self);
    }

    /// The one that the calling thread belongs to.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.get()
    }

    /// Its place among all: 0 is the shared one.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}
