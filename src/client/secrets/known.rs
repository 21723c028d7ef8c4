//! The values that are known to be secret in this process: of settings, tokens, answers at the terminal, and what a script reads and sends
//! under the name of one. They are kept for one purpose, to be hidden where nobody thought of them.

use std::collections::{HashSet, VecDeque};
use std::sync::{LazyLock, PoisonError, RwLock};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::client::secrets::is_secret;

/// A shorter one is part of too many texts that have nothing to do with it, and hidden only by its name.
const SHORTEST: usize = 6;

/// So many are kept, the last ones: a script may read a secret of everybody.
const MOST: usize = 4096;

#[derive(Default)]
struct Known {
    values: HashSet<String>,
    order: VecDeque<String>,
    /// Those that are too short to be looked for.
    short: HashSet<String>,
}

static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);

/// From now on this value is hidden in everything that is said.
pub fn learn(value: &str) {
    let value = value.trim();
    if value.chars().all(|c| "*…×".contains(c)) {
        return;
    }
    if value.chars().take(SHORTEST).count() < SHORTEST {
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        if value.len() >= 3 && known.short.len() < MOST {
            known.short.insert(value.to_owned());
        }
        return;
    }
    if KNOWN.read().unwrap_or_else(PoisonError::into_inner).values.contains(value) {
        return;
    }
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    for form in forms(value) {
        if known.values.insert(form.clone()) {
            known.order.push_back(form);
        }
    }
    while known.order.len() > MOST {
        let Some(oldest) = known.order.pop_front() else { break };
        known.values.remove(&oldest);
    }
}

/// Is exactly this a known secret, however short?
#[must_use]
pub fn is_known(value: &str) -> bool {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.values.contains(value) || known.short.contains(value)
}

/// Learns the secrets in a body; of one that is a secret itself, all of its texts.
pub fn learn_from(body: &Value, all: bool) {
    match body {
        Value::String(text) if all => learn(text),
        Value::Number(number) if all => learn(&number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| learn_from(item, all)),
        Value::Object(fields) => {
            let pair = fields.get("Name").and_then(Value::as_str).is_some_and(is_secret);
            for (name, value) in fields {
                learn_from(value, all || is_secret(name) || (pair && name == "Value"));
            }
        }
        _ => {}
    }
}

/// Learns the secrets among the parameters of an address: `/F(password='it''s')`.
pub fn learn_target(target: &str) {
    for (at, _) in target.match_indices('=') {
        let name = target[..at].rsplit(['(', ',', '?', '&', '$']).next().unwrap_or_default();
        if is_secret(name) {
            let value = &target[at + 1..][..super::end_of(&target[at + 1..])];
            let value = value.trim_matches('\'').replace("''", "'");
            let decoded = percent_encoding::percent_decode_str(&value).decode_utf8_lossy();
            learn(&decoded);
        }
    }
}

/// How a value is written elsewhere: in JSON, in an address, between quotes, on one line.
fn forms(value: &str) -> Vec<String> {
    let json = Value::from(value).to_string();
    let encoded = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    // Of these four signs both spellings are right.
    let light = [("%2D", "-"), ("%2E", "."), ("%5F", "_"), ("%7E", "~")];
    let light = light.iter().fold(encoded.clone(), |text, (long, short)| text.replace(long, short));
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut forms = vec![
        value.to_owned(),
        json.trim_matches('"').to_owned(),
        value.escape_debug().to_string(),
        value.replace('\'', "''"),
        light.replace("%20", "+"),
        light,
        encoded,
        line,
    ];
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Where known values stand in a text.
pub(super) fn places(text: &str) -> Vec<std::ops::Range<usize>> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let values = known.values.iter().filter(|value| value.len() <= text.len());
    values.flat_map(|value| text.match_indices(value.as_str()).map(|(at, found)| at..at + found.len())).collect()
}
