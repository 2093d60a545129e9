//! One statement, end to end; the one place that turns an error into code, SQLSTATE and message.
