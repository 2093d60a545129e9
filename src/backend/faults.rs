//! What pools and connections do when servers misbehave and futures are dropped.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::error::{AcquireError, ConnError};
use super::fake::{Fake, Manners};
use super::group::{Freshness, Members, ReplicaChoice};
use super::guard::Guard;
use super::options::{PoolKey, PoolOptions};
use super::pool::Pool;
use crate::protocol::Capabilities;

const PLAIN: PoolKey = PoolKey {
    has_found_rows: false,
};
const FOUND: PoolKey = PoolKey {
    has_found_rows: true,
};

fn options(max: usize) -> PoolOptions {
    PoolOptions {
        min: 0,
        max,
        wait_timeout_ms: 60_000,
        ..PoolOptions::default()
    }
}

async fn honest(max: usize) -> (Fake, Arc<Pool>) {
    let fake = Fake::start(Manners::Honest).await;
    let pool = Pool::new(fake.endpoint(), options(max));
    (fake, pool)
}

async fn acquire(pool: &Arc<Pool>) -> Guard {
    pool.acquire(PLAIN, 0).await.unwrap()
}

/// Polls once without a runtime's wakers: the request is then in line.
fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

async fn connect_error(manners: Manners, timeout_ms: u64) -> ConnError {
    let fake = Fake::start(manners).await;
    let mut endpoint = (*fake.endpoint()).clone();
    endpoint.connect_timeout_ms = timeout_ms;
    let pool = Pool::new(Arc::new(endpoint), options(1));
    let error = match pool.acquire(PLAIN, 0).await {
        Err(AcquireError::Connect(error)) => error,
        other => panic!("{other:?}"),
    };
    let shown = error.to_string();
    for hidden in ["127.0.0.1", "10.1.2.3", "app", "secret"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    assert!(shown.contains("ds_0"), "{shown}");
    assert_eq!(pool.status().open, 0);
    error
}

#[tokio::test]
async fn a_server_that_never_greets_meets_the_deadline() {
    let error = connect_error(Manners::NeverGreets, 50).await;
    assert!(
        matches!(error, ConnError::ConnectTimeout { timeout_ms: 50, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_greeting_with_an_error_is_told_by_its_code() {
    for code in [1040, 1129] {
        let error = connect_error(Manners::GreetsWithError(code), 5000).await;
        assert!(
            matches!(error, ConnError::LoginRefused { code: got, .. } if got == code),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_dropped_during_the_login_is_unreachable() {
    for manners in [Manners::DropsMidGreeting, Manners::DropsMidLogin] {
        let error = connect_error(manners, 5000).await;
        assert!(matches!(error, ConnError::Unreachable { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn an_unknown_plugin_is_named() {
    let error = connect_error(Manners::WantsOddPlugin, 5000).await;
    assert!(
        matches!(error, ConnError::UnsupportedPlugin { plugin, .. } if plugin == "client_ed25519")
    );
}

#[tokio::test]
async fn a_clean_connection_is_used_again() {
    let (fake, pool) = honest(2).await;
    let guard = acquire(&pool).await;
    let id = guard.thread_id();
    guard.release();
    assert_eq!(acquire(&pool).await.thread_id(), id);
    assert_eq!(fake.accepted(), 1);
}

#[tokio::test]
async fn a_dropped_guard_closes_its_socket() {
    // contract 3.2
    let (fake, pool) = honest(2).await;
    let guard = acquire(&pool).await;
    fake.wait_for_open(1).await;
    drop(guard);
    fake.wait_for_open(0).await;
    assert_eq!(pool.status().open, 0);
    assert_eq!(pool.status().discarded_total, 1);
}

#[tokio::test]
async fn a_dirty_connection_is_closed_not_pooled() {
    // contract 3.2
    for case in [
        "marked",
        "in a transaction",
        "owed",
        "read half-way",
        "pending output",
        "unsolicited",
    ] {
        let (fake, pool) = honest(2).await;
        let mut guard = acquire(&pool).await;
        match case {
            "marked" => guard.mark_dirty(),
            "in a transaction" => drop(guard.query("BEGIN").await.unwrap()),
            "owed" => {
                guard.begin_command(&[b"\x03", b"NOTHING"]);
                guard.flush().await.unwrap();
            }
            "read half-way" => {
                guard.begin_command(&[b"\x03SELECT 1"]);
                guard.flush().await.unwrap();
                guard.fill().await.unwrap();
                guard.response_done();
            }
            "pending output" => guard.out_mut().push(1),
            _ => {
                guard.query("CHATTER").await.unwrap();
                while guard.buffered().is_empty() {
                    guard.fill().await.unwrap();
                }
            }
        }
        guard.release();
        assert_eq!(pool.status().open, 0, "{case}");
        fake.wait_for_open(0).await;
    }
}

#[tokio::test]
async fn bytes_that_arrive_at_rest_close_the_connection_at_check_out() {
    // contract 3.2
    let (fake, pool) = honest(1).await;
    let mut guard = acquire(&pool).await;
    let first = guard.thread_id();
    // the second OK may come before or after the check-in: either way nobody gets the connection
    guard.query("CHATTER").await.unwrap();
    guard.release();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let guard = acquire(&pool).await;
    assert_ne!(guard.thread_id(), first);
    assert_eq!(fake.accepted(), 2);
}

#[tokio::test]
async fn bytes_that_were_there_before_a_question_are_no_answer_to_it() {
    // contract 3.2: a replay that took them for its own would leave the session's state unset
    let (_fake, pool) = honest(1).await;
    let mut guard = acquire(&pool).await;
    guard.query("CHATTER").await.unwrap();
    while guard.buffered().is_empty() {
        guard.fill().await.unwrap();
    }
    let refused = guard.query("SELECT 1").await;
    assert!(
        matches!(refused, Err(ConnError::Protocol { .. })),
        "{refused:?}"
    );
    guard.release();
    assert_eq!(pool.status().open, 0);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_at_rest_is_replaced() {
    let (fake, pool) = honest(2).await;
    let mut guard = acquire(&pool).await;
    guard.begin_command(&[b"\x03DIE"]);
    guard.response_done();
    guard.flush().await.unwrap();
    fake.wait_for_open(0).await;
    guard.release();
    let guard = acquire(&pool).await;
    assert_eq!(guard.thread_id(), 2);
    assert_eq!(pool.status().open, 1);
}

#[tokio::test]
async fn a_lost_connection_tells_whether_anything_was_sent() {
    let (_fake, pool) = honest(1).await;
    for (sql, is_read) in [("DIE", false), ("HALF", true)] {
        let mut guard = acquire(&pool).await;
        let error = guard.query(sql).await.unwrap_err();
        assert!(
            matches!(error, ConnError::Lost { sent: true, .. }),
            "{error:?}"
        );
        assert_eq!(!guard.buffered().is_empty(), is_read);
    }
    let mut guard = acquire(&pool).await;
    guard.query("DIE").await.unwrap_err();
    guard.begin_command(&[b"\x03SELECT 1"]);
    let error = guard.fill().await.unwrap_err();
    assert!(
        matches!(error, ConnError::Lost { sent: false, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_found_hanging_is_not_waited_for_and_gets_nothing_more_contract_8_5() {
    let (_fake, pool) = honest(2).await;
    let (mut asking, mut resting) = (acquire(&pool).await, acquire(&pool).await);
    {
        let mut query = pin!(asking.query("NOTHING"));
        assert!(poll_once(query.as_mut()).is_pending());
        pool.trip(&ConnError::Lost {
            source_name: "ds".into(),
            sent: false,
        });
        let error = query.await.unwrap_err();
        assert!(
            matches!(error, ConnError::Lost { sent: true, .. }),
            "{error:?}"
        );
    }
    // what was taken before may not be asked any more
    assert!(resting.is_out());
    let error = resting.query("COMMIT").await.unwrap_err();
    assert!(
        matches!(error, ConnError::Lost { sent: false, .. }),
        "{error:?}"
    );
    drop((asking, resting));
    pool.hope();
    let mut trial = acquire(&pool).await;
    assert!(!trial.is_out());
    trial.query("SELECT 1").await.unwrap();
}

#[tokio::test]
async fn a_server_error_leaves_the_connection_usable() {
    let (_fake, pool) = honest(1).await;
    let mut guard = acquire(&pool).await;
    let error = guard.query("FAIL").await.unwrap_err();
    assert!(
        matches!(&error, ConnError::Server { code: 1146, sqlstate, .. } if sqlstate == "HY000")
    );
    assert!(!error.is_fatal());
    guard.query("SELECT 1").await.unwrap();
    guard.release();
    assert_eq!(pool.status().idle, 1);
}

#[tokio::test]
async fn those_who_wait_are_served_in_order_of_arrival() {
    let (_fake, pool) = honest(1).await;
    let guard = acquire(&pool).await;
    let mut waiting = Vec::new();
    let (sender, mut served) = tokio::sync::mpsc::unbounded_channel();
    for nth in 0..5 {
        let (pool_of_task, sender) = (Arc::clone(&pool), sender.clone());
        waiting.push(tokio::spawn(async move {
            let guard = acquire(&pool_of_task).await;
            sender.send(nth).unwrap();
            guard.release();
        }));
        while pool.status().waiting != nth + 1 {
            tokio::task::yield_now().await;
        }
    }
    guard.release();
    for nth in 0..5 {
        assert_eq!(served.recv().await, Some(nth));
    }
    for task in waiting {
        task.await.unwrap();
    }
    assert_eq!(pool.status().opened_total, 1);
    assert_eq!(pool.status().waited_total, 5);
}

#[tokio::test]
async fn a_newcomer_does_not_overtake_those_who_wait() {
    let (_fake, pool) = honest(1).await;
    let guard = acquire(&pool).await;
    let mut first = pin!(pool.acquire(PLAIN, 0));
    assert!(poll_once(first.as_mut()).is_pending());
    guard.release();
    // granted, not yet polled again
    let mut second = pin!(pool.acquire(PLAIN, 0));
    assert!(poll_once(second.as_mut()).is_pending());
    first.await.unwrap().release();
    second.await.unwrap();
}

#[tokio::test]
async fn the_line_is_bounded() {
    // contract 11
    let fake = Fake::start(Manners::Honest).await;
    let pool = Pool::new(
        fake.endpoint(),
        PoolOptions {
            max_waiters: 1,
            ..options(1)
        },
    );
    let _guard = acquire(&pool).await;
    let mut first = pin!(pool.acquire(PLAIN, 0));
    assert!(poll_once(first.as_mut()).is_pending());
    let error = pool.acquire(PLAIN, 0).await.unwrap_err();
    assert!(
        matches!(error, AcquireError::QueueFull { waiting: 1, .. }),
        "{error:?}"
    );
    assert!(error.is_busy());
    assert_eq!(pool.status().queue_full_total, 1);
}

#[tokio::test]
async fn waiting_ends_at_its_deadline() {
    // contract 11
    let fake = Fake::start(Manners::Honest).await;
    let pool = Pool::new(
        fake.endpoint(),
        PoolOptions {
            wait_timeout_ms: 20,
            ..options(1)
        },
    );
    let _guard = acquire(&pool).await;
    let error = pool.acquire(PLAIN, 0).await.unwrap_err();
    assert!(
        matches!(error, AcquireError::WaitTimeout { timeout_ms: 20, .. }),
        "{error:?}"
    );
    assert_eq!(pool.status().waiting, 0);
    assert_eq!(pool.status().wait_timeouts_total, 1);
}

#[tokio::test]
async fn one_who_leaves_the_line_is_skipped() {
    let (_fake, pool) = honest(1).await;
    let guard = acquire(&pool).await;
    let mut stays = pin!(pool.acquire(PLAIN, 0));
    {
        let mut leaves = pin!(pool.acquire(PLAIN, 0));
        assert!(poll_once(leaves.as_mut()).is_pending());
        assert!(poll_once(stays.as_mut()).is_pending());
    }
    assert_eq!(pool.status().waiting, 1);
    guard.release();
    stays.await.unwrap();
}

#[tokio::test]
async fn a_grant_that_is_dropped_unseen_goes_to_the_next() {
    let (fake, pool) = honest(1).await;
    let guard = acquire(&pool).await;
    let mut next = pin!(pool.acquire(PLAIN, 0));
    {
        let mut first = pin!(pool.acquire(PLAIN, 0));
        assert!(poll_once(first.as_mut()).is_pending());
        assert!(poll_once(next.as_mut()).is_pending());
        guard.release();
        // `first` holds the connection now and is dropped before it could see it
    }
    next.await.unwrap().release();
    assert_eq!(
        (fake.accepted(), pool.status().open, pool.status().idle),
        (1, 1, 1)
    );
}

#[tokio::test]
async fn a_connect_that_is_dropped_gives_its_slot_back() {
    let fake = Fake::start(Manners::NeverGreets).await;
    let pool = Pool::new(fake.endpoint(), options(1));
    {
        let mut connecting = pin!(pool.acquire(PLAIN, 0));
        assert!(poll_once(connecting.as_mut()).is_pending());
        assert_eq!(pool.status().open, 1);
    }
    assert_eq!(pool.status().open, 0);
}

#[tokio::test]
async fn a_slot_given_up_lets_the_next_in_line_connect() {
    let (fake, pool) = honest(1).await;
    let guard = acquire(&pool).await;
    let mut waits = pin!(pool.acquire(PLAIN, 0));
    assert!(poll_once(waits.as_mut()).is_pending());
    drop(guard);
    let guard = waits.await.unwrap();
    assert_eq!(
        (guard.thread_id(), fake.accepted(), pool.status().open),
        (2, 2, 1)
    );
}

#[tokio::test]
async fn a_resting_connection_of_equal_state_is_preferred() {
    let (_fake, pool) = honest(4).await;
    let (mut one, two) = (acquire(&pool).await, acquire(&pool).await);
    one.state.set("sql_mode", "'ANSI'");
    let (wanted, hash) = (one.thread_id(), one.state.hash());
    let latest = two.thread_id();
    one.release();
    two.release();
    let guard = pool.acquire(PLAIN, hash).await.unwrap();
    assert_eq!(guard.thread_id(), wanted);
    guard.release();
    assert_eq!(pool.acquire(PLAIN, 4711).await.unwrap().thread_id(), wanted);
    assert_ne!(latest, wanted);
}

#[tokio::test]
async fn keys_share_the_maximum_and_never_a_connection() {
    // contract 2.4
    let (fake, pool) = honest(1).await;
    acquire(&pool).await.release();
    let guard = pool.acquire(FOUND, 0).await.unwrap();
    assert_eq!(
        (guard.thread_id(), guard.key(), pool.status().open),
        (2, FOUND, 1)
    );
    let mut other = pin!(pool.acquire(PLAIN, 0));
    assert!(poll_once(other.as_mut()).is_pending());
    guard.release();
    let guard = other.await.unwrap();
    assert_eq!(
        (guard.thread_id(), guard.key(), pool.status().open),
        (3, PLAIN, 1)
    );
    fake.wait_for_open(1).await;
}

#[tokio::test]
async fn a_refused_account_is_told_apart_from_a_server_that_is_down_also_behind_the_circuit() {
    for (code, is_misconfigured) in [(1045, true), (1049, true), (1129, false)] {
        let fake = Fake::start(Manners::GreetsWithError(code)).await;
        let pool = Pool::new(fake.endpoint(), options(2));
        for attempt in 0..4 {
            let error = pool.acquire(PLAIN, 0).await.unwrap_err();
            assert_eq!(
                error.is_misconfigured(),
                is_misconfigured,
                "{attempt}: {error}"
            );
            let text = error.to_string();
            assert!(text.contains(&code.to_string()), "{attempt}: {text}");
            assert!(
                !text.contains("10.1.2.3") && !text.contains("'app'"),
                "{text}"
            );
            assert_eq!(
                matches!(error, AcquireError::CircuitOpen { .. }),
                attempt == 3
            );
        }
    }
}

#[tokio::test]
async fn three_failed_connects_open_the_circuit_and_care_closes_it() {
    // contract 8.5
    let fake = Fake::start(Manners::Honest).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut endpoint = (*fake.endpoint()).clone();
    endpoint.port = port;
    let pool = Pool::new(Arc::new(endpoint), options(2));
    for _ in 0..3 {
        assert!(pool.is_available());
        let error = pool.acquire(PLAIN, 0).await.unwrap_err();
        assert!(
            matches!(error, AcquireError::Connect(ConnError::Unreachable { .. })),
            "{error:?}"
        );
    }
    assert!(!pool.is_available());
    let error = pool.acquire(PLAIN, 0).await.unwrap_err();
    assert!(
        matches!(error, AcquireError::CircuitOpen { .. }),
        "{error:?}"
    );
    assert!(!error.is_busy());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .unwrap();
    tokio::spawn(Fake::serve_on(listener));
    let token = CancellationToken::new();
    let care = tokio::spawn(Arc::clone(&pool).maintain(token.clone()));
    while !pool.is_available() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    token.cancel();
    care.await.unwrap();
    acquire(&pool).await;
}

#[tokio::test]
async fn a_full_server_makes_requests_wait_for_the_connections_there_are() {
    let fake = Fake::start(Manners::HasRoomFor(1)).await;
    let pool = Pool::new(fake.endpoint(), options(4));
    let guard = acquire(&pool).await;
    let waiting = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move { acquire(&pool).await.thread_id() }
    });
    while pool.status().waiting == 0 {
        tokio::task::yield_now().await;
    }
    assert!(pool.is_available());
    let id = guard.thread_id();
    guard.release();
    assert_eq!(waiting.await.unwrap(), id);
}

#[tokio::test]
async fn care_keeps_the_minimum_and_closes_what_is_unused() {
    let fake = Fake::start(Manners::Honest).await;
    let pool = Pool::new(
        fake.endpoint(),
        PoolOptions {
            min: 2,
            idle_timeout_ms: 1,
            ..options(8)
        },
    );
    pool.top_up().await;
    assert_eq!((pool.status().open, pool.status().idle), (2, 2));
    let guards = [
        acquire(&pool).await,
        acquire(&pool).await,
        acquire(&pool).await,
    ];
    guards.into_iter().for_each(Guard::release);
    assert_eq!(pool.status().idle, 3);
    tokio::time::sleep(Duration::from_millis(5)).await;
    pool.sweep();
    assert_eq!(pool.status().open, 2);
    fake.wait_for_open(2).await;
}

#[tokio::test]
async fn an_old_connection_is_not_pooled_again() {
    let fake = Fake::start(Manners::Honest).await;
    let pool = Pool::new(
        fake.endpoint(),
        PoolOptions {
            max_lifetime_ms: 1,
            ..options(8)
        },
    );
    let guard = acquire(&pool).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    guard.release();
    assert_eq!(pool.status().open, 0);
}

#[tokio::test]
async fn retired_connections_end_at_rest_or_when_they_come_back() {
    let (fake, pool) = honest(4).await;
    let (lent, resting) = (acquire(&pool).await, acquire(&pool).await);
    resting.release();
    pool.retire();
    assert_eq!(pool.status().open, 1);
    lent.release();
    assert_eq!(pool.status().open, 0);
    fake.wait_for_open(0).await;
    acquire(&pool).await.release();
    assert_eq!(pool.status().idle, 1);
}

#[tokio::test]
async fn a_closed_pool_sends_everybody_home() {
    let (fake, pool) = honest(1).await;
    let guard = acquire(&pool).await;
    let mut waits = pin!(pool.acquire(PLAIN, 0));
    assert!(poll_once(waits.as_mut()).is_pending());
    pool.close();
    assert!(matches!(waits.await, Err(AcquireError::Closed { .. })));
    assert!(matches!(
        pool.acquire(PLAIN, 0).await,
        Err(AcquireError::Closed { .. })
    ));
    guard.release();
    fake.wait_for_open(0).await;
    assert_eq!(pool.status().open, 0);
}

#[tokio::test]
async fn readers_skip_replicas_that_are_down_and_fall_back_to_the_primary() {
    // contract 8.1, 8.5
    let (primary, up) = (honest(1).await.1, honest(1).await.1);
    let down_fake = Fake::start(Manners::GreetsWithError(1129)).await;
    let down = Pool::new(down_fake.endpoint(), options(1));
    for _ in 0..3 {
        let _ = down.acquire(PLAIN, 0).await;
    }
    let choices = [
        ReplicaChoice::RoundRobin,
        ReplicaChoice::Random,
        ReplicaChoice::Weight(vec![1000, 1]),
        ReplicaChoice::LeastConnections,
    ];
    for choice in choices {
        let replicas = vec![Arc::clone(&down), Arc::clone(&up)];
        let members = Members::new(Arc::clone(&primary), replicas, choice.clone());
        for _ in 0..20 {
            let reader = members.reader(Freshness::Any, None).unwrap();
            assert!(Arc::ptr_eq(reader, &up), "{choice:?}");
        }
        let members = Members::new(Arc::clone(&primary), vec![Arc::clone(&down)], choice);
        assert!(members.reader(Freshness::Any, None).is_none());
    }
}

#[tokio::test]
async fn weights_and_turns_are_kept() {
    // contract 8.1
    let pools = [honest(1).await.1, honest(1).await.1, honest(1).await.1];
    let replicas = vec![Arc::clone(&pools[1]), Arc::clone(&pools[2])];
    let count = |choice, reads: usize| {
        let members = Members::new(Arc::clone(&pools[0]), replicas.clone(), choice);
        (0..reads)
            .filter(|_| {
                let reader = members.reader(Freshness::Any, None);
                reader.is_some_and(|reader| Arc::ptr_eq(reader, &pools[1]))
            })
            .count()
    };
    assert_eq!(count(ReplicaChoice::RoundRobin, 10), 5);
    assert_eq!(count(ReplicaChoice::Weight(vec![0, 1]), 100), 0);
    assert_eq!(count(ReplicaChoice::Weight(vec![0, 0]), 100), 0);
    assert!((300..1000).contains(&count(ReplicaChoice::Weight(vec![3, 1]), 1000)));
    assert!((300..700).contains(&count(ReplicaChoice::Random, 1000)));
    assert_eq!(count(ReplicaChoice::LeastConnections, 10), 5);
    let _busy = acquire(&pools[1]).await;
    assert_eq!(count(ReplicaChoice::LeastConnections, 10), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_leaks_when_many_come_give_up_and_go() {
    const MAX: usize = 4;
    let (fake, pool) = honest(MAX).await;
    let tasks: Vec<_> = (0..64_usize)
        .map(|task| {
            let pool = Arc::clone(&pool);
            tokio::spawn(async move {
                for round in 0..50_usize {
                    let key = if (task + round) % 3 == 0 {
                        FOUND
                    } else {
                        PLAIN
                    };
                    let patience = Duration::from_micros(
                        u64::try_from((task * 37 + round * 101) % 3000).unwrap(),
                    );
                    let Ok(Ok(mut guard)) =
                        tokio::time::timeout(patience, pool.acquire(key, 0)).await
                    else {
                        continue;
                    };
                    assert!(pool.status().open <= MAX);
                    let asked = tokio::time::timeout(patience, guard.query("SELECT 1")).await;
                    match (asked, round % 5) {
                        (_, 0) => drop(guard),
                        _ => guard.release(),
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let status = pool.status();
    assert_eq!((status.waiting, status.open), (0, status.idle));
    fake.wait_for_open(status.idle).await;
    let all = [
        acquire(&pool).await,
        acquire(&pool).await,
        acquire(&pool).await,
        acquire(&pool).await,
    ];
    assert_eq!(pool.status().in_use(), all.len());
}

#[tokio::test]
async fn only_a_connection_for_a_file_offers_files_and_it_is_never_pooled() {
    // contract 2.6
    let (_fake, pool) = honest(1).await;
    let offers = async |guard: &mut Guard| {
        let flags = guard.query("FLAGS").await.unwrap().ok.affected_rows;
        flags & u64::from(Capabilities::LOCAL_FILES.0) != 0
    };
    let mut plain = acquire(&pool).await;
    assert!(!offers(&mut plain).await);
    plain.release();
    // the resting one makes room, the pool's maximum holds
    let mut for_file = pool.acquire_for_file(PLAIN).await.unwrap();
    assert!(offers(&mut for_file).await);
    assert!(for_file.is_for_file());
    assert_eq!(pool.status().open, 1);
    for_file.reset().await.unwrap();
    for_file.release();
    assert_eq!((pool.status().open, pool.status().idle), (0, 0));
    assert!(!offers(&mut acquire(&pool).await).await);
}

#[tokio::test]
async fn a_request_for_a_file_that_nobody_offered_ends_a_small_statement() {
    // contract 2.6
    let (_fake, pool) = honest(1).await;
    let mut guard = acquire(&pool).await;
    let error = guard.query("FILE").await.unwrap_err();
    assert!(error.is_fatal(), "{error}");
}
