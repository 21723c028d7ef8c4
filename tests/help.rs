//! What help pages promise: their examples run.

use std::fmt::Write;

use pbxsh::catalog::effects::{Effect, effect};
use pbxsh::catalog::{Catalog, Kind, Release};
use pbxsh::show::How;
use pbxsh::show::help::Help;

use crate::common::pbxsh;

/// What is done to these is tried too, besides reading.
const DAILY: [&str; 7] = ["users", "groups", "queues", "ring_groups", "receptionists", "contacts", "holidays"];

/// What the simulated company has none of, and what belongs to a person who is logged in.
const NONE: [&str; 10] = [
    "crm_templates.get",
    "fxs.get",
    "fxs_templates.get",
    "oauth_clients.get",
    "my_user.",
    "my_group.",
    "users.download_greeting",
    "playlists.download_",
    "recordings.download_recording_by_name",
    "dn_properties.get_dn_property_by_name",
];

fn is_missing(name: &str) -> bool {
    NONE.iter().any(|none| name.starts_with(none))
}

/// Runs the examples of a release in one script, each on a line of its own; what fails is printed.
fn run(release: Release, wanted: impl Fn(&pbxsh::catalog::Operation) -> bool) -> (String, usize) {
    let catalog = Catalog::builtin();
    let help = Help { catalog, release: Some(release), how: How::default() };
    let (mut script, mut count) = (String::new(), 0);
    for operation in catalog.operations().filter(|it| it.variant(release).is_some() && wanted(it)) {
        let (name, call) = (operation.full_name(), help.example(operation));
        count += 1;
        let _ = writeln!(script, "try {{ {call}; }} catch (e) {{ print(`{name}: ${{e.code}} ${{e.message}}`); }}");
    }
    let name = catalog.release_name(release);
    let out = pbxsh(["run", "--sandbox", "--release", name, "all.rhai"]).file("all.rhai", &script).out();
    (out, count)
}

#[test]
fn the_examples_of_all_reads_run_on_every_release() {
    for place in 0..Catalog::builtin().releases.len() {
        let (out, count) = run(Release(place as u8), |it| effect(it) == Effect::Read && !is_missing(&it.full_name()));
        assert_eq!(out, "", "{place}");
        assert!(count > 250, "{count}");
    }
}

#[test]
fn the_examples_of_daily_changes_run() {
    let (out, count) = run(Catalog::builtin().usual, |it| {
        DAILY.contains(&it.resource) && matches!(it.newest().kind, Kind::Create | Kind::Update)
    });
    assert_eq!(out, "");
    assert!(count >= 12, "{count}");
}

#[test]
fn an_operation_has_a_page_with_all_that_is_known() {
    let page = pbxsh(["help", "queues.get_by_number"]).out();
    assert_eq!(
        page,
        "pbx.queues.get_by_number(Number, options)
a queue by its number

effect    read
releases  all
gives     Queue
request   GET /Queues(Number={Number})

Parameters
  Number  string, the key; an object that has it may stand here

Options, a map at the end
  select, expand

Example
  pbx.queues.get_by_number(\"800\")

Its form differs between releases:
  until 20.0.7        queues.get_by_number(number)
  since 20.0.8        queues.get_by_number(Number, options)

See also queues.list, queues.get, queues.create, queues.update, queues.delete,
queues.get_first_available_queue_number
"
    );
}
