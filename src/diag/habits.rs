//! What people write who know JavaScript and its like, and how it is said here.

use crate::bindings::nearest;
use crate::catalog::{Catalog, Shape};
use crate::check::IN_PLACE;
use crate::kit;
use crate::script::Place;

const NOTHING: &str = "nothing is `()` here: `if x == () { … }`";
const WAITS: &str = "leave it out: a call waits for its answer, and `parallel(…)` does many things at once";
const CASES: &str = "`switch x { 1 => …, 2 | 3 => …, _ => … }`";
const PARTS: &str = "of a text `sub_string(start, length)` gives a part, of an array `extract(start, length)`";
const NUMBER: &str = "`parse_int(text)` and `parse_float(text)` make numbers of texts";
const PRINT: &str = "`print(…)` writes a line, `log(…)` one with the time on stderr";
const DECLARE: &str = "declare it with `let`; functions do not see the variables around them";
const LOOP: &str = "`for x in array { … }` goes through an array or a list, `for i in 0..10 { … }` counts";
const IMPORT: &str = "`import \"std/members\" as members;` brings a module, `members::add_agents(…)` is in it";
const MAP: &str = "a map needs a `#` before its brace: `#{ Name: \"…\" }`";
const CLOSURE: &str = "a closure is written `|x| …`";

/// By the word, whether it stands where a variable, a function or a property would.
const WORDS: &[(&str, &str)] = &[
    ("Array", "`[1, 2]` is an array; `type_of(x) == \"array\"` asks for one"),
    ("Date", "`now()`, `today()`, `date(2026, 12, 24)` and `datetime(text)` make dates"),
    ("False", "it is written `false`"),
    ("JSON", "`json::parse(text)` reads JSON, `value.to_json()` writes it"),
    (
        "Math",
        "`min(a, b)`, `max(a, b)`, `x.abs()`, `x.floor()` and `x.round()` stand alone; `random(1, 6)` is by chance",
    ),
    ("None", NOTHING),
    ("Number", NUMBER),
    ("Object", "maps have these as methods: `map.keys()`, `map.values()`, `map.len()`"),
    ("Promise", WAITS),
    ("String", "`value.to_string()` makes a text, and so do back-ticks: `${value}`"),
    ("True", "it is written `true`"),
    ("alert", PRINT),
    ("and", "it is written `&&`"),
    ("async", WAITS),
    ("await", WAITS),
    ("case", CASES),
    (
        "class",
        "types come from the API; `fn User.full_name() { … }` gives one a method, and maps hold what is your own",
    ),
    ("concat", "texts and arrays are put together with `+`"),
    ("console", PRINT),
    ("def", "functions are defined with `fn name(a, b) { … }`"),
    ("default", CASES),
    ("delete", "`map.remove(\"name\")` takes a property out"),
    ("echo", PRINT),
    ("elif", "it is written `else if`"),
    ("elseif", "it is written `else if`"),
    ("elsif", "it is written `else if`"),
    ("entries", "`for name in map.keys() { … map[name] … }` goes through a map"),
    ("every", "it is called `all`"),
    ("finally", "what must happen either way stands behind the `catch { … }`"),
    ("findIndex", "it is called `index_of`"),
    ("function", "functions are defined with `fn name(a, b) { … }`, closures are written `|a, b| …`"),
    ("has", "`\"name\" in map` asks for a property"),
    ("hasOwnProperty", "`\"name\" in map` asks for a property"),
    ("includes", "it is called `contains`; `x in list` says the same"),
    ("instanceof", "`type_of(x) == \"User\"` asks for a type"),
    ("isNaN", NUMBER),
    ("length", "`len()` counts"),
    ("lower", "it is called `to_lower`"),
    ("match", CASES),
    ("new", "it needs none: `Group(#{ Name: \"…\" })` is an object, `now()` a date, and errors are thrown as texts"),
    ("nil", NOTHING),
    ("not", "it is written `!`"),
    ("null", NOTHING),
    ("or", "it is written `||`"),
    ("padEnd", "`text::pad_right(value, n)` does that"),
    ("padStart", "`text::pad_left(value, n)` does that"),
    ("parseFloat", NUMBER),
    ("parseInt", NUMBER),
    ("println", PRINT),
    (
        "process",
        "`args` has the arguments, `env(\"NAME\")` a variable of the environment, and `exit(code)` ends the script",
    ),
    ("replaceAll", "it is called `replace`, and changes the text in place"),
    ("require", "`import \"std/members\" as members;` brings a module"),
    ("setTimeout", "`sleep(seconds)` waits"),
    ("size", "`len()` counts"),
    ("slice", PARTS),
    ("stringify", "`value.to_json()` writes JSON"),
    ("strip", "it is called `trim`, and changes the text in place"),
    ("substr", PARTS),
    ("substring", PARTS),
    ("then", WAITS),
    ("toFixed", "`(x * 100.0).round() / 100.0` rounds to two places"),
    ("toLowerCase", "it is called `to_lower`"),
    ("toUpperCase", "it is called `to_upper`"),
    ("typeof", "`type_of(x)` is a function"),
    ("undefined", NOTHING),
    ("unshift", "`insert(0, x)` puts something before the others"),
    ("upper", "it is called `to_upper`"),
    ("var", "variables are declared with `let`"),
    ("where", "it is called `filter`"),
];

