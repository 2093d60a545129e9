//! The arithmetic inside `${...}` of an INLINE expression, ours instead of Groovy's.

use crate::model::ShardingValue;

const MAX_DEPTH: usize = 64;

/// A parsed expression over column names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Number(i128),
    Column(String),
    Negative(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    IntDivide,
    Remainder,
}

/// Where and why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxFault {
    pub(super) offset: usize,
    pub(super) message: String,
}

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Self, SyntaxFault> {
        let mut parser = Parser {
            text,
            at: 0,
            depth: 0,
        };
        let expression = parser.sum()?;
        parser.skip_blanks();
        if parser.at < text.len() {
            return Err(parser.fault(groovy_remedy(parser.rest())));
        }
        Ok(expression)
    }

    /// Adds the columns that the expression reads, folded to lower case.
    pub(super) fn collect_columns(&self, into: &mut Vec<String>) {
        match self {
            Self::Number(_) => {}
            Self::Column(name) => into.push(name.to_lowercase()),
            Self::Negative(inner) => inner.collect_columns(into),
            Self::Binary(_, left, right) => {
                left.collect_columns(into);
                right.collect_columns(into);
            }
        }
    }

    /// The text that the expression adds to the target's name.
    pub(super) fn text(
        &self,
        columns: &[String],
        values: &[&ShardingValue],
    ) -> Result<String, String> {
        if let Self::Column(name) = self
            && let ShardingValue::Text(text) = lookup(name, columns, values)?
        {
            return Ok(text.clone());
        }
        self.number(columns, values)
            .map(|number| number.to_string())
    }

    fn number(&self, columns: &[String], values: &[&ShardingValue]) -> Result<i128, String> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Column(name) => match lookup(name, columns, values)? {
                ShardingValue::Int(number) => Ok(*number),
                ShardingValue::Text(_) => Err(format!(
                    "{name} is text, and the expression calculates with it"
                )),
            },
            Self::Negative(inner) => inner
                .number(columns, values)?
                .checked_neg()
                .ok_or_else(too_large),
            Self::Binary(operator, left, right) => operator.apply(
                left.number(columns, values)?,
                right.number(columns, values)?,
            ),
        }
    }
}

impl Operator {
    fn apply(self, left: i128, right: i128) -> Result<i128, String> {
        if right == 0 && matches!(self, Self::Divide | Self::IntDivide | Self::Remainder) {
            return Err("the expression divides by zero".to_owned());
        }
        match self {
            Self::Add => left.checked_add(right),
            Self::Subtract => left.checked_sub(right),
            Self::Multiply => left.checked_mul(right),
            // Groovy's % of a BigInteger is its mod(), of smaller ones Java's remainder with its sign
            Self::Remainder if i64::try_from(left).is_err() => left.checked_rem_euclid(right),
            Self::Remainder => left.checked_rem(right),
            Self::IntDivide => left.checked_div(right),
            Self::Divide if left.checked_rem(right) != Some(0) => {
                return Err(format!(
                    "{left} / {right} is no whole number: write intdiv in the expression"
                ));
            }
            Self::Divide => left.checked_div(right),
        }
        .ok_or_else(too_large)
    }
}

fn too_large() -> String {
    "the expression's result is too large".to_owned()
}

fn lookup<'a>(
    name: &str,
    columns: &[String],
    values: &[&'a ShardingValue],
) -> Result<&'a ShardingValue, String> {
    let index = columns
        .iter()
        .position(|column| column.eq_ignore_ascii_case(name));
    index
        .and_then(|index| values.get(index).copied())
        .ok_or_else(|| format!("the expression needs a value of {name}"))
}

