//! What an operation does to a PBX. The HTTP verb does not tell: some POSTs only read, some GETs make a new key.
//!
//! A rule answers for what has a plain name; everything else stands in `catalog/effects.txt`, looked at by a person.

use std::sync::OnceLock;

use crate::catalog::overlay::pairs;
use crate::catalog::{Kind, Operation};

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
    listed(&operation.full_name()).or_else(|| by_rule(operation)).unwrap_or(Effect::Command)
}

/// The effect that needs no look at the operation.
#[must_use]
pub fn by_rule(operation: &Operation) -> Option<Effect> {
    match operation.newest().kind {
        Kind::List | Kind::Get | Kind::ByNumber | Kind::Navigation => Some(Effect::Read),
        Kind::Create => Some(Effect::Create),
        Kind::Update => Some(Effect::Update),
        Kind::Delete => Some(Effect::Delete),
        Kind::Function => {
            let plain = ["get_", "has_", "is_", "download_", "export_"];
            plain.iter().any(|start| operation.name.starts_with(start)).then_some(Effect::Read)
        }
        Kind::Action => None,
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
