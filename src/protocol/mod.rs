//! The wire: packets, commands, handshake, authentication proofs; bytes in, bytes out, no socket.
