//! A target's name with expressions in it: `t_order_${order_id % 16}`.

use super::AlgorithmFault;
use super::inline_expression::Expression;
use super::props::Props;
use crate::model::ShardingValue;

const KEY: &str = "algorithm-expression";
const MAX_LENGTH: usize = 4096;

/// The parsed `algorithm-expression`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Expression(Expression),
}

impl Template {
    /// Reads the property `algorithm-expression`.
    pub(super) fn from_props(props: &Props<'_>) -> Result<Self, AlgorithmFault> {
        Self::parse(props.required(KEY, "t_order_${order_id % 16}")?)
    }

    pub(super) fn parse(text: &str) -> Result<Self, AlgorithmFault> {
        Self::parse_property(KEY, text)
    }

    /// Reads the text of the property `key`.
    pub(super) fn parse_property(key: &str, text: &str) -> Result<Self, AlgorithmFault> {
        if text.len() > MAX_LENGTH {
            return Err(AlgorithmFault::new(
                key,
                format!("{key} is longer than {MAX_LENGTH} bytes"),
                "write a shorter one",
            ));
        }
        let mut parts = Vec::new();
        let mut rest = text.strip_prefix("<GROOVY>").unwrap_or(text);
        while let Some((before, inner)) = split_opening(rest) {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let Some((expression, after)) = inner.split_once('}') else {
                return Err(AlgorithmFault::new(
                    key,
                    format!("${{ is not closed in {text:?}"),
                    "close it with }",
                ));
            };
            let parsed = Expression::parse(expression).map_err(|fault| {
                let at = text.len() - rest.len() + before.len() + fault.offset;
                AlgorithmFault::new(
                    key,
                    format!("{expression:?} cannot be read near byte {at} of {text:?}"),
                    fault.message,
                )
            })?;
            parts.push(Part::Expression(parsed));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        if !parts.iter().any(|part| matches!(part, Part::Expression(_))) {
            return Err(AlgorithmFault::new(
                key,
                format!("{text:?} contains no expression"),
                "write one, such as t_order_${order_id % 16}",
            ));
        }
        Ok(Self(parts))
    }

    /// The columns that it reads, lower-case, each once.
    pub(super) fn columns(&self) -> Vec<String> {
        let mut columns = Vec::new();
        for part in &self.0 {
            if let Part::Expression(expression) = part {
                expression.collect_columns(&mut columns);
            }
        }
        columns.sort();
        columns.dedup();
        columns
    }

    /// The target's name for these values.
    pub(super) fn name(
        &self,
        columns: &[String],
        values: &[&ShardingValue],
    ) -> Result<String, String> {
        let mut name = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Expression(expression) => name.push_str(&expression.text(columns, values)?),
            }
        }
        Ok(name)
    }

    /// Refuses a strategy whose columns are not those of the expression.
    pub(super) fn check_columns(&self, columns: &[String]) -> Result<(), AlgorithmFault> {
        let used = self.columns();
        let declared = columns.join(", ");
        if let Some(stranger) = used.iter().find(|name| !columns.contains(name)) {
            return Err(AlgorithmFault::new(
                KEY,
                format!("the expression reads {stranger}, which is not a sharding column"),
                format!("use {declared}"),
            ));
        }
        match columns.iter().find(|column| !used.contains(column)) {
            Some(unused) => Err(AlgorithmFault::new(
                KEY,
                format!("the expression does not read the sharding column {unused}"),
                format!("use {declared} in it, or leave {unused} out of the strategy"),
            )),
            None => Ok(()),
        }
    }
}

/// What stands before `${` or `$->{`, and what after.
fn split_opening(text: &str) -> Option<(&str, &str)> {
    let plain = text.find("${").map(|at| (at, 2));
    let arrow = text.find("$->{").map(|at| (at, 4));
    let (at, width) = [plain, arrow].into_iter().flatten().min()?;
    Some((text.get(..at)?, text.get(at + width..)?))
}

#[cfg(test)]
mod tests {
    use super::Template;
    use crate::model::ShardingValue;

    #[test]
    fn text_and_expressions_alternate_in_both_spellings() {
        let template = Template::parse("ds_$->{k % 2}.t_${v.intdiv(2)}_x").unwrap();
        let (k, v) = (ShardingValue::Int(5), ShardingValue::Int(9));
        assert_eq!(
            template.name(&["k".into(), "v".into()], &[&k, &v]).unwrap(),
            "ds_1.t_4_x"
        );
        assert_eq!(template.columns(), ["k", "v"]);
    }

    #[test]
    fn faults_say_what_to_write() {
        assert!(
            Template::parse("t_order")
                .unwrap_err()
                .message
                .contains("no expression")
        );
        assert!(Template::parse("t_${k").unwrap_err().remedy.contains('}'));
        assert!(
            Template::parse("t_${k.hashCode() % 4}")
                .unwrap_err()
                .remedy
                .contains("HASH_MOD")
        );
        let template = Template::parse("t_${k % 4}").unwrap();
        assert!(template.check_columns(&["v".into()]).is_err());
        assert!(template.check_columns(&["k".into(), "v".into()]).is_err());
    }
}
