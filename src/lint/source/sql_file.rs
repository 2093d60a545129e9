//! Files of SQL, with `DELIMITER`.

use std::io::{self, BufRead};
use std::rc::Rc;

use super::Item;
use super::cutter::{Cut, Cutter};
use crate::lint::mapped::Mapped;
use crate::lint::passage::{Passage, Place};
use crate::lint::written::Written;

pub fn read(mut from: impl BufRead, sink: &mut dyn FnMut(Item)) -> io::Result<()> {
    let mut cutter = Cutter::new(Place { line: 1, column: 1 }, true);
    let mut of_cut = |cut| sink(item(cut));
    let mut is_first = true;
    loop {
        let chunk = from.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        let length = chunk.len();
        let mark = if is_first {
            chunk.strip_prefix(b"\xef\xbb\xbf")
        } else {
            None
        };
        is_first = false;
        cutter.feed(mark.unwrap_or(chunk), &mut of_cut);
        from.consume(length);
    }
    cutter.finish(&mut of_cut);
    Ok(())
}

fn item(cut: Cut) -> Item {
    match cut {
        Cut::TooLong(place) => Item::TooLong(place),
        Cut::Statement {
            passage,
            statement,
            tail,
        } => {
            let text = joined(&passage, statement, tail);
            Item::Text(Box::new(Written::in_program(Rc::new(passage), &text)))
        }
    }
}

/// The statement and the comment behind it, whatever the delimiter between them is.
fn joined(
    passage: &Passage,
    statement: std::ops::Range<usize>,
    tail: std::ops::Range<usize>,
) -> Mapped {
    let bytes = |range: std::ops::Range<usize>| passage.text.get(range).unwrap_or_default();
    let mut text = Mapped::straight(bytes(statement.clone()), statement.start);
    if !tail.is_empty() {
        text.push_made(b";", statement.end);
        text.push(bytes(tail.clone()), tail.start);
    }
    text
}
