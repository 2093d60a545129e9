//! One text that a program sends, found in a source.

use std::rc::Rc;

use super::mapped::Mapped;
use super::passage::Passage;
use super::placeholder::{Plain, plain};

/// One text, of one statement mostly.
#[derive(Clone, Debug)]
pub struct Written {
    /// What it was read from.
    pub passage: Rc<Passage>,
    /// The text, placeholders as `?`.
    pub text: Mapped,
    /// Offsets in the passage of what is interpolated.
    pub interpolated: Vec<usize>,
}

impl Written {
    /// A text as a program's source has it: with the placeholders of its driver.
    #[must_use]
    pub fn in_program(passage: Rc<Passage>, source: &Mapped) -> Self {
        let Plain { text, interpolated } = plain(source);
        Self {
            passage,
            text,
            interpolated,
        }
    }

    /// A text as a server has logged it.
    #[must_use]
    pub fn at_server(passage: Rc<Passage>, text: Mapped) -> Self {
        Self {
            passage,
            text,
            interpolated: Vec::new(),
        }
    }
}
