//! What is planned, as text and as JSON.

use serde_json::{Value, json};

use crate::bindings::secrets::{hidden, is_secret};
use crate::catalog::Effect;
use crate::plan::{Change, Deed, Difference, Row, differences, is_unknown, unknown_count};
use crate::show::How;
use crate::show::text::{self, count};
use crate::terminal::{FINE, KNOWN, WORD, WRONG, paint};

/// More objects of one call than these are counted.
const OBJECTS: usize = 10;

/// All of it, in its order, below the name of each PBX; of a long one the first changes.
#[must_use]
pub fn page(changes: &[Change], most: Option<usize>, how: &How) -> String {
    let mut lines = Vec::new();
    let mut pbxs: Vec<&str> = Vec::new();
    for change in changes {
        if !pbxs.contains(&change.pbx.as_str()) {
            pbxs.push(&change.pbx);
        }
    }
    let mut left = most.unwrap_or(usize::MAX);
    for pbx in pbxs {
        let of_pbx: Vec<&Change> = changes.iter().filter(|change| change.pbx == pbx).collect();
        let head = format!("plan for {}: {}", text::line(pbx), tally(&of_pbx));
        lines.push(text::bold(&text::wrap(&head, how.width, 2), how.colour));
        for change in of_pbx.iter().take(left) {
            lines.extend(of_change(change, how));
        }
        if of_pbx.len() > left {
            lines.push(format!("  … {}", count(of_pbx.len() - left, "more change")));
        }
        left = left.saturating_sub(of_pbx.len());
    }
    lines.join("\n")
}

/// `1 to create, 2 to update`
#[must_use]
pub fn tally(changes: &[&Change]) -> String {
    let of = |effect: Effect| changes.iter().filter(|change| change.effect == effect && !change.is_idle()).count();
    let kinds = [(Effect::Create, "create"), (Effect::Update, "update"), (Effect::Delete, "delete")];
    let mut parts: Vec<String> = kinds
        .into_iter()
        .map(|(effect, verb)| (of(effect), verb))
        .filter(|(number, _)| *number > 0)
        .map(|(number, verb)| format!("{number} to {verb}"))
        .collect();
    parts.extend(Some(of(Effect::Command)).filter(|number| *number > 0).map(|number| count(number, "command")));
    let idle = changes.iter().filter(|change| change.is_idle()).count();
    parts.extend((idle > 0).then(|| format!("{idle} without a difference")));
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}

fn of_change(change: &Change, how: &How) -> Vec<String> {
    let (mark, code) = match change.effect {
        _ if change.is_idle() => ("=", ""),
        Effect::Create => ("+", FINE),
        Effect::Delete => ("-", WRONG),
        Effect::Command => ("!", WORD),
        Effect::Update | Effect::Read | Effect::Secret => ("~", KNOWN),
    };
    // A mark is for the eye.
    let mark = match (how.plain, change.is_idle()) {
        (false, _) => mark,
        (true, true) => "no difference:",
        (true, false) => match change.effect {
            Effect::Create => "create:",
            Effect::Delete => "delete:",
            Effect::Command => "command:",
            Effect::Update | Effect::Read | Effect::Secret => "update:",
        },
    };
    let about = match change.deeds.as_slice() {
        [] => String::new(),
        [one] => Some(subject(one)).filter(|it| !it.is_empty()).map(|it| format!("  {it}")).unwrap_or_default(),
        many => format!("  {}", count(many.len(), "object")),
    };
    let head = format!("{mark} {}{}", change.operation, text::line(&about));
    let head = text::cut(&head, how.width.saturating_sub(2), how.unicode);
    let head = paint(&head, code, how.colour && !code.is_empty());
    let mut lines = vec![format!("  {head}")];
    let mut line = |text: String| {
        let text = text::cut(&text::line(&text), how.width.saturating_sub(6), how.unicode);
        lines.push(format!("      {text}"));
    };
    match change.deeds.as_slice() {
        [] => fields(&change.given).into_iter().for_each(&mut line),
        [Deed::Make { object, .. }] => {
            let given = object.iter().filter(|(_, value)| !is_unknown(value));
            fields(&given.map(|(k, v)| (k.clone(), v.clone())).collect()).into_iter().for_each(&mut line);
        }
        [Deed::Alter { before, fields, .. }] => {
            let mut told: Vec<String> = differences(before, fields).iter().map(|it| difference(it, how)).collect();
            // Of a secret in an object nothing is told but that it is another one.
            told.dedup();
            told.into_iter().for_each(&mut line);
        }
        [Deed::Remove { .. }] => {}
        many => {
            if let Some(Deed::Alter { fields: to, .. }) = many.first() {
                fields(to).into_iter().for_each(&mut line);
            }
            many.iter().take(OBJECTS).for_each(|deed| line(subject(deed)));
            if many.len() > OBJECTS {
                line(format!("… {} more", many.len() - OBJECTS));
            }
        }
    }
    if let Some(name) = change.taken {
        line(format!("note: there is one with this {name} already"));
    }
    lines
}

