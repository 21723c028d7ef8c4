//! What is different between two releases, as text and as JSON.

use serde_json::{Value, json};

use crate::catalog::Shape;
use crate::catalog::diff::{Detail, Difference, Entry, Group, Side};
use crate::show::text::count;

/// How many resources, operations and types a release has.
#[must_use]
pub fn sizes(side: &Side) -> (usize, usize, usize) {
    let has = |operation: &&crate::catalog::Operation| operation.variant(side.release).is_some();
    let resources = side.catalog.resources.iter().filter(|resource| resource.operations.iter().any(|one| has(&one)));
    let types = side.catalog.types.iter().filter(|ty| ty.releases.contains(side.release));
    (resources.count(), side.catalog.operations().filter(has).count(), types.count())
}

/// The same in words.
#[must_use]
pub fn counts(side: &Side) -> String {
    let (resources, operations, types) = sizes(side);
    let here = side.catalog.types.iter().filter(|ty| ty.releases.contains(side.release));
    let objects = here.filter(|ty| matches!(ty.shape, Shape::Object { .. })).count();
    [
        count(resources, "resource"),
        count(operations, "operation"),
        count(objects, "object type"),
        count(types - objects, "enum"),
    ]
    .join(", ")
}

/// One line about a difference.
#[must_use]
pub fn summary(difference: &Difference) -> String {
    let of = |group: &Group, one: &str| {
        let parts = [(&group.added, "added"), (&group.removed, "removed"), (&group.changed, "changed")];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(entries, _)| !entries.is_empty())
            .map(|(entries, verb)| format!("{} {verb}", entries.len()))
            .collect();
        (!parts.is_empty()).then(|| format!("{one} {}", parts.join(", ")))
    };
    let parts = [of(&difference.operations, "operations:"), of(&difference.types, "types:")];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// All of it, grouped.
#[must_use]
pub fn lines(from: &Side, to: &Side, difference: &Difference) -> Vec<String> {
    if difference.is_empty() {
        return vec![format!("nothing changed from {} to {}", from.name, to.name)];
    }
    let mut lines = vec![format!("from {} to {}: {}", from.name, to.name, summary(difference))];
    for (what, group) in [("Operations", &difference.operations), ("Types", &difference.types)] {
        for (entries, verb) in [(&group.added, "added"), (&group.removed, "removed"), (&group.changed, "changed")] {
            if entries.is_empty() {
                continue;
            }
            lines.push(String::new());
            lines.push(format!("{what} {verb} ({})", entries.len()));
            entries.iter().for_each(|entry| push(entry, &mut lines));
        }
    }
    lines
}

fn push(entry: &Entry, lines: &mut Vec<String>) {
    let about = if entry.about.is_empty() { String::new() } else { format!("  {}", short(&entry.about)) };
    lines.push(format!("  {}{about}", entry.name));
    lines.extend(entry.details.iter().map(|detail| format!("    {}", line(detail))));
}

/// `+ property Mobile: string`, `~ result: User, before: [User]`
fn line(detail: &Detail) -> String {
    let Detail { part, name, from, to } = detail;
    let name = if name.is_empty() { String::new() } else { format!(" {name}") };
    let what = |text: &str| if text.is_empty() { String::new() } else { format!(": {text}") };
    let (from, to) = (from.as_deref().map(short), to.as_deref().map(short));
    let part = part.name();
    match (from, to) {
        (Some(from), None) => format!("- {part}{name}{}", what(&from)),
        (None, Some(to)) => format!("+ {part}{name}{}", what(&to)),
        (from, to) => {
            let or_none = |side: Option<String>| side.filter(|text| !text.is_empty()).unwrap_or("none".to_owned());
            format!("~ {part}{name}: {} -> {}", or_none(from), or_none(to))
        }
    }
}

/// A URL says the name of each parameter twice.
fn short(text: &str) -> String {
    let mut parts = text.split("={");
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.split_once('}').map_or(part, |(_, rest)| rest);
        short.push_str(&rest.replacen(',', ", ", usize::from(rest.starts_with(','))));
    }
    short
}

/// The same for programs.
#[must_use]
pub fn json(from: &Side, to: &Side, difference: &Difference) -> Value {
    json!({
        "from": from.name, "to": to.name,
        "operations": group(&difference.operations), "types": group(&difference.types),
    })
}

fn group(group: &Group) -> Value {
    let one_sided = |entries: &[Entry]| -> Vec<Value> {
        entries.iter().map(|entry| json!({"name": entry.name, "about": entry.about})).collect()
    };
    let details = |entry: &Entry| -> Vec<Value> {
        let all = entry.details.iter();
        all.map(|detail| json!({"part": detail.part.name(), "name": detail.name, "from": detail.from, "to": detail.to}))
            .collect()
    };
    let changed: Vec<Value> =
        group.changed.iter().map(|entry| json!({"name": entry.name, "changes": details(entry)})).collect();
    json!({"added": one_sided(&group.added), "removed": one_sided(&group.removed), "changed": changed})
}
