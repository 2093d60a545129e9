//! MyBatis mappers: XML to trees, trees to the texts that their dynamic tags can make.

mod condition;
mod node;
mod parse;
mod render;
mod variants;

pub use node::{Fragments, Mapper};
pub use parse::{MAX_MAPPER, parse};
pub use variants::{Difference, Variant, Variants, variants};
