//! Filters: texts that are looked at, and maps that become texts.

use serde_json::Value;

use crate::bindings::arguments::wrong_type;
use crate::bindings::fault::Fault;
use crate::bindings::schema::{Frame, Schema, name_of};
use crate::bindings::value::Unknown;
use crate::bindings::{nearest, value};
use crate::catalog::{Shape, Ty};
use crate::client::request::literal_kind;
use crate::odata::{Literal, LiteralKind};
use crate::script::native::{Dynamic, Map};

/// A text, or a map of properties and what they must be. Empty where nothing is asked.
pub(super) fn read(schema: Schema, element: Option<&'static str>, given: &Dynamic) -> Result<String, Fault> {
    if let Ok(map) = given.as_map_ref() {
        return Ok(Wanted { schema }.terms(element, "", &map, 0)?.join(" and "));
    }
    let text = given.clone().into_string().map_err(|_| wrong_type("filter", "a string or a map", given))?;
    foreign(&text)?;
    misspelt(schema, element, &text)?;
    settled(schema, element, &text)
}

/// The comparisons that stand in a map: `#{ Id: #{ gt: 5 } }`.
///
/// Those who write `gte` are led to `ge`: of equally near names the first counts.
const OPERATORS: [&str; 9] = ["eq", "ne", "ge", "gt", "le", "lt", "contains", "startswith", "endswith"];

/// A map → terms that must all hold.
struct Wanted {
    schema: Schema,
}

impl Wanted {
    /// `above` is the path to the object whose properties these are.
    fn terms(&self, owner: Option<&str>, above: &str, map: &Map, depth: usize) -> Result<Vec<String>, Fault> {
        let mut terms = Vec::new();
        for (name, wanted) in map.iter() {
            // Where the catalog knows the properties, no other name gets through; elsewhere it must look like one.
            let known = owner.filter(|owner| !self.schema.catalog.properties(owner).is_empty());
            let ty = match known {
                Some(owner) => Some(self.schema.known(owner, name)?.ty),
                None if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => None,
                None => return Err(self.schema.unknown_property(owner.unwrap_or("filter"), name)),
            };
            let path = format!("{above}{name}");
            let fields = wanted.as_map_ref().ok();
            match (ty, fields) {
                (Some(Ty::Named(name)), Some(fields)) if self.is_object(name) => {
                    terms.extend(self.terms(Some(name), &format!("{path}/"), &fields, depth)?);
                }
                // Some element of a collection.
                (Some(Ty::List(Ty::Named(name))), Some(fields)) if self.is_object(name) => {
                    let each = format!("x{depth}");
                    let inner = self.terms(Some(name), &format!("{each}/"), &fields, depth + 1)?.join(" and ");
                    let inner = if inner.is_empty() { inner } else { format!("{each}:{inner}") };
                    terms.push(format!("{path}/any({inner})"));
                }
                (Some(Ty::List(element)), _) if !wanted.is_unit() => {
                    let each = format!("x{depth}");
                    let inner = self.comparisons(Some(*element), name, &each, wanted)?.join(" and ");
                    terms.push(format!("{path}/any({each}:{inner})"));
                }
                _ => terms.extend(self.comparisons(ty, name, &path, wanted)?),
            }
        }
        Ok(terms)
    }

    fn is_object(&self, name: &str) -> bool {
        matches!(self.schema.catalog.ty(name).map(|ty| &ty.shape), Some(Shape::Object { .. }))
    }

    /// One value, one of several, or a map of comparisons.
    fn comparisons(&self, ty: Option<Ty>, name: &str, path: &str, wanted: &Dynamic) -> Result<Vec<String>, Fault> {
        if let Ok(map) = wanted.as_map_ref() {
            return map.iter().map(|(operator, value)| self.comparison(ty, name, path, operator, value)).collect();
        }
        Ok(vec![self.comparison(ty, name, path, "eq", wanted)?])
    }

    fn comparison(
        &self,
        ty: Option<Ty>,
        name: &str,
        path: &str,
        operator: &str,
        wanted: &Dynamic,
    ) -> Result<String, Fault> {
        match operator {
            "eq" | "ne" if wanted.is_array() => {
                let items = wanted.as_array_ref().map(|items| items.to_vec()).unwrap_or_default();
                let items: Result<Vec<_>, _> = items.iter().map(|item| self.literal(ty, name, item)).collect();
                let items = items?.join(",");
                Ok(match (operator, items.is_empty()) {
                    // OData has no empty list: nothing is in it.
                    (_, true) => (operator == "ne").to_string(),
                    ("eq", _) => format!("{path} in ({items})"),
                    _ => format!("not ({path} in ({items}))"),
                })
            }
            "contains" | "startswith" | "endswith" if Unknown::of(wanted).is_some() => Ok(String::new()),
            "contains" | "startswith" | "endswith" => {
                let part = wanted.clone().into_string().map_err(|_| wrong_type(name, "a string", wanted))?;
                let literal = Literal::plain(&Value::String(part)).map_err(|error| unfit(name, &error.to_string()))?;
                Ok(format!("{operator}({path},{literal})"))
            }
            _ if OPERATORS.contains(&operator) => Ok(format!("{path} {operator} {}", self.literal(ty, name, wanted)?)),
            _ => Err(Fault::UnknownOption {
                operation: "filter".to_owned(),
                name: operator.to_owned(),
                nearest: nearest(operator, OPERATORS),
                known: OPERATORS.to_vec(),
            }),
        }
    }