/// What a change is about: its key, and what people call it.
fn subject(deed: &Deed) -> String {
    let (row, place) = match deed {
        Deed::Make { object, place } => (Some(object), place),
        Deed::Alter { before, place, .. } => (Some(before), place),
        Deed::Remove { before, place } => (before.as_ref(), place),
    };
    let key = place.key.as_deref().map(|key| stand_in(&Value::from(key)).unwrap_or_else(|| key.to_owned()));
    let known = |name: &str| {
        let value = row?.get(name)?.as_str()?;
        (!value.is_empty() && !is_unknown(&Value::from(value))).then_some(value)
    };
    let person = || {
        let names: Vec<&str> = ["FirstName", "LastName"].into_iter().filter_map(known).collect();
        (!names.is_empty()).then(|| names.join(" "))
    };
    let called = known("Name").map(str::to_owned).or_else(person).or_else(|| known("DisplayName").map(str::to_owned));
    let parts: Vec<String> = known("Number").map(str::to_owned).into_iter().chain(called).collect();
    match key {
        Some(key) if parts.is_empty() => key,
        Some(key) if parts.contains(&key) => parts.join(" "),
        Some(key) => format!("{key}: {}", parts.join(" ")),
        None => parts.join(" "),
    }
}

/// What is said in the place of what stands for a value that the PBX will allot.
fn stand_in(value: &Value) -> Option<String> {
    unknown_count(value).map(|count| format!("(new {count})"))
}

/// A line for each property that has a value.
fn fields(row: &Row) -> Vec<String> {
    let Value::Object(row) = hidden(&Value::Object(row.clone())) else { return Vec::new() };
    let said = row.iter().filter(|(_, value)| !value.is_null());
    let mut lines: Vec<String> = said.map(|(name, value)| format!("{name}: {}", shown(value))).collect();
    lines.sort();
    lines
}

fn difference(it: &Difference, how: &How) -> String {
    let Difference { path, from, to } = it;
    let arrow = if how.unicode { "→" } else { "->" };
    let parts: Vec<&str> = path.split('.').collect();
    if let Some(secret) = parts.iter().position(|part| is_secret(part)) {
        return format!("{}: another one", parts[..=secret].join("."));
    }
    let Some(to) = to else {
        return format!("{path}: {} {arrow} not given", shown(&hidden(from)));
    };
    match (from, to) {
        (Value::Array(from), Value::Array(to)) => {
            let [from, to] = names_of(from, to);
            let part = |mark: &str, some: &[String], others: &[String]| {
                let some = some.iter().filter(|item| !others.contains(item));
                some.map(|item| format!("{mark} {item}")).collect::<Vec<_>>()
            };
            let changed = [part("-", &from, &to), part("+", &to, &from)].concat();
            let what = if changed.is_empty() { "the elements differ".to_owned() } else { changed.join(", ") };
            format!("{path}: {} {arrow} {}: {what}", from.len(), count(to.len(), "element"))
        }
        (from, to) => format!("{path}: {} {arrow} {}", shown(&hidden(from)), shown(&hidden(to))),
    }
}

/// What the elements of two arrays are called: by a property that all of them have, so that the same have the same names.
fn names_of(from: &[Value], to: &[Value]) -> [Vec<String>; 2] {
    let has = |name: &str| {
        let is_plain =
            |item: &Value| item.get(name).is_some_and(|it| !it.is_object() && !it.is_array() && !it.is_null());
        from.iter().chain(to).all(is_plain)
    };
    let common = ["Number", "Name", "GroupId", "Id"].into_iter().find(|name| has(name));
    let name = |item: &Value| {
        let named = common.and_then(|name| item.get(name)).cloned().unwrap_or_else(|| hidden(item));
        match named.as_str() {
            Some(text) if !is_unknown(&named) => text.to_owned(),
            _ => shown(&named),
        }
    };
    [from.iter().map(name).collect(), to.iter().map(name).collect()]
}

fn shown(value: &Value) -> String {
    if let Some(new) = stand_in(value) {
        return new;
    }
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name}: {}", shown(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}

