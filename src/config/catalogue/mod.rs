//! Every key that a file may hold, where it stands, and what shardgate does with it.
//!
//! The walk refuses to read a key that is not listed here as honored, and the reference page is
//! printed from here, so neither can drift from the other.

mod database;
mod reference;
mod server;
mod sharding;

pub use reference::reference_markdown;

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It does what it says.
    Honored,
    /// It may stand, it changes neither results nor safety here; `check` lists it.
    WithoutEffect,
    /// It may not stand: to ignore it would change results or safety.
    Refused,
}

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// The mapping it stands in.
    pub scope: Scope,
    /// Its spelling.
    pub key: &'static str,
    /// What becomes of it.
    pub class: Class,
    /// Meaning and default; for a key without effect why, for a refused key what to do.
    pub note: &'static str,
}

macro_rules! scopes {
    ($($variant:ident = $title:literal,)*) => {
        /// A mapping with keys of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Scope {
            $(#[doc = $title] $variant,)*
        }

        impl Scope {
            /// All mappings in the order of the reference.
            pub const ALL: &'static [Scope] = &[$(Scope::$variant,)*];

            /// Where the mapping stands.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self {
                    $(Scope::$variant => $title,)*
                }
            }
        }
    };
}

scopes! {
    Server = "server.yaml or global.yaml",
    Authority = "server.yaml, authority",
    User = "server.yaml, authority.users[]",
    Privilege = "server.yaml, authority.privilege",
    PrivilegeProps = "server.yaml, authority.privilege.props",
    Transaction = "server.yaml, transaction",
    Federation = "server.yaml, sqlFederation",
    ServerProps = "server.yaml, props",
    Shardgate = "server.yaml, shardgate",
    Tls = "server.yaml, shardgate.tls",
    Log = "server.yaml, shardgate.log",
    Limits = "server.yaml, shardgate.limits",
    Database = "database file",
    Firewall = "database file, sqlFirewall",
    FirewallUser = "database file, sqlFirewall.users.NAME",
    DataSource = "database file, dataSources.NAME",
    UrlParameter = "database file, parameters of dataSources.NAME.url",
    Sharding = "rules, !SHARDING",
    Table = "rules, !SHARDING, tables.NAME",
    AutoTable = "rules, !SHARDING, autoTables.NAME",
    Strategy = "rules, !SHARDING, a strategy",
    Standard = "rules, !SHARDING, strategy standard",
    Complex = "rules, !SHARDING, strategy complex",
    HintStrategy = "rules, !SHARDING, strategy hint",
    KeyGenerate = "rules, !SHARDING, keyGenerateStrategy",
    KeyGenerateNamed = "rules, !SHARDING, keyGenerateStrategies.NAME",
    Audit = "rules, !SHARDING, auditStrategy",
    Typed = "rules, anything with type and props",
    HashModProps = "rules, !SHARDING, shardingAlgorithms.NAME.props of HASH_MOD",
    ModProps = "rules, !SHARDING, shardingAlgorithms.NAME.props of MOD",
    InlineProps = "rules, !SHARDING, shardingAlgorithms.NAME.props of INLINE",
    ComplexInlineProps = "rules, !SHARDING, shardingAlgorithms.NAME.props of COMPLEX_INLINE",
    HintInlineProps = "rules, !SHARDING, shardingAlgorithms.NAME.props of HINT_INLINE",
    BoundaryRangeProps = "rules, !SHARDING, shardingAlgorithms.NAME.props of BOUNDARY_RANGE",
    VolumeRangeProps = "rules, !SHARDING, shardingAlgorithms.NAME.props of VOLUME_RANGE",
    IntervalProps = "rules, !SHARDING, shardingAlgorithms.NAME.props of INTERVAL",
    AutoIntervalProps = "rules, !SHARDING, shardingAlgorithms.NAME.props of AUTO_INTERVAL",
    ComplexIntervalProps = "rules, !SHARDING, shardingAlgorithms.NAME.props of COMPLEX_INTERVAL",
    ConsistentHashProps = "rules, !SHARDING, shardingAlgorithms.NAME.props of CONSISTENT_HASH",
    ListProps = "rules, !SHARDING, shardingAlgorithms.NAME.props of LIST",
    SnowflakeProps = "rules, !SHARDING, keyGenerators.NAME.props of SNOWFLAKE",
    UuidProps = "rules, !SHARDING, keyGenerators.NAME.props of UUID",
    NoProps = "rules, props of a type that has none",
    ReadwriteSplitting = "rules, !READWRITE_SPLITTING",
    Group = "rules, !READWRITE_SPLITTING, dataSourceGroups.NAME (or dataSources.NAME)",
    StaticStrategy = "rules, !READWRITE_SPLITTING, dataSources.NAME.staticStrategy",
    TableList = "rules, !BROADCAST and !LOCAL",
    Single = "rules, !SINGLE",
}

/// All keys of all mappings.
pub fn key_catalogue() -> impl Iterator<Item = KeyRow> {
    Scope::ALL.iter().flat_map(|scope| rows(*scope))
}

/// The keys of one mapping.
pub(crate) fn rows(scope: Scope) -> impl Iterator<Item = KeyRow> {
    let tables = [
        server::rows(scope),
        database::rows(scope),
        sharding::rows(scope),
    ];
    tables
        .into_iter()
        .flatten()
        .map(move |&(class, key, note)| KeyRow {
            scope,
            key,
            class,
            note,
        })
}

/// One line of a scope's table.
type Line = (Class, &'static str, &'static str);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_mapping_lists_each_key_once() {
        for scope in Scope::ALL {
            let mut seen = HashSet::new();
            for row in rows(*scope) {
                assert!(seen.insert(row.key), "{scope:?} lists {} twice", row.key);
                assert!(
                    !row.note.is_empty() && !row.note.ends_with('.'),
                    "{scope:?} {}",
                    row.key
                );
            }
            assert!(
                !seen.is_empty() || *scope == Scope::NoProps,
                "{scope:?} has no keys"
            );
        }
    }

    #[test]
    fn the_three_classes_are_all_in_use() {
        for class in [Class::Honored, Class::WithoutEffect, Class::Refused] {
            assert!(key_catalogue().any(|row| row.class == class));
        }
    }
}
