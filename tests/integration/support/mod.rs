//! What every test stands on: the farm, the proxy, connections, and fresh SKUs.

mod answer;
mod binary;
mod cutter;
mod documented;
mod house;
mod packets;
mod placement;
mod proxy;
pub mod raw;
mod shop;

pub use answer::{Answer, Fault, Refusal, Set, ask, number, refusal, render, rows, value};
pub use binary::{Binary, BinaryAnswer, Param, Prepared};
pub use cutter::{Cut, Cutter};
pub use documented::{covers_name, documented};
pub use house::{House, house};
pub use packets::{
    CLOSE, CURSOR_EXISTS, EXECUTE, FETCH, LAST_ROW_SENT, LONG_DATA, PREPARE, Packets, RESET, Said,
    execute, execute_again, packet,
};
pub use placement::Placement;
pub use proxy::{Proxy, ProxyOptions};
pub use shop::{DATABASE, Shop, TABLES, distribution, narrow, opts, shop, token};
