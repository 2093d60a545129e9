//! YAML text as a bounded tree in which every node knows its line and column.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};
use std::collections::{HashMap, HashSet};

/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;
/// Most nodes of one file, after aliases.
const MAX_NODES: usize = 200_000;
/// Deepest nesting of one file.
const MAX_DEPTH: usize = 64;

/// Line and column, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
}

/// A mapping's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key's text.
    pub name: String,
    /// Where it stands.
    pub at: Position,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text; types are decided by whoever reads it.
    Scalar {
        /// The text after YAML's own escapes.
        text: String,
        /// It stood in quotes (or is a block), so an empty one is not null.
        is_quoted: bool,
    },
    /// Keys and values in their order.
    Mapping(Vec<(Key, Node)>),
    /// Values in their order.
    Sequence(Vec<Node>),
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it holds.
    pub content: Content,
    /// Tag without its exclamation mark, such as `SHARDING`.
    pub tag: Option<String>,
    /// Where it begins.
    pub at: Position,
    /// Nodes in it, itself included.
    size: usize,
}

/// Why a text is no tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFault {
    /// Where.
    pub at: Position,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

impl TreeFault {
    fn new(at: Position, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            remedy: remedy.into(),
        }
    }
}

/// Reads one YAML document. Duplicate keys do not stop the reading; they are all listed.
///
/// # Errors
/// Syntax (one fault, where the parser stopped), size, depth and duplicate keys.
pub fn parse(text: &str) -> Result<Node, Vec<TreeFault>> {
    if text.len() > MAX_FILE_BYTES {
        let message = format!(
            "the file has {} bytes, the limit is {MAX_FILE_BYTES}",
            text.len()
        );
        return Err(vec![TreeFault::new(
            Position { line: 1, column: 1 },
            message,
            "split it into one file per logical database",
        )]);
    }
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let taken = match event {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => Err(syntax_fault(text, &error)),
        };
        if let Err(fault) = taken {
            builder.faults.push(fault);
            return Err(builder.faults);
        }
    }
    builder.finish()
}

fn position(span: Span) -> Position {
    Position {
        line: span.start.line(),
        column: span.start.col() + 1,
    }
}

fn syntax_fault(text: &str, error: &ScanError) -> TreeFault {
    let at = Position {
        line: error.marker().line(),
        column: error.marker().col() + 1,
    };
    let line = text
        .lines()
        .nth(at.line.saturating_sub(1))
        .unwrap_or_default();
    let remedy = if line.contains(": *") || line.contains("- *") {
        "a value that begins with * (an alias in YAML) must be quoted, such as password: \"***\""
    } else if line.contains('\t') {
        "indent with blanks, YAML takes no tabs"
    } else if line.contains("${") && line.contains('{') {
        "quote a value that holds ${...} inside { }, such as { url: \"jdbc:mysql://${HOST}:3306/db\" }"
    } else {
        "check indentation, colons and quotes on this line and the one before"
    };
    TreeFault::new(at, format!("not valid YAML: {}", error.info()), remedy)
}

