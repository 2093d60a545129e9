//! Slow logs of MySQL and MariaDB: statements between comment lines that tell when, who and how long.

use std::io::{self, BufRead};
use std::rc::Rc;

use super::Item;
use super::cutter::{Cut, Cutter};
use super::lines::Lines;
use crate::lint::mapped::Mapped;
use crate::lint::passage::Place;
use crate::lint::written::Written;

pub fn read(from: impl BufRead, sink: &mut dyn FnMut(Item)) -> io::Result<()> {
    let mut lines = Lines::new(from);
    let mut cutter: Option<Cutter> = None;
    let mut of_cut = |cut| sink(item(cut));
    while lines.read()? {
        if is_head(&lines.line) {
            // a statement that is not closed ends where the next entry begins
            if let Some(mut cutter) = cutter.take() {
                cutter.finish(&mut of_cut);
            }
            continue;
        }
        let place = Place {
            line: lines.number,
            column: 1,
        };
        if lines.is_cut {
            of_cut(Cut::TooLong(place));
            cutter = None;
            continue;
        }
        let cutter = cutter.get_or_insert_with(|| Cutter::new(place, false));
        lines.line.push(b'\n');
        cutter.feed(&lines.line, &mut of_cut);
    }
    if let Some(mut cutter) = cutter {
        cutter.finish(&mut of_cut);
    }
    Ok(())
}

/// Whether a line stands between statements.
pub fn is_head(line: &[u8]) -> bool {
    const HEADS: [&[u8]; 5] = [
        b"# Time: ",
        b"# User@Host: ",
        b"# Query_time: ",
        b"# Thread_id: ",
        b"# administrator command: ",
    ];
    HEADS.iter().any(|head| line.starts_with(head)) || is_preamble(line)
}

/// What a server writes when it opens a log.
pub fn is_preamble(line: &[u8]) -> bool {
    let holds = |wanted: &[u8]| line.windows(wanted.len()).any(|found| found == wanted);
    (holds(b", Version: ") && holds(b"started with:"))
        || line.starts_with(b"Tcp port: ")
        || line.starts_with(b"TCP Port: ")
        || (line.starts_with(b"Time ") && holds(b" Command") && holds(b"Argument"))
}

fn item(cut: Cut) -> Item {
    match cut {
        Cut::TooLong(place) => Item::TooLong(place),
        Cut::Statement {
            passage, statement, ..
        } => {
            let text = Mapped::straight(passage.text.get(statement).unwrap_or_default(), 0);
            Item::Text(Box::new(Written::at_server(Rc::new(passage), text)))
        }
    }
}
