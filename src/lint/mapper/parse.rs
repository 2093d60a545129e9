//! XML to the tree of a mapper. Entities of a document's own are not expanded, nesting and size are bounded.

use std::collections::HashMap;
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::condition::Condition;
use super::node::{Branch, Mapper, Node, Statement, Trim};
use crate::lint::mapped::Mapped;
use crate::lint::passage::{Passage, Place};

/// Largest mapper that is read, in bytes.
pub const MAX_MAPPER: usize = 16 * 1024 * 1024;
/// Deepest nesting of elements.
const MAX_DEPTH: usize = 100;
/// What an inline suppression begins with.
const MARK: &str = "shardgate-lint:";

/// Why a file is no mapper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct XmlFault {
    /// Where.
    pub place: Place,
    /// What is wrong, and what to write.
    pub message: String,
}

/// Reads a mapper.
///
/// # Errors
/// The first fault, with its place.
pub fn parse(bytes: Vec<u8>) -> Result<Mapper, XmlFault> {
    // bytes that are no UTF-8 become question marks one by one, so that places stay
    let text = as_text(&bytes);
    let passage = Rc::new(Passage::new(bytes, Place { line: 1, column: 1 }));
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = true;
    let mut parser = Parser {
        reader,
        passage: Rc::clone(&passage),
        at: 0,
        statements: Vec::new(),
        marks: Vec::new(),
    };
    let (namespace, fragments) = parser.document()?;
    Ok(Mapper {
        namespace,
        passage,
        fragments,
        statements: parser.statements,
    })
}

fn as_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    text
}

struct Parser<'a> {
    reader: Reader<&'a [u8]>,
    passage: Rc<Passage>,
    /// Offset of the event read last.
    at: usize,
    statements: Vec<Statement>,
    /// Suppressions that stand before the next statement.
    marks: Vec<Mapped>,
}

/// Attributes by name.
type Attributes = HashMap<String, String>;
/// `<sql>` by id.
type Sqls = Vec<(String, Rc<Vec<Node>>)>;
/// Namespace and fragments.
type Document = (String, Sqls);

impl<'a> Parser<'a> {
    fn fault(&self, at: usize, message: impl Into<String>) -> XmlFault {
        XmlFault {
            place: self.passage.place(at),
            message: message.into(),
        }
    }