/// A mapping or sequence that is not closed yet.
enum Open {
    Mapping {
        node: Node,
        anchor: usize,
        key: Option<Key>,
        names: HashSet<String>,
    },
    Sequence {
        node: Node,
        anchor: usize,
    },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
    faults: Vec<TreeFault>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), TreeFault> {
        let at = position(span);
        match event {
            Event::DocumentStart(_) => self.begin_document(at),
            Event::Scalar(text, style, anchor, tag) => {
                let is_quoted = style != ScalarStyle::Plain;
                let content = Content::Scalar {
                    text: text.into_owned(),
                    is_quoted,
                };
                self.place(leaf(content, tag.as_deref(), at), anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                let node = leaf(Content::Sequence(Vec::new()), tag.as_deref(), at);
                self.push(Open::Sequence { node, anchor }, at)
            }
            Event::MappingStart(anchor, tag) => {
                let node = leaf(Content::Mapping(Vec::new()), tag.as_deref(), at);
                self.push(
                    Open::Mapping {
                        node,
                        anchor,
                        key: None,
                        names: HashSet::new(),
                    },
                    at,
                )
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::Mapping { node, anchor, .. } | Open::Sequence { node, anchor }) => {
                    self.place(node, anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => self.repeat(anchor, at),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin_document(&mut self, at: Position) -> Result<(), TreeFault> {
        self.documents += 1;
        if self.documents > 1 {
            return Err(TreeFault::new(
                at,
                "a second document (---) in one file",
                "write one file per logical database",
            ));
        }
        Ok(())
    }

    fn push(&mut self, open: Open, at: Position) -> Result<(), TreeFault> {
        if self.open.len() >= MAX_DEPTH {
            return Err(TreeFault::new(
                at,
                format!("nested deeper than {MAX_DEPTH} levels"),
                "no configuration needs it",
            ));
        }
        self.open.push(open);
        Ok(())
    }

    fn repeat(&mut self, anchor: usize, at: Position) -> Result<(), TreeFault> {
        let Some(mut node) = self.anchors.get(&anchor).cloned() else {
            return Err(TreeFault::new(
                at,
                "an alias of a node that holds it",
                "write the value out",
            ));
        };
        node.at = at;
        // the copy's inner nodes count as well, so that aliases of aliases meet the limit early
        self.count(node.size - 1, at)?;
        self.place(node, 0)
    }

    fn count(&mut self, more: usize, at: Position) -> Result<(), TreeFault> {
        self.nodes += more;
        if self.nodes > MAX_NODES {
            return Err(TreeFault::new(
                at,
                format!("more than {MAX_NODES} values"),
                "use fewer aliases",
            ));
        }
        Ok(())
    }

    fn place(&mut self, node: Node, anchor: usize) -> Result<(), TreeFault> {
        self.count(1, node.at)?;
        if anchor > 0 {
            self.count(node.size, node.at)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::Sequence { node: parent, .. }) => {
                parent.size += node.size;
                if let Content::Sequence(items) = &mut parent.content {
                    items.push(node);
                }
            }
            Some(Open::Mapping {
                node: parent,
                key,
                names,
                ..
            }) => match key.take() {
                None => *key = Some(read_key(node, names, &mut self.faults)?),
                Some(key) => {
                    parent.size += node.size;
                    if let Content::Mapping(entries) = &mut parent.content {
                        entries.push((key, node));
                    }
                }
            },
        }
        Ok(())
    }

    fn finish(self) -> Result<Node, Vec<TreeFault>> {
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        let empty = Content::Scalar {
            text: String::new(),
            is_quoted: false,
        };
        Ok(self
            .root
            .unwrap_or_else(|| leaf(empty, None, Position { line: 1, column: 1 })))
    }
}

fn leaf(content: Content, tag: Option<&Tag>, at: Position) -> Node {
    let tag = tag
        .filter(|tag| !tag.is_yaml_core_schema())
        .map(|tag| tag.suffix.clone());
    Node {
        content,
        tag,
        at,
        size: 1,
    }
}

fn read_key(
    node: Node,
    names: &mut HashSet<String>,
    faults: &mut Vec<TreeFault>,
) -> Result<Key, TreeFault> {
    let Content::Scalar { text, .. } = node.content else {
        return Err(TreeFault::new(
            node.at,
            "a key must be a word",
            "quote it if it holds brackets or braces",
        ));
    };
    if text == "<<" {
        return Err(TreeFault::new(
            node.at,
            "merge keys (<<) are not read",
            "write the keys out",
        ));
    }
    if !names.insert(text.clone()) {
        faults.push(TreeFault::new(
            node.at,
            format!("key {text} stands twice"),
            "keep one of them",
        ));
    }
    Ok(Key {
        name: text,
        at: node.at,
    })
}

impl Node {
    /// Applies `change` to every scalar below (keys excluded), with its position and its path.
    pub fn for_each_scalar(
        &mut self,
        path: &str,
        change: &mut dyn FnMut(&mut String, Position, &str),
    ) {
        match &mut self.content {
            Content::Scalar { text, .. } => change(text, self.at, path),
            Content::Sequence(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    item.for_each_scalar(&format!("{path}[{index}]"), change);
                }
            }
            Content::Mapping(entries) => {
                for (key, value) in entries {
                    value.for_each_scalar(&join(path, &key.name), change);
                }
            }
        }
    }
}

/// The path of `key` below `path`.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault(text: &str) -> TreeFault {
        parse(text).unwrap_err().remove(0)
    }

    #[test]
    fn nodes_keep_tag_line_and_column() {
        let root = parse("rules:\n- !SHARDING\n  tables: {}\n").unwrap();
        let Content::Mapping(entries) = root.content else {
            panic!("mapping")
        };
        let Content::Sequence(items) = &entries[0].1.content else {
            panic!("sequence")
        };
        assert_eq!(items[0].tag.as_deref(), Some("SHARDING"));
        let Content::Mapping(inner) = &items[0].content else {
            panic!("mapping")
        };
        assert_eq!(inner[0].0.at, Position { line: 3, column: 3 });
    }

    #[test]
    fn a_bare_star_password_is_explained() {
        let found = fault("a: { user: app, password: *** }\n");
        assert_eq!(found.at.line, 1);
        assert!(found.remedy.contains("\"***\""), "{found:?}");
    }

    #[test]
    fn every_duplicate_key_is_listed() {
        let faults = parse("a: 1\nb: 1\na: 2\nb: 3\n").unwrap_err();
        let lines: Vec<_> = faults.iter().map(|fault| fault.at.line).collect();
        assert_eq!(lines, [3, 4]);
    }

    #[test]
    fn aliases_repeat_values() {
        let root = parse("a: &x [1, 2]\nb: *x\n").unwrap();
        let Content::Mapping(entries) = root.content else {
            panic!("mapping")
        };
        assert_eq!(entries[0].1.content, entries[1].1.content);
    }

    #[test]
    fn a_bomb_of_aliases_meets_the_limit() {
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for level in 1..12 {
            let before = level - 1;
            text.push_str(&format!(
                "a{level}: &a{level} [{}]\n",
                vec![format!("*a{before}"); 9].join(",")
            ));
        }
        assert!(fault(&text).message.contains("more than"));
    }

    #[test]
    fn depth_and_size_are_bounded() {
        assert!(fault(&"- ".repeat(500)).message.contains("nested deeper"));
        assert!(parse(&"[".repeat(5000)).is_err());
        assert!(fault(&"[".repeat(100)).message.contains("nested deeper"));
        assert!(
            fault(&" ".repeat(MAX_FILE_BYTES + 1))
                .message
                .contains("bytes")
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[-:{}\\[\\],&*!#|>'\"%@` \n\ta-c0$?~]{0,60}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_unicode_panics(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
