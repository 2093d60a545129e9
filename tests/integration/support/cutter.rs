//! A wire in front of a server that is cut at the COMMIT: before the server sees it, or before its answer comes back.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::thread;

/// COM_QUERY of `COMMIT`, with its header.
const COMMIT: &[u8] = b"\x07\x00\x00\x00\x03COMMIT";

/// Where the wire is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The server never sees the COMMIT.
    Before = 1,
    /// The server answers it to nobody.
    Behind = 2,
}

#[derive(Debug, Default)]
struct State {
    /// 0, or the next [`Cut`].
    armed: AtomicU8,
    cuts: AtomicUsize,
}

/// A forwarder to one server; its threads end with the process.
#[derive(Debug)]
pub struct Cutter {
    port: u16,
    state: Arc<State>,
}

impl Cutter {
    pub fn start(server: SocketAddr) -> Cutter {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                let Ok(server) = TcpStream::connect(server) else {
                    continue;
                };
                forward(client, server, &shared);
            }
        });
        Cutter { port, state }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next COMMIT loses its connection.
    pub fn arm(&self, cut: Cut) {
        self.state.armed.store(cut as u8, Ordering::SeqCst);
    }

    /// How many connections were cut.
    pub fn cuts(&self) -> usize {
        self.state.cuts.load(Ordering::SeqCst)
    }
}

fn forward(client: TcpStream, server: TcpStream, state: &Arc<State>) {
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let (up, down) = (
        (client.try_clone().unwrap(), server.try_clone().unwrap()),
        (server, client),
    );
    let state = Arc::clone(state);
    thread::spawn(move || upwards(up, &state));
    thread::spawn(move || downwards(down));
}

fn upwards((mut client, mut server): (TcpStream, TcpStream), state: &State) {
    let mut bytes = [0; 65_536];
    while let Ok(count @ 1..) = client.read(&mut bytes) {
        let is_commit = bytes[..count]
            .windows(COMMIT.len())
            .any(|window| window == COMMIT);
        let cut = if is_commit {
            state.armed.swap(0, Ordering::SeqCst)
        } else {
            0
        };
        if cut != 0 {
            state.cuts.fetch_add(1, Ordering::SeqCst);
        }
        if cut == Cut::Behind as u8 {
            // what comes back from here on is for nobody
            let _ = client.shutdown(Shutdown::Write);
            let _ = server.write_all(&bytes[..count]);
            let mut answer = [0; 64];
            let mut unheard = server.try_clone().unwrap();
            // the answer may have been taken by the other thread, which cannot pass it on
            let _ = unheard.set_read_timeout(Some(std::time::Duration::from_millis(200)));
            let _ = unheard.read(&mut answer);
        }
        if cut != 0 {
            break;
        }
        if server.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
    let _ = client.shutdown(Shutdown::Both);
}

fn downwards((mut server, mut client): (TcpStream, TcpStream)) {
    let mut bytes = [0; 65_536];
    while let Ok(count @ 1..) = server.read(&mut bytes) {
        if client.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}
