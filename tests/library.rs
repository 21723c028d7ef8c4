//! The functions around the PBX: the page about them is what they say, and every example runs.
//!
//! `PBXSH_BLESS=1 cargo test` writes the page anew.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use pbxsh::script::Doc;
use pbxsh::show::reference;

use crate::common::{pbxsh, project, same};

#[test]
fn the_page_says_what_the_functions_say() {
    let path = project().join("docs/library.md");
    let page = reference::library();
    if std::env::var_os("PBXSH_BLESS").is_some() {
        std::fs::write(&path, page).expect("the page");
        return;
    }
    same(&page, &std::fs::read_to_string(&path).expect("docs/library.md"));
}

#[test]
fn every_function_has_calls_and_sentences() {
    for doc in reference::docs() {
        assert!(!doc.calls.is_empty() && doc.text.ends_with('.') && !doc.text.contains("  "), "{}", doc.name);
    }
}

#[test]
fn every_example_runs_by_itself() {
    let docs: Vec<&Doc> = reference::docs().collect();
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    // Each in a process and an empty folder of its own: examples write files.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(doc) = docs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ended = pbxsh(["--sandbox", "--timeout", "60", "-e", doc.example]).run();
                    if ended.code != 0 {
                        failed
                            .lock()
                            .expect("the failures")
                            .push(format!("{}\n{}\n{}", doc.name, doc.example, ended.err));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("the failures");
    assert!(failed.is_empty(), "{} of {} examples fail:\n\n{}", failed.len(), docs.len(), failed.join("\n"));
}
