use crate::catalog::Catalog;
use crate::catalog::overlay::{meant_by, pairs};
use crate::show::help::Help;
use crate::show::{How, reference, text};

fn help(width: usize) -> Help<'static> {
    Help { catalog: Catalog::builtin(), release: None, how: How { width, ..How::default() } }
}

#[test]
fn every_resource_operation_and_type_has_a_page() {
    let catalog = Catalog::builtin();
    let releases: Vec<_> = catalog.releases.iter().map(|name| catalog.release(name)).chain([None]).collect();
    for (at, resource) in catalog.resources.iter().enumerate() {
        let help = Help { release: releases[at % releases.len()], ..help(80) };
        let page = help.topic(resource.name).unwrap_or_default();
        for operation in &resource.operations {
            assert!(page.contains(&format!("{}(", operation.name)), "{page}");
            let page = help.topic(&format!("pbx.{}", operation.full_name())).unwrap_or_default();
            assert!(page.contains("effect    ") && page.contains("gives     "), "{page}");
        }
    }
    for ty in &catalog.types {
        let page = help(60).topic(ty.name).unwrap_or_default();
        assert!(page.lines().count() > 1 && !page.contains('\x1b'), "{page}");
    }
}

#[test]
fn an_operation_tells_what_it_takes() {
    let page = help(80).topic("users.update").unwrap_or_default();
    for wanted in [
        "pbx.users.update(Id, User)",
        "effect    update",
        "  Id  int32, the key",
        "Body, a User or a map",
        "  FirstName ",
    ] {
        assert!(page.contains(wanted), "{wanted}\n{page}");
    }
    let page = help(80).topic("activity_log.get_logs(").unwrap_or_default();
    assert!(page.contains("may be left out") && page.contains("only 20.0.5"), "{page}");
    let page = help(80).topic("trunks.get_trunk_by_number").unwrap_or_default();
    assert!(page.contains("`get_by_number` is the same"), "{page}");
    assert!(help(80).topic("PeerType").unwrap_or_default().contains("PeerType::Extension"));
}

#[test]
fn functions_have_pages_too() {
    for doc in reference::docs() {
        // Of two that differ in what they take, the first one answers to the name.
        if doc.name.contains('(') {
            continue;
        }
        for topic in [doc.name.to_owned(), doc.name.replace("::", "."), format!("{}(", doc.name)] {
            let page = help(80).topic(&topic).unwrap_or_default();
            assert!(doc.calls.iter().all(|call| page.contains(call)) && !page.contains('\x1b'), "{topic}: {page}");
        }
        if let Some(group) = reference::group(doc.name) {
            assert!(help(80).topic(group).unwrap_or_default().contains(doc.calls[0]), "{group}");
        }
    }
    assert_eq!(
        help(60).topic("sleep").unwrap_or_default(),
        "sleep(seconds)\nWaits. Seconds may have a fraction, or be a `Duration` like\n`minutes(5)`; Ctrl-C ends the wait and the script.\n\n  sleep(0.01);"
    );
    assert_eq!(help(80).topic("slep"), Err("nothing is called `slep`; near it: `sleep`".to_owned()));
}

#[test]
fn an_unknown_topic_names_what_is_near() {
    let near = |topic: &str| help(80).topic(topic).err().unwrap_or_default();
    assert_eq!(near("usr"), "nothing is called `usr`; near it: `User`");
    assert_eq!(near("users.lst"), "nothing is called `users.lst`; near it: `users.list`");
    assert_eq!(near("xyzzy"), "nothing is called `xyzzy`; `:ops xyzzy` searches the descriptions");
}

/// The first operation that is found.
fn first(words: &str) -> String {
    help(200).search(words).split_whitespace().next().unwrap_or_default().to_owned()
}

#[test]
fn search_looks_into_names_and_lines() {
    let found = help(100).search("drop call");
    assert!(found.starts_with("active_calls.drop_call  ends a call in progress at once;"), "{found}");
    assert!(found.lines().all(|line| text::width(line) <= 100));
    assert_eq!(help(80).search("xyzzy"), "no operation has xyzzy in its name or description");
    assert!(help(80).search("get").ends_with("more"));
    let some = help(80).search("xyzzy queue");
    assert!(some.starts_with("no operation has to do with all of these words"), "{some}");
}

#[test]
fn search_knows_the_words_of_the_field() {
    for (words, wanted) in [
        ("extension", "users.list"),
        ("Extensions", "users.list"),
        ("IVR", "receptionists.list"),
        ("department", "groups.list"),
        ("DID", "did_numbers.list"),
        ("add queue", "queues.create"),
        ("remove department", "groups.delete"),
        ("change extension", "users.update"),
        ("monitor status", "users.get_monitor_status"),
        ("chat history", "chat_history_view.list"),
    ] {
        assert_eq!(first(words), wanted, "{words}");
    }
    for (word, resources) in pairs(include_str!("../../catalog/synonyms.txt")) {
        for resource in resources.split_whitespace() {
            assert!(Catalog::builtin().resource(resource).is_some(), "{word}: {resource}");
        }
        assert!(meant_by(word).eq(resources.split_whitespace()), "{word}");
    }
}

#[test]
fn a_property_has_a_page() {
    let page = help(80).topic("user.transcriptionmode").unwrap_or_default();
    assert!(page.starts_with("User.TranscriptionMode\n\n  TranscriptionMode  TranscriptionType?"), "{page}");
    assert!(page.contains("TranscriptionType::Voicemail"), "{page}");
    assert_eq!(
        help(80).topic("User.FirstNam").err().unwrap_or_default(),
        "nothing is called `User.FirstNam`; near it: `User.FirstName`"
    );
}
