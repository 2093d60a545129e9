//! Builds, listens, reloads, drains.
