//! Builds, listens, reloads, drains.

mod build;
mod catalog;
mod connection;
mod error;
mod pools;
mod process;
mod schemas;

pub use catalog::{CatalogReport, catalogs};
pub use error::ServerError;
pub use process::{ServeOptions, load, run};
pub use schemas::schemas;
