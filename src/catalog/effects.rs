//! What an operation does to a PBX. The HTTP verb does not tell: some POSTs only read, some GETs make a new key.
//!
//! A rule answers for what has a plain name; everything else stands in `catalog/effects.txt`, looked at by a person.

use std::sync::OnceLock;

use crate::catalog::overlay::pairs;
use crate::catalog::{Catalog, Kind, Method, Operation, Variant};

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Changes nothing and shows nothing that must stay hidden.
    Read,
    Create,
    Update,
    Delete,
    /// Makes the PBX do something: ring, restart, send, test.
    Command,
    /// Changes nothing, but hands out a password, key or token.
    Secret,
}

impl Effect {
    pub const ALL: [Effect; 6] =
        [Effect::Read, Effect::Create, Effect::Update, Effect::Delete, Effect::Command, Effect::Secret];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Create => "create",
            Effect::Update => "update",
            Effect::Delete => "delete",
            Effect::Command => "command",
            Effect::Secret => "secret",
        }
    }

    /// Leaves the PBX as it was.
    #[must_use]
    pub fn is_read(self) -> bool {
        matches!(self, Effect::Read | Effect::Secret)
    }
}

/// The effect of an operation. What neither the rule nor the list knows, as an operation that a newer PBX describes, counts
/// as a command: it may do anything.
#[must_use]
pub fn effect(operation: &Operation) -> Effect {
    let looked_at = listed(&operation.full_name()).filter(|_| has_known_verbs(operation));
    looked_at.or_else(|| by_rule(operation)).unwrap_or(Effect::Command)
}

/// What was looked at as a GET can be something else as a POST.
fn has_known_verbs(operation: &Operation) -> bool {
    let Some(known) = Catalog::builtin().operation(operation.resource, operation.name) else { return true };
    let is_known = |variant: &Variant| known.variants.iter().any(|known| known.method == variant.method);
    std::ptr::eq(known, operation) || operation.variants.iter().all(is_known)
}

/// The effect that needs no look at the operation: that of all its variants, if they agree.
#[must_use]
pub fn by_rule(operation: &Operation) -> Option<Effect> {
    let mut effects = operation.variants.iter().map(|variant| of_variant(operation, variant));
    let first = effects.next()??;
    effects.all(|effect| effect == Some(first)).then_some(first)
}

fn of_variant(operation: &Operation, variant: &Variant) -> Option<Effect> {
    let reads = variant.method == Method::Get;
    match variant.kind {
        Kind::List | Kind::Get | Kind::ByNumber | Kind::Navigation => reads.then_some(Effect::Read),
        Kind::Create => Some(Effect::Create),
        Kind::Update => Some(Effect::Update),
        Kind::Delete => Some(Effect::Delete),
        Kind::Function => {
            let plain = ["get_", "has_", "is_", "download_", "export_"];
            let plain = reads && plain.iter().any(|start| operation.name.starts_with(start));
            if !plain { None } else { of_words(operation) }
        }
        Kind::Action => None,
    }
}

/// The functions that came with the program were looked at. Of others the name is all there is.
fn of_words(operation: &Operation) -> Option<Effect> {
    const CHANGES: [&str; 21] = [
        "add",
        "clear",
        "create",
        "delete",
        "drop",
        "generate",
        "make",
        "new",
        "purge",
        "regenerate",
        "remove",
        "renew",
        "reset",
        "restart",
        "revoke",
        "rotate",
        "send",
        "set",
        "start",
        "stop",
        "update",
    ];
    const HIDDEN: [&str; 8] = ["apikey", "credentials", "key", "password", "pin", "secret", "token", "tokens"];
    if Catalog::builtin().operation(operation.resource, operation.name).is_some() {
        return Some(Effect::Read);
    }
    let has = |words: &[&str]| operation.name.split('_').any(|word| words.contains(&word));
    match (has(&CHANGES), has(&HIDDEN)) {
        (true, _) => None,
        (false, true) => Some(Effect::Secret),
        (false, false) => Some(Effect::Read),
    }
}

/// What the reviewed list says.
#[must_use]
pub fn listed(full_name: &str) -> Option<Effect> {
    let list = all_listed();
    let place = list.binary_search_by_key(&full_name, |(name, _)| name).ok()?;
    Some(list[place].1)
}

/// The whole reviewed list, sorted by name.
#[must_use]
pub fn all_listed() -> &'static [(&'static str, Effect)] {
    static LISTED: OnceLock<Vec<(&'static str, Effect)>> = OnceLock::new();
    LISTED.get_or_init(|| {
        let known = |word: &str| Effect::ALL.into_iter().find(|effect| effect.name() == word);
        let mut list: Vec<_> = pairs(include_str!("../../catalog/effects.txt"))
            .filter_map(|(name, word)| Some((name, known(word)?)))
            .collect();
        list.sort_by_key(|(name, _)| *name);
        list
    })
}
