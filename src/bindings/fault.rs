//! What can go wrong between a script and a PBX, as facts, and the value that a script catches.

use crate::client::ClientError;
use crate::config;
use crate::guard::Denied;
use crate::kit;
use crate::script::native::{Array, Dynamic, Map};
use crate::script::{Fact, Wording};

/// A fault of a call. Nothing was sent, unless it is [`Fault::Client`].
#[derive(Debug)]
pub enum Fault {
    UnknownResource {
        name: String,
        nearest: Option<&'static str>,
    },
    UnknownOperation {
        resource: &'static str,
        name: String,
        nearest: Option<&'static str>,
    },
    /// An operation was named, not called.
    NotCalled {
        operation: String,
    },
    Arity {
        signature: String,
        given: usize,
    },
    Missing {
        name: &'static str,
        signature: String,
    },
    UnknownOption {
        operation: String,
        name: String,
        nearest: Option<&'static str>,
        known: Vec<&'static str>,
    },
    UnknownProperty {
        ty: String,
        name: String,
        nearest: Option<&'static str>,
        /// All there are; none where there is nothing to choose from.
        known: Vec<&'static str>,
    },
    UnknownValue {
        what: String,
        ty: &'static str,
        given: String,
        nearest: Option<&'static str>,
        known: Vec<&'static str>,
    },
    /// `what` is a property (`User.Number`), an option or a parameter.
    WrongType {
        what: String,
        expected: String,
        given: String,
    },
    OutOfRange {
        what: String,
        least: i64,
        most: i64,
        given: i64,
    },
    TooLong {
        what: String,
        most: u32,
        given: usize,
    },
    /// A `filter` text and its values do not fit.
    Filter {
        reason: String,
    },
    /// A `filter` text with an operator of another language in it.
    FilterOperator {
        found: &'static str,
        meant: &'static str,
    },
    /// An object that came from another PBX stands for its key here.
    Foreign {
        ty: &'static str,
        key: &'static str,
    },
    /// The key of an object is no longer that under which the PBX sent it.
    KeyChanged {
        what: String,
    },
    /// A loop changed the list that it goes through.
    Shifted {
        operation: String,
    },
    /// A property of a constant.
    Constant {
        what: String,
    },
    /// A property of something that no script changes: an error, a connection.
    ReadOnly {
        what: String,
    },
    /// Nothing in the object says which one on the PBX it is.
    NoKey {
        operation: String,
        key: &'static str,
        ty: &'static str,
    },
    NotOnRelease {
        operation: String,
        release: &'static str,
        since: &'static str,
        until: Option<&'static str>,
        instead: Option<&'static str>,
    },
    PropertyNotOnRelease {
        what: String,
        release: &'static str,
        since: &'static str,
        until: Option<&'static str>,
    },
    Denied(Denied),
    /// No PBX is configured: the settings that are missing.
    NotConfigured {
        missing: Vec<&'static str>,
    },
    /// Settings of a connection that are not there, or are no texts.
    Unsettled {
        missing: Vec<&'static str>,
    },
    UnknownConnection {
        name: String,
        nearest: Option<String>,
    },
    /// A profile that cannot be used.
    Config(config::Fault),
    /// A real PBX, where only simulated ones may be reached.
    Rehearsal {
        name: String,
    },
    /// The sandbox could not be started.
    Sandbox {
        reason: String,
    },
    /// What the kit does for lists and downloads: files, permissions, options.
    Kit(kit::Fault),
    /// A download was used up.
    Spent,
    NoRows {
        content_type: String,
    },
    Format {
        path: String,
    },
    Index {
        index: i64,
        length: u64,
    },
    Client {
        operation: String,
        error: ClientError,
        /// It was to change something, and nobody can know whether it did.
        unsure: Option<Unsure>,
    },
    /// An answer of success that tells of failures.
    Partly {
        operation: String,
        failures: Vec<Half>,
    },
}

