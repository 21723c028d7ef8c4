//! `docs/sandbox.md` tells which operations are modelled; it is held against what the sandbox says of itself. That
//! answers agree with it, the tests of the catalog see to.
//!
//! `PBXSH_BLESS=1 cargo test --lib modelled` writes the list anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use crate::catalog::Catalog;
use crate::sandbox::is_modelled;

const START: &str = "<!-- modelled: written by `PBXSH_BLESS=1 cargo test --lib modelled` -->\n";
const END: &str = "<!-- end of modelled -->\n";

/// Operations of a resource: those that are modelled, those that only answer an example.
type Resources = BTreeMap<&'static str, (BTreeSet<&'static str>, BTreeSet<&'static str>)>;

fn resources() -> Resources {
    let mut resources = Resources::new();
    for operation in Catalog::builtin().operations() {
        let (modelled, examples) = resources.entry(operation.resource).or_default();
        if is_modelled(operation) { modelled } else { examples }.insert(operation.name);
    }
    resources
}

fn list(resources: &Resources) -> String {
    let count = |side: fn(&(BTreeSet<&str>, BTreeSet<&str>)) -> usize| resources.values().map(side).sum::<usize>();
    let (modelled, examples) = (count(|both| both.0.len()), count(|both| both.1.len()));
    let mut text = format!(
        "Of {} operations, {modelled} are modelled and {examples} only answer an example.\n\n\
         | resource | modelled | only an example |\n|---|---|---|\n",
        modelled + examples
    );
    let names = |names: &BTreeSet<&str>| names.iter().copied().collect::<Vec<_>>().join(", ");
    for (resource, (modelled, examples)) in resources {
        let _ = writeln!(text, "| `{resource}` | {} | {} |", names(modelled), names(examples));
    }
    text
}

#[test]
// The project's own folder, and the wish to write into it, are nobody else's business here.
#[allow(clippy::disallowed_methods)]
fn the_page_tells_what_is_modelled() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sandbox.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(START).unwrap();
    let (given, after) = rest.split_once(END).unwrap();
    let list = list(&resources());
    if std::env::var_os("PBXSH_BLESS").is_some() {
        std::fs::write(&path, format!("{before}{START}{list}{END}{after}")).unwrap();
        return;
    }
    let differs = given.lines().zip(list.lines()).find(|(given, true_one)| given != true_one);
    assert!(given == list, "the page says otherwise; the first line that differs: {differs:#?}");
}
