//! What every test stands on: the farm, the proxy, connections, and fresh SKUs.

mod answer;
mod house;
mod placement;
mod proxy;
mod shop;

pub use answer::{Answer, Fault, Refusal, Set, ask, number, refusal, render, rows, value};
pub use house::{House, house};
pub use placement::Placement;
pub use proxy::{Proxy, ProxyOptions};
pub use shop::{DATABASE, Shop, distribution, narrow, shop, token};