/// The same for programs.
#[must_use]
pub fn record(changes: &[Change]) -> Value {
    let plan = changes.iter().map(|change| {
        let objects = change.deeds.iter().map(|deed| {
            let (does, before, after) = match deed {
                Deed::Make { object, .. } => ("create", None, Some(object)),
                Deed::Alter { before, fields, .. } => ("update", Some(before), Some(fields)),
                Deed::Remove { before, .. } => ("delete", before.as_ref(), None),
            };
            let only = |row: &Row| match deed {
                Deed::Alter { fields, .. } => row
                    .iter()
                    .filter(|(name, _)| fields.contains_key(*name))
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect(),
                _ => row.clone(),
            };
            let row = |row: Option<&Row>| row.map(|row| hidden(&Value::Object(only(row))));
            let place = deed.place();
            json!({"does": does, "set": place.set, "key": place.key, "before": row(before), "after": row(after)})
        });
        json!({
            "pbx": change.pbx,
            "operation": change.operation,
            "effect": change.effect.name(),
            "given": hidden(&Value::Object(change.given.clone())),
            "objects": objects.collect::<Vec<_>>(),
            "changes": !change.is_idle(),
            "taken": change.taken,
        })
    });
    json!({"plan": plan.collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{page, record, tally};
    use crate::catalog::Effect;
    use crate::plan::{Change, Deed, Place, Row};
    use crate::show::How;

    fn row(value: Value) -> Row {
        value.as_object().cloned().unwrap()
    }

    fn change(operation: &str, effect: Effect, deeds: Vec<Deed>) -> Change {
        Change {
            pbx: "hq".to_owned(),
            operation: operation.to_owned(),
            effect,
            given: row(json!({"serviceNames": ["PhoneSystem"], "Id": -1_000_001})),
            deeds,
            taken: None,
        }
    }

    fn some() -> Vec<Change> {
        let users = |key: Value| Place::new("Users", Some(&key));
        let bob = row(json!({
            "Id": 12, "Number": "101", "FirstName": "Bob", "LastName": "Hill", "Mobile": "", "AuthPassword": "old",
            "Hours": {"Type": "A"}, "Groups": [{"GroupId": 3, "Id": 9}, {"GroupId": 4}],
        }));
        let fields = row(json!({
            "Mobile": "+44", "AuthPassword": "verysecret1", "Hours": {"Type": "B"}, "Groups": [{"GroupId": 3}, {"GroupId": -1_000_001}],
        }));
        let make = row(
            json!({"Id": -1_000_001, "Number": "150", "FirstName": "Ada\u{1b}[31m", "AuthPassword": "verysecret1"}),
        );
        let mut made =
            change("users.create", Effect::Create, vec![Deed::Make { place: users(json!(-1_000_001)), object: make }]);
        made.taken = Some("Number");
        vec![
            made,
            change(
                "users.update",
                Effect::Update,
                vec![Deed::Alter { place: users(json!(12)), before: bob.clone(), fields }],
            ),
            change(
                "users.update",
                Effect::Update,
                vec![Deed::Alter {
                    place: users(json!(12)),
                    before: bob.clone(),
                    fields: row(json!({"Number": "101"})),
                }],
            ),
            change("users.delete", Effect::Delete, vec![Deed::Remove { place: users(json!(12)), before: Some(bob) }]),
            change("services.restart", Effect::Command, Vec::new()),
        ]
    }

    #[test]
    fn a_plan_says_what_would_be_different() {
        let all = some();
        let how = How { width: 80, unicode: true, ..How::default() };
        let expected = "\
plan for hq: 1 to create, 1 to update, 1 to delete, 1 command, 1 without a
  difference
  + users.create  (new 1): 150 Ada\\u{1b}[31m
      AuthPassword: \"***\"
      FirstName: \"Ada\\u001b[31m\"
      Number: \"150\"
      note: there is one with this Number already
  ~ users.update  12: 101 Bob Hill
      AuthPassword: another one
      Groups: 2 → 2 elements: - 4, + (new 1)
      Hours.Type: \"A\" → \"B\"
      Mobile: \"\" → \"+44\"
  = users.update  12: 101 Bob Hill
  - users.delete  12: 101 Bob Hill
  ! services.restart
      Id: (new 1)
      serviceNames: [\"PhoneSystem\"]";
        assert_eq!(page(&all, None, &how), expected);
        let short = page(&all, Some(1), &How { width: 40, ..how });
        assert!(short.contains("  + users.create") && short.ends_with("  … 4 more changes"), "{short}");
        assert!(short.lines().all(|line| line.chars().count() <= 40), "{short}");
        assert!(page(&all, None, &How { colour: true, ..how }).contains("\u{1b}[38;5;64m+ users.create"));
        assert!(page(&all, None, &How { plain: true, ..how }).contains("\n  create: users.create"));
        assert_eq!(tally(&[]), "nothing to do");
    }

    #[test]
    fn programs_get_all_but_secrets() {
        let text = record(&some()).to_string();
        assert!(!text.contains("verysecret1") && !text.contains("\"old\""), "{text}");
        let first = &record(&some())["plan"][1];
        assert_eq!(first["objects"][0]["before"]["Mobile"], json!(""));
        assert_eq!(first["objects"][0]["after"]["Mobile"], json!("+44"));
        assert_eq!(first["changes"], json!(true));
    }
}
