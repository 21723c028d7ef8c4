//! Maps of options at the end of calls: which names each function knows, and reading them with their types checked.

use crate::kit::csv::{Reading, Style};
use crate::kit::given::{describe, wrong};
use crate::kit::{Fault, json, parallel, retry};
use crate::script::native::{Dynamic, FnPtr, Map};
use crate::script::nearest;

/// The functions with options: which argument these are, how they are read, and the names that there are.
const FUNCTIONS: &[(&str, usize, Reader, &[&str])] = &[
    ("csv::parse", 1, |map| Reading::of("csv::parse", map).map(drop), Reading::OPTIONS),
    ("csv::read", 1, |map| Reading::of("csv::read", map).map(drop), Reading::OPTIONS),
    ("csv::rows", 1, |map| Reading::of("csv::rows", map).map(drop), Reading::OPTIONS),
    ("csv::text", 1, |map| Style::of("csv::text", map).map(drop), Style::OPTIONS),
    ("csv::write", 2, |map| Style::of("csv::write", map).map(drop), &["columns", "separator", "excel", "append"]),
    ("json::text", 1, |map| json::is_pretty("json::text", map).map(drop), &["pretty"]),
    ("json::write", 2, |map| json::is_pretty("json::write", map).map(drop), &["pretty"]),
    ("parallel", 1, |map| parallel::Plan::read(map).map(drop), &["workers", "on_error"]),
    ("retry", 1, |map| retry::Plan::read(map).map(drop), &["pause", "factor", "jitter", "longest", "when"]),
    ("save", 1, |map| Style::of("save", map).map(drop), Style::OPTIONS),
    ("save as JSON", 1, |map| Style::of("save as JSON", map).map(drop), &["columns"]),
    ("save as NDJSON", 1, |map| Style::of("save as NDJSON", map).map(drop), &["columns"]),
];

type Reader = fn(&Map) -> Result<(), Fault>;

/// The place of the options among the arguments of a function, and what would be wrong with these; nothing where it has none.
pub(crate) fn options(function: &str) -> Option<(usize, Reader)> {
    let (_, place, read, _) = FUNCTIONS.iter().find(|(name, ..)| *name == function)?;
    Some((*place, *read))
}

pub(super) struct Options<'a> {
    map: &'a Map,
}

impl<'a> Options<'a> {
    pub(super) fn of(function: &str, map: &'a Map) -> Result<Options<'a>, Fault> {
        let known = FUNCTIONS.iter().find(|(name, ..)| *name == function).map_or(&[] as &[_], |(.., known)| *known);
        match map.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(Options { map }),
            Some(name) => Err(Fault::UnknownOption {
                function: function.to_owned(),
                name: name.to_string(),
                nearest: nearest(name, known.iter().copied()),
                known: known.to_vec(),
            }),
        }
    }

    /// What is given under a name; `()` is as good as nothing.
    pub(super) fn given(&self, name: &str) -> Option<&'a Dynamic> {
        self.map.get(name).filter(|given| !given.is_unit())
    }

    pub(super) fn wrong(&self, name: &str, expected: &str) -> Fault {
        let given = self.given(name).map_or_else(|| "nothing".to_owned(), describe);
        Fault::Argument { what: name.to_owned(), expected: expected.to_owned(), given }
    }

    pub(super) fn flag(&self, name: &str, otherwise: bool) -> Result<bool, Fault> {
        let Some(given) = self.given(name) else { return Ok(otherwise) };
        given.as_bool().map_err(|_| self.wrong(name, "true or false"))
    }

    pub(super) fn count(&self, name: &str) -> Result<u64, Fault> {
        let Some(given) = self.given(name) else { return Ok(0) };
        let count = given.as_int().ok().and_then(|count| u64::try_from(count).ok());
        count.ok_or_else(|| self.wrong(name, "a whole number from 0 on"))
    }

    pub(super) fn number(&self, name: &str, least: f64, most: f64) -> Result<Option<f64>, Fault> {
        let Some(given) = self.given(name) else { return Ok(None) };
        let number = given.as_float().or_else(|_| given.as_int().map(|whole| whole as f64)).ok();
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => Ok(Some(number)),
            None if most == f64::MAX => Err(wrong(name, &format!("a number from {least} on"), given)),
            None => Err(wrong(name, &format!("a number from {least} to {most}"), given)),
        }
    }

    pub(super) fn closure(&self, name: &str) -> Result<Option<FnPtr>, Fault> {
        let Some(given) = self.given(name) else { return Ok(None) };
        let closure = given.read_lock::<FnPtr>().map(|closure| closure.clone());
        closure.map(Some).ok_or_else(|| wrong(name, "a closure", given))
    }

    pub(super) fn names(&self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        let Some(given) = self.given(name) else { return Ok(None) };
        let wrong = |expected: &str, given: String| {
            let (what, expected) = (name.to_owned(), expected.to_owned());
            Fault::Argument { what, expected, given }
        };
        let text = |item: &Dynamic| item.as_immutable_string_ref().map(|text| text.to_string()).ok();
        let one = |item: &Dynamic| {
            text(item).ok_or_else(|| wrong("an array of names", format!("one with {}", describe(item))))
        };
        let names: Vec<String> = match (text(given), given.as_array_ref()) {
            // Like `select`: several may stand in one text.
            (Some(all), _) => all.split(',').map(|name| name.trim().to_owned()).collect(),
            (None, Ok(items)) => items.iter().map(one).collect::<Result<_, _>>()?,
            (None, Err(_)) => {
                return Err(self.wrong(name, "an array of names, or one text with commas between them"));
            }
        };
        if names.iter().all(String::is_empty) {
            return Err(wrong("an array of names", "an empty one".to_owned()));
        }
        match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            Some((_, twice)) => Err(wrong("an array of names that are all different", format!("`{twice}` twice"))),
            None => Ok(Some(names)),
        }
    }

    /// One character that separates cells.
    pub(super) fn separator(&self, name: &str) -> Result<Option<u8>, Fault> {
        let Some(given) = self.given(name) else { return Ok(None) };
        match given.to_string().as_bytes() {
            [one] if given.is_string() || given.is_char() => match one {
                b'"' | b'\n' | b'\r' | 0x80.. => Err(self.wrong(name, "a character like `;`, `,` or a tab")),
                one => Ok(Some(*one)),
            },
            _ => Err(self.wrong(name, "a single character like `;`, `,` or a tab")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;
    use crate::kit;
    use crate::script::Doc;
    use crate::script::native::Map;

    #[test]
    fn options_stand_in_the_documentation_and_nowhere_else() {
        for (name, _, read, known) in FUNCTIONS {
            assert!(read(&Map::new()).is_ok(), "{name}");
            let Some(doc) = kit::docs().find(|doc| doc.name == *name) else { continue };
            // Twins are described once.
            let twin = |other: &&Doc| doc.text.contains(&format!("`{}`", other.name));
            let pages: Vec<&Doc> = std::iter::once(doc).chain(kit::docs().filter(twin)).collect();
            for option in *known {
                let told = |doc: &&Doc| {
                    doc.text.contains(&format!("`{option}`")) || doc.calls.iter().any(|call| call.contains(option))
                };
                assert!(pages.iter().any(told), "{name} does not tell about `{option}`");
            }
        }
        let with_options =
            kit::docs().filter(|doc| doc.calls.iter().any(|call| call.contains("#{") && !call.contains("→ #{")));
        for doc in with_options {
            assert!(FUNCTIONS.iter().any(|(name, ..)| *name == doc.name), "{}", doc.name);
        }
    }
}
