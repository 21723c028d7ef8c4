//! The sentences about what a PBX refuses: what it means here, and what ends the search.

use crate::bindings::spelling;
use crate::catalog::Catalog;
use crate::catalog::overlay::{Warning, warning};
use crate::client::reason::{self, is_private};
use crate::client::{Reason, Refusal};
use crate::diag::words::{Hinted, count, one_line, say};
use crate::script::Wording;

/// Where clients are made and changed.
pub(super) const CONSOLE: &str = "the admin console, Integrations > API";

/// The PBX's own words, and ours about them.
pub(super) fn refused(operation: &str, refusal: &Refusal) -> Wording {
    let own = own_words(operation, refusal);
    let wording = say(format!("the PBX refused `{operation}`: {own}"));
    let explained = explained(operation, refusal);
    if !explained.is_empty() {
        return wording.hint(explained.join("\n"));
    }
    wording.maybe(meaning(operation, refusal, &own.to_lowercase()))
}

/// What it said, with what it only said in details.
fn own_words(operation: &str, refusal: &Refusal) -> String {
    let mut own = match (refusal.message.trim(), refusal.excerpt.trim()) {
        ("", _) if !refusal.details.is_empty() => String::new(),
        ("", "") => "it gave no reason".to_owned(),
        ("", excerpt) => one_line(excerpt),
        (message, _) => one_line(message),
    };
    for detail in &refusal.details {
        let told = one_line(if detail.message.is_empty() { &detail.code } else { &detail.message });
        let raw = detail.target.as_deref().map(one_line);
        // The same property can have a small letter in the one place and a capital in the other.
        let said = |text: &String| own.to_lowercase().contains(&text.to_lowercase());
        if told.is_empty() || (said(&told) && raw.as_ref().is_none_or(said)) {
            continue;
        }
        if !own.is_empty() {
            own.truncate(own.trim_end_matches('.').len());
            own.push_str("; ");
        }
        let target = raw.map(|raw| format!("{}: ", spelling(operation, &raw)));
        own.push_str(&format!("{}{told}", target.unwrap_or_default()));
    }
    own
}

/// A line for each complaint with a code that is known.
fn explained(operation: &str, refusal: &Refusal) -> Vec<String> {
    let line = |code: &str, target: Option<&str>| {
        let Warning { meaning, remedy } = known(code)?;
        let target = target.map(|target| format!("`{}`: ", one_line(&spelling(operation, target))));
        Some(format!("{}{meaning}; {remedy}", target.unwrap_or_default()))
    };
    let details = refusal.details.iter().filter_map(|detail| line(&detail.code, detail.target.as_deref()));
    let mut lines: Vec<String> = Vec::new();
    for told in details {
        if !lines.contains(&told) {
            lines.push(told);
        }
    }
    if lines.is_empty() {
        lines.extend(line(&refusal.code, refusal.target.as_deref()));
    }
    lines
}

/// Some answers leave the first words of a code out.
fn known(code: &str) -> Option<Warning> {
    warning(code).or_else(|| warning(&format!("WARNINGS.XAPI.{code}"))).or_else(|| warning(&format!("WARNINGS.{code}")))
}

/// What a status means where there is no code.
fn meaning(operation: &str, refusal: &Refusal, own: &str) -> Option<String> {
    let text = match refusal.status {
        400 if refusal.path.contains("$expand=") && own.contains("expand") => {
            "this PBX does not expand that here: leave `expand` out and fetch it by itself"
        }
        400 if refusal.path.contains("$filter=") => {
            "in a filter texts stand in single quotes, numbers and dates do not: `Number eq '100'`; a map, `filter: #{ … }`, quotes them by itself"
        }
        400 => "`--trace=full` shows what was sent",
        401 => return Some(unauthorized(refusal.reason)),
        403 => return Some(forbidden(refusal)),
        404 => return Some(missing(operation, refusal)),
        429 => {
            return Some(match refusal.retry_after {
                Some(seconds) => format!("the PBX wants {} of silence; {SLOWER}", count(seconds as usize, "second")),
                None => SLOWER.to_owned(),
            });
        }
        other => return status(other).map(str::to_owned),
    };
    Some(text.to_owned())
}

/// What a status means, whoever on the way answered it.
pub(super) fn status(status: u16) -> Option<&'static str> {
    Some(match status {
        405 => {
            "a proxy lets only some methods through, or the PBX is of another release than it says: `pbx.version`, `pbxsh doctor`"
        }
        408 => "the request did not arrive in time: the line is slow, or what is sent is large",
        409 => {
            "something else changed or made it at the same time: fetch it again, and repeat the change if it is still wanted"
        }
        412 => "it was changed since it was fetched: fetch it again, and repeat the change on that",
        413 => "the PBX, or a proxy before it, takes less at once: send it in parts",
        414 | 431 => {
            "the request is too long for the PBX, or for a proxy before it: a shorter `filter` or `select`, fewer numbers at once"
        }
        415 => "JSON is what a PBX takes there: a proxy changes what is sent, or another server answers",
        501 => "this PBX has that only by its description: its edition, system or build lacks it",
        502 => "the PBX behind the proxy does not answer: it restarts, or is down",
        503 => "the PBX is starting, or restarts: try again in a minute",
        504 => "the PBX took longer than the proxy waits: ask for less at once, a shorter period, a `top`, a `select`",
        500..=599 => "the PBX itself failed; a wrong date or an unexpected value can do that",
        _ => return None,
    })
}