/// What is known of a change whose answer was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsure {
    Unknown,
    /// What was to be made was not there right afterwards.
    NotThere {
        property: &'static str,
        value: String,
    },
}

/// One of many things that were asked for at once, and did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Half {
    pub subject: Option<String>,
    pub error: String,
}

impl From<kit::Fault> for Fault {
    fn from(fault: kit::Fault) -> Fault {
        Fault::Kit(fault)
    }
}

/// Words faults; handed in, because this folder makes no sentences.
pub type Words = fn(&Fault) -> Wording;

/// `Period.Start` → the key `Start`, and its value.
fn key(what: &str, value: Option<String>) -> String {
    let name = what.rsplit('.').next().and_then(|last| last.split('[').next()).unwrap_or(what);
    value.map_or_else(|| name.to_owned(), |value| format!("{name}: {value}"))
}

impl Fact for Fault {
    fn code(&self) -> String {
        match self {
            Fault::UnknownResource { .. } => "unknown-resource",
            Fault::UnknownOperation { .. } => "unknown-operation",
            Fault::NotCalled { .. } => "not-called",
            Fault::Arity { .. } => "wrong-arguments",
            Fault::Missing { .. } => "missing-argument",
            Fault::UnknownOption { .. } => "unknown-option",
            Fault::UnknownProperty { .. } => "unknown-property",
            Fault::UnknownValue { .. } => "unknown-value",
            Fault::WrongType { .. } => "wrong-type",
            Fault::OutOfRange { .. } => "out-of-range",
            Fault::TooLong { .. } => "too-long",
            Fault::Filter { .. } | Fault::FilterOperator { .. } => "bad-filter",
            Fault::Foreign { .. } => "foreign-object",
            Fault::KeyChanged { .. } => "key-changed",
            Fault::Shifted { .. } => "list-changed",
            Fault::Constant { .. } => "constant",
            Fault::ReadOnly { .. } => "only-read",
            Fault::NoKey { .. } => "no-key",
            Fault::NotOnRelease { .. } | Fault::PropertyNotOnRelease { .. } => "not-on-release",
            Fault::Denied(_) => "denied",
            Fault::NotConfigured { .. } => "not-configured",
            Fault::Unsettled { .. } => "not-configured",
            Fault::UnknownConnection { .. } => "unknown-connection",
            Fault::Config(fault) => fault.code(),
            Fault::Rehearsal { .. } => "rehearsal",
            Fault::Sandbox { .. } => "sandbox",
            Fault::Kit(fault) => return fault.code(),
            Fault::Spent => "spent",
            Fault::NoRows { .. } => "no-rows",
            Fault::Format { .. } => "unknown-format",
            Fault::Index { .. } => "no-such-row",
            Fault::Partly { .. } => "partly-failed",
            Fault::Client { error, .. } => return client_code(error),
        }
        .to_owned()
    }

    fn focus(&self) -> Option<String> {
        match self {
            Fault::UnknownOption { name, .. } | Fault::UnknownProperty { name, .. } => Some(name.clone()),
            Fault::WrongType { what, given, .. } => {
                let kinds = ["the string ", "the whole number ", "the number ", "the boolean "];
                let value = kinds.iter().find_map(|kind| given.strip_prefix(kind));
                Some(key(what, value.map(str::to_owned)))
            }
            Fault::UnknownValue { what, given, .. } => Some(key(what, Some(format!("{given:?}")))),
            Fault::OutOfRange { what, given, .. } => Some(key(what, Some(given.to_string()))),
            Fault::TooLong { what, .. } | Fault::PropertyNotOnRelease { what, .. } => Some(key(what, None)),
            Fault::Kit(fault) => fault.focus(),
            _ => None,
        }
    }

