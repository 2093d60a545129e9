//! SQL files in, diagnostics out.
