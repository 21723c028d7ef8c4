//! What was given where something else was wanted: the nearest right name, and a description of a value.

use crate::script::native::Dynamic;

/// The known name that is nearest to a wrong one, if any is near.
pub(crate) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let allowed = match wrong.len() {
        0..=3 => 1,
        4..=6 => 2,
        _ => 3,
    };
    let near = known.into_iter().map(|name| (strsim::damerau_levenshtein(&wrong, &name.to_lowercase()), name));
    near.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// What a value is, for a sentence: ``the string "abc"``.
pub(crate) fn describe(value: &Dynamic) -> String {
    match value.type_name() {
        "string" => format!("the string {:?}", value.to_string()),
        "i64" => format!("the whole number {value}"),
        "f64" => format!("the number {value}"),
        "bool" => format!("the boolean {value}"),
        "()" => "nothing, ()".to_owned(),
        "array" => "an array".to_owned(),
        "map" => "a map".to_owned(),
        "char" => format!("the character '{value}'"),
        other => {
            let name = other.rsplit("::").next().unwrap_or(other).split('<').next().unwrap_or(other);
            with_article(name)
        }
    }
}

/// `a User`, `an Entry`.
pub(crate) fn with_article(name: &str) -> String {
    let article =
        if name.trim_start_matches('`').starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {name}")
}