const SLOWER: &str = "`--rate N` sends at most N requests in a second; other programs on this PBX add to them";

fn unauthorized(reason: Option<Reason>) -> String {
    match reason {
        Some(Reason::Clock { ahead }) => format!(
            "the token is new, and was made {} {} by the clock of this machine: one of both clocks is wrong; let both set them by NTP",
            count(usize::try_from(ahead.unsigned_abs()).unwrap_or(usize::MAX), "second"),
            if ahead > 0 { "in the future" } else { "ago" },
        ),
        _ => "the token was refused twice: another program may be using the same client id; if it is always this request, the role of the client \
              is too low".to_owned(),
    }
}

/// The remedy for a client that may too little.
pub(super) const RAISE: &str = "give the client the role System Owner (the admin console, Integrations > API), in a department \
                                other than `System Wide`, which holds it at the role User";

/// The remedy for a client whose token names the department.
pub(super) const WIDE: &str = "the client is in the department `System Wide`, which holds it at the role User: move it to another one, \
                               with the role System Owner";

fn forbidden(refusal: &Refusal) -> String {
    let private = is_private(&refusal.path);
    match refusal.reason {
        Some(Reason::Never) => {
            "`my_user` and `my_group` are those of a person, and never for a client: use `users` and `groups`".to_owned()
        }
        Some(Reason::Department) => {
            format!("{WIDE} ({CONSOLE})")
        }
        Some(Reason::Role) if private => {
            format!("logs, chats and recordings are for System Owners, and the role of this client is lower: {RAISE}")
        }
        Some(Reason::Role) => {
            format!("other requests of this client are answered, so it is its role that is too low: {RAISE}")
        }
        Some(Reason::Licence) => {
            "the licence of this PBX is too small for it, or has expired: this API is for Enterprise; `pbxsh doctor` shows the licence"
                .to_owned()
        }
        Some(Reason::Console) => console(),
        _ if private => format!(
            "logs, chats and recordings are for clients with the role System Owner, on a PBX with an Enterprise licence: {TELLS}"
        ),
        _ => format!(
            "most likely the role of this client is below System Owner; or it is in the department `System Wide`, which holds it at the \
             role User; or the Console Restrictions of the PBX leave this machine out; or the licence is below Enterprise: {TELLS}"
        ),
    }
}

const TELLS: &str = "`pbxsh doctor`, with the name of the profile behind it, tells which it is";

/// The remedy where nothing at all is answered.
pub(super) fn console() -> String {
    format!(
        "most likely the Console Restrictions of the PBX leave out the address of this machine; everything is refused too where `3CX \
         Configuration API Access` is not ticked for the client ({CONSOLE})"
    )
}

fn missing(operation: &str, refusal: &Refusal) -> String {
    let unknown = "the PBX does not know this address, though its release should: is it older than it says (`pbx.version`), and is \
                   the path in its address right?";
    let slash = if refusal.path.split('?').next().is_some_and(|path| path.to_lowercase().contains("%2f")) {
        "; a proxy that turns `%2F` back into a slash does this too"
    } else {
        ""
    };
    let key = reason::key(&refusal.path).map(|(key, by_number)| nothing_under(operation, &key, by_number));
    match (refusal.reason, key) {
        (Some(Reason::Key), Some(key)) => format!("{key}{slash}"),
        (None, Some(key)) => format!("{key}; else {unknown}{slash}"),
        (Some(Reason::Operation), _) if refusal.path.contains("(") => {
            format!("{unknown} Or this build wants other parameters than its release{slash}")
        }
        (Some(Reason::Operation), _) => format!("{unknown}{slash}"),
        _ => format!("something that the call names is not there{slash}"),
    }
}

fn nothing_under(operation: &str, key: &str, by_number: bool) -> String {
    let resource = operation.split('.').next().unwrap_or_default();
    let has = |name: &str| Catalog::known().operation(resource, name).is_some();
    let key = one_line(key);
    let is_number = key.len() <= 5 && key.bytes().all(|byte| byte.is_ascii_digit());
    if by_number {
        return format!(
            "nothing of `{resource}` has the number {key:?}: `peers.get_by_number({key:?})` tells whether something else has"
        );
    }
    let look = match (has("get_by_number"), has("list")) {
        (true, _) if is_number => {
            format!(": an id is not the number that people dial, which `{resource}.get_by_number({key:?})` looks up")
        }
        (true, _) => format!(": `{resource}.get_by_number(\"…\")` looks one up"),
        (false, true) => format!(": `{resource}.list()` has what there is, a `filter` finds one"),
        (false, false) => String::new(),
    };
    format!("`{resource}` has nothing under the key `{key}`{look}")
}
