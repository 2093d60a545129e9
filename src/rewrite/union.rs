//! A table reference with several actual tables in one data source: a derived table that is their UNION ALL
//! (contract 4.10).

use std::ops::Range;
use std::sync::Arc;

use crate::model::ShardingValue;
use crate::route::{Branches, Filter, Refusal, RouteInput, RouteUnit, branches};
use crate::rule::ValueSet;
use crate::sql::{Operand, TableRef, TokenKind, punct_is, word_of};

use super::edit::Edit;
use super::names::{alias, drops_schema, push_quoted, replace, span};
use super::plan::{DerivedTable, ParamSource};

/// Parameters that stand in an inserted text, and where in the client's text it is inserted.
pub(super) type Inserted = (usize, Vec<ParamSource>);

/// Adds the edits for reference `index`, which has several actual tables in `unit`.
///
/// # Errors
/// As those of routing.
pub(super) fn derive(
    input: &RouteInput<'_>,
    unit: &RouteUnit,
    index: usize,
    table: &TableRef,
    edits: &mut Vec<Edit>,
) -> Result<Inserted, Refusal> {
    let tables = unit.tables.iter();
    let tables = tables.filter(|(reference, _)| usize::from(*reference) == index);
    let branches = branches(input, index, unit.source)?;
    let name = span(input, table.name_token);
    let last = span(input, table.last_token);
    let behind = behind(input, table);
    let hints = index_hints(input, &behind);
    let mut text = Text {
        input,
        sql: b"(".to_vec(),
        params: Vec::new(),
    };
    for (position, (_, actual)) in tables.enumerate() {
        if position > 0 {
            text.sql.extend_from_slice(b" UNION ALL ");
        }
        text.branch(&branches, actual, &[name.end..last.end, hints.clone()]);
    }
    text.sql.push(b')');
    if table.alias.is_none() {
        text.sql.extend(alias(table.name.as_bytes()));
    }
    let schema = table.schema_token.filter(|_| drops_schema(input, table));
    let start = schema.map_or(name.start, |schema| span(input, schema).start);
    edits.push(replace(start..last.end, text.sql));
    if !hints.is_empty() {
        edits.push(replace(hints, Vec::new()));
    }
    let first = table
        .schema_token
        .unwrap_or(table.name_token)
        .min(table.name_token);
    edits.extend(parentheses(input, first, behind.end));
    Ok((start, text.params))
}

/// `FROM (t)`: MySQL takes no derived table alone in parentheses.
fn parentheses(input: &RouteInput<'_>, first: u32, end: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    let (mut first, mut end) = (usize::try_from(first).unwrap_or(usize::MAX), end);
    while let Some(open) = first.checked_sub(1)
        && punct_is(input.lexed, open, b'(')
        && punct_is(input.lexed, end, b')')
    {
        for token in [open, end] {
            let token = u32::try_from(token).unwrap_or(u32::MAX);
            edits.push(replace(span(input, token), b" ".to_vec()));
        }
        (first, end) = (open, end + 1);
    }
    edits
}

/// The tokens of `USE INDEX (...)` and its like behind the reference and its alias.
fn behind(input: &RouteInput<'_>, table: &TableRef) -> Range<usize> {
    let is =
        |at: usize, words: &[&'static str]| word_of(input.text, input.lexed, at, words).is_some();
    let mut at = usize::try_from(table.last_token)
        .unwrap_or(usize::MAX)
        .saturating_add(1);
    if table.alias.is_some() {
        at += usize::from(is(at, &["AS"])) + 1;
    }
    let first = at;
    let mut end = first;
    while is(at, &["USE", "IGNORE", "FORCE"]) && is(at + 1, &["INDEX", "KEY"]) {
        let Some(close) =
            (at..input.lexed.tokens.len()).find(|at| punct_is(input.lexed, *at, b')'))
        else {
            break;
        };
        end = close + 1;
        at = end
            + usize::from(
                punct_is(input.lexed, end, b',') && is(end + 1, &["USE", "IGNORE", "FORCE"]),
            );
    }
    first..end
}

/// Index hints belong to the actual tables.
fn index_hints(input: &RouteInput<'_>, behind: &Range<usize>) -> Range<usize> {
    if behind.is_empty() {
        return 0..0;
    }
    let token = |index: usize| span(input, u32::try_from(index).unwrap_or(u32::MAX));
    token(behind.start).start..token(behind.end.saturating_sub(1)).end
}

/// Text to be inserted, with its parameters.
struct Text<'i> {
    input: &'i RouteInput<'i>,
    sql: Vec<u8>,
    params: Vec<ParamSource>,
}

