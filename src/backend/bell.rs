//! A word that is seldom said, to tasks that wait for something else meanwhile.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Wakes the tasks that listen. Listening costs a look and an uncontended lock, for it is done at each statement and
/// the word is said at almost none.
///
/// The first task that has listened is known from then on, whether it still listens or not: it may be woken for nothing.
/// What is said lies elsewhere, in an atomic: whoever says it stores it first and rings then.
#[derive(Debug, Default)]
pub struct Bell {
    listeners: Mutex<Vec<Waker>>,
}

impl Bell {
    /// Resolves when `is_said` holds, which is looked at now and after each [`Bell::ring`].
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn until(&self, is_said: impl Fn() -> bool) {
        let mut listening = self.listening();
        poll_fn(|cx| listening.poll(cx, &is_said)).await;
    }

    /// As [`Bell::until`], for a future that waits for other things too.
    #[must_use]
    pub fn listening(&self) -> Listening<'_> {
        Listening {
            bell: self,
            own: None,
        }
    }

    /// Something has been said.
    pub fn ring(&self) {
        // who is woken may run at once: not under the lock
        let listeners = std::mem::take(&mut *self.lock());
        listeners.into_iter().for_each(Waker::wake);
    }

    /// Nobody listens any more, as what the word is about has changed hands.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that listens; beside the first it is known as long as it does.
#[derive(Debug)]
pub struct Listening<'a> {
    bell: &'a Bell,
    own: Option<Waker>,
}

impl Listening<'_> {
    /// Ready when `is_said` holds; the task is woken when something is said.
    pub fn poll(&mut self, cx: &Context<'_>, is_said: impl Fn() -> bool) -> Poll<()> {
        if is_said() {
            return Poll::Ready(());
        }
        self.listen(cx.waker());
        // what was said between the look and the listening rang for nobody
        if is_said() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn listen(&mut self, waker: &Waker) {
        let mut listeners = self.bell.lock();
        if listeners.iter().any(|known| known.will_wake(waker)) {
            return;
        }
        if let Some(own) = self.own.take() {
            // the task has another waker now, or is known no more since a ring
            listeners.retain(|known| !known.will_wake(&own));
        }
        let is_first = listeners.is_empty();
        listeners.push(waker.clone());
        self.own = (!is_first).then(|| waker.clone());
    }

    fn forget(&mut self) {
        if let Some(own) = self.own.take() {
            self.bell.lock().retain(|known| !known.will_wake(&own));
        }
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::Wake;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_word_said_before_or_while_somebody_listens_is_heard() {
        for is_before in [true, false] {
            let (bell, said) = (Arc::new(Bell::default()), Arc::new(AtomicBool::new(false)));
            let say = {
                let (bell, said) = (Arc::clone(&bell), Arc::clone(&said));
                move || {
                    said.store(true, Ordering::Release);
                    bell.ring();
                }
            };
            if is_before {
                say();
            } else {
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    say();
                });
            }
            bell.until(|| said.load(Ordering::Acquire)).await;
        }
    }

    #[tokio::test]
    async fn a_ring_without_a_word_goes_on_waiting() {
        let bell = Bell::default();
        let mut waits = std::pin::pin!(bell.until(|| false));
        for _ in 0..2 {
            let waited = tokio::time::timeout(Duration::from_millis(1), &mut waits).await;
            assert!(waited.is_err());
            bell.ring();
        }
    }

    #[tokio::test]
    async fn all_tasks_that_listen_hear_the_word_and_are_forgotten_after() {
        let (bell, said) = (Arc::new(Bell::default()), Arc::new(AtomicBool::new(false)));
        let listening = || {
            let (bell, said) = (Arc::clone(&bell), Arc::clone(&said));
            async move { bell.until(|| said.load(Ordering::Acquire)).await }
        };
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..10 {
            tasks.spawn(listening());
        }
        let mut given_up = tokio::task::JoinSet::new();
        for _ in 0..10 {
            given_up.spawn(tokio::time::timeout(Duration::from_millis(5), listening()));
        }
        assert!(given_up.join_all().await.iter().all(Result::is_err));
        assert_eq!(bell.lock().len(), 10);
        said.store(true, Ordering::Release);
        bell.ring();
        assert_eq!(tasks.join_all().await.len(), 10);
        assert!(bell.lock().is_empty());
    }

    /// A task that is never woken.
    struct Nobody;

    impl Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }

    #[tokio::test]
    async fn who_was_rung_for_nothing_listens_on() {
        let bell = Bell::default();
        let mut first = std::pin::pin!(bell.until(|| false));
        let mut second = Listening {
            bell: &bell,
            own: None,
        };
        let first_polled = tokio::time::timeout(Duration::from_millis(1), &mut first).await;
        assert!(first_polled.is_err());
        let other = &Waker::from(Arc::new(Nobody));
        second.listen(other);
        assert_eq!(bell.lock().len(), 2);
        bell.ring();
        for _ in 0..2 {
            second.listen(other);
            assert!(bell.lock().iter().any(|known| known.will_wake(other)));
        }
        drop(second);
    }
}
