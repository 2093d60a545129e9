//! Statements that run on several nodes, counted by how.

use crate::metrics::FanOut;
use crate::route::RouteUnit;
use crate::sql::Kind;

use super::routed::is_change;

/// How a statement of this kind runs on the units, and on how many nodes; `None` if it is on one, or is none that fans
/// out.
pub(super) fn fan_out(kind: &Kind, units: &[RouteUnit]) -> Option<(FanOut, usize)> {
    // nearly every statement
    if let [unit] = units
        && unit.tables.len() < 2
    {
        return None;
    }
    let nodes = units.iter().map(nodes).sum();
    if nodes < 2 {
        return None;
    }
    let is_one_source = || {
        units
            .windows(2)
            .all(|pair| pair.first().map(|unit| unit.source) == pair.last().map(|unit| unit.source))
    };
    let how = match kind {
        Kind::Query(_) if units.len() == 1 => FanOut::Derived,
        Kind::Query(_) => FanOut::Joined,
        kind if !is_change(kind) => return None,
        _ if is_one_source() => FanOut::Write,
        _ => FanOut::SplitWrite,
    };
    Some((how, nodes))
}

/// The most actual tables that one reference has here.
fn nodes(unit: &RouteUnit) -> usize {
    let of = |index: u16| {
        let same = unit.tables.iter().filter(|(other, _)| *other == index);
        same.count()
    };
    let most = unit.tables.iter().map(|(index, _)| of(*index)).max();
    most.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceId;
    use crate::sql::{Lexed, ServerFamily, SqlMode, analyze, lex};

    fn kind(text: &str) -> Kind {
        let mut lexed = Lexed::default();
        let family = ServerFamily::MariaDb(101_119);
        lex(text.as_bytes(), SqlMode::default(), family, &mut lexed).unwrap();
        let tokens = 0..lexed.tokens.len();
        analyze(text.as_bytes(), &lexed, tokens, SqlMode::default()).kind
    }

    fn unit(source: u16, tables: &[(u16, &str)]) -> RouteUnit {
        let tables = tables.iter().map(|(index, name)| (*index, (*name).into()));
        RouteUnit {
            source: SourceId(source),
            tables: tables.collect(),
            rows: Vec::new(),
        }
    }

    #[test]
    fn a_fan_out_is_counted_by_how_it_runs() {
        let (read, write) = (kind("SELECT 1 FROM t"), kind("DELETE FROM t"));
        let one = unit(0, &[(0, "t_0")]);
        let pair = unit(0, &[(0, "t_0"), (1, "u_0")]);
        let several = unit(0, &[(0, "t_0"), (0, "t_1"), (0, "t_2"), (1, "u_0")]);
        let other = unit(1, &[(0, "t_8")]);
        let beside = unit(0, &[(0, "t_1")]);
        assert_eq!(fan_out(&read, std::slice::from_ref(&one)), None);
        assert_eq!(fan_out(&read, &[pair]), None);
        assert_eq!(
            fan_out(&read, std::slice::from_ref(&several)),
            Some((FanOut::Derived, 3))
        );
        assert_eq!(
            fan_out(&read, &[several, other.clone()]),
            Some((FanOut::Joined, 4))
        );
        assert_eq!(
            fan_out(&write, &[one.clone(), beside]),
            Some((FanOut::Write, 2))
        );
        assert_eq!(
            fan_out(&write, &[one.clone(), other.clone()]),
            Some((FanOut::SplitWrite, 2))
        );
        assert_eq!(
            fan_out(&kind("ALTER TABLE t ADD c INT"), &[one, other]),
            None
        );
    }
}
