//! Connections that nobody uses, one stack per pool key, the most recently used on top.

use std::time::{Duration, Instant};

use super::options::PoolKey;
use super::reactor::Reactor;

/// What rests for longer than this is more than its reactor needs: another may have it. To make a new connection is
/// dearer than to move one, but those that are moved to and fro at each statement are dearer than two.
const SURPLUS: Duration = Duration::from_millis(10);

/// One resting connection.
pub(super) struct Resting<C> {
    pub(super) conn: C,
    /// Hash of the session state that it carries.
    pub(super) state: u64,
    /// The reactor that its socket is registered with.
    pub(super) home: Reactor,
    /// Since when it rests.
    pub(super) since: Instant,
}

impl<C> Resting<C> {
    /// How well it suits; more is better, `None` is not at all.
    fn suits(&self, state: u64, here: Reactor, wants_any: bool, now: Instant) -> Option<u8> {
        let is_equal = self.state == state;
        if self.home == here {
            return Some(if is_equal { 4 } else { 2 });
        }
        let is_free = wants_any || now.saturating_duration_since(self.since) >= SURPLUS;
        // to move it is cheaper than to replay a state
        is_free.then_some(if is_equal { 3 } else { 1 })
    }
}

/// The stacks of all keys; generic so that the order can be tested without sockets.
pub(super) struct Idle<C> {
    stacks: [Vec<Resting<C>>; PoolKey::COUNT],
}

impl<C> Idle<C> {
    pub(super) fn new() -> Self {
        Self {
            stacks: [Vec::new(), Vec::new()],
        }
    }

    pub(super) fn len(&self) -> usize {
        self.stacks.iter().map(Vec::len).sum()
    }

    pub(super) fn push(&mut self, key: PoolKey, resting: Resting<C>) {
        if let Some(stack) = self.stacks.get_mut(key.index()) {
            stack.push(resting);
        }
    }

    /// Takes the most recently used connection of `key`, if it is the calling thread's own, carries `state` and `serves`.
    pub(super) fn take_top(
        &mut self,
        key: PoolKey,
        state: u64,
        serves: impl FnOnce(&C) -> bool,
    ) -> Option<C> {
        let stack = self.stacks.get_mut(key.index())?;
        let top = stack.pop_if(|top| {
            top.state == state && top.home == Reactor::current() && serves(&top.conn)
        })?;
        Some(top.conn)
    }

    /// Takes a connection of `key` for the calling thread: the latest of its own reactor that carries `state`, else such
    /// a one of another, else the most recently used of its own, else of another. Another's only if it has rested for a
    /// while, or where `may_open` says that there is room for no more.
    pub(super) fn take(&mut self, key: PoolKey, state: u64, may_open: bool) -> Option<C> {
        if let Some(conn) = self.take_top(key, state, |_| true) {
            return Some(conn);
        }
        let here = Reactor::current();
        let stack = self.stacks.get_mut(key.index())?;
        if stack.is_empty() {
            return None;
        }
        let now = Instant::now();
        let (index, _) = stack
            .iter()
            .enumerate()
            .filter_map(|(index, resting)| {
                let suits = resting.suits(state, here, !may_open, now)?;
                Some((index, suits))
            })
            // of those that suit alike the last, which is the most recently used
            .max_by_key(|(_, suits)| *suits)?;
        Some(stack.remove(index).conn)
    }

    /// Takes the connection of any other key that rests longest, to make room for one of `key`.
    pub(super) fn take_other(&mut self, key: PoolKey) -> Option<C> {
        let others = self
            .stacks
            .iter_mut()
            .enumerate()
            .filter(|(index, _)| *index != key.index());
        let (_, stack) = others
            .filter(|(_, stack)| !stack.is_empty())
            .min_by_key(|(_, stack)| stack.first().map(|resting| resting.since))?;
        Some(stack.remove(0).conn)
    }