impl Text<'_> {
    fn branch(&mut self, branches: &Branches, actual: &Arc<str>, kept: &[Range<usize>]) {
        self.push(b"SELECT ");
        match &branches.columns {
            None => self.push(b"*"),
            Some(columns) => self.list(columns, |text, column| text.name(column)),
        }
        self.push(b" FROM ");
        self.name(actual);
        for range in kept.iter().filter(|range| !range.is_empty()) {
            self.push(b" ");
            let bytes = self.input.text.get(range.clone()).unwrap_or_default();
            self.sql.extend_from_slice(bytes);
        }
        let own = branches.apart.as_ref().and_then(|(column, by_table)| {
            let values = by_table.get(actual)?.clone();
            Some(Filter::Known {
                column: column.clone(),
                values: ValueSet::Points(values),
            })
        });
        for (position, filter) in own.iter().chain(&branches.filters).enumerate() {
            self.push(if position == 0 { b" WHERE " } else { b" AND " });
            self.filter(filter);
        }
    }

    fn push(&mut self, text: &[u8]) {
        self.sql.extend_from_slice(text);
    }

    fn name(&mut self, name: &str) {
        push_quoted(name.as_bytes(), &mut self.sql);
    }

    fn list<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.push(b", ");
            }
            each(self, item);
        }
    }

    fn filter(&mut self, filter: &Filter) {
        match filter {
            Filter::In {
                column,
                values,
                is_null_safe,
            } => {
                self.name(column);
                match (values.as_slice(), is_null_safe) {
                    ([only], true) => self.compared(b" <=> ", *only),
                    ([only], false) => self.compared(b" = ", *only),
                    (several, _) => self.operands(b" IN (", several),
                }
            }
            Filter::Range {
                column,
                lower,
                upper,
            } => self.range(column, *lower, *upper),
            Filter::RowIn { columns, rows } => {
                self.push(b"(");
                self.list(columns, |text, column| text.name(column));
                self.push(b") IN (");
                self.list(rows, |text, row| text.operands(b"(", row));
                self.push(b")");
            }
            Filter::AnyOf(arms) => {
                self.push(b"(");
                for (position, arm) in arms.iter().enumerate() {
                    self.push(if position > 0 { b" OR (" } else { b"(" });
                    for (position, filter) in arm.iter().enumerate() {
                        self.push(if position > 0 { b" AND " } else { b"" });
                        self.filter(filter);
                    }
                    self.push(b")");
                }
                self.push(b")");
            }
            Filter::Known { column, values } => self.known(column, values),
        }
    }

    fn known(&mut self, column: &str, values: &ValueSet) {
        match values {
            ValueSet::Points(points) => {
                self.name(column);
                match points.as_slice() {
                    [only] => {
                        self.push(b" = ");
                        self.value(only);
                    }
                    several => {
                        self.push(b" IN (");
                        self.list(several, |text, value| text.value(value));
                        self.push(b")");
                    }
                }
            }
            ValueSet::Range { lower, upper } => {
                let bounds = [(lower, [" >= ", " > "]), (upper, [" <= ", " < "])];
                let bounds = bounds
                    .iter()
                    .filter_map(|(bound, signs)| Some((bound.as_ref()?, signs)));
                for (position, ((value, is_inclusive), [wide, narrow])) in bounds.enumerate() {
                    self.push(if position > 0 { b" AND " } else { b"" });
                    self.name(column);
                    self.push(if *is_inclusive { wide } else { narrow }.as_bytes());
                    self.value(value);
                }
            }
        }
    }

    fn range(
        &mut self,
        column: &str,
        lower: Option<(Operand, bool)>,
        upper: Option<(Operand, bool)>,
    ) {
        let bounds = [(lower, [" >= ", " > "]), (upper, [" <= ", " < "])];
        let bounds = bounds
            .into_iter()
            .filter_map(|(bound, signs)| Some((bound?, signs)));
        for (position, ((operand, is_inclusive), [wide, narrow])) in bounds.enumerate() {
            self.push(if position > 0 { b" AND " } else { b"" });
            self.name(column);
            self.compared(if is_inclusive { wide } else { narrow }.as_bytes(), operand);
        }
    }

    fn compared(&mut self, sign: &[u8], operand: Operand) {
        self.push(sign);
        self.operand(operand);
    }

    fn operands(&mut self, open: &[u8], operands: &[Operand]) {
        self.push(open);
        self.list(operands, |text, operand| text.operand(*operand));
        self.push(b")");
    }

    /// As the client wrote it: its text is read by the same `sql_mode` and character set here.
    fn operand(&mut self, operand: Operand) {
        match operand {
            Operand::Literal { token, is_negative } => {
                if is_negative {
                    self.push(b"-");
                }
                let bytes = self.input.text.get(span(self.input, token));
                self.sql.extend_from_slice(bytes.unwrap_or_default());
            }
            Operand::Parameter(index) => {
                self.push(b"?");
                self.params.push(ParamSource::Client(usize::from(index)));
            }
            Operand::Null | Operand::Default | Operand::Expression => self.push(b"NULL"),
        }
    }

    /// In a prepared statement a parameter, so that the text stays the same from value to value.
    fn value(&mut self, value: &ShardingValue) {
        match value {
            ShardingValue::Int(number)
                if self.input.params.is_some() && i64::try_from(*number).is_ok() =>
            {
                self.push(b"?");
                self.params.push(ParamSource::Made {
                    value: value.clone(),
                    instead_of: None,
                });
            }
            ShardingValue::Int(number) => {
                let digits = number.to_string();
                self.sql.extend_from_slice(digits.as_bytes());
            }
            // only integers are known in whatever spelling
            ShardingValue::Text(_) => self.push(b"NULL"),
        }
    }
}

