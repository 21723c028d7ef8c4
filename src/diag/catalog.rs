//! The words about descriptions that PBXs give of themselves, and about what is kept of them.

use crate::bindings::{Fault, nearest};
use crate::catalog::kept::{Label, Origin};
use crate::catalog::{ImportError, Loss};
use crate::client::ClientError;
use crate::diag::words::{self, Hinted, count, did_you_mean, list, one_line, say, unnumbered};
use crate::script::Wording;

/// How the description of a PBX is read anew.
fn anew(origin: Origin, name: &str) -> String {
    match origin {
        Origin::Profile => format!("`pbxsh catalog import --profile {name}`"),
        Origin::Environment => "`pbxsh catalog import`".to_owned(),
        Origin::Sandbox => "`pbxsh catalog import --sandbox`".to_owned(),
    }
}

/// A PBX has changed since it described itself.
pub(super) fn outdated(described: &Label, version: &str) -> String {
    format!(
        "note: `{}` described itself as {}, and it is {} now; {} reads what it says today",
        described.name,
        one_line(&described.version),
        one_line(version),
        anew(described.origin, &described.name),
    )
}

/// A description that cannot be used. `name` is what the PBX or the file is called.
#[must_use]
pub fn import(name: &str, error: &ImportError) -> Wording {
    let what = format!("what `{name}` says about itself");
    let wrong = "is this the address of a PBX, and not of something in front of it? `pbxsh doctor` looks";
    match error {
        ImportError::Unreadable { reason, .. } => {
            say(format!("{what} is neither YAML nor JSON: {}", one_line(reason))).hint(wrong)
        }
        ImportError::Empty { .. } => {
            say(format!("{what} is empty")).hint("try again; a PBX that has just started may not know it yet")
        }
        ImportError::Page { .. } => say(format!("{what} is a web page")).hint(wrong),
        ImportError::Incomplete { missing, .. } => {
            say(format!("{what} is no OpenAPI description: it has no `{missing}`")).hint(wrong)
        }
        ImportError::Foreign { reason, .. } => {
            say(format!("{what} does not describe the Configuration API of a PBX: {reason}")).hint(wrong)
        }
        ImportError::Cycle { name: ty, .. } => {
            say(format!("{what} makes no sense: the type `{ty}` is built on itself"))
                .hint("pbxsh goes on with what it knows; 3CX would want to hear of this")
        }
        ImportError::TooLarge { most, what: parts, .. } => {
            say(format!("{what} is too large: at most {most} {parts} are read")).hint(wrong)
        }
        ImportError::Twice { release } => {
            say(format!("two descriptions are of release {release}")).hint("one file for each release")
        }
    }
}

/// A PBX that does not say what it can do.
#[must_use]
pub fn silent(name: &str, fault: &Fault) -> Wording {
    let Fault::Client { error: ClientError::Refused(refusal), .. } = fault else {
        let wording = words::fault(fault);
        let hint = wording
            .hint
            .clone()
            .unwrap_or_else(|| "nothing was kept; try again, or let `pbxsh doctor` look".to_owned());
        return wording.hint(hint);
    };
    match refusal.status {
        404 => say(format!("`{name}` has no description of itself: it answers 404 for /xapi/v1/swagger.yaml"))
            .hint("older releases have none; pbxsh goes on with what it knows about the release"),
        401 | 403 => {
            say(format!("`{name}` does not show its description to this client: it answers {}", refusal.status))
                .hint("the client needs the role System Owner; pbxsh goes on with what it knows about the release")
        }
        _ => words::fault(fault),
    }
}

/// A PBX whose version is no version.
#[must_use]
pub fn versionless(name: &str, version: &str) -> Wording {
    let told = if version.is_empty() {
        "does not tell its version".to_owned()
    } else {
        format!("calls its version {version:?}")
    };
    say(format!("`{name}` {told}, so it is not known which release its description is of"))
        .hint("the client needs the right to read `system_status`; nothing was kept")
}

/// What is kept and cannot be used, or not all of it.
#[must_use]
pub fn loss(loss: &Loss) -> String {
    match loss {
        Loss::Damaged { name, error } => damaged(name, &error.to_string()),
        Loss::TooMany { name } => format!(
            "note: the description of `{name}` is one too many that differ; `pbxsh catalog list` shows them, and `pbxsh catalog forget` makes room"
        ),
        Loss::Types { names } => format!(
            "note: there is no room for {}, whose objects are plain maps: {}",
            count(names.len(), "type"),
            list(names.iter().map(String::as_str).take(5), "and")
        ),
        Loss::Shape { name, ty } => {
            format!("note: `{ty}` is an object for some releases and an enum for others; that of `{name}` is left out")
        }
    }
}

/// A file that is no description any more.
#[must_use]
pub fn damaged(name: &str, reason: &str) -> String {
    let reason = unnumbered(reason);
    format!(
        "note: what is kept of `{name}` cannot be used: {reason}; `pbxsh catalog import` reads it anew, `pbxsh catalog forget {name}` removes it"
    )
}

/// Nothing of this name is kept.
#[must_use]
pub fn not_kept(name: &str, kept: &[String]) -> Wording {
    let near = nearest(name, kept.iter().map(String::as_str));
    let hint = did_you_mean(near).unwrap_or_else(|| match kept {
        [] => "nothing is kept of any PBX".to_owned(),
        _ => format!("something is kept of {}", list(kept.iter().map(String::as_str), "and")),
    });
    say(format!("nothing is kept of `{name}`")).hint(hint)
}

/// A profile that never described itself.
#[must_use]
pub fn undescribed(name: &str) -> String {
    format!("note: `{name}` has not described itself yet; `pbxsh catalog import --profile {name}` asks it to")
}

/// What cannot be compared. `profile` is true if there is a profile of this name.
#[must_use]
pub fn no_side(name: &str, known: &[String], profile: bool) -> Wording {
    if profile {
        return say(format!("nothing is kept of `{name}`")).hint(format!("{} reads it", anew(Origin::Profile, name)));
    }
    let near = nearest(name, known.iter().map(String::as_str));
    let hint =
        did_you_mean(near).unwrap_or_else(|| format!("known are {}", list(known.iter().map(String::as_str), "and")));
    say(format!("`{name}` is no release, no PBX that described itself, and no file")).hint(hint)
}
