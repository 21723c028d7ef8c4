//! What can go wrong between a script and a PBX, as facts, and the value that a script catches.

use crate::bindings::planning::OnPlan;
use crate::bindings::spelling::spelling;
use crate::bindings::upload::Unfit;
use crate::catalog::FileFormat;
use crate::client::{ClientError, Refusal};
use crate::code::Code;
use crate::config;
use crate::guard::{By, Denied};
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
    /// A file that is not what the PBX takes.
    Unfit {
        path: String,
        wanted: FileFormat,
        why: Unfit,
    },
    /// The PBX has one of this name, and it was not said that it may go.
    Taken {
        operation: String,
        name: String,
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
    /// The plan has it, and the PBX does not; or the other way round.
    OnlyPlanned {
        operation: String,
        what: String,
        why: OnPlan,
    },
    /// Somebody else has changed what the plan was to change.
    PlanStale {
        operation: String,
        what: String,
        changed: Vec<String>,
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
    fn kind(&self) -> Code {
        match self {
            Fault::UnknownResource { .. } => Code::UnknownResource,
            Fault::UnknownOperation { .. } => Code::UnknownOperation,
            Fault::NotCalled { .. } => Code::NotCalled,
            Fault::Arity { .. } => Code::WrongArguments,
            Fault::Missing { .. } => Code::MissingArgument,
            Fault::UnknownOption { .. } => Code::UnknownOption,
            Fault::UnknownProperty { .. } => Code::UnknownProperty,
            Fault::UnknownValue { .. } => Code::UnknownValue,
            Fault::WrongType { .. } => Code::WrongType,
            Fault::OutOfRange { .. } => Code::OutOfRange,
            Fault::TooLong { .. } => Code::TooLong,
            Fault::Filter { .. } | Fault::FilterOperator { .. } => Code::BadFilter,
            Fault::Foreign { .. } => Code::ForeignObject,
            Fault::KeyChanged { .. } => Code::KeyChanged,
            Fault::Shifted { .. } => Code::ListChanged,
            Fault::Constant { .. } => Code::Constant,
            Fault::ReadOnly { .. } => Code::OnlyRead,
            Fault::NoKey { .. } => Code::NoKey,
            Fault::NotOnRelease { .. } | Fault::PropertyNotOnRelease { .. } => Code::NotOnRelease,
            Fault::Denied(denied) => denied_code(denied),
            Fault::NotConfigured { .. } => Code::NotConfigured,
            Fault::Unsettled { .. } => Code::NotConfigured,
            Fault::UnknownConnection { .. } => Code::UnknownConnection,
            Fault::Config(fault) => fault.code(),
            Fault::Rehearsal { .. } => Code::Rehearsal,
            Fault::Sandbox { .. } => Code::Sandbox,
            Fault::Kit(fault) => fault.kind(),
            Fault::Spent => Code::Spent,
            Fault::NoRows { .. } => Code::NoRows,
            Fault::Format { .. } => Code::UnknownFormat,
            Fault::Unfit { .. } => Code::UnfitFile,
            Fault::Taken { .. } => Code::NameTaken,
            Fault::Index { .. } => Code::NoSuchRow,
            Fault::Partly { .. } => Code::PartlyFailed,
            Fault::OnlyPlanned { .. } => Code::OnlyPlanned,
            Fault::PlanStale { .. } => Code::PlanStale,
            Fault::Client { error, .. } => client_code(error),
        }
    }

    fn code(&self) -> String {
        match self {
            Fault::Kit(fault) => fault.code(),
            Fault::Client { error: ClientError::Refused(refusal), .. } => refusal_code(refusal),
            _ => self.kind().name().to_owned(),
        }
    }

    fn focus(&self) -> Option<String> {
        match self {
            Fault::UnknownOption { name, .. } | Fault::UnknownProperty { name, .. } => Some(name.clone()),
            Fault::FilterOperator { .. } => Some("filter".to_owned()),
            Fault::WrongType { what, given, .. } => {
                let kinds = ["the string ", "the whole number ", "the number ", "the boolean "];
                let value = kinds.iter().find_map(|kind| given.strip_prefix(kind));
                Some(key(what, value.map(str::to_owned)))
            }
            Fault::UnknownValue { what, given, .. } => Some(key(what, Some(format!("{given:?}")))),
            Fault::OutOfRange { what, given, .. } => Some(key(what, Some(given.to_string()))),
            Fault::TooLong { what, .. } | Fault::PropertyNotOnRelease { what, .. } => Some(key(what, None)),
            Fault::Kit(fault) => fault.focus(),
            // The property that the PBX complains about, where the call names it once: of several nobody knows whose value
            // is meant.
            Fault::Client { operation, error: ClientError::Refused(refusal), .. } => {
                let target = spelling(operation, refusal.target.as_deref()?);
                Some(format!("{}: ?", target.split(['.', '[']).next()?))
            }
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
            // Whoever asks for what is to be gone hears what the PBX would say then.
            "status" if matches!(self, Fault::OnlyPlanned { why: OnPlan::Gone, .. }) => Some(404_i64.into()),
            "status" => error.and_then(ClientError::status).map(|status| i64::from(status).into()),
            "operation" => self.operation().map(Dynamic::from),
            "uncertain" => Some(self.leaves_open().into()),
            "reason" => error.and_then(ClientError::reason).map(|reason| reason.name().into()),
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
        match self {
            Fault::Client { error, .. } => matches!(error, ClientError::Interrupted),
            Fault::Denied(denied) => denied.by == By::Interrupt,
            _ => false,
        }
    }
}

/// The kind of an error of the client.
#[must_use]
pub fn client_code(error: &ClientError) -> Code {
    match error {
        ClientError::Refused(refusal) if !refusal.code.is_empty() => Code::Refused,
        ClientError::Refused(refusal) => Code::of_status(refusal.status),
        ClientError::BadUrl { .. } => Code::BadUrl,
        ClientError::Unreachable { .. } => Code::Unreachable,
        ClientError::BadProxy { .. } => Code::BadProxy,
        ClientError::Proxy { .. } => Code::Proxy,
        ClientError::Tls { .. } => Code::Tls,
        ClientError::Timeout { .. } => Code::Timeout,
        ClientError::Interrupted => Code::Interrupted,
        ClientError::Login { .. } => Code::Login,
        ClientError::NotAPbx { .. } => Code::NotAPbx,
        ClientError::Cut { .. } => Code::Cut,
        ClientError::Malformed { .. } => Code::Malformed,
        ClientError::File { .. } => Code::File,
        ClientError::Denied(denied) => denied_code(denied),
    }
}

fn denied_code(denied: &Denied) -> Code {
    match denied.by {
        By::Mode(_) | By::Plan => Code::Denied,
        By::Person => Code::NotConfirmed,
        By::Interrupt => Code::Interrupted,
    }
}

/// The PBX's own code, which is one of many: `WARNINGS.XAPI.ALREADY_IN_USE`; or the status of its answer.
fn refusal_code(refusal: &Refusal) -> String {
    match refusal.code.as_str() {
        "" => format!("http-{}", refusal.status),
        code => code.to_owned(),
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
            | Fault::OnlyPlanned { operation, .. }
            | Fault::PlanStale { operation, .. }
            | Fault::UnknownOption { operation, .. }
            | Fault::NotCalled { operation }
            | Fault::NoKey { operation, .. }
            | Fault::Taken { operation, .. }
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
