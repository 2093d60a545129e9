//! A tree to the text that MyBatis makes of it for one choice of its tests.

use std::collections::HashMap;

use super::node::{Fragments, Node, Trim};
use crate::lint::mapped::Mapped;

/// Items that a `<foreach>` is rendered with.
const ITEMS: usize = 2;
/// Deepest chain of `<include>`.
const MAX_INCLUDES: usize = 16;
/// Longest text that a tree may become.
const MAX_RENDERED: usize = 4 * 1024 * 1024;

/// Which tests hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// By the key of a condition: whether what it names is there; it is if it stands not here.
    pub absent: HashMap<String, bool>,
    /// By the offset of a `<choose>`: the branch; the first if it stands not here.
    pub branches: HashMap<usize, usize>,
}

/// Why a tree becomes no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderFault {
    /// Offset.
    pub at: usize,
    /// Why.
    pub message: String,
}

/// Where rendering is.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// Fragments of all mappers.
    pub fragments: &'a Fragments,
    /// Namespace of the mapper whose nodes are rendered.
    pub namespace: &'a str,
    /// The mapper whose file places are told of.
    pub home: &'a str,
    /// In a fragment of another file: the offset of the `<include>` at home.
    pub included_at: Option<usize>,
    /// Properties of the `<include>`s around.
    pub properties: &'a [(String, String)],
    /// How many they are.
    pub depth: usize,
}

impl<'a> Scene<'a> {
    /// A mapper's own statement.
    #[must_use]
    pub fn home(fragments: &'a Fragments, namespace: &'a str) -> Self {
        Self {
            fragments,
            namespace,
            home: namespace,
            included_at: None,
            properties: &[],
            depth: 0,
        }
    }

    /// The place at home of something at `at`.
    #[must_use]
    pub fn place(&self, at: usize) -> usize {
        self.included_at.unwrap_or(at)
    }

    /// Goes into a fragment: its nodes and scene.
    ///
    /// # Errors
    /// There is none of this name, or it includes itself.
    pub fn include<'b>(
        &self,
        refid: &str,
        at: usize,
        properties: &'b [(String, String)],
    ) -> Result<(&'b [Node], Scene<'b>), RenderFault>
    where
        'a: 'b,
    {
        let fault = |message: String| RenderFault {
            at: self.place(at),
            message,
        };
        if self.depth >= MAX_INCLUDES {
            return Err(fault(format!(
                "<include refid=\"{refid}\"> includes itself, or too deep"
            )));
        }
        let refid = replaced(refid, self.properties);
        let Some(fragment) = self.fragments.get(self.namespace, &refid) else {
            return Err(fault(format!(
                "there is no <sql id=\"{refid}\"> in the mappers that were given"
            )));
        };
        let is_foreign = *fragment.namespace != *self.home;
        let scene = Scene {
            fragments: self.fragments,
            namespace: &fragment.namespace,
            home: self.home,
            included_at: if is_foreign {
                Some(self.place(at))
            } else {
                self.included_at
            },
            properties,
            depth: self.depth + 1,
        };
        Ok((&fragment.nodes, scene))
    }
}

/// Renders nodes behind what `out` holds.
///
/// # Errors
/// An `<include>` that leads nowhere, or a text that grows too long.
pub fn render(
    nodes: &[Node],
    choice: &Choice,
    scene: &Scene<'_>,
    out: &mut Mapped,
) -> Result<(), RenderFault> {
    for node in nodes {
        match node {
            Node::Text(text) => write(text, scene, out),
            Node::If {
                condition, nodes, ..
            } => {
                let is_absent = choice.absent.get(&condition.key).copied().unwrap_or(false);
                if is_absent != condition.holds_when_set {
                    render(nodes, choice, scene, out)?;
                }
            }
            Node::Choose { at, branches, .. } => {
                let branch = choice.branches.get(&scene.place(*at)).copied().unwrap_or(0);
                if let Some(branch) = branches.get(branch) {
                    render(&branch.nodes, choice, scene, out)?;
                }
            }
            Node::Trim(trim) => trimmed(trim, choice, scene, out)?,
            Node::Foreach {
                open,
                close,
                separator,
                at,
                nodes,
            } => {
                let at = scene.place(*at);
                made(open, at, out);
                for item in 0..ITEMS {
                    if item > 0 {
                        made(separator, at, out);
                    }
                    render(nodes, choice, scene, out)?;
                }
                made(close, at, out);
            }
            Node::Include {
                refid,
                properties,
                at,
            } => {
                let (nodes, inner) = scene.include(refid, *at, properties)?;
                render(nodes, choice, &inner, out)?;
            }
        }
        if out.bytes.len() > MAX_RENDERED {
            return Err(RenderFault {
                at: out.source(0),
                message: format!("the text grows beyond {MAX_RENDERED} bytes"),
            });
        }
    }
    Ok(())
}

/// A tag's own words, with blanks around as MyBatis writes them.
fn made(text: &str, at: usize, out: &mut Mapped) {
    out.push_made(b" ", at);
    out.push_made(text.as_bytes(), at);
    out.push_made(b" ", at);
}

fn write(text: &Mapped, scene: &Scene<'_>, out: &mut Mapped) {
    let has_property =
        !scene.properties.is_empty() && text.bytes.windows(2).any(|pair| pair == b"${");
    if !has_property && scene.included_at.is_none() {
        out.push_range(text, 0, text.bytes.len());
        return;
    }
    let at = scene.place(text.source(0));
    let words = String::from_utf8_lossy(&text.bytes);
    let words = replaced(&words, scene.properties);
    out.push_made(words.as_bytes(), at);
}

/// `${name}` of an `<include>`'s properties.
fn replaced(text: &str, properties: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (name, value) in properties {
        text = text.replace(&format!("${{{name}}}"), value);
    }
    text
}

fn trimmed(
    trim: &Trim,
    choice: &Choice,
    scene: &Scene<'_>,
    out: &mut Mapped,
) -> Result<(), RenderFault> {
    let mut inner = Mapped::default();
    render(&trim.nodes, choice, scene, &mut inner)?;
    let bytes = &inner.bytes;
    let blanks = |bytes: &mut dyn Iterator<Item = &u8>| {
        bytes.take_while(|byte| byte.is_ascii_whitespace()).count()
    };
    let mut start = blanks(&mut bytes.iter());
    if start == bytes.len() {
        return Ok(());
    }
    let mut end = bytes.len() - blanks(&mut bytes.iter().rev());
    let text = bytes
        .get(start..end)
        .unwrap_or_default()
        .to_ascii_uppercase();
    let prefix = trim
        .prefix_overrides
        .iter()
        .find(|word| text.starts_with(word.as_bytes()));
    start += prefix.map_or(0, |word| word.trim_end().len());
    let ends_with =
        |word: &&String| text.ends_with(word.as_bytes()) || text.ends_with(word.trim().as_bytes());
    let suffix = trim.suffix_overrides.iter().find(ends_with);
    end -= suffix.map_or(0, |word| word.trim().len());
    let at = scene.place(trim.at);
    made(&trim.prefix, at, out);
    out.push_range(&inner, start, end.max(start));
    made(&trim.suffix, at, out);
    Ok(())
}
