//! HTTP and SHOW statements that tell about the proxy.

mod board;
mod events;
mod http;
mod members;

pub use board::Board;
pub use http::serve;