    /// Takes out every connection that `is_over` says so of, the longest resting asked first.
    pub(super) fn extract(&mut self, mut is_over: impl FnMut(&mut Resting<C>) -> bool) -> Vec<C> {
        let mut over = Vec::new();
        for stack in &mut self.stacks {
            over.extend(
                stack
                    .extract_if(.., &mut is_over)
                    .map(|resting| resting.conn),
            );
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: PoolKey = PoolKey {
        has_found_rows: false,
    };
    const FOUND: PoolKey = PoolKey {
        has_found_rows: true,
    };

    fn idle(entries: &[(PoolKey, u64, &'static str)]) -> Idle<&'static str> {
        let mut idle = Idle::new();
        for (key, state, conn) in entries {
            idle.push(
                *key,
                Resting {
                    conn: *conn,
                    state: *state,
                    home: Reactor::SHARED,
                    since: Instant::now(),
                },
            );
        }
        idle
    }

    #[test]
    fn an_equal_state_is_preferred_to_the_most_recently_used() {
        let mut idle = idle(&[(PLAIN, 7, "a"), (PLAIN, 7, "b"), (PLAIN, 9, "c")]);
        assert_eq!(idle.take(PLAIN, 7, true), Some("b"));
        assert_eq!(idle.take(PLAIN, 1, true), Some("c"));
        assert_eq!(idle.take(PLAIN, 1, true), Some("a"));
        assert_eq!(idle.take(PLAIN, 1, true), None);
    }

    #[test]
    fn keys_never_mix() {
        // contract 2.4
        let mut idle = idle(&[(PLAIN, 0, "a")]);
        assert_eq!(idle.take(FOUND, 0, true), None);
        assert_eq!(idle.take_other(PLAIN), None);
        assert_eq!(idle.take_other(FOUND), Some("a"));
        assert_eq!(idle.len(), 0);
    }

    #[test]
    fn extract_takes_only_what_is_over() {
        let mut idle = idle(&[(PLAIN, 1, "a"), (PLAIN, 2, "b"), (FOUND, 1, "c")]);
        assert_eq!(idle.extract(|resting| resting.state == 1), ["a", "c"]);
        assert_eq!(idle.len(), 1);
    }

    /// Of the same key and state: where its socket is registered, and for how many ms it rests.
    fn at_home(entries: &[(Reactor, u64, u64, &'static str)]) -> Idle<&'static str> {
        let mut idle = Idle::new();
        for (home, state, rested, conn) in entries {
            let since = Instant::now().checked_sub(Duration::from_millis(*rested));
            idle.push(
                PLAIN,
                Resting {
                    conn: *conn,
                    state: *state,
                    home: *home,
                    since: since.unwrap(),
                },
            );
        }
        idle
    }

    #[test]
    fn a_connection_of_the_own_reactor_is_preferred_and_anothers_only_taken_when_it_is_not_needed_there()
     {
        let (own, other) = (Reactor::SHARED, Reactor::numbered(0));
        let mut idle = at_home(&[
            (own, 7, 60_000, "own"),
            (other, 7, 60_000, "surplus"),
            (other, 7, 0, "busy"),
        ]);
        assert_eq!(idle.take(PLAIN, 7, true), Some("own"));
        assert_eq!(idle.take(PLAIN, 7, true), Some("surplus"));
        assert_eq!(idle.take(PLAIN, 7, true), None);
        assert_eq!(idle.take(PLAIN, 7, false), Some("busy"));
    }

    #[test]
    fn moving_a_connection_is_preferred_to_replaying_a_state() {
        let (own, other) = (Reactor::SHARED, Reactor::numbered(3));
        let mut idle = at_home(&[(other, 7, 60_000, "equal"), (own, 9, 60_000, "own")]);
        assert_eq!(idle.take(PLAIN, 7, true), Some("equal"));
        assert_eq!(idle.take(PLAIN, 7, true), Some("own"));
    }
}
