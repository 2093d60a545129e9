//! The bounded line of requests that wait for a connection, served in order of arrival.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use super::options::PoolKey;

/// One waiting request; what it is given goes straight to its task.
pub(super) struct Waiter<G> {
    id: u64,
    pub(super) key: PoolKey,
    pub(super) sender: oneshot::Sender<G>,
}

/// All waiting requests, the longest waiting in front.
pub(super) struct Queue<G> {
    waiters: VecDeque<Waiter<G>>,
    next_id: u64,
}

impl<G> Queue<G> {
    pub(super) fn new() -> Self {
        Self {
            waiters: VecDeque::new(),
            next_id: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiters.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// Goes to the end of the line; the id is for [`Queue::leave`].
    pub(super) fn join(&mut self, key: PoolKey) -> (u64, oneshot::Receiver<G>) {
        let (sender, receiver) = oneshot::channel();
        let id = self.next_id;
        self.next_id += 1;
        self.waiters.push_back(Waiter { id, key, sender });
        (id, receiver)
    }

    /// The request that waits longest.
    pub(super) fn pop(&mut self) -> Option<Waiter<G>> {
        self.waiters.pop_front()
    }

    /// A request gave up; ids ascend along the line, so its place is found by bisection.
    pub(super) fn leave(&mut self, id: u64) {
        if let Ok(index) = self.waiters.binary_search_by_key(&id, |waiter| waiter.id) {
            self.waiters.remove(index);
        }
    }

    /// Sends everybody home: their receivers fail.
    pub(super) fn clear(&mut self) {
        self.waiters.clear();
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
        let order: Vec<u64> = std::iter::from_fn(|| queue.pop())
            .map(|waiter| waiter.id)
            .collect();
        assert_eq!(order, [1, 2, 4]);
    }
}
