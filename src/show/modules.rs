//! The page about a module that scripts import.

use crate::script::{Described, Failure, Session};
use crate::show::{How, text};

/// Does a topic look like the path of a module?
#[must_use]
pub fn is_path(topic: &str) -> bool {
    topic.contains('/')
}

/// The page of a module, if there is one of this path.
///
/// # Errors
/// Why it cannot be read.
pub fn topic(session: &mut Session, topic: &str, how: &How) -> Option<Result<String, Failure>> {
    let source = is_path(topic).then(|| session.find_module("", topic).ok()).flatten()?;
    Some(session.describe(&source).map(|module| page(&module, how)))
}

/// What the module is for, and its functions with what they do. The alias is the last part of its path.
fn page(module: &Described, how: &How) -> String {
    let alias = module.name.trim_end_matches(".rhai").rsplit('/').next().unwrap_or(&module.name);
    let mut page =
        vec![text::bold(&format!("import {:?} as {alias};", module.name.trim_end_matches(".rhai")), how.colour)];
    page.extend(paragraphs(&module.about).map(|part| text::wrap(&part, how.prose(), 0)));
    for function in &module.functions {
        page.push(String::new());
        page.push(text::bold(&format!("{alias}::{}({})", function.name, function.parameters.join(", ")), how.colour));
        page.extend(paragraphs(&function.docs).map(|part| format!("  {}", text::wrap(&part, how.prose(), 2))));
    }
    page.join("\n")
}

/// The paragraphs before the first block of code, each on one line.
fn paragraphs(about: &str) -> impl Iterator<Item = String> {
    let prose = about.split("```").next().unwrap_or_default();
    prose
        .split("\n\n")
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|part| !part.is_empty())
}