/// The references of `unit` that are derived tables.
pub(super) fn derived_tables(input: &RouteInput<'_>, unit: &RouteUnit) -> Vec<DerivedTable> {
    let references = input.statement.tables.iter().enumerate();
    let derived = references.filter(|(index, _)| unit.has_several(*index));
    let shown = |(_, table): (usize, &TableRef)| {
        let schema = input.schema.table(&table.name);
        let columns = schema
            .map(|schema| schema.columns.as_slice())
            .unwrap_or_default();
        let booleans = columns.iter().filter(|column| column.is_boolean);
        DerivedTable {
            exposed: table.exposed_name().to_owned(),
            table: table.name.clone(),
            schema: input.database.name.clone(),
            booleans: booleans.map(|column| column.name.clone()).collect(),
        }
    };
    derived.map(shown).collect()
}

/// All parameters of a text in which `inserted` stand among the client's.
pub(super) fn parameters(
    input: &RouteInput<'_>,
    mut inserted: Vec<Inserted>,
) -> Option<Vec<ParamSource>> {
    inserted.retain(|(_, params)| !params.is_empty());
    if inserted.is_empty() || input.params.is_none() {
        return None;
    }
    inserted.sort_by_key(|(at, _)| *at);
    let mut inserted = inserted.into_iter().peekable();
    let mut all = Vec::new();
    let tokens = input.lexed.tokens.iter();
    let places = tokens.filter(|token| token.kind == TokenKind::Parameter);
    for (index, token) in places.enumerate() {
        while let Some((_, params)) = inserted.next_if(|(at, _)| *at < token.start as usize) {
            all.extend(params);
        }
        all.push(ParamSource::Client(index));
    }
    all.extend(inserted.flat_map(|(_, params)| params));
    Some(all)
}
