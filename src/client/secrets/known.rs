//! The values that are known to be secret in this process: of settings, tokens, answers at the terminal, and what a script reads and sends
//! under the name of one. They are kept for one purpose, to be hidden where nobody thought of them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::client::secrets::is_secret;

/// A shorter one is part of too many texts that have nothing to do with it, and hidden only by its name.
const SHORTEST: usize = 6;

/// So many are kept, the last ones: a script may read a secret of everybody, and must not drive the token out by that.
const MOST: usize = 1 << 16;

type Start = [u8; SHORTEST];

#[derive(Default)]
struct Known {
    values: HashSet<Arc<str>>,
    order: VecDeque<Arc<str>>,
    /// By their first bytes, so that a text is read once, however many are known.
    by_start: HashMap<Start, Vec<Arc<str>>>,
    /// Those that are too short to be looked for.
    short: HashSet<String>,
}

impl Known {
    fn add(&mut self, value: &str) {
        let Some(start) = start(value.as_bytes()).filter(|_| !self.values.contains(value)) else { return };
        let value: Arc<str> = value.into();
        self.values.insert(value.clone());
        self.by_start.entry(start).or_default().push(value.clone());
        self.order.push_back(value);
        if self.order.len() > MOST {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.order.pop_front() else { return };
        self.values.remove(&oldest);
        let Some(start) = start(oldest.as_bytes()) else { return };
        if let Some(alike) = self.by_start.get_mut(&start) {
            alike.retain(|value| *value != oldest);
            if alike.is_empty() {
                self.by_start.remove(&start);
            }
        }
    }
}

fn start(bytes: &[u8]) -> Option<Start> {
    bytes.first_chunk().copied()
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
    forms(value).iter().for_each(|form| known.add(form));
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
pub(super) fn places(text: &str) -> Vec<Range<usize>> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if known.values.is_empty() {
        return Vec::new();
    }
    let mut places = Vec::new();
    for (at, here) in text.as_bytes().windows(SHORTEST).enumerate() {
        let alike = start(here).and_then(|start| known.by_start.get(&start)).into_iter().flatten();
        let fits = |value: &&Arc<str>| text.as_bytes()[at..].starts_with(value.as_bytes());
        places.extend(alike.filter(fits).map(|value| at..at + value.len()));
    }
    places
}
