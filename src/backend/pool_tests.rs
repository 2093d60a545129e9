//! What a pool lends at once, and what not.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use super::fake::{Fake, Manners};
use super::options::{PoolKey, PoolOptions};
use super::pool::Pool;
use crate::model::SessionState;

const KEY: PoolKey = PoolKey {
    has_found_rows: false,
};

async fn pool() -> (Fake, Arc<Pool>) {
    let fake = Fake::start(Manners::Honest).await;
    let options = PoolOptions {
        min: 0,
        max: 1,
        ..PoolOptions::default()
    };
    let pool = Pool::new(fake.endpoint(), options);
    (fake, pool)
}

#[tokio::test]
async fn the_latest_connection_of_this_state_is_lent_at_once_and_no_other() {
    let (_fake, pool) = pool().await;
    let state = SessionState::default();
    let lent = |key| pool.lend_at_once(key, (&state, false), true);
    assert!(lent(KEY).is_none(), "there is none yet");
    let guard = pool.acquire(KEY, 0).await.unwrap();
    let thread = guard.thread_id();
    assert!(lent(KEY).is_none(), "it is lent");
    guard.release();
    let found = PoolKey {
        has_found_rows: true,
    };
    assert!(lent(found).is_none());
    let mut other = SessionState::default();
    other.set("time_zone", "'+00:00'");
    assert!(pool.lend_at_once(KEY, (&other, false), true).is_none());
    assert_eq!(lent(KEY).unwrap().thread_id(), thread);
}

#[tokio::test]
async fn nobody_is_overtaken_at_once() {
    let (_fake, pool) = pool().await;
    let state = SessionState::default();
    let guard = pool.acquire(KEY, 0).await.unwrap();
    let mut waits = pin!(pool.acquire(KEY, 0));
    let in_line = waits.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(in_line.is_pending());
    guard.release();
    assert!(pool.lend_at_once(KEY, (&state, false), false).is_none());
    waits.await.unwrap().release();
    assert!(pool.lend_at_once(KEY, (&state, false), false).is_some());
}

#[tokio::test]
async fn a_dead_connection_is_closed_and_its_slot_is_free_and_a_closed_pool_lends_nothing() {
    let (fake, pool) = pool().await;
    let state = SessionState::default();
    let mut guard = pool.acquire(KEY, 0).await.unwrap();
    guard.begin_command(&[b"\x03DIE"]);
    guard.response_done();
    guard.flush().await.unwrap();
    fake.wait_for_open(0).await;
    guard.release();
    assert!(pool.lend_at_once(KEY, (&state, false), false).is_none());
    assert_eq!(pool.status().open, 0);
    pool.acquire(KEY, 0).await.unwrap().release();
    pool.close();
    assert!(pool.lend_at_once(KEY, (&state, false), false).is_none());
}
