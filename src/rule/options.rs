//! Options of one table's rule.

/// How much a statement without sharding value may touch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FullRoute {
    /// Nothing (default).
    #[default]
    Refuse,
    /// Reads may touch every node.
    Read,
    /// Reads and writes may.
    All,
}

/// Options of one table's rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOptions {
    /// `allowFullRoute`
    pub allow_full_route: FullRoute,
    /// `maxRouteNodes`
    pub max_route_nodes: usize,
    /// `allowSplitWrite`
    pub allow_split_write: bool,
    /// `allowHintDisable` of the audit strategy.
    pub allow_hint_disable: bool,
    /// Names of the table's auditors.
    pub auditors: Vec<String>,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self {
            allow_full_route: FullRoute::Refuse,
            max_route_nodes: 32,
            allow_split_write: false,
            allow_hint_disable: false,
            auditors: Vec::new(),
        }
    }
}
