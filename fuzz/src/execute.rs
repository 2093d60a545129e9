//! The parameters of an EXECUTE are found, sent on and routed by as their bytes say.

use std::ops::Range;

use shardgate::kernel::bound_value;
use shardgate::model::Charset;
use shardgate::protocol::{
    Execute, ParamSpan, ParamType, ParamValue, ProtocolError, ValueShape, WireType, write_execute,
};
use shardgate::route::{BoundValue, Target};
use shardgate::sql::{Lexed, ServerFamily, SqlMode, analyze, lex};

use super::routing::{Reading, shops, target};

const LONG_DATA: &[u8] = b"sent before";
const READING: Reading = Reading {
    mode: SqlMode {
        ansi_quotes: false,
        no_backslash_escapes: false,
        pipes_as_concat: false,
        high_not_precedence: false,
        ignore_space: false,
    },
    family: ServerFamily::MariaDb(101_119),
    charset: Charset::Utf8mb4,
};

/// The first byte says how many parameters the statement has, the second which of them came as long data, the third
/// which type all were remembered with; the rest is the body of the command.
pub fn check(input: &[u8]) {
    let Some((&[params, long, remembered], body)) = input.split_first_chunk() else {
        return;
    };
    let params = usize::from(params);
    let is_long = |index: usize| index < 8 && long & (1 << index) != 0;
    let Ok(execute) = Execute::parse(body, params) else {
        return;
    };
    assert_eq!(Execute::statement_id(body), Ok(execute.statement_id));
    let wire = WireType::from_code(remembered).unwrap_or(WireType::Long);
    let mut types = vec![ParamType::new(wire); params];
    let mut spans = Vec::new();
    if execute.read_types(&mut types).is_err()
        || execute.spans(&types, is_long, &mut spans).is_err()
    {
        return;
    }
    in_order(&execute, &spans, params);
    let sent: Vec<(ParamType, ParamValue<'_>)> = types
        .iter()
        .zip(&spans)
        .map(|(param, span)| match span {
            ParamSpan::Null => (*param, ParamValue::Null),
            ParamSpan::Long => (param.of_long_data(), ParamValue::Bytes(LONG_DATA)),
            ParamSpan::Range(range) => (*param, ParamValue::Bytes(execute.value(range))),
        })
        .collect();
    comes_back(&execute, &sent).expect("what is written can be read");
    // each costs a statement read and routed twice
    for (param, value) in sent.into_iter().take(3) {
        routed(&bound_value(param, value));
    }
}

/// One span a parameter, the ranges one behind the other.
fn in_order(execute: &Execute<'_>, spans: &[ParamSpan], params: usize) {
    assert_eq!(spans.len(), params);
    let mut end = 0;
    for span in spans {
        if let ParamSpan::Range(Range { start, end: next }) = span {
            assert!(*start >= end && next >= start && *next <= execute.values().len());
            end = *next;
        }
    }
}

/// A server reads of what is sent on what the client said.
fn comes_back(
    execute: &Execute<'_>,
    sent: &[(ParamType, ParamValue<'_>)],
) -> Result<(), ProtocolError> {
    let mut out = Vec::new();
    write_execute(
        &mut out,
        execute.statement_id,
        execute.flags,
        sent.iter().copied(),
    );
    let again = Execute::parse(&out[1..], sent.len())?;
    assert_eq!(
        (again.statement_id, again.flags),
        (execute.statement_id, execute.flags)
    );
    let (mut types, mut spans) = (Vec::new(), Vec::new());
    again.read_types(&mut types)?;
    again.spans(&types, |_| false, &mut spans)?;
    assert_eq!(spans.len(), sent.len());
    for (((param, value), read), span) in sent.iter().zip(&types).zip(&spans) {
        let is_null = *value == ParamValue::Null || param.wire.shape() == ValueShape::Null;
        match span {
            ParamSpan::Null => assert!(is_null),
            ParamSpan::Long => panic!("nothing was sent before"),
            ParamSpan::Range(range) => {
                assert!(!is_null && *value == ParamValue::Bytes(again.value(range)));
                assert_eq!(
                    (read.is_unsigned, read.wire.shape()),
                    (param.is_unsigned, param.wire.shape())
                );
            }
        }
    }
    Ok(())
}

/// A value by which a statement finds its node is an integer, and finds the node of its literal (contract 4.2).
fn routed(value: &BoundValue<'_>) {
    let Some(found) = node("?", Some(std::slice::from_ref(value))) else {
        assert!(
            !matches!(value, BoundValue::Integer(number) if node(&number.to_string(), None).is_some())
        );
        return;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let literal = match value {
        BoundValue::Null => return,
        BoundValue::Integer(number) => number.to_string(),
        BoundValue::Double(number) => format!("{number:.0}"),
        BoundValue::Decimal(digits) => text(digits)
            .split('.')
            .next()
            .unwrap_or_default()
            .to_owned(),
        BoundValue::Text(digits) | BoundValue::Binary(digits) => text(digits),
        BoundValue::Moment(_) | BoundValue::Other | BoundValue::Any { .. } => {
            panic!("{value:?} is no number")
        }
    };
    assert_eq!(
        node(&literal, None).as_ref(),
        Some(&found),
        "{value:?} is not where {literal} is"
    );
}

fn node(value: &str, params: Option<&[BoundValue<'_>]>) -> Option<Target> {
    let text = format!("SELECT 1 FROM inv_reservation WHERE sku_id = {value}");
    let mut lexed = Lexed::default();
    lex(text.as_bytes(), READING.mode, READING.family, &mut lexed).unwrap();
    let statement = analyze(text.as_bytes(), &lexed, 0..lexed.tokens.len(), READING.mode);
    target(
        text.as_bytes(),
        &lexed,
        &statement,
        READING,
        &shops()[0],
        params,
    )
}
