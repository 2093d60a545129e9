//! A client's bytes behind a real socket, many times a second.

use std::cell::OnceCell;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use shardgate::session::ClientStream;
use socket2::SockRef;
use tokio::runtime::{Builder, Runtime};

/// How long a socket of this machine may be silent before something hangs.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

struct Loopback {
    runtime: Runtime,
    listener: TcpListener,
}

thread_local! {
    static LOOPBACK: OnceCell<Loopback> = const { OnceCell::new() };
}

/// Sends `bytes`, closes the sending side, and lets `serve` read them; gives its result and what it wrote.
pub(super) fn serve<T>(
    bytes: &[u8],
    serve: impl AsyncFnOnce(&mut ClientStream) -> T,
) -> (T, Vec<u8>) {
    LOOPBACK.with(|cell| {
        let Loopback { runtime, listener } = cell.get_or_init(open);
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        for socket in [&client, &server] {
            // a closed socket is forgotten at once: there are fewer ports than runs
            SockRef::from(socket)
                .set_linger(Some(Duration::ZERO))
                .unwrap();
        }
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client.write_all(bytes).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        server.set_nonblocking(true).unwrap();
        runtime.block_on(async {
            let mut stream =
                ClientStream::new(tokio::net::TcpStream::from_std(server).unwrap()).unwrap();
            let result = tokio::time::timeout(PATIENCE, serve(&mut stream))
                .await
                .expect("a client that has closed is not waited for");
            let _ = stream.shutdown().await;
            let mut answer = Vec::new();
            // a server that closes with bytes unread resets the connection
            let _ = client.read_to_end(&mut answer);
            (result, answer)
        })
    })
}

fn open() -> Loopback {
    Loopback {
        runtime: Builder::new_current_thread().enable_all().build().unwrap(),
        listener: TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(),
    }
}