/// Options and operators of filters by the names that others give them.
const OPTIONS: &[(&str, &str)] = &[
    ("columns", "select"),
    ("fields", "select"),
    ("include", "expand"),
    ("like", "contains"),
    ("limit", "top"),
    ("max", "top"),
    ("offset", "skip"),
    ("order", "orderby"),
    ("sort", "orderby"),
    ("where", "filter"),
];

/// What a word of another language is here.
pub(super) fn word(name: &str) -> Option<&'static str> {
    let at = WORDS.binary_search_by_key(&name, |(word, _)| word).ok()?;
    Some(WORDS[at].1)
}

/// The option that is meant, if it is one of these.
pub(super) fn option(name: &str, known: &[&str]) -> Option<&'static str> {
    let meant = OPTIONS.iter().find(|(word, _)| *word == name)?.1;
    known.contains(&meant).then_some(meant)
}

/// What to do about a name that is no variable; `known` is the nearest one, where somebody knows them.
pub(super) fn variable(name: &str, known: Option<&str>, place: Option<&Place>) -> String {
    let told = place.and_then(|place| around(name, place)).or_else(|| word(name).map(str::to_owned));
    let near = || {
        // Every short name is near every other one.
        place.filter(|_| name.len() > 2)?;
        let declared = || nearest(name, declared(&place?.source.text).filter(|known| *known != name));
        Some(format!("did you mean `{}`?", known.or_else(declared)?))
    };
    told.or_else(near).unwrap_or_else(|| DECLARE.to_owned())
}

/// What stands around a name can tell that it was never meant as a variable.
fn around(name: &str, place: &Place) -> Option<String> {
    let (before, behind) = (before(place), place.source.text.get(place.span.end..)?.trim_start());
    if name == "function" || behind.starts_with("=>") || before.ends_with('(') && behind.starts_with(") =>") {
        return Some(if name == "function" { word(name)? } else { CLOSURE }.to_owned());
    }
    if behind.starts_with(':') && !behind.starts_with("::") && before.ends_with(['{', '(', ',']) {
        return Some(MAP.to_owned());
    }
    if before.ends_with("import {") {
        return Some(IMPORT.to_owned());
    }
    let member = behind.strip_prefix('.')?.trim_start();
    let member = &member[..member.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(member.len())];
    let is_module = kit::modules().any(|module| module == name);
    let is_enum = Catalog::known().ty(name).is_some_and(|ty| matches!(ty.shape, Shape::Enum { .. }));
    // `csv.read(…)` should be `csv::read(…)`.
    (is_module || is_enum).then(|| format!("write `{name}::{member}`"))
}

/// The text before a place, without blanks at its end.
fn before(place: &Place) -> &str {
    place.source.text.get(..place.span.start).unwrap_or_default().trim_end()
}

/// The names that a text declares.
fn declared(text: &str) -> impl Iterator<Item = &str> {
    let mut last = "";
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.filter(move |word| matches!(std::mem::replace(&mut last, *word), "let" | "const" | "for"))
}