/// What to write instead of what Groovy would take.
fn groovy_remedy(rest: &str) -> &'static str {
    let word = rest.trim_start();
    if word.contains("hashCode") {
        "hashCode() is not known here: write an algorithm of type HASH_MOD instead"
    } else if word.starts_with("Math") || word.contains("abs") {
        "Math is not known here: MOD never gives negative numbers, write an algorithm of type MOD instead"
    } else if word.contains("toLong") || word.contains("toInteger") || word.contains("longValue") {
        "conversions are not needed: write the column's name alone"
    } else if word.contains("substring") || word.starts_with('[') || word.contains("[-") {
        "parts of texts are not known here: write an algorithm of type MOD with start-offset and stop-offset"
    } else {
        "write whole numbers, column names, + - * / %, a.intdiv(b) and parentheses only"
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn fault(&self, message: impl Into<String>) -> SyntaxFault {
        SyntaxFault {
            offset: self.at,
            message: message.into(),
        }
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_blanks();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn sum(&mut self) -> Result<Expression, SyntaxFault> {
        let mut left = self.product()?;
        loop {
            let operator = if self.take("+") {
                Operator::Add
            } else if self.take("-") {
                Operator::Subtract
            } else {
                return Ok(left);
            };
            left = Expression::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expression, SyntaxFault> {
        let mut left = self.factor()?;
        loop {
            let operator = if self.take("*") {
                Operator::Multiply
            } else if self.take("/") {
                Operator::Divide
            } else if self.take("%") {
                Operator::Remainder
            } else {
                return Ok(left);
            };
            left = Expression::Binary(operator, Box::new(left), Box::new(self.factor()?));
        }
    }

    fn factor(&mut self) -> Result<Expression, SyntaxFault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault("the expression is nested too deep"));
        }
        let expression = if self.take("-") {
            Expression::Negative(Box::new(self.factor()?))
        } else {
            let atom = self.atom()?;
            self.int_divisions(atom)?
        };
        self.depth -= 1;
        Ok(expression)
    }

    /// `a.intdiv(b)`, also chained.
    fn int_divisions(&mut self, mut left: Expression) -> Result<Expression, SyntaxFault> {
        while self.take(".intdiv") {
            if !self.take("(") {
                return Err(self.fault("write the divisor in parentheses: a.intdiv(16)"));
            }
            let right = self.sum()?;
            self.close()?;
            left = Expression::Binary(Operator::IntDivide, Box::new(left), Box::new(right));
        }
        if self.rest().starts_with(['.', '[', '(']) {
            return Err(self.fault(groovy_remedy(self.rest())));
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<Expression, SyntaxFault> {
        if self.take("(") {
            let inner = self.sum()?;
            self.close()?;
            return Ok(inner);
        }
        self.skip_blanks();
        let length = self
            .rest()
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count();
        let word = self.rest().get(..length).unwrap_or("").to_owned();
        if word.is_empty() || word == "Math" {
            return Err(self.fault(groovy_remedy(self.rest())));
        }
        if !word.starts_with(|first: char| first.is_ascii_digit()) {
            self.at += length;
            return Ok(Expression::Column(word));
        }
        let digits = word.strip_suffix(['L', 'l']).unwrap_or(&word);
        let number = digits
            .parse()
            .map_err(|_| self.fault(format!("{word} is no whole number")))?;
        self.at += length;
        Ok(Expression::Number(number))
    }

    fn close(&mut self) -> Result<(), SyntaxFault> {
        if self.take(")") {
            Ok(())
        } else {
            Err(self.fault("a parenthesis is not closed here"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Expression;
    use crate::model::ShardingValue;

    fn evaluate(text: &str, k: i128) -> String {
        let value = ShardingValue::Int(k);
        let result = Expression::parse(text)
            .map_err(|fault| fault.message)
            .and_then(|e| e.text(&["k".into()], &[&value]));
        result.unwrap_or_else(|message| message)
    }

    #[test]
    fn arithmetic_follows_groovy_on_whole_numbers() {
        for (text, k, expected) in [
            ("k % 16", 17, "1"),
            ("k % 16", -1, "-1"),
            ("(k + 1) * 2 - 3", 4, "7"),
            ("K.intdiv(8) % 16", 100, "12"),
            ("k / 8 % 16", 128, "0"),
            ("-k", 5, "-5"),
            ("2 + 3 * k", 4, "14"),
            ("k", 7, "7"),
            ("16L", 7, "16"),
        ] {
            assert_eq!(evaluate(text, k), expected, "{text}");
        }
    }

    #[test]
    fn what_groovy_alone_knows_is_answered_with_what_to_write() {
        for (text, word) in [
            ("Math.abs(k.hashCode()) % 4", "HASH_MOD"),
            ("k.hashCode() % 4", "HASH_MOD"),
            ("k.toLong() % 4", "column's name alone"),
            ("k[0..1]", "start-offset"),
            ("k > 5 ? 1 : 2", "parentheses only"),
            ("k % ", "parentheses only"),
            ("(k", "not closed"),
            ("k / 8", "intdiv"),
            ("k % 0", "zero"),
        ] {
            let answer = evaluate(text, 9);
            assert!(answer.contains(word), "{text}: {answer}");
        }
        assert!(evaluate(&"(".repeat(1000), 1).contains("too deep"));
        assert!(evaluate(&"-".repeat(1000), 1).contains("too deep"));
    }
}
