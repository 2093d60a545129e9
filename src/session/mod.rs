//! A client connection: login, state, command loop.
