//! Regular expressions, compiled once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use regex::{Captures, Regex, RegexBuilder};

use crate::kit::given::text;
use crate::kit::{Fault, Hands};
use crate::script::Doc;
use crate::script::native::{Array, Dynamic, Engine, INT, Map, Module, NativeCallContext, Outcome};

pub(super) const DOCS: &[Doc] = &[
    Doc {
        name: "regex::test",
        calls: &["regex::test(pattern, text) → bool"],
        text: "Does the pattern fit somewhere in the text? `^` and `$` tie it to the ends. `r\"\"` does not exist: write patterns \
               between back-ticks, where a backslash is only a backslash: `^\\d{3}$`. There is no looking ahead or behind.",
        example: "print(regex::test(`^\\+?\\d{7,15}$`, \"+15550100\"));",
    },
    Doc {
        name: "regex::find",
        calls: &["regex::find(pattern, text) → map or ()"],
        text: "The first place where the pattern fits: `#{ text, at, groups, named }`. `at` counts characters from 0, `groups[1]` \
               is what the first group caught and `groups[0]` the whole; a group without a part in it is (). () if nothing fits.",
        example: "let m = regex::find(`ext\\. (?<number>\\d+)`, \"Ada, ext. 100\"); print(m.named.number);",
    },
    Doc {
        name: "regex::find_all",
        calls: &["regex::find_all(pattern, text) → array"],
        text: "All places where the pattern fits, each like one of `regex::find`.",
        example: "print(regex::find_all(`\\d+`, \"100, 101\").len());",
    },
    Doc {
        name: "regex::replace",
        calls: &["regex::replace(pattern, text, with) → string"],
        text: "The text with all that fits replaced. `$1` and `${name}` in `with` are the groups, `$$` is a dollar.",
        example: "print(regex::replace(`[^0-9+]`, \"+1 (555) 01-00\", \"\"));",
    },
    Doc {
        name: "regex::split",
        calls: &["regex::split(pattern, text) → array"],
        text: "The parts of the text between the places where the pattern fits.",
        example: "print(regex::split(`[,;]\\s*`, \"100, 101;102\").len());",
    },
    Doc {
        name: "regex::escape",
        calls: &["regex::escape(text) → string"],
        text: "A pattern that fits this very text.",
        example: "print(regex::test(regex::escape(\"+1\"), \"+15550100\"));",
    },
];

/// The most that one pattern may take when it is compiled, in bytes.
const SIZE: usize = 1 << 21;
/// The most patterns that are kept; a script that makes them in a loop starts over.
const KEPT: usize = 200;

#[derive(Default)]
struct Patterns(Mutex<HashMap<String, Regex>>);

impl Patterns {
    fn get(&self, pattern: &str) -> Result<Regex, Fault> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(pattern) {
            return Ok(known.clone());
        }
        let made = RegexBuilder::new(pattern).size_limit(SIZE).build().map_err(|error| fault(pattern, &error))?;
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(pattern.to_owned(), made.clone());
        Ok(made)
    }
}

