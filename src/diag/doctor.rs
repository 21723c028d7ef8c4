//! The words about the way to a PBX.

use std::time::{Duration, SystemTime};

use crate::bindings::client_code;
use crate::client::{Certificate, ClientError, Distrust, Reason};
use crate::code::Code;
use crate::config::Kept;
use crate::diag::refused::{RAISE, WIDE, console};
use crate::diag::words::{Hinted, count, list, say};
use crate::diag::{client_fault, config, fault};
use crate::doctor::{Closed, Expires, Finding, Licence, Rights, Role, Step, Trusted};
use crate::script::Wording;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Fine,
    Warning,
    Failed(Code),
}

impl State {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            State::Fine => "ok",
            State::Warning => "warning",
            State::Failed(_) => "failed",
        }
    }

    /// What `pbxsh explain` tells more about.
    #[must_use]
    pub fn code(self) -> Option<Code> {
        match self {
            State::Failed(code) => Some(code),
            State::Fine | State::Warning => None,
        }
    }
}

/// Clocks that are further apart than this are worth a word.
const APART: Duration = Duration::from_secs(60);

/// A finding in words.
#[must_use]
pub fn finding(finding: &Finding) -> (State, Wording) {
    match finding {
        Finding::Profile { name, url, file } => fine(format!("profile `{name}` of `{}`: {url}", file.display())),
        Finding::Environment { url } => fine(format!("the variables of the environment: {url}")),
        Finding::NotConfigured { missing } => {
            let missing = missing.clone();
            (State::Failed(Code::NotConfigured), fault(&crate::bindings::Fault::NotConfigured { missing }))
        }
        Finding::BadConfiguration(fault) | Finding::BadSecret(fault) => {
            (State::Failed(fault.code()), config::fault(fault))
        }
        Finding::Secret(Kept::File) => fine("it is there, and nobody else can read it"),
        Finding::Secret(Kept::Keyring) => fine("it is in the keyring, which answers"),
        Finding::OpenSecrets(files) => {
            let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            let told = say(format!("others can read {}", list(names.iter().map(String::as_str), "and")));
            (
                State::Warning,
                told.hint(format!("`chmod 600 {}`, and if others were here, make new ones", names.join(" "))),
            )
        }
        Finding::Terminal { width, colour, unicode, person } => fine(terminal(*width, *colour, *unicode, *person)),
        Finding::DumbTerminal => (
            State::Warning,
            say("it calls itself `dumb`: no colours, no line editor, and no secret can be typed unseen")
                .hint("`TERM` should say which terminal it is, like xterm-256color"),
        ),
        Finding::Proxy { variable, address } => fine(format!("through the proxy {address} of `{variable}`")),
        Finding::Addresses(addresses) => {
            let all: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
            fine(all.join(", "))
        }
        Finding::Connected { address } => fine(format!("{address} takes connections")),
        Finding::Plain { loopback: true } => fine("none: HTTP without TLS, on this machine"),
        Finding::Plain { loopback: false } => (
            State::Warning,
            say("no certificate: HTTP without TLS sends the secret and everything else in the clear")
                .hint("the address should begin with https://"),
        ),
        Finding::Certificate { certificate: found, expires } => of_certificate(found, *expires),
        Finding::Trusted { how } => trusted(*how),
        Finding::LoggedIn(rights) => {
            let remedy = remedy(rights);
            let state = if remedy.is_some() { State::Warning } else { State::Fine };
            (state, say(rights_of(rights)).maybe(remedy))
        }
        Finding::Version { version, release } => fine(format!("{version}, served by what is known of {release}")),
        Finding::NoVersion => (State::Warning, say("the PBX does not tell its version, so it is taken for the newest")),
        Finding::Clock { apart, pbx_is_ahead } => clock(*apart, *pbx_is_ahead),
        Finding::NoClock => fine("the PBX does not say what time it is there"),
        Finding::Failed { step, error } => {
            let told = client_fault("login", error);
            // The certificate that is not believed stands in the line above.
            let pin = matches!(error, ClientError::Tls { why: Distrust::UnknownIssuer | Distrust::OwnAuthority, .. });
            let told = if pin && *step == Step::Trust { told.hint(PIN_ABOVE) } else { told };
            (State::Failed(client_code(error)), told)
        }
    }
}

const PIN_ABOVE: &str = "if the fingerprint above is that of your PBX, a profile believes it by `--pin`; by `--ca-cert FILE` it believes \
                         the authority that made it";

fn fine(message: impl Into<String>) -> (State, Wording) {
    (State::Fine, say(message))
}

fn terminal(width: usize, colour: bool, unicode: bool, person: bool) -> String {
    let who = if person { "somebody can be asked" } else { "nobody can be asked: input or messages are no terminal" };
    let colours = if colour { "colours" } else { "no colours" };
    let lines = if unicode { "Unicode" } else { "no Unicode" };
    format!("{width} columns, {colours}, {lines}; {who}")
}