    fn next(&mut self) -> Result<Event<'a>, XmlFault> {
        self.at = offset(self.reader.buffer_position());
        match self.reader.read_event() {
            Ok(event) => Ok(event),
            Err(error) => {
                let at = offset(self.reader.error_position());
                Err(self.fault(at, format!("the XML is malformed: {error}")))
            }
        }
    }

    fn document(&mut self) -> Result<Document, XmlFault> {
        loop {
            match self.next()? {
                Event::Start(start) if name(&start) == "mapper" => {
                    let attributes = self.attributes(&start)?;
                    let namespace = attributes.get("namespace").cloned().unwrap_or_default();
                    let fragments = self.mapper()?;
                    return Ok((namespace, fragments));
                }
                Event::Empty(start) if name(&start) == "mapper" => return Ok(Document::default()),
                Event::Start(start) | Event::Empty(start) => {
                    let message = format!(
                        "the first element is <{}>, a MyBatis mapper begins with <mapper>",
                        name(&start)
                    );
                    return Err(self.fault(self.at, message));
                }
                Event::Eof => return Err(self.fault(self.at, "the file ends without <mapper>")),
                _ => {}
            }
        }
    }

    fn mapper(&mut self) -> Result<Sqls, XmlFault> {
        let mut fragments = Vec::new();
        loop {
            let event = self.next()?;
            let at = self.at;
            match event {
                Event::Start(start) => {
                    let attributes = self.attributes(&start)?;
                    let id = attributes.get("id").cloned().unwrap_or_default();
                    match name(&start).as_str() {
                        "sql" => fragments.push((id, Rc::new(self.nodes("sql", 1)?))),
                        element @ ("select" | "insert" | "update" | "delete") => {
                            self.statement(element)?;
                        }
                        element => self.skip(element)?,
                    }
                }
                Event::Comment(comment) => self.marks.extend(mark(&comment.into_inner(), at)),
                Event::End(_) => return Ok(fragments),
                Event::Eof => return Err(self.fault(at, "the file ends inside of <mapper>")),
                _ => {}
            }
        }
    }

    fn statement(&mut self, element: &str) -> Result<(), XmlFault> {
        let marks = std::mem::take(&mut self.marks);
        let mut nodes: Vec<Node> = marks.into_iter().map(Node::Text).collect();
        nodes.extend(self.nodes(element, 1)?);
        self.statements.push(Statement { nodes });
        Ok(())
    }

    /// The content of an element up to its end.
    fn nodes(&mut self, element: &str, depth: usize) -> Result<Vec<Node>, XmlFault> {
        if depth > MAX_DEPTH {
            return Err(self.fault(
                self.at,
                format!("elements are nested deeper than {MAX_DEPTH}"),
            ));
        }
        let mut nodes = Vec::new();
        loop {
            let event = self.next()?;
            let at = self.at;
            match event {
                Event::Text(text) => nodes.push(straight(&text.into_inner(), at)),
                Event::CData(text) => {
                    nodes.push(straight(&text.into_inner(), at + "<![CDATA[".len()))
                }
                Event::GeneralRef(reference) => {
                    let name = reference.into_inner();
                    let Some(character) = entity(&name) else {
                        return Err(self.fault(
                            at,
                            format!("the entity &{name}; is not expanded: write the text itself"),
                        ));
                    };
                    let mut text = Mapped::default();
                    text.push_made(character.encode_utf8(&mut [0; 4]).as_bytes(), at);
                    nodes.push(Node::Text(text));
                }
                Event::Comment(comment) => {
                    nodes.extend(mark(&comment.into_inner(), at).map(Node::Text));
                }
                Event::Start(start) => nodes.extend(self.element(&start, at, false, depth)?),
                Event::Empty(start) => nodes.extend(self.element(&start, at, true, depth)?),
                Event::End(_) => return Ok(nodes),
                Event::Eof => {
                    return Err(self.fault(at, format!("the file ends inside of <{element}>")));
                }
                Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn element(
        &mut self,
        start: &BytesStart<'_>,
        at: usize,
        is_empty: bool,
        depth: usize,
    ) -> Result<Option<Node>, XmlFault> {
        let element = name(start);
        let mut attributes = self.attributes(start)?;
        let mut take = |name: &str| attributes.remove(name).unwrap_or_default();
        let node = match element.as_str() {
            "if" => Node::If {
                condition: Condition::new(&take("test")),
                at,
                nodes: self.inside(&element, is_empty, depth)?,
            },
            "choose" => self.choose(at, is_empty, depth)?,
            "where" => Node::Trim(Trim {
                prefix: "WHERE".to_owned(),
                suffix: String::new(),
                prefix_overrides: overrides("AND |OR |AND\n|OR\n|AND\r|OR\r|AND\t|OR\t"),
                suffix_overrides: Vec::new(),
                at,
                nodes: self.inside(&element, is_empty, depth)?,
            }),
            "set" => Node::Trim(Trim {
                prefix: "SET".to_owned(),
                suffix: String::new(),
                prefix_overrides: overrides(","),
                suffix_overrides: overrides(","),
                at,
                nodes: self.inside(&element, is_empty, depth)?,
            }),
            "trim" => Node::Trim(Trim {
                prefix: take("prefix"),
                suffix: take("suffix"),
                prefix_overrides: overrides(&take("prefixOverrides")),
                suffix_overrides: overrides(&take("suffixOverrides")),
                at,
                nodes: self.inside(&element, is_empty, depth)?,
            }),
            "foreach" => Node::Foreach {
                open: take("open"),
                close: take("close"),
                separator: take("separator"),
                at,
                nodes: self.inside(&element, is_empty, depth)?,
            },
            "include" => {
                let refid = take("refid");
                let properties = if is_empty {
                    Vec::new()
                } else {
                    self.properties()?
                };
                Node::Include {
                    refid,
                    properties,
                    at,
                }
            }
            "selectKey" => {
                let nodes = self.inside(&element, is_empty, depth)?;
                self.statements.push(Statement { nodes });
                return Ok(None);
            }
            // <bind> makes a variable, what is not known makes no text
            _ => {
                self.inside(&element, is_empty, depth)?;
                return Ok(None);
            }
        };
        Ok(Some(node))
    }

    fn inside(
        &mut self,
        element: &str,
        is_empty: bool,
        depth: usize,
    ) -> Result<Vec<Node>, XmlFault> {
        if is_empty {
            Ok(Vec::new())
        } else {
            self.nodes(element, depth + 1)
        }
    }

    fn choose(&mut self, choose_at: usize, is_empty: bool, depth: usize) -> Result<Node, XmlFault> {
        let (mut branches, mut otherwise) = (Vec::new(), None);
        if is_empty {
            return Ok(choose(choose_at, branches, otherwise));
        }
        loop {
            let event = self.next()?;
            let at = self.at;
            let (start, is_empty) = match event {
                Event::Start(start) => (start, false),
                Event::Empty(start) => (start, true),
                Event::End(_) => break,
                Event::Eof => return Err(self.fault(at, "the file ends inside of <choose>")),
                _ => continue,
            };
            let element = name(&start);
            let test = self.attributes(&start)?.remove("test").unwrap_or_default();
            let nodes = self.inside(&element, is_empty, depth + 1)?;
            match element.as_str() {
                "when" => branches.push(Branch {
                    label: Condition::new(&test).text,
                    at,
                    nodes,
                }),
                "otherwise" => {
                    otherwise = Some(Branch {
                        label: "otherwise".to_owned(),
                        at,
                        nodes,
                    })
                }
                _ => {}
            }
        }
        Ok(choose(choose_at, branches, otherwise))
    }

    fn properties(&mut self) -> Result<Vec<(String, String)>, XmlFault> {
        let mut properties = Vec::new();
        loop {
            match self.next()? {
                Event::Empty(start) => {
                    let mut attributes = self.attributes(&start)?;
                    let mut take = |name: &str| attributes.remove(name).unwrap_or_default();
                    properties.push((take("name"), take("value")));
                }
                Event::Start(start) => {
                    let mut attributes = self.attributes(&start)?;
                    let mut take = |name: &str| attributes.remove(name).unwrap_or_default();
                    properties.push((take("name"), take("value")));
                    self.skip(&name(&start))?;
                }
                Event::End(_) => return Ok(properties),
                Event::Eof => return Err(self.fault(self.at, "the file ends inside of <include>")),
                _ => {}
            }
        }
    }

    /// Passes over an element that holds no SQL.
    fn skip(&mut self, element: &str) -> Result<(), XmlFault> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => {
                    return Err(self.fault(self.at, format!("the file ends inside of <{element}>")));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn attributes(&self, start: &BytesStart<'_>) -> Result<Attributes, XmlFault> {
        let mut found = Attributes::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| {
                self.fault(self.at, format!("an attribute is malformed: {error}"))
            })?;
            let key = String::from_utf8_lossy(attribute.key.as_ref().as_ref()).into_owned();
            let value = attribute
                .normalized_value(XmlVersion::default())
                .map_err(|error| {
                    self.fault(
                        self.at,
                        format!("the attribute {key} cannot be read: {error}"),
                    )
                })?;
            found.insert(key, value.into_owned());
        }
        Ok(found)
    }
}

fn name(start: &BytesStart<'_>) -> String {
    let name = start.name();
    String::from_utf8_lossy(name.as_ref().as_ref()).into_owned()
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

fn straight(text: &str, at: usize) -> Node {
    Node::Text(Mapped::straight(text.as_bytes(), at))
}

/// A suppression in an XML comment, as a comment of SQL.
fn mark(comment: &str, at: usize) -> Option<Mapped> {
    if !comment.contains(MARK) || comment.contains("*/") {
        return None;
    }
    let mut text = Mapped::default();
    text.push_made(b"/*", at);
    text.push(comment.as_bytes(), at + "<!--".len());
    text.push_made(b"*/ ", at);
    Some(text)
}

fn choose(at: usize, mut branches: Vec<Branch>, otherwise: Option<Branch>) -> Node {
    let has_otherwise = otherwise.is_some();
    branches.extend(otherwise);
    Node::Choose {
        at,
        branches,
        has_otherwise,
    }
}

/// XML's own five entities, and characters by number.
fn entity(name: &str) -> Option<char> {
    match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => {}
    }
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

fn overrides(list: &str) -> Vec<String> {
    let words = list.split('|').filter(|word| !word.is_empty());
    words.map(str::to_ascii_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_documents_are_faults_with_their_place() {
        let cases = [
            ("<mapper><select id='a'>SELECT 1</mapper>", 1),
            ("<mapper>\n<select id='a'>SELECT", 2),
            ("<project/>", 1),
            ("", 1),
            ("<mapper>\n<select id='a'>\na &mine; b</select></mapper>", 3),
            ("<mapper>\n<select id=a>SELECT 1</select></mapper>", 2),
            ("<mapper><select id='a'>a < b</select></mapper>", 1),
        ];
        for (text, line) in cases {
            let fault = parse(text.into()).unwrap_err();
            assert_eq!(fault.place.line, line, "{text}: {fault}");
        }
        let deep = format!("<mapper><select id='a'>{}", "<if test='a'>".repeat(100_000));
        assert!(parse(deep.into()).unwrap_err().message.contains("nested"));
    }

    #[test]
    fn entities_of_a_document_are_never_expanded() {
        let bomb = "<!DOCTYPE mapper [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>\
                    <mapper namespace='x'><select id='a'>&b;</select></mapper>";
        assert!(parse(bomb.into()).unwrap_err().message.contains("&b;"));
    }
}