/// The library draws pictures of what is wrong; its parser knows the place.
fn fault(pattern: &str, error: &regex::Error) -> Fault {
    let (place, reason) = match (regex_syntax::parse(pattern), error) {
        (Err(regex_syntax::Error::Parse(error)), _) => (Some(error.span().start.offset), error.kind().to_string()),
        (Err(regex_syntax::Error::Translate(error)), _) => (Some(error.span().start.offset), error.kind().to_string()),
        (_, regex::Error::CompiledTooBig(most)) => (None, format!("it needs more than {} megabytes", most >> 20)),
        (_, other) => (None, other.to_string()),
    };
    let place = place.map(|at| pattern.get(..at).unwrap_or(pattern).chars().count() + 1);
    Fault::Pattern { pattern: pattern.to_owned(), place, reason }
}

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    let patterns = Arc::new(Patterns::default());
    let mut module = Module::new();
    let mut add = |name: &str, call: fn(&Regex, &str) -> Dynamic| {
        let (hands, patterns) = (hands.clone(), patterns.clone());
        module.set_native_fn(name, move |context: NativeCallContext, pattern: Dynamic, given: Dynamic| -> Outcome {
            let found = read(&patterns, &pattern, &given).map(|(regex, given)| call(&regex, &given));
            found.map_err(|fault| hands.raise(fault, &context))
        });
    };
    add("test", |regex, text| regex.is_match(text).into());
    add("find", |regex, text| regex.captures(text).map_or(Dynamic::UNIT, |found| caught(regex, text, &found)));
    add("find_all", |regex, text| {
        regex.captures_iter(text).map(|found| caught(regex, text, &found)).collect::<Array>().into()
    });
    add("split", |regex, text| regex.split(text).map(|part| Dynamic::from(part.to_owned())).collect::<Array>().into());
    let hand = hands.clone();
    module.set_native_fn(
        "replace",
        move |context: NativeCallContext, pattern: Dynamic, given: Dynamic, with: Dynamic| -> Outcome {
            let replaced = read(&patterns, &pattern, &given).and_then(|(regex, given)| {
                let with = text("with", &with)?;
                Ok(regex.replace_all(&given, with.as_str()).into_owned().into())
            });
            replaced.map_err(|fault| hand.raise(fault, &context))
        },
    );
    let hand = hands.clone();
    module.set_native_fn("escape", move |context: NativeCallContext, given: Dynamic| {
        let given = text("text", &given).map_err(|fault| hand.raise(fault, &context))?;
        Ok(regex::escape(&given))
    });
    engine.register_static_module("regex", module.into());
}

fn read(patterns: &Patterns, pattern: &Dynamic, given: &Dynamic) -> Result<(Regex, String), Fault> {
    Ok((patterns.get(&text("pattern", pattern)?)?, text("text", given)?))
}

fn caught(regex: &Regex, text: &str, found: &Captures) -> Dynamic {
    let value = |group: Option<regex::Match>| group.map_or(Dynamic::UNIT, |group| group.as_str().into());
    let start = found.get(0).map_or(0, |whole| whole.start());
    let mut map = Map::new();
    map.insert("text".into(), value(found.get(0)));
    map.insert("at".into(), Dynamic::from(text[..start].chars().count() as INT));
    map.insert("groups".into(), found.iter().map(value).collect::<Array>().into());
    let named = regex.capture_names().flatten().map(|name| (name.into(), value(found.name(name))));
    map.insert("named".into(), Dynamic::from_map(named.collect()));
    map.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, proptest};

    use super::{KEPT, Patterns};
    use crate::kit::Fault;

    fn place(pattern: &str) -> Option<(Option<usize>, String)> {
        match Patterns::default().get(pattern) {
            Err(Fault::Pattern { place, reason, .. }) => Some((place, reason)),
            _ => None,
        }
    }

    #[test]
    fn a_wrong_pattern_says_where() {
        assert_eq!(place("é(ab"), Some((Some(2), "unclosed group".to_owned())));
        assert_eq!(place("a{2,1}").map(|(place, _)| place), Some(Some(2)));
        assert_eq!(place("(?=x)").map(|(place, _)| place), Some(Some(1)));
        assert_eq!(place(r"\w{1000}{1000}").map(|(place, _)| place), Some(None));
        assert_eq!(place("a+"), None);
    }

    #[test]
    fn patterns_are_not_kept_for_ever() {
        let patterns = Patterns::default();
        for count in 0..KEPT + 10 {
            patterns.get(&format!("a{count}")).unwrap();
        }
        assert_eq!(patterns.0.lock().unwrap().len(), 10);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_pattern_panics(pattern in any::<String>(), wild in r"[\[\](){}|*+?\\^$.a-c0-9é-]{0,12}") {
            let _ = (Patterns::default().get(&pattern), Patterns::default().get(&wild));
        }
    }
}
