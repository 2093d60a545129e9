//! The bounded line of requests that wait for a connection.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use super::options::PoolKey;
use super::reactor::Reactor;

/// How many turns later than in one common line a request may be served, for the sake of those on the reactor of the
/// connection given back: that costs no wake-up across cores, and the wait of each stays bounded by turns.
const MOST_PASSED: u64 = 16;

/// One waiting request; what it is given goes straight to its task.
pub(super) struct Waiter<G> {
    id: u64,
    /// From this turn on it is passed over no more.
    due: u64,
    pub(super) key: PoolKey,
    pub(super) sender: oneshot::Sender<G>,
}

/// All waiting requests, in a line for each reactor, the longest waiting in front.
pub(super) struct Queue<G> {
    lines: Vec<VecDeque<Waiter<G>>>,
    len: usize,
    next_id: u64,
    /// Requests served.
    turns: u64,
}

/// Where a request waits, for [`Queue::leave`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    line: usize,
    id: u64,
}

impl<G> Queue<G> {
    pub(super) fn new() -> Self {
        Self {
            lines: Vec::new(),
            len: 0,
            next_id: 0,
            turns: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Goes to the end of the calling thread's line.
    pub(super) fn join(&mut self, key: PoolKey) -> (Place, oneshot::Receiver<G>) {
        let (sender, receiver) = oneshot::channel();
        let place = Place {
            line: Reactor::current().index(),
            id: self.next_id,
        };
        self.next_id += 1;
        let due = self.turns + self.len as u64 + MOST_PASSED;
        if self.lines.len() <= place.line {
            self.lines.resize_with(place.line + 1, VecDeque::new);
        }
        if let Some(line) = self.lines.get_mut(place.line) {
            self.len += 1;
            line.push_back(Waiter {
                id: place.id,
                due,
                key,
                sender,
            });
        }
        (place, receiver)
    }

    /// The request that is served next by what is at `home`: the one that waits longest there, unless another waits for
    /// longer and is due.
    pub(super) fn pop(&mut self, home: Reactor) -> Option<Waiter<G>> {
        let heads = self.lines.iter().enumerate();
        let (eldest, head) = heads
            .filter_map(|(index, line)| Some((index, line.front()?)))
            .min_by_key(|(_, head)| head.id)?;
        let own = home.index();
        let has_own = self.lines.get(own).is_some_and(|line| !line.is_empty());
        let served = if has_own && self.turns < head.due {
            own
        } else {
            eldest
        };
        self.turns += 1;
        let waiter = self.lines.get_mut(served)?.pop_front()?;
        self.len -= 1;
        Some(waiter)
    }

    /// A request gave up; ids ascend along a line, so its place is found by bisection.
    pub(super) fn leave(&mut self, place: Place) {
        let Some(line) = self.lines.get_mut(place.line) else {
            return;
        };
        if let Ok(index) = line.binary_search_by_key(&place.id, |waiter| waiter.id) {
            line.remove(index);
            self.len -= 1;
        }
    }

    /// Sends everybody home: their receivers fail.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.len = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_leave_do_not_change_the_order_of_the_rest() {
        let mut queue = Queue::<u8>::new();
        let joined: Vec<_> = (0..5).map(|_| queue.join(PoolKey::default())).collect();
        queue.leave(joined[0].0);
        queue.leave(joined[3].0);
        queue.leave(joined[3].0);
        assert_eq!(queue.len(), 3);
        let order: Vec<u64> = std::iter::from_fn(|| queue.pop(Reactor::SHARED))
            .map(|waiter| waiter.id)
            .collect();
        assert_eq!(order, [1, 2, 4]);
        assert!(queue.is_empty());
    }

    /// Requests on the reactors named by these numbers, in this order.
    fn joined(queue: &mut Queue<u8>, reactors: &[u16]) {
        for index in reactors {
            let index = *index;
            std::thread::scope(|scope| {
                let join = scope.spawn(|| {
                    Reactor::numbered(index).enter();
                    drop(queue.join(PoolKey::default()));
                });
                join.join().unwrap();
            });
        }
    }

    #[test]
    fn a_connection_serves_its_own_reactor_first_and_nobody_is_passed_over_for_ever() {
        let mut queue = Queue::<u8>::new();
        joined(&mut queue, &[0]);
        joined(&mut queue, &[1; 40]);
        let order: Vec<u64> = std::iter::from_fn(|| queue.pop(Reactor::numbered(1)))
            .map(|waiter| waiter.id)
            .collect();
        let place = order.iter().position(|id| *id == 0);
        assert_eq!(place, Some(usize::try_from(MOST_PASSED).unwrap()));
        assert_eq!(order.len(), 41);
        joined(&mut queue, &[0, 1, 0]);
        let first = queue.pop(Reactor::numbered(7)).map(|waiter| waiter.id);
        assert_eq!(first, Some(41), "no line of its own: who waits longest");
    }
}
