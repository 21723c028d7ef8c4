//! The words about profiles.

use std::path::Path;

use crate::bindings::nearest;
use crate::config::{Fault, Kept, Mute, Stored, Wrong};
use crate::diag::Exit;
use crate::diag::words::{Hinted, count, did_you_mean, list, one_line, say};
use crate::script::Wording;

/// What is wrong with a profile, or with the file of all of them.
#[must_use]
pub fn fault(fault: &Fault) -> Wording {
    match fault {
        Fault::NoFolder { reason } => say(format!("nobody knows where settings are kept here: {reason}"))
            .hint("`PBXSH_CONFIG_DIR` names a folder for them"),
        Fault::File { path, reason } => say(format!("{}: {reason}", shown(path))),
        Fault::Syntax { path, line, reason } => say(format!("{}, line {line}, is no TOML: {reason}", shown(path)))
            .hint("mend that line; until then no profile can be used"),
        Fault::Entry { path, line, profile, wrong } => {
            let entry = entry(profile.as_deref(), wrong);
            Wording { message: format!("{}, line {line}: {}", shown(path), entry.message), ..entry }
        }
        Fault::UnknownProfile { name, known, variable } => {
            let whence = variable.map(|variable| format!(", which `{variable}` names")).unwrap_or_default();
            say(format!("there is no profile `{name}`{whence}")).hint(one_of(name, known, "the profiles are", NONE))
        }
        Fault::UnknownTag { tag, known } => say(format!("no profile has the tag `{tag}`")).hint(one_of(
            tag,
            known,
            "the tags are",
            "no profile has a tag yet; `tags` in the file of profiles gives them some",
        )),
        Fault::Duplicate { name } => say(format!("there is a profile `{name}` already"))
            .hint(format!("`pbxsh profile remove {name}` makes room, `pbxsh profile rename {name} NEW` too")),
        Fault::BadName { name } => say(format!("a profile cannot be called `{name}`")).hint(NAMES),
        Fault::Reserved { name } => say(format!("a profile cannot be called `{name}`")).hint(SANDBOX),
        Fault::NoSecret { name, path } => say(format!("`{name}` has no secret: there is no {}", shown(path)))
            .hint(format!("`pbxsh profile secret {name}` asks for it")),
        Fault::NotInKeyring { name } => say(format!("`{name}` has no secret: the keyring has none for it"))
            .hint(format!("`pbxsh profile secret {name}` asks for it")),
        Fault::MuteKeyring { name, why } => {
            say(format!("the secret of `{name}` is in the keyring, which does not answer here: {}", mute(why))).hint(
                format!(
                    "`pbxsh profile secret {name} --store file` keeps it in a file that only you can read; where the \
             keyring answers, it moves what stands there"
                ),
            )
        }
        Fault::NoKeyring { why } => say(format!("no keyring answers here: {}", mute(why)))
            .hint("`--store file` keeps the secret in a file that only you can read"),
        Fault::OpenSecret { path, mode } => {
            say(format!("others can read the secret in {}: its mode is {mode:03o}", shown(path))).hint(format!(
                "`chmod 600 {}`, and if others use this machine, make a new secret: they may know this one",
                path.display()
            ))
        }
    }
}

/// Why a keyring does not answer.
#[must_use]
pub fn mute(why: &Mute) -> String {
    match why {
        Mute::Absent => "there is none".to_owned(),
        Mute::NoSession => "there is no session of a desktop, as `DBUS_SESSION_BUS_ADDRESS` would name it".to_owned(),
        Mute::NoService => "nothing in this session keeps secrets".to_owned(),
        Mute::Locked => "it is locked, and nobody unlocked it".to_owned(),
        Mute::Silent { seconds } => {
            format!("it said nothing for {}", count(usize::try_from(*seconds).unwrap_or(usize::MAX), "second"))
        }
        Mute::Other { reason } => one_line(reason),
    }
}

/// Where a secret is, as a part of a sentence.
#[must_use]
pub fn place(kept: Kept) -> &'static str {
    match kept {
        Kept::File => "a file that only you can read",
        Kept::Keyring => "the keyring",
    }
}

