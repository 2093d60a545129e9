//! Logins: how many a second, how long one takes, and the CPU of the process between for each.

use std::error::Error;

use crate::compare;
use crate::load::Kind;
use crate::options::Options;
use crate::report::Report;
use crate::stage::Stage;

/// Measures clients that log in, say goodbye and come again.
pub fn measure(
    stage: &Stage,
    options: &Options,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let loads = [(Kind::Login, options.connections)];
    compare::measure("logins", &loads, stage, options, report)
}
