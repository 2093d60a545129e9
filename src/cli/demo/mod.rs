//! `shardgate demo`: private servers, the recommended layout, the proxy, and a tour of what it does.
//!
//! Everything is started here and ended here: servers and proxy are child processes with temporary folders, gone
//! after the tour, after Ctrl-C, after an error, and even after this process was killed.

mod client;
mod error;
mod interrupt;
mod load;
mod promotion;
mod reservation;
mod run;
mod stage;
mod tour;

pub use run::{DemoOptions, run};