/// What is to be said about the place that a secret went to, if anything is.
#[must_use]
pub fn stored(name: &str, stored: &Stored) -> Option<String> {
    match (&stored.left, &stored.instead) {
        (Some(why), _) => Some(left(name, why)),
        (None, Some(why)) => {
            Some(format!("note: its secret is in {}, as no keyring answers here: {}", place(stored.kept), mute(why)))
        }
        (None, None) => None,
    }
}

/// What is to be said about a copy that is still there.
#[must_use]
pub fn left(name: &str, why: &Mute) -> String {
    format!(
        "warning: a copy of the secret of `{name}` may still be in the keyring, which does not answer here: {}",
        mute(why)
    )
}

/// What a person is told at every start.
#[must_use]
pub fn insecure(name: &str) -> String {
    format!(
        "warning: `{name}` is insecure: whoever stands on the line can pretend to be it and read along; `--pin` is as easy and safe"
    )
}

/// The same of an address without TLS on another machine.
#[must_use]
pub fn open(url: &str) -> String {
    format!(
        "warning: {url} is without TLS: whoever stands on the line reads the secret, the token and everything else; use https://"
    )
}

const NONE: &str = "there are none yet; `pbxsh profile add NAME` makes one";
const NAMES: &str = "names have up to 64 letters, digits, `-`, `_` and `.`, and begin with a letter or digit";
const SANDBOX: &str = "`sandbox` and what begins so are simulated PBXs";

fn shown(path: &Path) -> String {
    format!("`{}`", path.display())
}

/// The nearest right name, or all of them.
pub(super) fn one_of(wrong: &str, known: &[String], all: &str, none: &str) -> String {
    let names = || known.iter().map(String::as_str);
    match did_you_mean(nearest(wrong, names())) {
        Some(meant) => meant,
        None if known.is_empty() => none.to_owned(),
        None if known.len() > 12 => "`pbxsh profile list` shows them".to_owned(),
        None => format!("{all} {}", list(names(), "and")),
    }
}

fn entry(profile: Option<&str>, wrong: &Wrong) -> Wording {
    let owner = profile.map_or_else(|| "the file".to_owned(), |name| format!("`{name}`"));
    match wrong {
        Wrong::Unknown { key, known } => {
            let near = nearest(key, known.iter().copied());
            let all = format!("there is {}", list(known.iter().copied(), "and"));
            say(format!("{owner} has the unknown setting `{key}`")).hint(did_you_mean(near).unwrap_or(all))
        }
        Wrong::Secret { key } => {
            say(format!("{owner} has `{key}`, and a secret does not belong into this file")).hint(format!(
                "take it out; `pbxsh profile secret {}` keeps it where others cannot read it, and `secret` says where: \"keyring\" or \
                 \"file\"",
                profile.unwrap_or("NAME")
            ))
        }
        Wrong::Missing { key } => say(format!("{owner} has no `{key}`")),
        Wrong::Type { key, expected, given } => say(format!("`{key}` must be {expected}, not {}", article(given))),
        Wrong::Url { url } => {
            say(format!("`{url}` is no address of a PBX")).hint("it looks like https://pbx.example.com:5001")
        }
        Wrong::Pin { given } => say(format!("`{given}` is no fingerprint")).hint(PIN),
        Wrong::Seconds { key, given } => say(format!("`{key}` cannot be {given}")).hint("it is a number of seconds"),
        Wrong::Both { one, other } => say(format!("{owner} has `{one}` and `{other}`"))
            .hint("one of `ca_cert`, `pin` and `insecure` decides whose certificate is believed"),
        Wrong::Name { name } => say(format!("a profile cannot be called `{name}`")).hint(NAMES),
        Wrong::Reserved { name } => say(format!("a profile cannot be called `{name}`")).hint(SANDBOX),
        Wrong::Twice { name } => say(format!("`{name}` is the name of a second profile"))
            .hint("names that differ in capitals only are one name on some machines"),
        Wrong::Default { name, known } => {
            say(format!("the default `{name}` is no profile")).hint(one_of(name, known, "the profiles are", NONE))
        }
    }
}

/// What a fingerprint looks like.
pub const PIN: &str = "it has 64 digits of SHA-256, like AB:CD:…; `openssl x509 -noout -fingerprint -sha256` shows it";

fn article(given: &str) -> String {
    let vowel = given.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {given}", if vowel { "an" } else { "a" })
}

/// The exit code for it.
#[must_use]
pub fn exit(fault: &Fault) -> Exit {
    fault.code().exit()
}
