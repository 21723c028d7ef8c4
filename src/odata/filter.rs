//! Filters with values put in by the library, so that no value can become a part of the expression.

use serde_json::Value;

use crate::odata::literal::{Literal, LiteralError};

/// A template and values that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    #[error("it has {placeholders} `?`, and the values are {values}")]
    Count { placeholders: usize, values: usize },
    /// A quote that begins at this byte is never closed.
    #[error("the quote at byte {at} is not closed")]
    OpenQuote { at: usize },
    /// The list at this place (from 0, told from 1) has no elements, and OData no word for it.
    #[error("value {} is an empty list", index + 1)]
    Empty { index: usize },
    /// The value at this place (from 0) has no literal.
    #[error("value {}: {error}", index + 1)]
    Value { index: usize, error: LiteralError },
}

/// `Number eq ? and Id gt ?` with each `?` replaced by a literal; a `?` inside a quoted literal is text.
///
/// Text becomes quoted text. Where a date or a duration is meant, use [`bind_literals`].
pub fn bind(template: &str, values: &[Value]) -> Result<String, BindError> {
    let literal = |(index, value)| Literal::plain(value).map_err(|error| BindError::Value { index, error });
    let literals: Result<Vec<Literal>, BindError> = values.iter().enumerate().map(literal).collect();
    bind_literals(template, &literals?)
}

/// [`bind`] with literals of a known kind.
pub fn bind_literals(template: &str, values: &[Literal]) -> Result<String, BindError> {
    let mut out = String::with_capacity(template.len() + 16 * values.len());
    let mut placeholders = 0;
    // A doubled quote closes and opens at once, which comes to the same.
    let mut open = None;
    for (at, part) in template.char_indices() {
        match part {
            '\'' => {
                open = if open.is_none() { Some(at) } else { None };
                out.push(part);
            }
            '?' if open.is_none() => {
                if let Some(value) = values.get(placeholders) {
                    out.push_str(value.as_str());
                }
                placeholders += 1;
            }
            _ => out.push(part),
        }
    }
    if let Some(index) = values.iter().position(Literal::is_empty_list) {
        return Err(BindError::Empty { index });
    }
    if let Some(at) = open {
        return Err(BindError::OpenQuote { at });
    }
    if placeholders != values.len() {
        return Err(BindError::Count { placeholders, values: values.len() });
    }
    Ok(out)
}

/// `Enabled eq true and Name eq 'x'`.
pub fn equals<'a>(pairs: impl IntoIterator<Item = (&'a str, Literal)>) -> String {
    let terms: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name} eq {value}")).collect();
    terms.join(" and ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
    use serde_json::{Value, json};

    use super::{BindError, bind, bind_literals, equals};
    use crate::odata::key::in_path;
    use crate::odata::literal::{Literal, LiteralKind, literal};

    #[test]
    fn values_take_their_places() {
        let bound = bind("Number eq ? and Id gt ? and Enabled eq ?", &[json!("10'0"), json!(5), json!(true)]);
        assert_eq!(bound.as_deref(), Ok("Number eq '10''0' and Id gt 5 and Enabled eq true"));
        assert_eq!(bind("Name eq 'who?' and Id eq ?", &[json!(1)]).as_deref(), Ok("Name eq 'who?' and Id eq 1"));
        assert_eq!(bind("Name eq 'it''s?'", &[]).as_deref(), Ok("Name eq 'it''s?'"));
        assert_eq!(bind("Number in ?", &[json!(["1", "2"])]).as_deref(), Ok("Number in ('1','2')"));
    }

    #[test]
    fn what_does_not_go_together_is_an_error() {
        assert_eq!(bind("a eq ?", &[]), Err(BindError::Count { placeholders: 1, values: 0 }));
        assert_eq!(bind("a eq 1", &[json!(1)]), Err(BindError::Count { placeholders: 0, values: 1 }));
        assert_eq!(bind("a eq 'b?", &[json!(1)]), Err(BindError::OpenQuote { at: 5 }));
        assert_eq!(bind("a in ?", &[json!([])]), Err(BindError::Empty { index: 0 }));
        assert!(matches!(bind("a eq ?", &[json!({})]), Err(BindError::Value { index: 0, .. })));
    }

    #[test]
    fn literals_keep_their_kind() {
        let moment = Literal::new(&json!("2025-03-01T00:00:00Z"), LiteralKind::DateTime).unwrap();
        assert_eq!(bind_literals("TimeSent ge ?", &[moment]).as_deref(), Ok("TimeSent ge 2025-03-01T00:00:00Z"));
    }

    #[test]
    fn equality_of_all() {
        let pairs = [("Enabled", json!(true)), ("Name", json!("x"))];
        let pairs = pairs.iter().map(|(name, value)| (*name, Literal::plain(value).unwrap()));
        assert_eq!(equals(pairs), "Enabled eq true and Name eq 'x'");
    }

    /// Reads one quoted literal at the start: its value and what follows. Written apart from the code above.
    fn unquote(text: &str) -> Option<(String, &str)> {
        let mut rest = text.strip_prefix('\'')?;
        let mut value = String::new();
        loop {
            let (before, after) = rest.split_once('\'')?;
            value.push_str(before);
            match after.strip_prefix('\'') {
                Some(after) => {
                    value.push('\'');
                    rest = after;
                }
                None => return Some((value, after)),
            }
        }
    }

    fn percent_decoded(text: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, tail @ ..] = rest {
            if *first == b'%' {
                bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
                rest = &tail[2..];
            } else {
                bytes.push(*first);
                rest = tail;
            }
        }
        String::from_utf8(bytes).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn bound_text_comes_back(first in any::<String>(), second in "['\"?/%& ü]{0,12}") {
            let bound = bind("a eq ? or b eq ?", &[Value::from(first.clone()), Value::from(second.clone())]).unwrap();
            let (value, rest) = unquote(bound.strip_prefix("a eq ").unwrap()).unwrap();
            prop_assert_eq!(value, first);
            let (value, rest) = unquote(rest.strip_prefix(" or b eq ").unwrap()).unwrap();
            prop_assert_eq!(value, second);
            prop_assert_eq!(rest, "");
        }

        #[test]
        fn key_text_comes_back(key in any::<String>()) {
            let path = in_path(&literal(&Value::from(key.clone()), LiteralKind::String).unwrap());
            let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~':%".contains(&byte);
            assert!(path.bytes().all(harmless), "{path}");
            let decoded = percent_decoded(&path);
            let (value, rest) = unquote(&decoded).unwrap();
            prop_assert_eq!(value, key);
            prop_assert_eq!(rest, "");
        }

        #[test]
        fn numbers_come_back(number in any::<i64>(), float in -1e18_f64..1e18) {
            let bound = bind("? ?", &[json!(number), json!(float)]).unwrap();
            let (whole, fraction) = bound.split_once(' ').unwrap();
            prop_assert_eq!(whole.parse::<i64>().unwrap(), number);
            prop_assert_eq!(fraction.parse::<f64>().unwrap(), float);
        }
    }
}
