//! The built proxy in front of real servers, spoken to with a driver nobody here wrote.
//!
//! One farm and one proxy serve the whole binary; each test takes SKUs and names of its own. The proxy is the built
//! program, started on a free port. `SHARDGATE_TEST_FAMILY=mysql` runs all of it on MySQL (see `lab::Distribution`).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests state their expectations by unwrapping"
)]

mod accounts;
mod agreement;
mod attacks;
mod broadcast;
mod canary;
mod catalog;
mod clients;
mod collations;
mod crowd;
mod crud;
mod ddl;
mod demo;
mod differential;
mod differential_prepared;
mod drivers;
mod endurance;
mod enums;
mod everyday;
mod exact;
mod fan_write;
mod faults;
mod firewall;
mod fuse;
mod hinted;
mod isolation;
mod joined;
mod keys;
mod kills;
mod large;
mod load_local;
mod meaning;
mod moments;
mod names;
mod opening;
mod oracle;
mod placement;
mod prepared;
mod prepared_packets;
mod refusals;
mod replicas;
mod state;
mod suites;
mod support;
mod threads;
mod torn;
mod transactions;
mod wire;
