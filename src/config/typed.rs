//! Named things with `type` and `props`: algorithms, key generators, load balancers, auditors.

use std::collections::BTreeMap;

use super::catalogue::Scope;
use super::cursor::Cursor;

/// One of them.
#[derive(Clone, Debug)]
pub struct Typed<'a> {
    /// Where its name's value stands.
    pub at: Cursor<'a>,
    /// Its type as written.
    pub type_name: &'a str,
    /// The place of its type.
    pub type_at: Cursor<'a>,
    /// The place of its properties, if it has any.
    pub props_at: Option<Cursor<'a>>,
    /// Its properties.
    pub props: BTreeMap<&'a str, Cursor<'a>>,
}

/// Reads all of them by name; one without a type is a fault and left out.
pub fn read_all<'a>(cursor: &Cursor<'a>) -> BTreeMap<&'a str, Typed<'a>> {
    cursor
        .entries()
        .into_iter()
        .filter_map(|(name, at)| read_one(&at).map(|typed| (name, typed)))
        .collect()
}

/// Reads one.
pub fn read_one<'a>(at: &Cursor<'a>) -> Option<Typed<'a>> {
    let map = at.map(Scope::Typed);
    let type_at = map.require("type", "write type: and its name");
    let props_at = map.take("props");
    map.finish();
    let type_at = type_at?;
    let type_name = type_at.text()?;
    let props = props_at.iter().flat_map(Cursor::entries).collect();
    Some(Typed {
        at: at.clone(),
        type_name,
        type_at,
        props_at,
        props,
    })
}

impl<'a> Typed<'a> {
    /// Checks the properties against the catalogue and returns their texts.
    pub fn checked_props(&self, scope: Scope) -> BTreeMap<String, String> {
        let Some(props_at) = &self.props_at else {
            return BTreeMap::new();
        };
        let map = props_at.map(scope);
        let honored = super::catalogue::rows(scope)
            .filter(|row| row.class == super::catalogue::Class::Honored);
        let taken = honored.filter_map(|row| map.take(row.key).map(|at| (row.key, at)));
        let props = taken
            .filter_map(|(key, at)| plain(&at).map(|text| (key.to_owned(), text)))
            .collect();
        map.finish();
        props
    }

    /// The place of a property, or of the thing itself.
    pub fn place(&self, key: &str) -> &Cursor<'a> {
        self.props.get(key).unwrap_or(&self.type_at)
    }
}

/// A property's text; a list of plain values is joined by commas.
fn plain(at: &Cursor<'_>) -> Option<String> {
    let items = at.items();
    let texts: Vec<&str> = items.iter().filter_map(Cursor::text).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}
