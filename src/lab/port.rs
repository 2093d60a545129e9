//! Free ports on 127.0.0.1.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

use super::error::LabError;

/// Below the range from which the kernel picks ports of outgoing connections (32768 and up), so that a server
/// that is restarted finds its port again.
const FIRST: u16 = 21_000;
const LAST: u16 = 31_999;
/// More ports than a process takes.
const STRIDE: u32 = 96;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A port of 127.0.0.1 on which nobody listens now; no two calls in one process get the same before the range is used up.
///
/// # Errors
/// [`LabError::NoPort`] if none is free.
pub fn free_port() -> Result<u16, LabError> {
    let span = LAST - FIRST + 1;
    // processes started together have neighboring ids
    let start = std::process::id().wrapping_mul(STRIDE) % u32::from(span);
    let start = u16::try_from(start).unwrap_or(0);
    for _ in 0..span {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % span;
        let port = FIRST + (start + step) % span;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(LabError::NoPort {
        from: FIRST,
        to: LAST,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_calls_never_get_one_port() {
        let ports: Vec<u16> = (0..20).map(|_| free_port().unwrap()).collect();
        let mut unique = ports.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ports.len());
    }
}
