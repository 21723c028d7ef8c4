//! The map of options at the end of a call, read with its names and types checked.

use crate::kit::Fault;
use crate::script::native::{Dynamic, Map};
use crate::script::{describe, nearest};

pub(super) struct Options<'a> {
    map: &'a Map,
}

impl<'a> Options<'a> {
    /// The options of a function that knows these names.
    pub(super) fn of(function: &str, map: &'a Map, known: &[&'static str]) -> Result<Options<'a>, Fault> {
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
    fn given(&self, name: &str) -> Option<&'a Dynamic> {
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

    pub(super) fn names(&self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        let Some(given) = self.given(name) else { return Ok(None) };
        let wrong = || self.wrong(name, "an array of names, or one text with commas between them");
        let text = |item: &Dynamic| item.as_immutable_string_ref().map(|text| text.to_string()).ok();
        let names: Option<Vec<String>> = match (text(given), given.as_array_ref()) {
            // Like `select`: several may stand in one text.
            (Some(all), _) => Some(all.split(',').map(|name| name.trim().to_owned()).collect()),
            (None, Ok(items)) => items.iter().map(text).collect(),
            (None, Err(_)) => None,
        };
        let names = names.filter(|names| names.iter().any(|name| !name.is_empty())).ok_or_else(wrong)?;
        match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            Some((_, twice)) => {
                let expected = "an array of names that are all different".to_owned();
                Err(Fault::Argument { what: name.to_owned(), expected, given: format!("`{twice}` twice") })
            }
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