/// Everything in it that a person compares.
#[must_use]
pub fn certificate(found: &Certificate) -> String {
    let names = if found.names.is_empty() { "no host".to_owned() } else { found.names.join(", ") };
    let issuer = if found.is_own() { "itself".to_owned() } else { found.issuer.clone() };
    format!(
        "`{}` for {names}, issued by {issuer}, {} to {}, SHA-256 {}",
        found.subject,
        day(found.from),
        day(found.until),
        found.fingerprint
    )
}

fn of_certificate(found: &Certificate, expires: Expires) -> (State, Wording) {
    let told = say(certificate(found));
    match expires {
        Expires::Later => (State::Fine, told),
        Expires::Soon(days) => {
            let hint =
                format!("it expires in {}: renew it on the PBX", count(usize::try_from(days).unwrap_or(0), "day"));
            (State::Warning, told.hint(hint))
        }
        Expires::Past => (State::Warning, told.hint("it has expired: renew it on the PBX")),
        Expires::NotYetValid => {
            (State::Warning, told.hint("it is not valid yet: is the clock of this machine right, and that of the PBX?"))
        }
    }
}

/// The day, in UTC.
#[must_use]
pub fn day(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(|_| "?".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
}

fn trusted(how: Trusted) -> (State, Wording) {
    match how {
        Trusted::BySystem => fine("this machine believes the certificate"),
        Trusted::ByCaCert => fine("the certificate is believed, with the help of `ca_cert`"),
        Trusted::ByPin => fine("it is the certificate that was pinned"),
        Trusted::Blindly => (
            State::Warning,
            say("any certificate is believed: the profile is `insecure`")
                .hint("`pin` with the fingerprint above instead of `insecure` is as easy and safe"),
        ),
    }
}

fn clock(apart: Duration, pbx_is_ahead: bool) -> (State, Wording) {
    let way = if pbx_is_ahead { "ahead" } else { "behind" };
    match apart.as_secs() {
        0..=1 => fine("it agrees with ours"),
        seconds if apart < APART => fine(format!("{} {way}", count(usize::try_from(seconds).unwrap_or(0), "second"))),
        seconds => (
            State::Warning,
            say(format!("the PBX is {} {way}", count(usize::try_from(seconds).unwrap_or(usize::MAX), "second")))
                .hint("let both set their clocks by NTP: tokens, logs and schedules go by them"),
        ),
    }
}

/// What a client is and may do, on one line.
#[must_use]
pub fn rights_of(rights: &Rights) -> String {
    let role = match &rights.role {
        Role::Said(role) => format!("role {role}"),
        Role::Owner => "role System Owner, as nothing was refused".to_owned(),
        Role::Admin => "a role below System Owner".to_owned(),
        Role::User => "the role User".to_owned(),
        Role::Unknown => "a role that cannot be seen".to_owned(),
    };
    let closed: Vec<&str> = rights.closed.iter().map(|closed| closed_name(*closed)).collect();
    let closed = if closed.is_empty() { String::new() } else { format!("; may not read {}", plain_list(&closed)) };
    let licence =
        rights.licence.as_ref().map(|licence| format!("; licence {}", licence_of(licence))).unwrap_or_default();
    format!("{role}{closed}{licence}")
}

/// What to do about a client that may not do everything.
#[must_use]
pub fn remedy(rights: &Rights) -> Option<String> {
    if rights.closed.is_empty() {
        return None;
    }
    let lists = rights.closed.contains(&Closed::Lists);
    Some(match rights.reason {
        Some(Reason::Console) => console(),
        Some(Reason::Licence) => {
            "the licence is too small: logs, chats and recordings are for Enterprise, whatever the role of the client"
                .to_owned()
        }
        Some(Reason::Department) => WIDE.to_owned(),
        Some(Reason::Role) => RAISE.to_owned(),
        // What the reason for this is cannot be seen from here.
        _ if lists => format!("{RAISE}; the Console Restrictions of the PBX can refuse too"),
        _ => format!("{RAISE}; or the licence is below Enterprise"),
    })
}

fn closed_name(closed: Closed) -> &'static str {
    match closed {
        Closed::Lists => "users and other lists",
        Closed::Chats => "chats",
        Closed::Recordings => "recordings",
    }
}

fn plain_list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn licence_of(licence: &Licence) -> String {
    let mut parts: Vec<String> = licence.product.iter().cloned().collect();
    parts.extend(licence.active.map(|active| if active { "active".to_owned() } else { "not active".to_owned() }));
    parts.extend(licence.until.as_ref().map(|until| format!("until {until}")));
    parts.extend(licence.calls.map(|calls| format!("{calls} calls at once")));
    parts.join(", ")
}
