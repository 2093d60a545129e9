//! A mapper as a tree.

use std::collections::HashMap;
use std::rc::Rc;

use super::condition::Condition;
use crate::lint::mapped::Mapped;
use crate::lint::passage::Passage;

/// A mapper.
#[derive(Debug)]
pub struct Mapper {
    /// `namespace`
    pub namespace: String,
    /// Its file.
    pub passage: Rc<Passage>,
    /// `<sql id>`
    pub fragments: Vec<(String, Rc<Vec<Node>>)>,
    /// `<select>`, `<insert>`, `<update>`, `<delete>`, `<selectKey>`
    pub statements: Vec<Statement>,
}

/// A statement of a mapper.
#[derive(Debug)]
pub struct Statement {
    /// Its content.
    pub nodes: Vec<Node>,
}

/// A branch of `<choose>`.
#[derive(Debug)]
pub struct Branch {
    /// What it is called: its test, or `otherwise`.
    pub label: String,
    /// Offset of its element.
    pub at: usize,
    /// Its content.
    pub nodes: Vec<Node>,
}

/// Content of a statement.
#[derive(Debug)]
pub enum Node {
    /// Text, entities resolved.
    Text(Mapped),
    /// `<if>`
    If {
        /// `test`
        condition: Condition,
        /// Offset of its element.
        at: usize,
        /// Its content.
        nodes: Vec<Node>,
    },
    /// `<choose>`
    Choose {
        /// Offset of its element.
        at: usize,
        /// `<when>`s, then `<otherwise>`.
        branches: Vec<Branch>,
        /// The last branch is `<otherwise>`.
        has_otherwise: bool,
    },
    /// `<where>`, `<set>`, `<trim>`
    Trim(Trim),
    /// `<foreach>`
    Foreach {
        /// `open`
        open: String,
        /// `close`
        close: String,
        /// `separator`
        separator: String,
        /// Offset of its element.
        at: usize,
        /// Its content.
        nodes: Vec<Node>,
    },
    /// `<include>`
    Include {
        /// `refid`
        refid: String,
        /// Its `<property>`s.
        properties: Vec<(String, String)>,
        /// Offset of its element.
        at: usize,
    },
}

/// What `<trim>` does, and `<where>` and `<set>` as special cases of it.
#[derive(Debug)]
pub struct Trim {
    /// Put before content that is not empty.
    pub prefix: String,
    /// Put behind it.
    pub suffix: String,
    /// Taken from its beginning, upper-case.
    pub prefix_overrides: Vec<String>,
    /// Taken from its end, upper-case.
    pub suffix_overrides: Vec<String>,
    /// Offset of its element.
    pub at: usize,
    /// The content.
    pub nodes: Vec<Node>,
}

/// A fragment with the mapper that it stands in.
#[derive(Clone, Debug)]
pub struct Fragment {
    /// Namespace of the mapper.
    pub namespace: Rc<str>,
    /// Content.
    pub nodes: Rc<Vec<Node>>,
}

/// `<sql>` of all mappers that are read together, by `namespace.id`.
#[derive(Debug, Default)]
pub struct Fragments {
    found: HashMap<String, Fragment>,
}

impl Fragments {
    /// Adds those of a mapper; of two with one name the first stays.
    pub fn add(&mut self, mapper: &Mapper) {
        let namespace: Rc<str> = Rc::from(mapper.namespace.as_str());
        for (id, nodes) in &mapper.fragments {
            let fragment = Fragment {
                namespace: Rc::clone(&namespace),
                nodes: Rc::clone(nodes),
            };
            self.found
                .entry(format!("{namespace}.{id}"))
                .or_insert(fragment);
        }
    }

    /// The fragment that a mapper calls `refid`.
    #[must_use]
    pub fn get(&self, namespace: &str, refid: &str) -> Option<&Fragment> {
        self.found
            .get(&format!("{namespace}.{refid}"))
            .or_else(|| self.found.get(refid))
    }
}
