//! One pass over the tokens: parentheses, clauses, parameters, and where operators make conditions unusable.

use super::bounds::{NESTING, OPERATORS};
use super::source::{Clear, Source, Unclear};
use crate::sql::token::TokenKind;

/// A stretch of tokens of one clause in one pair of parentheses.
struct Clause {
    /// The clause around the parentheses; none if they hold a query of their own.
    parent: Option<u32>,
    /// `||`, XOR, `:=` ... stands in it.
    is_poisoned: bool,
}

/// What the tokens alone say about a statement.
pub(super) struct Layout {
    first: usize,
    /// For each parenthesis its partner.
    partners: Vec<u32>,
    /// For each token the `(` around it plus one, 0 outside of all.
    enclosing: Vec<u32>,
    /// For each token its clause.
    clause_of: Vec<u32>,
    clauses: Vec<Clause>,
    parameters: Vec<u32>,
    /// Operators and the deepest nesting: how deep the parser's tree may be.
    pub(super) weight: usize,
}

/// Words that begin a clause and that no expression holds outside of parentheses.
const CLAUSE_WORDS: [&str; 12] = [
    "SELECT", "FROM", "WHERE", "ON", "HAVING", "GROUP", "ORDER", "LIMIT", "SET", "UNION", "JOIN",
    "USING",
];

struct Reader<'t> {
    source: Source<'t>,
    layout: Layout,
    open: Vec<(usize, u32)>,
    clause: u32,
    cases: usize,
    operators: usize,
    deepest: usize,
}

impl Layout {
    /// Reads the tokens of `source`.
    pub(super) fn read(source: Source<'_>) -> Clear<Self> {
        let count = source.end.saturating_sub(source.first);
        let layout = Self {
            first: source.first,
            partners: vec![0; count],
            enclosing: vec![0; count],
            clause_of: vec![0; count],
            clauses: vec![Clause {
                parent: None,
                is_poisoned: false,
            }],
            parameters: Vec::new(),
            weight: 0,
        };
        let reader = Reader {
            source,
            layout,
            open: Vec::new(),
            clause: 0,
            cases: 0,
            operators: 0,
            deepest: 0,
        };
        reader.read()
    }

    /// The partner of the parenthesis at token `index`.
    pub(super) fn partner(&self, index: usize) -> Clear<usize> {
        match self.slot(index).and_then(|slot| self.partners.get(slot)) {
            Some(&partner) if partner != 0 => Ok(partner as usize - 1),
            _ => Err(Unclear::Syntax { token: index }),
        }
    }

    /// The `(` around token `index`.
    pub(super) fn enclosing(&self, index: usize) -> Option<usize> {
        let open = *self.enclosing.get(self.slot(index)?)?;
        (open as usize).checked_sub(1)
    }

    /// No condition may be read at token `index`.
    pub(super) fn is_poisoned(&self, index: usize) -> bool {
        let mut clause = self
            .slot(index)
            .and_then(|slot| self.clause_of.get(slot))
            .copied();
        while let Some(found) = clause.and_then(|id| self.clauses.get(id as usize)) {
            if found.is_poisoned {
                return true;
            }
            clause = found.parent;
        }
        false
    }

    /// Number of the `?` at token `index`.
    pub(super) fn parameter(&self, index: usize) -> Option<u16> {
        let token = u32::try_from(index).ok()?;
        u16::try_from(self.parameters.binary_search(&token).ok()?).ok()
    }

    fn slot(&self, index: usize) -> Option<usize> {
        index.checked_sub(self.first)
    }
}

