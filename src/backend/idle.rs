//! Connections that nobody uses, one stack per pool key, the most recently used on top.

use std::time::Instant;

use super::options::PoolKey;

/// One resting connection.
pub(super) struct Resting<C> {
    pub(super) conn: C,
    /// Hash of the session state that it carries.
    pub(super) state: u64,
    /// Since when it rests.
    pub(super) since: Instant,
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

    /// Takes a connection of `key`: the latest that carries `state`, else the most recently used.
    pub(super) fn take(&mut self, key: PoolKey, state: u64) -> Option<C> {
        let stack = self.stacks.get_mut(key.index())?;
        let equal = stack.iter().rposition(|resting| resting.state == state);
        let index = equal.or_else(|| stack.len().checked_sub(1))?;
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
                    since: Instant::now(),
                },
            );
        }
        idle
    }

    #[test]
    fn an_equal_state_is_preferred_to_the_most_recently_used() {
        let mut idle = idle(&[(PLAIN, 7, "a"), (PLAIN, 7, "b"), (PLAIN, 9, "c")]);
        assert_eq!(idle.take(PLAIN, 7), Some("b"));
        assert_eq!(idle.take(PLAIN, 1), Some("c"));
        assert_eq!(idle.take(PLAIN, 1), Some("a"));
        assert_eq!(idle.take(PLAIN, 1), None);
    }

    #[test]
    fn keys_never_mix() {
        // contract 2.4
        let mut idle = idle(&[(PLAIN, 0, "a")]);
        assert_eq!(idle.take(FOUND, 0), None);
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
}
