//! What the variables of the session are, in a line each, and all other names that completion may know.

use std::collections::HashSet;

use crate::bindings::{Connection, List, Object, secrets};
use crate::repl::commands::Takes;
use crate::repl::complete::{Names, Sort};
use crate::repl::files;
use crate::repl::shell::Shell;
use crate::script::native::Dynamic;
use crate::show::{self, How, text};

impl Shell {
    pub(super) fn vars(&self) {
        let mut lines: Vec<(String, String)> = Vec::new();
        self.session.borrow().inspect(|name, value| {
            lines.retain(|(known, _)| known != name);
            lines.push((name.to_owned(), secret_or(name, value)));
        });
        if lines.is_empty() {
            self.tell("no variables yet");
            return;
        }
        lines.sort();
        let wide = lines.iter().map(|(name, _)| text::width(name)).max().unwrap_or(0);
        for (name, about) in lines {
            self.print_pair(&name, wide, &about);
        }
    }

    /// What completion may know, as it is now.
    pub(super) fn names(&self) -> Names {
        let mut variables: Vec<(String, Sort)> = Vec::new();
        let mut seen = self.seen.clone();
        self.session.borrow().inspect(|name, value| {
            variables.push((name.to_owned(), sort(value)));
            seen.look(value);
        });
        // Of a name the last one counts.
        let mut known = HashSet::new();
        variables.reverse();
        variables.retain(|(name, _)| known.insert(name.clone()));
        variables.reverse();
        Names {
            release: self.pbx.known_release(),
            variables,
            functions: self.functions.clone(),
            imported: self.imported.clone(),
            modules: self.modules.clone(),
            given: self.given(),
            profiles: self.profile_names(),
            seen,
            files: Some(files::below),
        }
    }

    fn profile_names(&self) -> Vec<String> {
        self.desk.profiles().unwrap_or_default().into_iter().map(|profile| profile.name).collect()
    }

    /// The words that commands can be given.
    fn given(&self) -> Vec<(Takes, String)> {
        let of = |takes: Takes, words: Vec<String>| words.into_iter().map(move |word| (takes, word));
        of(Takes::Profile, self.profile_names().into_iter().chain(["sandbox".to_owned()]).collect())
            .chain(of(Takes::Script, self.desk.scripts().into_iter().map(|(name, _)| name).collect()))
            .chain(of(Takes::Example, self.desk.examples().into_iter().map(|(name, _)| name).collect()))
            .collect()
    }

    pub(super) fn has_variable(&self, name: &str) -> bool {
        self.variable(name).is_some()
    }

    /// The last one of this name, which is the one that counts.
    pub(super) fn variable(&self, wanted: &str) -> Option<Dynamic> {
        let mut found = None;
        self.session.borrow().inspect(|name, value| {
            if name == wanted {
                found = Some(value.clone());
            }
        });
        found
    }
}

pub(super) fn sort(value: &Dynamic) -> Sort {
    if let Some(object) = Object::of(value) {
        return Sort::Object(object.type_name().to_owned());
    }
    if let Some(list) = value.read_lock::<List>() {
        return Sort::List(list.element());
    }
    if value.is::<Connection>() {
        return Sort::Connection;
    }
    let first = value.as_array_ref().ok().and_then(|items| Some(Object::of(items.first()?)?.type_name().to_owned()));
    if let Some(ty) = first {
        return Sort::Array(ty);
    }
    let name = value.type_name();
    Sort::Other(name.rsplit("::").next().unwrap_or(name).to_owned())
}

/// A variable in one line, or what kind of secret it is.
pub(super) fn secret_or(name: &str, value: &Dynamic) -> String {
    let text = value.is_string() || value.is_int() || value.is_float();
    if text && secrets::sounds_secret(name) {
        secrets::MASK.to_owned()
    } else {
        secrets::hush(&about(value)).into_owned()
    }
}

/// A variable in one line.
fn about(value: &Dynamic) -> String {
    match sort(value) {
        Sort::Object(ty) => ty,
        Sort::List(ty) => format!("a list of {ty}"),
        Sort::Connection => show::single(value, &How::default()).unwrap_or_default(),
        Sort::Array(ty) => {
            format!("an array of {}, {ty}", text::count(value.as_array_ref().map_or(0, |it| it.len()), "item"))
        }
        Sort::Other(_) => {
            if let Ok(items) = value.as_array_ref() {
                return format!("an array of {}", text::count(items.len(), "item"));
            }
            if let Ok(fields) = value.as_map_ref() {
                return format!("a map of {}", text::count(fields.len(), "field"));
            }
            if value.is_unit() {
                return "()".to_owned();
            }
            if value.is_string() {
                return text::cut(&text::line(&format!("{:?}", value.to_string())), 200, false);
            }
            text::line(&show::single(value, &How::default()).unwrap_or_default())
        }
    }
}