    fn literal(&self, ty: Option<Ty>, name: &str, wanted: &Dynamic) -> Result<String, Fault> {
        if wanted.is_unit() || Unknown::of(wanted).is_some() {
            return Ok("null".to_owned());
        }
        let accepted = match ty {
            Some(ty) => self.schema.accept(&Frame::named(name), ty, true, None, wanted.clone())?,
            None => wanted.clone(),
        };
        let literal = match ty.and_then(literal_kind) {
            Some(kind) => Literal::new(&value::to_json(&accepted), kind),
            None => value::literal(&accepted),
        };
        literal.map(|literal| literal.to_string()).map_err(|error| unfit(name, &error.to_string()))
    }
}

fn unfit(name: &str, reason: &str) -> Fault {
    Fault::Filter { reason: format!("{name}: {reason}") }
}

/// A piece of a filter text.
enum Piece<'a> {
    /// A name, a path, an operator or a number.
    Word(&'a str),
    /// A text in quotes, with them.
    Quoted(&'a str),
    Other(char),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(next) = rest.chars().next() {
        let length = if next == '\'' {
            let mut inside = rest[1..].char_indices().peekable();
            let mut end = rest.len();
            while let Some((at, c)) = inside.next() {
                if c == '\'' && inside.next_if(|(_, next)| *next == '\'').is_none() {
                    end = at + 2;
                    break;
                }
            }
            found.push(Piece::Quoted(&rest[..end]));
            end
        } else {
            let end = rest.find(|c: char| !c.is_alphanumeric() && !"_./$".contains(c)).unwrap_or(rest.len());
            found.push(if end == 0 { Piece::Other(next) } else { Piece::Word(&rest[..end]) });
            end.max(if end == 0 { next.len_utf8() } else { 0 })
        };
        rest = &rest[length..];
    }
    found
}

/// Takes the quotes from what is no text to OData: `TimeSent ge '2026-01-01T00:00:00Z'` is always refused, and a value put in
/// for a `?` cannot know what it is compared with. What is of another form is refused here, where it can be named.
fn settled(schema: Schema, element: Option<&'static str>, text: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    // The property on the left, and whether an operator stands between it and here.
    let (mut left, mut compared): (Option<(&str, Ty)>, Option<&str>) = (None, None);
    for piece in pieces(text) {
        match piece {
            Piece::Word(word) => {
                let operator = ["eq", "ne", "gt", "ge", "lt", "le", "in"].contains(&word) && left.is_some();
                if operator {
                    compared = Some(word);
                } else {
                    (left, compared) = (property_at(schema, element, word).map(|ty| (word, ty)), None);
                }
                out.push_str(word);
            }
            Piece::Quoted(quoted) => match (left, compared) {
                (Some((name, ty)), Some(operator)) => {
                    out.push_str(&literal_of(name, ty, quoted)?);
                    left = left.filter(|_| operator == "in");
                }
                _ => out.push_str(quoted),
            },
            Piece::Other(c) => {
                if c == ')' || (c == ',' && compared != Some("in")) {
                    (left, compared) = (None, None);
                }
                out.push(c);
            }
        }
    }
    Ok(out)
}

/// The type of the property at a path, if a value of it is something else than text.
fn property_at(schema: Schema, element: Option<&'static str>, path: &str) -> Option<Ty> {
    let ty = path.split('/').try_fold(Ty::Named(element?), |ty, name| match ty {
        Ty::Named(owner) => Some(schema.property(owner, name)?.ty),
        _ => None,
    })?;
    let kind = literal_kind(ty)?;
    (!matches!(kind, LiteralKind::String | LiteralKind::Enum { .. })).then_some(ty)
}

fn literal_of(name: &str, ty: Ty, quoted: &str) -> Result<String, Fault> {
    let inside = quoted.get(1..quoted.len() - 1).unwrap_or_default().replace("''", "'");
    let wrong = || wrong_type(name, &name_of(ty), &inside.as_str().into());
    let kind = literal_kind(ty).ok_or_else(wrong)?;
    Literal::new(&Value::String(inside.clone()), kind).map(|literal| literal.to_string()).map_err(|_| wrong())
}

/// What comparisons are called elsewhere, the longest first. None of these stands in OData outside of quotes.
const FOREIGN: [(&str, &str); 10] = [
    ("==", "eq"),
    ("!=", "ne"),
    ("<>", "ne"),
    ("<=", "le"),
    (">=", "ge"),
    ("&&", "and"),
    ("||", "or"),
    ("=", "eq"),
    ("<", "lt"),
    (">", "gt"),
];

/// Refuses a filter with an operator in it that only other languages have: `Enabled == true`.
fn foreign(filter: &str) -> Result<(), Fault> {
    let found = filter.split('\'').step_by(2).find_map(|part| FOREIGN.iter().find(|(found, _)| part.contains(found)));
    found.map_or(Ok(()), |(found, meant)| Err(Fault::FilterOperator { found, meant }))
}

/// Refuses a filter with a name in it that is nearly a property. The PBX would refuse it too, but cannot say which one was meant;
/// a name that is near to nothing may be something that only the PBX understands.
pub(super) fn misspelt(schema: Schema, element: Option<&'static str>, filter: &str) -> Result<(), Fault> {
    let Some(element) = element else { return Ok(()) };
    const WORDS: [&str; 20] = [
        "eq", "ne", "gt", "ge", "lt", "le", "and", "or", "not", "in", "has", "add", "sub", "mul", "div", "mod", "null",
        "true", "false", "divby",
    ];
    // What stands in quotes is a value; a doubled quote only makes two values of one.
    for part in filter.split('\'').step_by(2) {
        let mut before = ' ';
        for word in part.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_' && c != '.') {
            let name = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
            let after = word[name.len()..].chars().next();
            // A function, a lambda's variable, or a step of a path: none of them is a property of this type.
            let other = matches!(after, Some('(' | ':')) || before == '/' || name.contains('.');
            let is_name = name.starts_with(|c: char| c.is_alphabetic()) && !WORDS.contains(&name);
            before = after.unwrap_or(' ');
            if other || !is_name {
                continue;
            }
            match schema.known(element, name) {
                Ok(_) | Err(Fault::UnknownProperty { nearest: None, .. }) => {}
                Err(fault) => return Err(fault),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

    use super::{Schema, misspelt, settled};
    use crate::catalog::Catalog;

    const OF_ALL: fn() -> Schema = || Schema { catalog: Catalog::builtin(), release: None, home: None };

    #[test]
    fn only_what_is_compared_with_a_moment_loses_its_quotes() {
        for (text, expected) in [
            ("CallTime gt '2026-01-01T00:00:00Z'", None),
            ("TimeSent gt '2026-01-01T00:00:00Z'", Some("TimeSent gt 2026-01-01T00:00:00Z")),
            (
                "TimeSent in ('2026-01-01T00:00:00Z','2026-02-01T00:00:00Z') or Message eq 'x'",
                Some("TimeSent in (2026-01-01T00:00:00Z,2026-02-01T00:00:00Z) or Message eq 'x'"),
            ),
            ("concat(TimeSent,'x') eq 'y'", None),
            ("Message eq 'TimeSent gt ''2026-01-01T00:00:00Z'''", None),
            ("TimeSent gt 2026-01-01T00:00:00Z", None),
            ("TimeSent gt null and Message ne 'a'", None),
        ] {
            let given = settled(OF_ALL(), Some("ChatMessagesHistoryView"), text).unwrap();
            assert_eq!(given, expected.unwrap_or(text));
        }
        for wrong in ["TimeSent gt 'yesterday'", "TimeSent gt 'unclosed", "TimeSent gt '", "TimeSent in ('ü"] {
            assert!(settled(OF_ALL(), Some("ChatMessagesHistoryView"), wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_is_changed_for_no_reason(text in any::<String>(), near in "[TimeSntgq' (),/ü2026:Z-]{0,40}") {
            prop_assert_eq!(settled(OF_ALL(), None, &text).unwrap(), text.clone());
            prop_assert_eq!(settled(OF_ALL(), Some("User"), &near).unwrap(), near.clone());
            let _ = settled(OF_ALL(), Some("ChatMessagesHistoryView"), &text);
            let _ = settled(OF_ALL(), Some("ChatMessagesHistoryView"), &near);
        }
    }

    #[test]
    fn filters_are_read_just_enough() {
        let schema = OF_ALL();
        for fine in [
            "Number eq '100'",
            "Number eq 'Nmber eq 1'",
            "Name eq 'it''s Nmber'",
            "contains(tolower(FirstName),'x') and not (Enabled eq false)",
            "Groups/any(g:g/GroupId eq 5 and g/Nme eq 'x')",
            "QueueStatus eq Pbx.QueueStatusType'LoggedIn' or Hours/Typ eq 'x'",
            "Id in (1,2,3) and SomethingOfTheNextRelease eq 1",
        ] {
            assert!(misspelt(schema, Some("User"), fine).is_ok(), "{fine}");
        }
        for wrong in ["Nmber eq '100'", "Enabled eq true and (FirstNam eq 'x')", "contains(LstName,'x')", "not Enbled"]
        {
            assert!(misspelt(schema, Some("User"), wrong).is_err(), "{wrong}");
        }
    }
}
