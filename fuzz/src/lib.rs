//! What must hold for any bytes of a peer, as functions from bytes to nothing: they panic where it does not hold.
//!
//! The fuzz targets call them with what a fuzzer thinks of, the main crate's tests with the corpus.

pub mod analysis;
pub mod execute;
pub mod framing;
pub mod handshake;
pub mod hint;
pub mod lexer;
mod loopback;
mod mode;
pub mod relay;
pub mod response;
mod routing;
pub mod statement;
