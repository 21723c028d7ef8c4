//! The sentences about the way to a PBX, and about what a PBX refuses.

use crate::bindings::{Fault, Unsure, client_code};
use crate::client::{ClientError, Distrust, ProxyTrouble};
use crate::diag::words::{self, Hinted, count, list, say};
use crate::diag::{Exit, login, refused};
use crate::script::Wording;

/// The words for an error of the client.
#[must_use]
pub fn fault(operation: &str, error: &ClientError) -> Wording {
    match error {
        ClientError::BadUrl { url, reason } => {
            say(format!("`{url}` is no address of a PBX: {reason}")).hint("it looks like https://pbx.example.com:5001")
        }
        ClientError::Unreachable { url, reason } => {
            say(format!("cannot reach {url}: {reason}")).hint(login::ports(url))
        }
        ClientError::BadProxy { variable, reason } => {
            say(format!("`{variable}` cannot be used: {reason}")).hint("it looks like http://proxy.example.com:3128")
        }
        ClientError::Proxy { proxy, variable, url, why } => of_proxy(proxy, variable, url, why),
        ClientError::Tls { url, reason, why } => distrust(url, reason, why),
        ClientError::Timeout { url, seconds } => {
            say(format!("{url} did not answer within {}", count(*seconds as usize, "second")))
                .hint("ask for less at once: a shorter period, a `top`, a `select`; or wait longer: `request_timeout` in the profile")
        }
        ClientError::Interrupted => say("interrupted"),
        ClientError::Login { url, status, error: code, description, .. } => {
            login::login(error, url, *status, code, description)
        }
        ClientError::NotAPbx { url, status, content_type, excerpt, .. } => {
            let excerpt_of = if excerpt.is_empty() { String::new() } else { format!(": {excerpt}") };
            say(format!("{url} does not answer like a PBX: {status} {content_type}{excerpt_of}"))
                .hint(login::not_a_pbx(url, *status, excerpt))
        }
        ClientError::Cut { url, reason } => {
            say(format!("the answer of {url} ended early: {reason}")).hint(login::cut(url, reason))
        }
        ClientError::Malformed { url, reason } => {
            say(format!("the answer of {url} makes no sense: {reason}")).hint(login::malformed(url, reason))
        }
        ClientError::File { path, reason } => say(format!("`{path}`: {reason}")),
        ClientError::Denied(denied) => words::fault(&Fault::Denied(denied.clone())),
        ClientError::Refused(refusal) => refused::refused(operation, refusal),
    }
}

fn of_proxy(proxy: &str, variable: &str, url: &str, why: &ProxyTrouble) -> Wording {
    let proxy = format!("the proxy {proxy} of `{variable}`");
    let around = "`NO_PROXY` names the hosts that need no proxy";
    match why {
        ProxyTrouble::Down { reason } => say(format!("cannot reach {proxy} on the way to {url}: {reason}"))
            .hint(format!("is its address right, is it up? {around}")),
        ProxyTrouble::Login => say(format!("{proxy} wants a user and a password, or others")).hint(format!(
            "`{variable}` can hold them, as in http://user:password@proxy.example.com:3128; in a password `@` is %40 and `:` is %3A"
        )),
        ProxyTrouble::NoWay { reason } => say(format!("{proxy} does not lead to {url}: {reason}"))
            .hint(format!("is the PBX up, and may the proxy reach it? {around}")),
        ProxyTrouble::Page { status, .. } => say(format!("{proxy} answers {status} for {url}"))
            .hint(format!("it may not reach the PBX, or what stands behind it answers so; {around}")),
    }
}

fn distrust(url: &str, reason: &str, why: &Distrust) -> Wording {
    let what = |what: &str| say(format!("no secure connection to {url}: {what}"));
    match why {
        Distrust::UnknownIssuer => what("nobody who is trusted vouches for its certificate").hint(
            "a PBX on premises often has a certificate of its own: a profile believes it by `--pin` (`pbxsh doctor` shows the \
             fingerprint), or by `--ca-cert FILE` the authority that made it",
        ),
        Distrust::OwnAuthority => what("its certificate vouches for itself").hint(
            "a profile believes it by `--pin`; `pbxsh doctor` shows the fingerprint",
        ),
        Distrust::Expired => what("its certificate has expired")
            .hint("renew it on the PBX; until then a profile believes it by `--pin`. Is the clock of this machine right?"),
        Distrust::NotYetValid => {
            what("its certificate is not valid yet").hint("is the clock of this machine right, and that of the PBX?")
        }
        Distrust::WrongName { names } if names.is_empty() => {
            what("its certificate is for another host").hint("use the name in the certificate; `pbxsh doctor` shows it")
        }
        Distrust::WrongName { names } => what(&format!(
            "its certificate is for {}",
            list(names.iter().map(|name| name.as_str()).take(5), "and")
        ))
        .hint("use the name in the certificate, or believe this certificate by `--pin` in a profile"),
        Distrust::OtherPin { found } => what(&format!("its certificate is not the one that was pinned: it is {found}"))
            .hint("was it renewed? Ask somebody who knows, and pin the new one; if nobody knows of it, stay away"),
        Distrust::NoTls => what(reason).hint(login::no_tls(url)),
        Distrust::Settings => {
            what(reason).hint("the certificates of the profile (`ca_cert`), or of this machine, cannot be used")
        }
        Distrust::Other => what(reason)
            .hint("a PBX on premises often has a certificate of its own; the host name must be the one in it"),
    }
}

/// The words for a change that may have happened.
pub(super) fn uncertain(operation: &str, error: &ClientError, unsure: &Unsure) -> Wording {
    let Wording { message: why, hint } = fault(operation, error);
    // The words of a PBX can end like a sentence.
    let why = why.trim_end_matches('.');
    let message = say(format!("{why}; whether `{operation}` was carried out is uncertain"));
    // What an answer means is as true as before; what to do about none is to look.
    let hint = hint.filter(|_| error.status().is_some()).map(|hint| format!("\n{hint}")).unwrap_or_default();
    match unsure {
        Unsure::Unknown => message.hint(format!("look before doing it again{hint}")),
        Unsure::NotThere { property, value } => message.hint(format!(
            "right afterwards nothing had the `{property}` {value:?}, but it may still come: look before doing it again"
        )),
    }
}

/// The exit code for an error of the client.
#[must_use]
pub fn exit(error: &ClientError) -> Exit {
    client_code(error).exit()
}
