//! Which names of an entry are known.

use crate::catalog::overlay::answering;
use crate::catalog::{Catalog, Shape};
use crate::repl::builtin;
use crate::repl::complete::{Completion, FUNCTIONS, Names};
use crate::repl::context::{Place, context};
use crate::repl::kinds::Known;
use crate::script::Doc;
use crate::show::reference;

/// How far a name is what it seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Known,
    /// What it belongs to is known, and has no such thing.
    Wrong,
    Open,
}

/// What is known about a name that stands behind a text.
pub(super) fn standing(before: &str, name: &str, names: &Names, catalog: &Catalog) -> Standing {
    let this = Completion { names, catalog, before };
    let either = |known: bool, else_: Standing| if known { Standing::Known } else { else_ };
    let of_members = |ty: &str| {
        let own = names.functions.iter().any(|known| known == name);
        own || reference::members(ty).iter().any(|(known, _)| known.trim_end_matches(['(', ')']) == name)
    };
    let of_language = |ty: &str| builtin::calls(ty).iter().any(|call| call.split('(').next() == Some(name));
    let ahead = before.trim_end();
    if let Some(head) = ahead.strip_suffix("::") {
        let owner = head.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let enums = catalog.ty(owner).is_some_and(|ty| matches!(ty.shape, Shape::Enum { .. }));
        let there = this.values(owner).iter().any(|it| it.text.trim_end_matches(['(', ')']) == name);
        return either(there, if enums { Standing::Wrong } else { Standing::Open });
    }
    if ahead.ends_with("..") {
        return Standing::Open;
    }
    let at = context(before, before.len());
    let Place::Member(receiver) = &at.place else {
        let function = |doc: &Doc| doc.name.split(['(', ':', '.']).next() == Some(name);
        let known = name == "pbx"
            || names.variables.iter().any(|(known, _)| known == name)
            || names.functions.iter().any(|known| known == name)
            || FUNCTIONS.iter().any(|known| known.trim_end_matches('(') == name)
            || catalog.ty(name).is_some()
            || reference::docs().any(function);
        return either(known, Standing::Open);
    };
    match this.of_receiver(receiver) {
        Known::Pbx => either(catalog.resource(name).is_some() || of_members("Connection"), Standing::Wrong),
        Known::Resource(resource) => either(!answering(resource, name).is_empty(), Standing::Wrong),
        Known::Object(ty) => {
            let there = catalog.properties(ty).iter().any(|property| property.name == name);
            either(there || of_members("Object"), Standing::Wrong)
        }
        Known::List(_) => either(of_members("List"), Standing::Open),
        Known::Array(_) => either(of_members("Array") || of_language("array"), Standing::Open),
        Known::Value(ty) => either(of_members(ty) || of_language(ty), Standing::Open),
        Known::Nothing => Standing::Open,
    }
}
