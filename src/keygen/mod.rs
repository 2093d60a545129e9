//! Snowflake ids and the clock they trust.