/// What to do about a text that is no script; `message` is the engine's.
pub(super) fn syntax(message: &str, place: Option<&Place>) -> Option<String> {
    if let Some(name) = message.strip_prefix("Undefined variable: ") {
        return Some(variable(name, None, place));
    }
    let place = place?;
    let (before, at) = (before(place), place.source.text.get(place.span.start..)?);
    let name = &at[..at.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(at.len())];
    let mut words = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_');
    let last = words.find(|word| !word.is_empty()).unwrap_or_default();
    let wanted = |what: &str| message.starts_with(&format!("Expecting {what}"));
    let hint = match () {
        () if at.starts_with('\'') => "texts stand in double quotes, or in back-ticks: only a single character is 'x'",
        () if wanted("',' after the iteration") || wanted("'in'") || before.ends_with("for (") => LOOP,
        () if before.lines().last().is_some_and(|line| line.trim_start().starts_with("import {")) => IMPORT,
        () if wanted("literal") && name != "case" => {
            "the cases of a `switch` are written out as values; for others, `_ if x > 5 => …` or `if … else if …`"
        }
        () if word(name).is_some() => word(name)?,
        () if at.starts_with("=>") => CLOSURE,
        () if at.starts_with(':') && !at.starts_with("::") && wanted("','") && message.contains("parameters") => {
            "parameters have no types"
        }
        () if at.starts_with('=') && message.contains("parameters") => {
            "parameters have no defaults: define the function once more, with fewer of them"
        }
        () if at.strip_prefix(':').is_some_and(|name| name.starts_with(char::is_alphabetic)) && begins_line(place) => {
            "a line that begins with `:` is a command of the prompt, and an entry of its own"
        }
        () if at.starts_with(':') && !at.starts_with("::") => MAP,
        () if at.starts_with("++") => "write `x += 1`",
        () if at.starts_with("--") => "write `x -= 1`",
        () if at.starts_with("...") => "arrays and maps are put together with `+`",
        () if at.starts_with('?') => "write `if condition { a } else { b }`, which has a value",
        () if at.starts_with(['[', '{']) && wanted("name of a variable") => {
            "variables are declared one by one: `let a = x[0];`, `let b = y.b;`"
        }
        () if message.contains("is a reserved keyword") => "the language keeps this word for itself: take another name",
        () if message.starts_with("Cannot assign to constant") => "declare it with `let` to change it",
        () if message.contains("cannot be assigned to") => {
            "what a call gives needs a variable to be changed: `let user = …; user.Mobile = …; pbx.users.update(user);`"
        }
        () if wanted("a boolean") => "compare it: `x != ()`, `x != \"\"`, `x > 0`",
        () if wanted("an iterable value, not a number") => LOOP,
        () if wanted("an iterable value, not an object map") => "`for name in map.keys() { … }` goes through a map",
        () if wanted("':' to follow the property") => "a property has a value: `#{ Name: name }`",
        () if wanted("';'") && !before.ends_with(';') && begins_line(place) => {
            return Some(format!("a `;` is missing at the end of line {}", before.matches('\n').count() + 1));
        }
        // `typeof x`, `elif x`: the engine stumbles over what stands behind the word.
        () if word(last).is_some() => word(last)?,
        () if wanted("'{'") => "what is done stands in braces: `if x > 5 { … }`",
        () => return None,
    };
    Some(hint.to_owned())
}

fn begins_line(place: &Place) -> bool {
    let text = place.source.text.get(..place.span.start).unwrap_or_default();
    let before = text.trim_end_matches([' ', '\t']);
    before.is_empty() || before.ends_with('\n')
}

/// What to do about a function that does not exist, from what stands around its call.
pub(super) fn function(name: &str, types: &[&str], place: Option<&Place>) -> Option<String> {
    let text = place.map(|place| &*place.source.text).unwrap_or_default();
    if let ([ty], true) = (types, types.iter().any(|ty| is_property(ty, name))) {
        return Some(format!("`{name}` is a property of `{ty}`: leave out the brackets"));
    }
    if let Some(told) = word(name) {
        return Some(told.to_owned());
    }
    if ["let", "const"].iter().any(|declare| text.contains(&format!("{declare} {name} = |"))) {
        return Some(format!("a closure in a variable is called with `{name}.call(…)`"));
    }
    if let Some((_, rest)) = text.split_once(&format!("fn {name}(")) {
        return Some(format!("it is defined as `{name}({})`", &rest[..rest.find(')')?]));
    }
    match types {
        [_, "string" | "char"] | ["string" | "char", _] if ["-", "*", "/", "%", "**", "..", "..="].contains(&name) => {
            Some(NUMBER.to_owned())
        }
        ["string"] if ["to_int", "to_float"].contains(&name) => Some(NUMBER.to_owned()),
        _ => None,
    }
}

fn is_property(ty: &str, name: &str) -> bool {
    let of_connections = || ty == "Connection" && ["ahead", "name", "release", "version"].contains(&name);
    Catalog::known().properties(ty).iter().any(|property| property.name == name)
        || kit::dates::properties(ty).contains(&name)
        || of_connections()
}

/// The function that was called just before a place, if it gives back nothing: `text.trim().to_upper()`.
pub(super) fn gave_nothing(place: Option<&Place>) -> Option<String> {
    let before = before(place?).strip_suffix('.')?;
    let mut depth = 0;
    let open = before.char_indices().rev().find(|(_, c)| {
        depth += match c {
            ')' => 1,
            '(' => -1,
            _ => 0,
        };
        depth == 0
    });
    let name = before[..open?.0].rsplit(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    IN_PLACE.contains(&name).then(|| in_place(name))
}

pub(super) fn in_place(name: &str) -> String {
    format!("`{name}` changes the value where it stands and gives back (): call it in a line of its own")
}

#[cfg(test)]
mod tests {
    use super::{WORDS, word};
    use crate::check::IN_PLACE;

    #[test]
    fn words_are_found() {
        assert!(WORDS.is_sorted_by_key(|(word, _)| *word));
        assert!(word("null").is_some() && word("pbx").is_none());
        assert!(IN_PLACE.iter().all(|name| word(name).is_none()));
    }
}
