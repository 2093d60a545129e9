//! Places for logins: so many are checked at once, the others wait in order of arrival.

use std::time::Duration;

use tokio::sync::Semaphore;

use crate::metrics::Metrics;

/// How long a client may take in its place; after that the next one comes in, and the slow one goes on without.
const PATIENCE: Duration = Duration::from_secs(1);

/// What bounds a storm of logins. A login takes a place when the client has begun to answer its greeting: one who
/// connects and says nothing has none, and one who falls silent later keeps the others waiting for a second.
#[derive(Debug)]
pub struct LoginPlaces {
    free: Semaphore,
    patience: Duration,
}

impl LoginPlaces {
    /// So many at once; none means one.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self {
            free: Semaphore::new(count.max(1)),
            patience: PATIENCE,
        }
    }

    /// Runs a login in a place, for which it waits in line.
    ///
    /// # Cancel safety
    /// Dropped, it leaves the line or its place.
    pub(super) async fn within<T>(&self, metrics: &Metrics, login: impl Future<Output = T>) -> T {
        let place = match self.free.try_acquire() {
            Ok(place) => Some(place),
            Err(_) => {
                let _waiting = Waiting::of(metrics);
                // it fails when it is closed, which nobody does
                self.free.acquire().await.ok()
            }
        };
        let mut login = std::pin::pin!(login);
        tokio::select! {
            biased;
            result = &mut login => return result,
            () = tokio::time::sleep(self.patience) => {}
        }
        drop(place);
        metrics.logins_slow.inc();
        login.await
    }
}

/// One in the line; it leaves also when it is dropped.
struct Waiting<'a>(&'a Metrics);

impl<'a> Waiting<'a> {
    fn of(metrics: &'a Metrics) -> Self {
        metrics.logins_waiting.inc();
        Self(metrics)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.logins_waiting.dec();
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::{Arc, Mutex};

    use super::*;

    fn hasty(count: usize) -> Arc<LoginPlaces> {
        Arc::new(LoginPlaces {
            patience: Duration::from_millis(20),
            ..LoginPlaces::new(count)
        })
    }

    #[tokio::test]
    async fn all_are_served_in_order_and_no_more_than_there_are_places() {
        // contract 11: so many handshakes at once
        let places = Arc::new(LoginPlaces::new(4));
        let metrics = Arc::new(Metrics::new());
        let seen = Arc::new(Mutex::new((0_usize, 0_usize, Vec::new())));
        let logins: Vec<_> = (0..100)
            .map(|number| {
                let (places, metrics) = (Arc::clone(&places), Arc::clone(&metrics));
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let login = async {
                        {
                            let mut seen = seen.lock().unwrap();
                            seen.0 += 1;
                            seen.1 = seen.1.max(seen.0);
                            seen.2.push(number);
                        }
                        tokio::task::yield_now().await;
                        seen.lock().unwrap().0 -= 1;
                    };
                    places.within(&metrics, login).await;
                })
            })
            .collect();
        for login in logins {
            login.await.unwrap();
        }
        let seen = seen.lock().unwrap();
        assert_eq!(seen.1, 4);
        assert_eq!(seen.2, (0..100).collect::<Vec<_>>());
        assert_eq!(
            (metrics.logins_waiting.get(), metrics.logins_slow.get()),
            (0, 0)
        );
    }

    #[tokio::test]
    async fn who_falls_silent_passes_his_place_on_and_may_still_end_his_login() {
        let places = hasty(2);
        let metrics = Arc::new(Metrics::new());
        let silent: Vec<_> = (0..2)
            .map(|_| {
                let (places, metrics) = (Arc::clone(&places), Arc::clone(&metrics));
                tokio::spawn(async move { places.within(&metrics, pending::<()>()).await })
            })
            .collect();
        let slow = {
            let (places, metrics) = (Arc::clone(&places), Arc::clone(&metrics));
            tokio::spawn(async move {
                let login = tokio::time::sleep(3 * places.patience);
                places.within(&metrics, login).await;
            })
        };
        tokio::task::yield_now().await;
        assert_eq!(metrics.logins_waiting.get(), 1);
        assert_eq!(places.within(&metrics, async { 7 }).await, 7);
        slow.await.unwrap();
        assert_eq!(metrics.logins_waiting.get(), 0);
        assert!(metrics.logins_slow.get() >= 2);
        silent.iter().for_each(tokio::task::JoinHandle::abort);
    }

    #[tokio::test]
    async fn who_goes_away_while_he_waits_or_is_served_leaves_no_place_taken() {
        let places = hasty(1);
        let metrics = Arc::new(Metrics::new());
        for _ in 0..3 {
            let held = places.within(&metrics, pending::<()>());
            let mut held = std::pin::pin!(tokio::time::timeout(places.patience / 2, held));
            tokio::select! {
                biased;
                _ = &mut held => {}
                () = tokio::task::yield_now() => {}
            }
            let waits = places.within(&metrics, async {});
            let waits = tokio::time::timeout(places.patience / 4, waits);
            let (waited, held) = tokio::join!(waits, held);
            assert!(held.is_err() && waited.is_err());
        }
        places.within(&metrics, async {}).await;
        assert_eq!(metrics.logins_waiting.get(), 0);
    }
}
