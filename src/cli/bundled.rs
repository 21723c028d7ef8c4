//! Modules, scripts and examples that are part of the program.

use include_dir::{Dir, include_dir};

use crate::script::{Library, Source};

static STDLIB: Dir = include_dir!("$CARGO_MANIFEST_DIR/stdlib");
static SCRIPTS: Dir = include_dir!("$CARGO_MANIFEST_DIR/scripts");
static EXAMPLES: Dir = include_dir!("$CARGO_MANIFEST_DIR/examples");

pub(super) fn library() -> Library {
    Library {
        embedded: |name| file(&STDLIB, name.strip_prefix("std/")?),
        embedded_names: || names(&STDLIB).into_iter().map(|name| format!("std/{name}")).collect(),
        folders: Vec::new(),
    }
}

/// A script or an example by its name: `create-department`, `01-hello-pbx`.
pub(super) fn script(name: &str) -> Option<Source> {
    let text = file(&SCRIPTS, name).or_else(|| file(&EXAMPLES, name))?;
    Some(Source::new(format!("@{name}"), text))
}

/// The names and the first line of each script and each example.
pub(super) fn scripts() -> Vec<(String, &'static str)> {
    described(&SCRIPTS)
}

pub(super) fn examples() -> Vec<(String, &'static str)> {
    described(&EXAMPLES)
}

fn described(folder: &'static Dir) -> Vec<(String, &'static str)> {
    let title = |name: &String| {
        let first = file(folder, name)?.lines().find(|line| line.starts_with("//"))?;
        Some(first.trim_start_matches(['/', '!', ' ']))
    };
    names(folder)
        .into_iter()
        .map(|name| (title(&name).unwrap_or_default(), name))
        .map(|(title, name)| (name, title))
        .collect()
}

fn names(folder: &Dir) -> Vec<String> {
    let mut names: Vec<String> =
        folder.files().filter_map(|file| Some(file.path().to_str()?.strip_suffix(".rhai")?.to_owned())).collect();
    names.sort_unstable();
    names
}

fn file(folder: &'static Dir, name: &str) -> Option<&'static str> {
    folder.get_file(format!("{name}.rhai"))?.contents_utf8()
}
