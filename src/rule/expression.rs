//! Row value expressions: `ds_${0..7}.t_${0..15}` as the list of names it stands for.

/// More names than this are a slip of the pen (contract 1.2).
const MAX_NAMES: usize = 1_000_000;

/// Why a text is no row value expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at byte {offset}; {remedy}")]
pub struct ExpressionFault {
    /// Byte offset in the text.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

impl ExpressionFault {
    fn new(offset: usize, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            offset,
            message: message.into(),
            remedy: remedy.into(),
        }
    }
}

/// Expands ranges, lists, products and commas, in ShardingSphere's order: the last expression of
/// an item runs fastest.
///
/// # Errors
/// The first place that is none of these, with what to write instead.
pub fn expand(text: &str) -> Result<Vec<String>, ExpressionFault> {
    let (body, start, is_literal) = without_prefix(text)?;
    let mut names = Vec::new();
    for (offset, item) in split_items(body) {
        let offset = start + offset;
        if item.trim().is_empty() {
            return Err(ExpressionFault::new(
                offset,
                "an empty name",
                "remove the comma, or write a name such as ds_0.t_0",
            ));
        }
        let blanks = item.len() - item.trim_start().len();
        if is_literal {
            names.push(item.trim().to_owned());
        } else {
            names.extend(expand_item(item.trim(), offset + blanks)?);
        }
        check_amount(names.len(), offset)?;
    }
    Ok(names)
}

/// `<GROOVY>` and `<LITERAL>` in front are known.
fn without_prefix(text: &str) -> Result<(&str, usize, bool), ExpressionFault> {
    for (prefix, is_literal) in [("<GROOVY>", false), ("<LITERAL>", true)] {
        if let Some(body) = text.strip_prefix(prefix) {
            return Ok((body, prefix.len(), is_literal));
        }
    }
    if text.starts_with('<') {
        return Err(ExpressionFault::new(
            0,
            "an expression language that is not known here",
            "write ranges and lists such as t_${0..15}",
        ));
    }
    Ok((text, 0, false))
}

/// Items between commas outside braces, with their offsets.
fn split_items(text: &str) -> Vec<(usize, &str)> {
    let mut items = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                items.push((start, text.get(start..at).unwrap_or("")));
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push((start, text.get(start..).unwrap_or("")));
    items
}

fn expand_item(item: &str, offset: usize) -> Result<Vec<String>, ExpressionFault> {
    let mut names = vec![String::new()];
    let mut at = 0;
    while let Some(rest) = item.get(at..).filter(|rest| !rest.is_empty()) {
        let Some((before, width)) = next_opening(rest) else {
            names.iter_mut().for_each(|name| name.push_str(rest));
            break;
        };
        let text = rest.get(..before).unwrap_or("");
        names.iter_mut().for_each(|name| name.push_str(text));
        let inner_at = before + width;
        let Some(length) = rest.get(inner_at..).and_then(|inner| inner.find('}')) else {
            return Err(ExpressionFault::new(
                offset + at + before,
                "${ is not closed",
                "close it with }",
            ));
        };
        let inner = rest.get(inner_at..inner_at + length).unwrap_or("");
        let values = values(inner, offset + at + inner_at)?;
        check_amount(names.len().saturating_mul(values.len()), offset)?;
        names = names
            .iter()
            .flat_map(|name| values.iter().map(move |value| format!("{name}{value}")))
            .collect();
        at += inner_at + length + 1;
    }
    Ok(names)
}

fn next_opening(text: &str) -> Option<(usize, usize)> {
    let plain = text.find("${").map(|at| (at, 2));
    let arrow = text.find("$->{").map(|at| (at, 4));
    [plain, arrow].into_iter().flatten().min()
}

/// The values inside the braces: `0..7`, `['a', 'b']`, one number or quoted text.
fn values(inner: &str, offset: usize) -> Result<Vec<String>, ExpressionFault> {
    let text = inner.trim();
    if let Some(list) = text.strip_prefix('[') {
        let Some(list) = list.strip_suffix(']') else {
            return Err(ExpressionFault::new(
                offset,
                "a list that is not closed",
                "write ['a', 'b']",
            ));
        };
        return list
            .split(',')
            .map(|element| element_of(element.trim(), offset))
            .collect();
    }
    if let Some((first, last)) = text.split_once("..") {
        return range(first.trim(), last.trim(), offset);
    }
    element_of(text, offset).map(|element| vec![element])
}