    /// Unknown names are `()`, because the engine's own errors have other ones.
    fn property(&self, name: &str) -> Option<Dynamic> {
        if let Fault::Kit(fault) = self {
            return fault.property(name);
        }
        let error = match self {
            Fault::Client { error, .. } => Some(error),
            _ => None,
        };
        let refusal = match error {
            Some(ClientError::Refused(refusal)) => Some(refusal),
            _ => None,
        };
        match name {
            "status" => error.and_then(ClientError::status).map(|status| i64::from(status).into()),
            "operation" => self.operation().map(Dynamic::from),
            "uncertain" => Some(self.leaves_open().into()),
            "retry_after" => error.and_then(|error| i64::try_from(error.retry_after()?).ok()).map(Dynamic::from),
            "target" => refusal.and_then(|refusal| refusal.target.clone()).map(Dynamic::from),
            "details" => {
                let details = refusal.map(|refusal| refusal.details.as_slice()).unwrap_or_default();
                let map = |code: &str, message: &str, target: Option<&str>| {
                    let mut map = Map::new();
                    map.insert("code".into(), code.to_owned().into());
                    map.insert("message".into(), message.to_owned().into());
                    map.insert("target".into(), target.map_or(Dynamic::UNIT, |target| target.to_owned().into()));
                    Dynamic::from_map(map)
                };
                if let Fault::Partly { failures, .. } = self {
                    let failures = failures.iter().map(|half| map("", &half.error, half.subject.as_deref()));
                    return Some(failures.collect::<Array>().into());
                }
                let list: Array =
                    details.iter().map(|detail| map(&detail.code, &detail.message, detail.target.as_deref())).collect();
                Some(list.into())
            }
            _ => None,
        }
    }

    fn may_pass(&self) -> bool {
        matches!(self, Fault::Client { error, .. } if error.may_pass())
    }

    fn is_interrupt(&self) -> bool {
        matches!(self, Fault::Client { error: ClientError::Interrupted, .. })
    }
}

fn client_code(error: &ClientError) -> String {
    match error {
        ClientError::Refused(refusal) if !refusal.code.is_empty() => refusal.code.clone(),
        ClientError::Refused(refusal) => format!("http-{}", refusal.status),
        ClientError::BadUrl { .. } => "bad-url".to_owned(),
        ClientError::Unreachable { .. } => "unreachable".to_owned(),
        ClientError::BadProxy { .. } => "bad-proxy".to_owned(),
        ClientError::Proxy { .. } => "proxy".to_owned(),
        ClientError::Tls { .. } => "tls".to_owned(),
        ClientError::Timeout { .. } => "timeout".to_owned(),
        ClientError::Interrupted => "interrupted".to_owned(),
        ClientError::Login { .. } => "login".to_owned(),
        ClientError::NotAPbx { .. } => "not-a-pbx".to_owned(),
        ClientError::Cut { .. } => "cut".to_owned(),
        ClientError::Malformed { .. } => "malformed".to_owned(),
        ClientError::File { .. } => "file".to_owned(),
        ClientError::Denied(_) => "denied".to_owned(),
    }
}

impl Fault {
    /// Was a change sent, and no answer says what became of it?
    pub(super) fn leaves_open(&self) -> bool {
        matches!(self, Fault::Client { unsure: Some(_), .. })
    }

    fn operation(&self) -> Option<String> {
        match self {
            Fault::Client { operation, .. }
            | Fault::Partly { operation, .. }
            | Fault::UnknownOption { operation, .. }
            | Fault::NotCalled { operation }
            | Fault::NoKey { operation, .. }
            | Fault::NotOnRelease { operation, .. } => Some(operation.clone()),
            Fault::UnknownOperation { resource, name, .. } => Some(format!("{resource}.{name}")),
            Fault::Denied(denied) => Some(denied.operation.clone()),
            Fault::Arity { signature, .. } | Fault::Missing { signature, .. } => {
                signature.split('(').next().map(str::to_owned)
            }
            _ => None,
        }
    }
}
