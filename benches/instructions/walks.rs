//! Whole statements: from the client's text to the answer in the client's buffer, over a socket to the server and back.
//!
//! Both ends of that socket are counted. What the server's end and the runtime cost is told by the case without us.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::cases::{Case, Once};
use crate::place::Place;

const READ: &[u8] = b"SELECT c FROM sbtest1 WHERE id=4711";
const READ_10: &[u8] = b"SELECT c FROM sbtest1 WHERE id=4711 LIMIT 10";
const READ_1000: &[u8] = b"SELECT c FROM sbtest1 WHERE id=4711 LIMIT 1000";
const UPDATE: &[u8] = b"UPDATE sbtest1 SET k=k+1 WHERE id=4711 AND k>=1";
const INSERT: &[u8] =
    b"INSERT INTO sbtest1 (id, k, c, pad) VALUES (4711, 501, 'some text', 'other text')";
const NO_TABLE: &[u8] = b"SELECT 1";
const PREPARED_READ: &[u8] = b"SELECT c FROM sbtest1 WHERE id=?";
const PREPARED_UPDATE: &[u8] = b"UPDATE sbtest1 SET k=k+1 WHERE id=? AND k>=1";
const PREPARED_INSERT: &[u8] =
    b"INSERT INTO sbtest1 (id, k, c, pad) VALUES (?, 501, 'some text', 'other text')";

pub fn cases() -> Vec<Case> {
    fn case(
        name: &'static str,
        times: usize,
        run: for<'p> fn(&'p mut Place, usize) -> Once<'p>,
    ) -> Case {
        Case { name, times, run }
    }
    vec![
        case("exchange without the proxy", 200, |place, times| {
            Box::pin(exchange(place, times))
        }),
        case("text read of 1 row", 200, |place, times| {
            Box::pin(text(place, READ, times))
        }),
        case("text read of 10 rows", 100, |place, times| {
            Box::pin(text(place, READ_10, times))
        }),
        case("text read of 1,000 rows", 10, |place, times| {
            Box::pin(text(place, READ_1000, times))
        }),
        case("text read without a table", 200, |place, times| {
            Box::pin(text(place, NO_TABLE, times))
        }),
        case("text update", 200, |place, times| {
            Box::pin(text(place, UPDATE, times))
        }),
        case("text insert", 200, |place, times| {
            Box::pin(text(place, INSERT, times))
        }),
        case("prepared read of 1 row", 200, |place, times| {
            Box::pin(prepared(place, PREPARED_READ, times))
        }),
        case("prepared update", 200, |place, times| {
            Box::pin(prepared(place, PREPARED_UPDATE, times))
        }),
        case("prepared insert", 200, |place, times| {
            Box::pin(prepared(place, PREPARED_INSERT, times))
        }),
    ]
}

async fn exchange(place: &mut Place, times: usize) {
    let text: &[u8] = b"SELECT `sbtest1_7` WHERE id=4711";
    let mut packet = vec![u8::try_from(text.len() + 1).unwrap_or_default(), 0, 0, 0, 3];
    packet.extend_from_slice(text);
    let mut answer = Vec::with_capacity(1 << 12);
    for _ in 0..times {
        let sent = place.direct.write_all(&packet).await;
        answer.clear();
        let read = place.direct.read_buf(&mut answer).await;
        assert!(sent.is_ok() && read.is_ok_and(|count| count > 100));
    }
}

async fn text(place: &mut Place, text: &[u8], times: usize) {
    for _ in 0..times {
        place.client.next();
        let Place {
            kernel,
            session,
            client,
            ..
        } = place;
        let served = kernel.query(session, text, client).await;
        assert!(served.is_ok());
        assert_answered(place);
    }
}

async fn prepared(place: &mut Place, text: &[u8], times: usize) {
    place.client.next();
    let Place {
        kernel,
        session,
        client,
        ..
    } = place;
    let served = kernel.prepare_statement(session, text, client).await;
    assert!(served.is_ok());
    let id = client
        .answer()
        .get(5..9)
        .map(<[u8]>::to_vec)
        .unwrap_or_default();
    // id, no cursor, once; no NULL; the types, which libraries send once
    let mut body = id.clone();
    body.extend([0, 1, 0, 0, 0, 0]);
    let mut first = body.clone();
    first.extend([1, 8, 0]);
    body.push(0);
    for packet in [&mut first, &mut body] {
        packet.extend(4711_u64.to_le_bytes());
    }
    for nth in 0..times {
        let body = if nth == 0 { &first } else { &body };
        place.client.next();
        let Place {
            kernel,
            session,
            client,
            ..
        } = place;
        let served = kernel.execute_statement(session, body, client).await;
        assert!(served.is_ok());
        assert_answered(place);
    }
    place.kernel.close_statement(&mut place.session, &id).await;
}

/// No error: those are short, and what is counted would not be what the case says.
fn assert_answered(place: &Place) {
    let first = place.client.answer().get(4);
    assert!(
        first.is_some_and(|first| *first != 0xFF),
        "{}",
        String::from_utf8_lossy(place.client.answer())
    );
}