fn range(first: &str, last: &str, offset: usize) -> Result<Vec<String>, ExpressionFault> {
    for bound in [first, last] {
        if bound.len() > 1 && bound.starts_with('0') {
            return Err(ExpressionFault::new(
                offset,
                format!("{bound} has a leading zero, which a range does not keep"),
                "write a list such as ['00', '01'], or a zero in front: t_0${0..9}, t_${10..15}",
            ));
        }
    }
    let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>()) else {
        return Err(ExpressionFault::new(
            offset,
            format!("{first}..{last} is no range of whole numbers"),
            "write one such as ${0..7}",
        ));
    };
    check_amount(
        usize::try_from(first.abs_diff(last))
            .unwrap_or(usize::MAX)
            .saturating_add(1),
        offset,
    )?;
    if first <= last {
        Ok((first..=last).map(|number| number.to_string()).collect())
    } else {
        Ok((last..=first)
            .rev()
            .map(|number| number.to_string())
            .collect())
    }
}

fn element_of(element: &str, offset: usize) -> Result<String, ExpressionFault> {
    let quoted = ['\'', '"']
        .into_iter()
        .find_map(|quote| element.strip_prefix(quote)?.strip_suffix(quote));
    if let Some(text) = quoted.filter(|text| !text.contains(['\'', '"', '\\'])) {
        return Ok(text.to_owned());
    }
    if !element.is_empty() && element.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(element.to_owned());
    }
    let is_variable = element.starts_with(|first: char| first.is_ascii_uppercase())
        && element
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if is_variable {
        return Err(ExpressionFault::new(
            offset,
            format!("the environment variable {element} is not set"),
            "set it before the start, or write the name out",
        ));
    }
    Err(ExpressionFault::new(
        offset,
        format!("{element:?} is Groovy that is not known here"),
        "write a range ${0..7}, a list ${['a', 'b']}, or the names with commas between",
    ))
}

fn check_amount(amount: usize, offset: usize) -> Result<(), ExpressionFault> {
    if amount > MAX_NAMES {
        return Err(ExpressionFault::new(
            offset,
            format!("more than {MAX_NAMES} names"),
            "write smaller ranges",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn ranges_lists_products_and_commas_expand_in_order() {
        for (text, expected) in [
            (
                "ds_${0..1}.t_${0..1}",
                vec!["ds_0.t_0", "ds_0.t_1", "ds_1.t_0", "ds_1.t_1"],
            ),
            ("ds_$->{0..1}", vec!["ds_0", "ds_1"]),
            ("t_${['a','b']}", vec!["t_a", "t_b"]),
            ("t_${[ 0, 2 ]}_x", vec!["t_0_x", "t_2_x"]),
            ("a, b_${0}", vec!["a", "b_0"]),
            ("t_${2..0}", vec!["t_2", "t_1", "t_0"]),
            ("<LITERAL>a,b", vec!["a", "b"]),
            (
                "ds_${0..0}.t_0${8..9}, ds_0.t_${10..11}",
                vec!["ds_0.t_08", "ds_0.t_09", "ds_0.t_10", "ds_0.t_11"],
            ),
        ] {
            assert_eq!(expand(text).unwrap(), expected, "{text}");
        }
        assert_eq!(expand("ds_${0..7}.t_${0..15}").unwrap().len(), 128);
    }

    #[test]
    fn what_is_not_known_is_answered_with_what_to_write() {
        for (text, offset, word) in [
            ("t_${(0..7).collect{it}}", 4, "${0..7}"),
            ("t_${0..7", 2, "}"),
            ("a,,b", 2, "comma"),
            ("t_${00..15}", 4, "'00'"),
            ("x_${WORKER}", 4, "set it"),
            ("<INTERVAL>P=ds;", 0, "${0..15}"),
            ("t_${0..4000000000}", 4, "smaller"),
            ("${0..999}${0..999}${0..9}", 0, "smaller"),
        ] {
            let fault = expand(text).unwrap_err();
            assert_eq!(fault.offset, offset, "{text}: {fault}");
            assert!(fault.remedy.contains(word), "{text}: {fault}");
        }
    }
}
