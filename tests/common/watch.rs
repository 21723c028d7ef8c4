//! Looks at everything that a run lets out, for the secrets that it has met.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use pbxsh::catalog::Catalog;
use pbxsh::client::secrets::is_secret;
use pbxsh::sandbox::{Pbx, Setup};
use serde_json::Value;

use crate::common::NOW;

/// Shorter ones are parts of texts that have nothing to do with them.
const SHORTEST: usize = 6;

/// What tests type where secrets go.
pub const CANARIES: [&str; 3] = ["hunter2", "hunter2-with-blanks in it", "canary-of-a-secret"];

/// The secret that stands in a text.
pub fn leak(text: &str, secrets: &BTreeSet<String>) -> Option<String> {
    let known = secrets.iter().chain(built_in()).find(|secret| stands_in(text, secret));
    known.cloned().or_else(|| token(text))
}

/// Numbers only as a whole: a PIN is part of many a longer number.
fn stands_in(text: &str, secret: &str) -> bool {
    let digits = secret.chars().all(|c| c.is_ascii_digit());
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '-' || c == ':');
    text.match_indices(secret).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + secret.len()..].chars().next();
        !digits || !(part(before) || part(after))
    })
}

/// A token by its looks: those of the simulated PBX are JWTs.
fn token(text: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let whole = |at: usize| text[at..].chars().take_while(|c| fits(*c)).collect::<String>();
    text.match_indices("eyJ").map(|(at, _)| whole(at)).find(|token| token.matches('.').count() >= 2 && token.len() > 40)
}

/// The secrets of the simulated company, and of the clients that may log in to it.
fn built_in() -> &'static BTreeSet<String> {
    static SECRETS: OnceLock<BTreeSet<String>> = OnceLock::new();
    SECRETS.get_or_init(|| {
        let (catalog, now) = (Catalog::builtin(), NOW.parse().expect("a moment"));
        let setup = Setup { release: catalog.newest(), seed: 3, clock: Arc::new(move || now) };
        let state = Pbx::company(catalog, setup).state();
        let state: Value = serde_json::from_str(&state).expect("a state");
        let mut found = BTreeSet::new();
        collect(&state["sets"], false, &mut found);
        collect(&state["singles"], false, &mut found);
        collect(&state["clients"], true, &mut found);
        assert!(found.len() > 30, "{found:?}");
        found
    })
}

fn collect(value: &Value, all: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if all => keep(text, found),
        Value::Array(items) => items.iter().for_each(|item| collect(item, all, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| collect(value, all || is_secret(name), found)),
        _ => {}
    }
}

pub fn keep(secret: &str, found: &mut BTreeSet<String>) {
    let secret = secret.trim();
    if secret.len() >= SHORTEST {
        found.insert(secret.to_owned());
    }
}

/// The files of a home in which something is logged or kept for later; the tokens among them, which are secrets themselves, go to `secrets`.
pub fn logs(home: &Path, secrets: &mut BTreeSet<String>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(&home.join(".local"), &mut found);
    found.retain(|path| {
        let is_token = path.components().any(|part| part.as_os_str() == "tokens");
        if is_token {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let kept: Value = serde_json::from_str(&text).unwrap_or_default();
            keep(kept["token"].as_str().unwrap_or_default(), secrets);
        }
        !is_token
    });
    for entry in std::fs::read_dir(home).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "xml" || ending == "log") {
            found.push(path);
        }
    }
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

/// Looks into the logs of a home.
#[track_caller]
pub fn watch_logs(home: &Path, mut secrets: BTreeSet<String>) {
    secrets.extend(CANARIES.map(str::to_owned));
    for log in logs(home, &mut secrets) {
        let text = std::fs::read(&log).unwrap_or_default();
        watch(&log.display().to_string(), &String::from_utf8_lossy(&text), &secrets);
    }
}

/// Fails the test whose run let a secret out.
#[track_caller]
pub fn watch(what: &str, text: &str, secrets: &BTreeSet<String>) {
    if let Some(secret) = leak(text, secrets) {
        panic!("{what} shows the secret {secret:?}:\n{text}");
    }
}
