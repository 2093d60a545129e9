//! Failed logins are counted, and too many of them stop an address from trying on.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);
/// Pairs that are remembered at most.
const CAPACITY: usize = 16_384;

/// Counts failed logins by address and user. A connection that closes without a login does not
/// count, so that load balancers' checks lock nobody out.
#[derive(Debug)]
pub struct Throttle {
    max_failures: u32,
    hasher: RandomState,
    failures: Mutex<HashMap<Key, Failures>>,
}

/// An address (of IPv6 the network part) and a user's hash.
type Key = (IpAddr, u64);

#[derive(Debug)]
struct Failures {
    since: Instant,
    count: u32,
}

impl Throttle {
    /// Allows `max_failures` a minute for each address and user; 0 is without a limit.
    #[must_use]
    pub fn new(max_failures: u32) -> Self {
        Self {
            max_failures,
            hasher: RandomState::new(),
            failures: Mutex::default(),
        }
    }

    /// Whether the user may try to log in from the address.
    #[must_use]
    pub fn allows(&self, address: IpAddr, user: &str, now: Instant) -> bool {
        if self.max_failures == 0 {
            return true;
        }
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        self.keys(address, user).iter().all(|key| {
            failures
                .get(key)
                .is_none_or(|failures| failures.is_over(now) || failures.count < self.max_failures)
        })
    }

    /// Counts a wrong password.
    pub fn failed(&self, address: IpAddr, user: &str, now: Instant) {
        if self.max_failures == 0 {
            return;
        }
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let [own, whole_address] = self.keys(address, user);
        if failures.len() >= CAPACITY && !failures.contains_key(&own) {
            failures.retain(|_, failures| !failures.is_over(now));
        }
        // with no room left all users of an address share one count
        let has_room = failures.len() < CAPACITY || failures.contains_key(&own);
        let key = if has_room { own } else { whole_address };
        if failures.len() >= 2 * CAPACITY && !failures.contains_key(&key) {
            return;
        }
        let entry = failures.entry(key).or_insert(Failures {
            since: now,
            count: 0,
        });
        if entry.is_over(now) {
            *entry = Failures {
                since: now,
                count: 0,
            };
        }
        entry.count = entry.count.saturating_add(1);
    }

    /// Forgets the failures of a user who got in.
    pub fn succeeded(&self, address: IpAddr, user: &str) {
        if self.max_failures == 0 {
            return;
        }
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let [own, _] = self.keys(address, user);
        failures.remove(&own);
    }

    /// The pair's own key and the one that stands for the whole address.
    fn keys(&self, address: IpAddr, user: &str) -> [Key; 2] {
        let address = network(address);
        [(address, self.hasher.hash_one(user) | 1), (address, 0)]
    }
}

impl Failures {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= WINDOW
    }
}

/// Of IPv6 the first 64 bits: one host has all the rest.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn ten_failures_a_minute_stop_one_user_at_one_address() {
        let throttle = Throttle::new(10);
        let start = Instant::now();
        for _ in 0..10 {
            assert!(throttle.allows(address(1), "app", start));
            throttle.failed(address(1), "app", start);
        }
        assert!(!throttle.allows(address(1), "app", start));
        assert!(throttle.allows(address(2), "app", start));
        assert!(throttle.allows(address(1), "other", start));
        assert!(throttle.allows(address(1), "app", start + WINDOW));
    }

    #[test]
    fn a_success_forgets_failures() {
        let throttle = Throttle::new(1);
        let now = Instant::now();
        throttle.failed(address(1), "app", now);
        assert!(!throttle.allows(address(1), "app", now));
        throttle.succeeded(address(1), "app");
        assert!(throttle.allows(address(1), "app", now));
    }

    #[test]
    fn the_map_is_bounded_and_falls_back_to_addresses() {
        let throttle = Throttle::new(3);
        let now = Instant::now();
        for user in 0..CAPACITY + 10 {
            throttle.failed(address(1), &user.to_string(), now);
        }
        assert!(throttle.failures.lock().unwrap().len() <= CAPACITY + 1);
        assert!(!throttle.allows(address(1), "new", now));
        assert!(throttle.allows(address(2), "new", now));
        let later = now + WINDOW;
        throttle.failed(address(1), "new", later);
        assert_eq!(throttle.failures.lock().unwrap().len(), 1);
    }

    #[test]
    fn all_addresses_of_an_ipv6_network_count_as_one() {
        let throttle = Throttle::new(1);
        let now = Instant::now();
        throttle.failed("2001:db8::1".parse().unwrap(), "app", now);
        assert!(!throttle.allows("2001:db8::2".parse().unwrap(), "app", now));
    }
}
