//! Arguments to calls.
