//! Connections at hand, and what is done where none is.

use std::sync::Arc;

use super::connection::{Need, ReplicaNeed, connection, connection_at_once};
use super::transaction::{Place, Transaction};
use crate::backend::fake::{Fake, Manners};
use crate::backend::{Freshness, Members, Pool, PoolKey, PoolOptions, ReplicaChoice};
use crate::model::{SessionState, SourceId};

async fn pool() -> Arc<Pool> {
    let fake = Fake::start(Manners::Honest).await;
    let options = PoolOptions {
        min: 0,
        max: 4,
        ..PoolOptions::default()
    };
    Pool::new(fake.endpoint(), options)
}

fn place() -> Place {
    Place {
        database: "shop".into(),
        source: SourceId(0),
    }
}

fn need<'a>(place: &'a Place, members: &'a Members, state: &'a SessionState) -> Need<'a> {
    Need {
        place,
        members,
        key: PoolKey::default(),
        replica: None,
        is_write: false,
        may_write: false,
        avoided: None,
        chosen: None,
        state,
        with_user: false,
        opens_transaction: false,
        characteristics: None,
    }
}

#[tokio::test]
async fn a_replica_without_a_connection_at_hand_keeps_its_turn() {
    // contract 8.1
    let pools = [pool().await, pool().await, pool().await];
    let members = Members::new(
        Arc::clone(&pools[0]),
        pools[1..].to_vec(),
        ReplicaChoice::RoundRobin,
    );
    let (place, state) = (place(), SessionState::default());
    let mut transaction = Transaction::default();
    let mut served = [0, 0, 0];
    let mut at_hand = 0;
    for _ in 0..10 {
        let mut need = need(&place, &members, &state);
        need.replica = Some(ReplicaNeed {
            freshness: Freshness::Any,
            writes: None,
            in_transaction: false,
        });
        let held = match connection_at_once(&mut transaction, &need) {
            Ok(held) => {
                at_hand += 1;
                held
            }
            Err(chosen) => {
                need.chosen = chosen.as_ref();
                connection(&mut transaction, &need).await.unwrap()
            }
        };
        for (pool, served) in pools.iter().zip(&mut served) {
            *served += usize::from(Arc::ptr_eq(pool, &held.pool));
        }
        transaction.settle(held);
    }
    assert_eq!((served, at_hand), ([0, 5, 5], 8));
}

#[tokio::test]
async fn what_would_have_to_be_sent_first_is_not_at_hand() {
    let pool = pool().await;
    let members = Members::alone(Arc::clone(&pool));
    let (place, state) = (place(), SessionState::default());
    let mut transaction = Transaction::default();
    let mut other = SessionState::default();
    other.set("sql_mode", "'ANSI'");
    let plain = need(&place, &members, &state);
    assert!(connection_at_once(&mut transaction, &plain).is_err());
    let held = connection(&mut transaction, &plain).await.unwrap();
    transaction.settle(held);
    let others = [
        need(&place, &members, &other),
        Need {
            opens_transaction: true,
            ..plain.clone()
        },
        Need {
            characteristics: Some("SET TRANSACTION READ ONLY"),
            ..plain.clone()
        },
    ];
    for need in others {
        assert!(connection_at_once(&mut transaction, &need).is_err());
    }
    let held = connection_at_once(&mut transaction, &plain).unwrap();
    transaction.settle(held);
    transaction.begin(super::Begun::default());
    assert!(
        connection_at_once(&mut transaction, &plain).is_err(),
        "BEGIN goes first"
    );
}

#[tokio::test]
async fn anothers_user_variables_leave_a_connection_in_its_pool() {
    // contract 3.1
    let pool = pool().await;
    let members = Members::alone(Arc::clone(&pool));
    let (place, state) = (place(), SessionState::default());
    let mut transaction = Transaction::default();
    let mut need = need(&place, &members, &state);
    let mut held = connection(&mut transaction, &need).await.unwrap();
    held.guard.state.set_user("a", "1");
    transaction.settle(held);
    need.with_user = true;
    let before = pool.status();
    assert!(connection_at_once(&mut transaction, &need).is_err());
    assert_eq!(pool.status(), before);
    need.with_user = false;
    assert!(connection_at_once(&mut transaction, &need).is_ok());
}
