//! Builds, listens, reloads, drains.

mod build;
mod connection;
mod error;
mod pools;
mod process;

pub use error::ServerError;
pub use process::{ServeOptions, load, run};
