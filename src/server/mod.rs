//! Builds, listens, reloads, drains.

mod build;
mod catalog;
mod connection;
mod descriptors;
mod error;
mod online;
mod placement;
mod pools;
mod process;
mod reactors;
mod schemas;

pub use catalog::{CatalogReport, catalogs};
pub use descriptors::descriptor_shortage;
pub use error::ServerError;
pub use online::{ExaminedGroup, examine};
pub use placement::verify_placement;
pub use process::{ServeOptions, load, run};
pub use schemas::schemas;