impl Reader<'_> {
    fn read(mut self) -> Clear<Layout> {
        for index in self.source.first..self.source.end {
            self.step(index)?;
        }
        if let Some(&(open, _)) = self.open.last() {
            return Err(Unclear::Syntax { token: open });
        }
        self.layout.weight = self.operators + self.deepest;
        Ok(self.layout)
    }

    fn step(&mut self, index: usize) -> Clear<()> {
        let slot = index - self.source.first;
        let around = self.open.last().map_or(0, |&(open, _)| open + 1);
        if let Some(enclosing) = self.layout.enclosing.get_mut(slot) {
            *enclosing = u32::try_from(around).unwrap_or(u32::MAX);
        }
        match self.source.kind(index) {
            Some(TokenKind::Punct(b'(')) => self.open(index)?,
            Some(TokenKind::Punct(b')')) => self.close(index)?,
            Some(TokenKind::Word) => self.word(index)?,
            Some(TokenKind::Parameter) => self.parameter(index)?,
            Some(TokenKind::DoublePipe) => self.pipes()?,
            Some(TokenKind::Assign) => self.poison()?,
            Some(TokenKind::Punct(b'-')) => self.minus(index)?,
            Some(kind) if is_operator(kind) => self.count_operator()?,
            _ => {}
        }
        if let Some(clause) = self.layout.clause_of.get_mut(slot) {
            *clause = self.clause;
        }
        Ok(())
    }

    fn open(&mut self, index: usize) -> Clear<()> {
        self.open.push((index, self.clause));
        self.nest()?;
        let is_query = self
            .source
            .is_any(index + 1, &["SELECT", "WITH", "VALUES", "TABLE"]);
        let parent = (!is_query).then_some(self.clause);
        self.begin_clause(parent);
        Ok(())
    }

    fn close(&mut self, index: usize) -> Clear<()> {
        let Some((open, clause)) = self.open.pop() else {
            return Err(Unclear::Syntax { token: index });
        };
        let first = self.source.first;
        for (from, to) in [(open, index), (index, open)] {
            if let Some(partner) = self.layout.partners.get_mut(from - first) {
                *partner = u32::try_from(to + 1).unwrap_or(u32::MAX);
            }
        }
        self.clause = clause;
        Ok(())
    }

    fn word(&mut self, index: usize) -> Clear<()> {
        let bytes = self.source.bytes(index);
        if bytes.len() > 9 || self.source.is_dotted(index) {
            return Ok(());
        }
        if self.source.is_any(index, &CLAUSE_WORDS) {
            if self.source.is_any(index, &["UNION", "JOIN"]) {
                self.count_operator()?;
            }
            let parent = self
                .layout
                .clauses
                .get(self.clause as usize)
                .and_then(|clause| clause.parent);
            self.begin_clause(parent);
        } else if self.source.is_word(index, "XOR") {
            self.poison()?;
        } else if self.source.is_word(index, "NOT") {
            self.not(index)?;
        } else if self.source.is_word(index, "CASE") {
            self.cases += 1;
            self.nest()?;
            self.count_operator()?;
        } else if self.source.is_word(index, "END") {
            self.cases = self.cases.saturating_sub(1);
        } else if self.source.is_any(index, &OPERATOR_WORDS) {
            self.count_operator()?;
        }
        Ok(())
    }

    /// `NOT a = b` reads `(NOT a) = b` under `HIGH_NOT_PRECEDENCE`.
    fn not(&mut self, index: usize) -> Clear<()> {
        let is_prefix = !self.source.is_any(
            index + 1,
            &["NULL", "IN", "BETWEEN", "LIKE", "REGEXP", "RLIKE"],
        );
        if self.source.mode.high_not_precedence && is_prefix {
            return self.poison();
        }
        self.count_operator()
    }

    /// A sign before the first value of a list or row is none: rows of negative numbers are long.
    fn minus(&mut self, index: usize) -> Clear<()> {
        let is_first = self.source.before(index).is_some_and(|previous| {
            self.source.is_punct(previous, b'(') || self.source.is_punct(previous, b',')
        });
        if is_first {
            Ok(())
        } else {
            self.count_operator()
        }
    }

    fn pipes(&mut self) -> Clear<()> {
        if self.source.mode.pipes_as_concat {
            return self.count_operator();
        }
        self.poison()
    }

    fn poison(&mut self) -> Clear<()> {
        if let Some(clause) = self.layout.clauses.get_mut(self.clause as usize) {
            clause.is_poisoned = true;
        }
        self.count_operator()
    }

    fn begin_clause(&mut self, parent: Option<u32>) {
        self.clause = u32::try_from(self.layout.clauses.len()).unwrap_or(u32::MAX);
        self.layout.clauses.push(Clause {
            parent,
            is_poisoned: false,
        });
    }

    fn parameter(&mut self, index: usize) -> Clear<()> {
        let limit = usize::from(u16::MAX);
        if self.layout.parameters.len() >= limit {
            return Err(Unclear::TooMuch {
                what: "parameters",
                limit,
            });
        }
        self.layout
            .parameters
            .push(u32::try_from(index).unwrap_or(u32::MAX));
        Ok(())
    }

    fn nest(&mut self) -> Clear<()> {
        let depth = self.open.len() + self.cases;
        self.deepest = self.deepest.max(depth);
        if depth > NESTING {
            return Err(Unclear::TooMuch {
                what: "levels of nesting",
                limit: NESTING,
            });
        }
        Ok(())
    }

    fn count_operator(&mut self) -> Clear<()> {
        self.operators += 1;
        if self.operators > OPERATORS {
            return Err(Unclear::TooMuch {
                what: "operators",
                limit: OPERATORS,
            });
        }
        Ok(())
    }
}

/// Words that make the parser's tree one level deeper.
const OPERATOR_WORDS: [&str; 14] = [
    "AND",
    "OR",
    "EXCEPT",
    "INTERSECT",
    "IS",
    "LIKE",
    "REGEXP",
    "RLIKE",
    "DIV",
    "MOD",
    "BETWEEN",
    "COLLATE",
    "BINARY",
    "INTERVAL",
];

fn is_operator(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Equal
            | TokenKind::NullSafeEqual
            | TokenKind::NotEqual
            | TokenKind::Less
            | TokenKind::LessOrEqual
            | TokenKind::Greater
            | TokenKind::GreaterOrEqual
            | TokenKind::DoubleAmpersand
            | TokenKind::ShiftLeft
            | TokenKind::ShiftRight
            | TokenKind::Arrow
            | TokenKind::DoubleArrow
            | TokenKind::Punct(b'+' | b'*' | b'/' | b'%' | b'!' | b'~' | b'^' | b'&' | b'|')
    )
}
