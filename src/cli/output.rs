//! Lines to standard output; a reader that goes away (`shardgate check | head`) ends them quietly.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

pub(super) fn print<L: Display>(lines: impl IntoIterator<Item = L>) {
    let mut out = io::stdout().lock();
    if let Err(error) = write(&mut out, lines)
        && error.kind() != ErrorKind::BrokenPipe
    {
        // standard error may be gone too: then nobody is left to be told
        let _ = writeln!(io::stderr(), "shardgate: standard output: {error}");
    }
}

fn write<L: Display>(out: &mut impl Write, lines: impl IntoIterator<Item = L>) -> io::Result<()> {
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}
