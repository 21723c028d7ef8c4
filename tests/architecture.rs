//! The architecture is a test: the table in ARCHITECTURE.md says who may use whom, and no file disagrees.

use std::collections::BTreeMap;

use crate::common::{files, project};

/// `folder → the folders that it may use`, as the table says; `all` means every one.
fn table() -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(project().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let mut table = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| `") && line.contains("/` |")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let folder = cells[0].trim_matches('`').trim_end_matches('/').to_owned();
        let uses = cells[cells.len() - 1];
        let uses = uses.split(',').map(|name| name.trim().to_owned()).filter(|name| name != "–").collect();
        table.insert(folder, uses);
    }
    table
}

/// The source without comments, with a number for each line.
fn code(path: &std::path::Path) -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(path).expect("a source file");
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    lines
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(at, line)| (at, line.split(" // ").next().unwrap_or(line).to_owned()))
        .collect()
}

fn folder_of(path: &std::path::Path) -> Option<String> {
    let below = path.strip_prefix(project().join("src")).expect("a file below src");
    (below.components().count() > 1).then(|| below.iter().next().expect("a folder").to_string_lossy().into_owned())
}

#[test]
fn nobody_imports_what_the_table_forbids() {
    let table = table();
    let mut wrong = Vec::new();
    for path in files("src", ".rs") {
        let Some(folder) = folder_of(&path) else { continue };
        let allowed = table.get(&folder).unwrap_or_else(|| panic!("`{folder}/` is not in the table"));
        for (line, code) in code(&path) {
            for used in code.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let fine = used == folder || allowed.iter().any(|name| *name == used || name == "all");
                // What is no folder is an item of the crate's root.
                if table.contains_key(&used) && !fine {
                    wrong.push(format!("{}:{line}: `{folder}` uses `{used}`", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_stands_in_the_table() {
    let mut folders: Vec<String> = files("src", ".rs").iter().filter_map(|path| folder_of(path)).collect();
    folders.dedup();
    let known: Vec<String> = table().into_keys().collect();
    assert_eq!(folders, known);
}

#[test]
fn volatile_libraries_are_named_in_one_folder_each() {
    let homes = [("reqwest", "client"), ("rustyline", "repl"), ("rhai", "script"), ("miette", "diag")];
    let mut wrong = Vec::new();
    for path in files("src", ".rs") {
        let folder = folder_of(&path).unwrap_or_default();
        for (line, code) in code(&path) {
            for (library, home) in homes {
                let named = code.contains(&format!("{library}::")) || code.contains(&format!("use {library};"));
                if named && folder != home {
                    wrong.push(format!("{}:{line}: `{library}` belongs to `{home}/`", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_operation_is_named_in_the_bindings() {
    // Names like `get` are words; the ones with an underscore can only mean an operation.
    let catalog = pbxsh::catalog::Catalog::builtin();
    let names: Vec<&str> =
        catalog.operations().map(|operation| operation.name).filter(|name| name.contains('_')).collect();
    let mut wrong = Vec::new();
    for path in files("src/bindings", ".rs") {
        for (line, code) in code(&path) {
            let quoted = code.split('"').skip(1).step_by(2);
            for text in quoted.filter(|text| names.contains(text)) {
                wrong.push(format!("{}:{line}: {text}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
