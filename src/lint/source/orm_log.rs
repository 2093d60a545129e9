//! Logs of applications whose library writes the statements that it sends.

use std::io::{self, BufRead};

use super::Item;
use super::lines::{Entry, Lines};
use super::orm_format::{Further, is_bare, recognize};
use crate::lint::written::Written;

pub fn read(from: impl BufRead, sink: &mut dyn FnMut(Item)) -> io::Result<()> {
    let mut lines = Lines::new(from);
    let mut open: Option<(Entry, Further)> = None;
    while lines.read()? {
        if let Some((format, start, end)) = recognize(&lines.line) {
            end_entry(open.take(), sink);
            lines.line.truncate(end);
            open = Some((Entry::begin(&lines, start), format.further));
            continue;
        }
        match &mut open {
            Some((entry, further)) if goes_on(*further, &lines.line) => entry.add(&lines),
            _ => end_entry(open.take(), sink),
        }
    }
    end_entry(open, sink);
    Ok(())
}

fn goes_on(further: Further, line: &[u8]) -> bool {
    match further {
        Further::None => false,
        Further::Indented => matches!(line.first(), Some(b' ' | b'\t')),
        Further::Bare => is_bare(line),
    }
}

fn end_entry(open: Option<(Entry, Further)>, sink: &mut dyn FnMut(Item)) {
    if let Some((entry, _)) = open {
        sink(entry.end(|passage, text| Written::in_program(passage, &text)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_over_several_lines_are_put_together() {
        let log = "Hibernate: \n    select\n        id\n    from\n        inv_stock\nINFO done\n\
                   2026-01-01 12:00:00,000 INFO sqlalchemy.engine.Engine SELECT id \nFROM inv_stock \nWHERE sku_id = %(sku)s\n\
                   2026-01-01 12:00:00,001 INFO sqlalchemy.engine.Engine [generated in 0.0001s] {'sku': 5}\n";
        let mut found = Vec::new();
        read(log.as_bytes(), &mut |item| {
            if let Item::Text(written) = item {
                let words = String::from_utf8(written.text.bytes.clone()).unwrap();
                let words: Vec<&str> = words.split_whitespace().collect();
                found.push((words.join(" "), written.passage.place(0).line));
            }
        })
        .unwrap();
        assert_eq!(
            found,
            [
                ("select id from inv_stock".to_owned(), 1),
                ("SELECT id FROM inv_stock WHERE sku_id = ?".to_owned(), 7),
            ]
        );
    }
}
