//! Commands read from loopback sockets.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{ClientStream, SessionError};
use crate::protocol::{ErrPacket, MAX_PAYLOAD, OkPacket, write_packet};

async fn pair() -> (TcpStream, ClientStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    (client, ClientStream::new(accepted).unwrap())
}

#[tokio::test]
async fn pipelined_commands_are_read_in_order() {
    let (mut client, mut stream) = pair().await;
    client
        .write_all(b"\x02\0\0\0\x03a\x01\0\0\0\x0e\x03\0\0\0\x03bc")
        .await
        .unwrap();
    client.shutdown().await.unwrap();
    let mut command = Vec::new();
    for expected in [&b"\x03a"[..], b"\x0e", b"\x03bc"] {
        assert!(stream.read_command(&mut command, 100).await.unwrap());
        assert_eq!(command, expected);
        assert_eq!(*stream.sequence_mut(), 1);
        stream.write_ok(&OkPacket::default());
    }
    assert!(!stream.read_command(&mut command, 100).await.unwrap());
    stream.flush().await.unwrap();
    let mut answers = vec![0; 33];
    client.read_exact(&mut answers).await.unwrap();
    assert!(
        answers
            .chunks(11)
            .all(|answer| answer == b"\x07\0\0\x01\0\0\0\0\0\0\0")
    );
}

#[tokio::test]
async fn a_command_of_several_frames_is_joined() {
    for len in [
        MAX_PAYLOAD - 1,
        MAX_PAYLOAD,
        MAX_PAYLOAD + 5,
        2 * MAX_PAYLOAD,
    ] {
        let (mut client, mut stream) = pair().await;
        let writer = tokio::spawn(async move {
            let mut bytes = Vec::new();
            write_packet(&mut bytes, &mut 0, &vec![3; len]);
            bytes.extend_from_slice(b"\x01\0\0\0\x0e");
            client.write_all(&bytes).await.unwrap();
            client
        });
        let mut command = Vec::new();
        assert!(stream.read_command(&mut command, 40 << 20).await.unwrap());
        assert_eq!(command.len(), len);
        assert_eq!(usize::from(*stream.sequence_mut()), len / MAX_PAYLOAD + 1);
        assert!(stream.read_command(&mut command, 40 << 20).await.unwrap());
        assert_eq!(command, [0x0e]);
        drop(writer.await.unwrap());
    }
}

#[tokio::test]
async fn a_command_over_the_limit_is_refused_by_its_header() {
    let (mut client, mut stream) = pair().await;
    client.write_all(b"\xFF\xFF\xFF\0").await.unwrap();
    let error = stream
        .read_command(&mut Vec::new(), 1000)
        .await
        .unwrap_err();
    assert!(matches!(error, SessionError::CommandTooLong { .. }));
}

#[tokio::test]
async fn the_rest_of_a_command_is_not_waited_for_for_ever() {
    for bytes in [&b"\x01\0"[..], b"\x05\0\0\0", b"\x05\0\0\0ab"] {
        let (mut client, mut stream) = pair().await;
        stream.patience = Duration::from_millis(20);
        client.write_all(b"\x01\0\0\0\x0e").await.unwrap();
        client.write_all(bytes).await.unwrap();
        let mut command = Vec::new();
        assert!(stream.ready().await.unwrap());
        assert!(stream.holds_command());
        assert!(stream.read_command(&mut command, 1000).await.unwrap());
        assert!(!stream.holds_command());
        let error = stream.read_command(&mut command, 1000).await.unwrap_err();
        assert!(matches!(error, SessionError::Stalled(_)), "{error}");
        drop(client);
    }
}

#[tokio::test]
async fn a_wrong_sequence_id_and_a_cut_command_are_errors() {
    let (mut client, mut stream) = pair().await;
    client.write_all(b"\x01\0\0\x02\x0e").await.unwrap();
    let error = stream
        .read_command(&mut Vec::new(), 1000)
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        SessionError::OutOfOrder {
            expected: 0,
            found: 2
        }
    ));

    for bytes in [&b"\x01\0"[..], b"\x05\0\0\0ab"] {
        let (mut client, mut stream) = pair().await;
        client.write_all(bytes).await.unwrap();
        drop(client);
        let error = stream
            .read_command(&mut Vec::new(), 1000)
            .await
            .unwrap_err();
        assert!(matches!(error, SessionError::Closed));
    }
}

#[tokio::test]
async fn waiting_for_a_command_may_be_given_up() {
    let (mut client, mut stream) = pair().await;
    {
        let waiting = stream.ready();
        tokio::pin!(waiting);
        assert!(futures_are_pending(&mut waiting).await);
    }
    client.write_all(b"\x01\0\0\0\x0e").await.unwrap();
    let mut command = Vec::new();
    assert!(stream.read_command(&mut command, 10).await.unwrap());
    assert_eq!(command, [0x0e]);
}

async fn futures_are_pending<F: Future + Unpin>(future: &mut F) -> bool {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending())
    })
    .await
}

#[tokio::test]
async fn a_refusal_in_front_of_the_greeting_has_no_sqlstate() {
    let (mut client, mut stream) = pair().await;
    stream
        .refuse(&ErrPacket::new(1040, "08004", "Too many connections"))
        .await
        .unwrap();
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes, b"\x17\0\0\0\xFF\x10\x04Too many connections");
}

#[tokio::test]
async fn a_command_may_come_byte_by_byte() {
    let (mut client, mut stream) = pair().await;
    let reader = tokio::spawn(async move {
        let mut command = Vec::new();
        assert!(stream.read_command(&mut command, 100).await.unwrap());
        command
    });
    for byte in b"\x06\0\0\0\x03DO 1;" {
        client.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(reader.await.unwrap(), b"\x03DO 1;");
}
