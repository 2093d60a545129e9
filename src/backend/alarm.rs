//! A word that is seldom said, to a task that waits for something else meanwhile.

use std::future::poll_fn;
use std::sync::{Mutex, PoisonError};
use std::task::{Poll, Waker};

/// Wakes the task that listens. Listening costs a look and an uncontended lock, for it is done at each statement and
/// the word is said at almost none.
///
/// What is said lies elsewhere, in an atomic: whoever says it stores it first and rings then.
#[derive(Debug, Default)]
pub struct Alarm {
    listener: Mutex<Option<Waker>>,
}

impl Alarm {
    /// Resolves when `is_said` holds, which is looked at now and after each [`Alarm::ring`].
    ///
    /// One task listens at a time, to whatever it has exclusively: of two, only the one that began last is woken.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn until(&self, is_said: impl Fn() -> bool) {
        poll_fn(|cx| {
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
        })
        .await;
    }

    /// Something has been said.
    pub fn ring(&self) {
        let mut listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        let waker = listener.take();
        drop(listener);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn listen(&self, waker: &Waker) {
        let mut listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *listener {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_word_said_before_or_while_somebody_listens_is_heard() {
        for is_before in [true, false] {
            let (alarm, said) = (Arc::new(Alarm::default()), Arc::new(AtomicBool::new(false)));
            let say = {
                let (alarm, said) = (Arc::clone(&alarm), Arc::clone(&said));
                move || {
                    said.store(true, Ordering::Release);
                    alarm.ring();
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
            alarm.until(|| said.load(Ordering::Acquire)).await;
        }
    }

    #[tokio::test]
    async fn a_ring_without_a_word_goes_on_waiting() {
        let alarm = Alarm::default();
        let mut waits = std::pin::pin!(alarm.until(|| false));
        for _ in 0..2 {
            let waited = tokio::time::timeout(Duration::from_millis(1), &mut waits).await;
            assert!(waited.is_err());
            alarm.ring();
        }
    }
}
