//! docs/settings.md names every variable that the program reads, and every flag that it takes.
//!
//! `PBXSH_BLESS=1 cargo test` writes the second half of the page anew.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::common::{files, pbxsh, project, same};

/// From here on the page is what the program says about itself.
const GENERATED: &str = "## Command lines\n";

fn page() -> String {
    std::fs::read_to_string(project().join("docs/settings.md")).expect("docs/settings.md")
}

/// The texts between quotes in a source, its tests aside, that begin like this one ends: `variable("` → `PBXSH_NOW`.
fn literals<'a>(code: &'a str, before: &str) -> Vec<&'a str> {
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    code.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn is_variable(name: &str) -> bool {
    name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// What the source reads from the environment. Only three files look at it by themselves; the others ask for a name.
fn read() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in files("src", ".rs") {
        let shown = path.display().to_string().replace('\\', "/");
        if shown.contains("/tests/") || shown.ends_with("_tests.rs") {
            continue;
        }
        let code = std::fs::read_to_string(&path).expect("a source file");
        let reads = ["src/cli/world.rs", "src/cli/world/looks.rs", "src/client/proxy.rs", "src/config/environment.rs"];
        let whole = reads.iter().any(|reader| shown.ends_with(reader));
        let ours = |name: &&str| name.starts_with("PBXSH_") || name.starts_with("XAPI_");
        let names = literals(&code, "\"").into_iter().filter(|name| is_variable(name) && (whole || ours(name)));
        let asked = literals(&code, "variable(\"").into_iter().filter(|name| is_variable(name));
        found.extend(names.chain(asked).map(str::to_owned));
    }
    found
}

#[test]
fn every_variable_that_is_read_stands_in_the_page() {
    let read = read();
    let known =
        ["PBXSH_NOW", "PBXSH_PROFILE", "PBXSH_STORE", "XAPI_CLIENT_SECRET", "HTTPS_PROXY", "CLICOLOR_FORCE", "TZ"];
    assert!(known.iter().all(|name| read.contains(*name)), "{read:?}");
    let page = page();
    let table = page.split("## Variables").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a chapter");
    let rows = table.lines().filter(|line| line.starts_with('|'));
    let told: BTreeSet<&str> =
        rows.flat_map(|row| row.split('`').skip(1).step_by(2)).filter(|name| is_variable(name)).collect();
    let untold: Vec<&String> = read.iter().filter(|name| !told.contains(name.as_str())).collect();
    assert!(untold.is_empty(), "docs/settings.md does not name {untold:?}");
    // These are read by what finds the folders of a user.
    let folders = ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"];
    let gone: Vec<&&str> = told.iter().filter(|name| !read.contains(**name) && !folders.contains(name)).collect();
    assert!(gone.is_empty(), "docs/settings.md names {gone:?}, which nothing reads");
}

/// The help of a command and of those below it.
fn helps(command: &[&str], out: &mut String) {
    let help = pbxsh(command.iter().copied().chain(["-h"])).out();
    let name = command.iter().map(|word| format!(" {word}")).collect::<String>();
    let _ = write!(out, "\n### pbxsh{name}\n\n```text\n{}\n```\n", help.trim_end());
    let commands = help.split("\nCommands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
    let names = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    for below in names.filter(|name| !name.is_empty() && *name != "help") {
        helps(&[command, &[below]].concat(), out);
    }
}

#[test]
fn the_page_has_every_flag() {
    let mut generated = String::new();
    helps(&[], &mut generated);
    assert!(["\n### pbxsh run\n", "\n### pbxsh profile add\n"].iter().all(|head| generated.contains(head)));
    let page = page();
    let (written, _) = page.split_once(GENERATED).expect("the chapter of command lines");
    let whole = format!("{written}{GENERATED}{generated}");
    if std::env::var_os("PBXSH_BLESS").is_some() {
        std::fs::write(project().join("docs/settings.md"), whole).expect("the page");
        return;
    }
    same(&whole, &page);
}

#[test]
fn the_pages_lead_to_each_other() {
    let pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|name| project().join(name));
    let mut links = 0;
    for path in pages.into_iter().chain(files("docs", ".md")) {
        let text = std::fs::read_to_string(&path).expect("a page");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") || target.contains(char::is_whitespace) {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { path.clone() } else { path.parent().expect("a folder").join(file) };
            assert!(file.exists(), "{}: {target}", path.display());
            if !heading.is_empty() {
                let text = std::fs::read_to_string(&file).expect("a page");
                let kept = |c: &char| c.is_alphanumeric() || "-_ ".contains(*c);
                let slug = |line: &str| {
                    let words: String = line.trim_start_matches('#').trim().chars().filter(kept).collect();
                    words.to_lowercase().replace(' ', "-")
                };
                // The second heading of a name gets a number.
                let heading = heading.trim_end_matches("-1");
                let found = text.lines().any(|line| line.starts_with('#') && slug(line) == heading);
                assert!(found, "{}: {target}", path.display());
            }
            links += 1;
        }
    }
    assert!(links > 10);
}
