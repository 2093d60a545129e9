//! Runs the units of a plan on pooled connections; transactions and deadlines.
