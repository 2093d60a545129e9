//! A client connection: login, state, command loop.

mod account;
mod answer;
mod awake;
mod channel;
mod error;
mod host;
mod login;
#[cfg(test)]
mod login_tests;
mod places;
mod proof;
mod secret;
mod serve;
mod stream;
#[cfg(test)]
mod stream_tests;
mod throttle;
mod transport;

pub use account::{Account, Accounts};
pub use awake::Awake;
pub use error::SessionError;
pub use host::HostPattern;
pub use login::{FindDatabase, Login, LoginGate};
pub use places::LoginPlaces;
pub use proof::Plugin;
pub use secret::Secret;
pub use serve::{Client, House, Limits, serve};
pub use stream::ClientStream;
pub use throttle::Throttle;
