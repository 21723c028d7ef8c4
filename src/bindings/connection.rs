//! A PBX as a script sees it: nothing happens until the first call.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::bindings::deeds::{Account, Deeds};
use crate::bindings::fault::{Fault, Words};
use crate::bindings::list::AHEAD;
use crate::bindings::planning::Plans;
use crate::bindings::schema::Schema;
use crate::catalog::effects::{Effect, effect};
use crate::catalog::kept::{Label, Origin};
use crate::catalog::{Catalog, Operation, Release, Resource as Facts, Variant, numbers};
use crate::client::{Client, Exchange};
use crate::guard::{Access, Guard, Mode};
use crate::kit::Display;
use crate::script::{Ending, Swallowed};

/// How to reach a PBX, once somebody asks it something.
pub struct Link {
    /// What the PBX is called in prompts and errors.
    pub name: String,
    pub connect: Box<dyn Fn() -> Result<Client, Fault> + Send + Sync>,
}

/// Something that a person should know about a call and a script need not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note<'a> {
    /// What a simulated PBX says about itself.
    Simulated(&'a str),
    /// An update with nothing in it was not sent.
    Unchanged,
    /// The answer to a create was lost, and what it was to make is there.
    Found,
    /// A list whose filter only the PBX understands has no objects that are planned.
    Unsifted,
    /// The PBX has another version by now than the one that it described; the note is about the PBX.
    Outdated { described: &'a Label, version: &'a str },
}

/// Hears the name of an operation and a note about it.
pub type Notify = Arc<dyn Fn(&str, Note) + Send + Sync>;

/// Must the run end?
pub type Stop = Arc<dyn Fn() -> Option<Ending> + Send + Sync>;

/// What connections and their lists need of the session: how to make themselves heard, and what they may reach.
#[derive(Clone)]
pub struct Voice {
    pub(super) words: Words,
    notify: Notify,
    /// Which files a script may save to, and which PBXs it may call.
    pub(super) access: Arc<Access>,
    pub(super) swallowed: Swallowed,
    pub(super) deeds: Deeds,
    pub(super) stop: Stop,
    /// Who sees how far files and lists are.
    pub(super) display: Display,
    /// The PBXs of which was told that what they said about themselves is outdated.
    outdated: Arc<Mutex<HashSet<String>>>,
    plans: Plans,
}

impl Voice {
    #[must_use]
    pub fn new(words: Words, notify: Notify, access: Arc<Access>) -> Voice {
        let (swallowed, deeds) = (Swallowed::default(), Deeds::default());
        Voice {
            words,
            notify,
            access,
            swallowed,
            deeds,
            stop: Arc::new(|| None),
            display: Display::default(),
            outdated: Arc::default(),
            plans: Plans::new(Arc::new(|| Timestamp::UNIX_EPOCH)),
        }
    }

    /// The same, with somebody who sees how far it is.
    #[must_use]
    pub fn watched(self, display: Display) -> Voice {
        Voice { display, ..self }
    }

    /// The same, with a plan that others look at, too.
    #[must_use]
    pub fn planning(self, plans: Plans) -> Voice {
        Voice { plans, ..self }
    }

    /// The same, for runs that can be ended while a list is collected.
    #[must_use]
    pub fn until(self, stop: Stop) -> Voice {
        Voice { stop, ..self }
    }
}

/// `pbx`, or what `connect(…)` gives.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    link: Link,
    catalog: &'static Catalog,
    guard: Guard,
    open: Mutex<Option<Open>>,
    voice: Voice,
    /// The operations that had their note, and what it was about.
    noted: Mutex<HashSet<(String, u8)>>,
    id: u32,
    ahead: AtomicUsize,
    written: Mutex<HashMap<&'static str, Written>>,
}

/// How often a resource was written to through this connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) deletes: u64,
    pub(super) updates: u64,
}

/// A PBX that has answered.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) client: Client,
    pub(super) release: Release,
    pub(super) version: String,
}

/// `pbx.users`.
#[derive(Clone)]
pub struct Resource {
    pub(super) connection: Connection,
    pub(super) facts: &'static Facts,
}

impl Connection {
    #[must_use]
    pub fn new(link: Link, catalog: &'static Catalog, guard: Guard, voice: Voice) -> Connection {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let id = COUNT.fetch_add(1, Ordering::Relaxed);
        let (open, noted, written) = (Mutex::default(), Mutex::default(), Mutex::default());
        let ahead = AtomicUsize::new(AHEAD);
        Connection(Arc::new(Inner { link, catalog, guard, open, voice, noted, id, ahead, written }))
    }

    pub(super) fn id(&self) -> u32 {
        self.0.id
    }

    pub(super) fn written(&self, resource: &str) -> Written {
        self.0.written.lock().unwrap_or_else(PoisonError::into_inner).get(resource).copied().unwrap_or_default()
    }

    /// Remembers that an operation was carried out.
    pub(super) fn carried_out(&self, operation: &Operation) {
        if effect(operation).is_read() {
            return;
        }
        self.voice().deeds.done(self.name(), operation.full_name());
        self.wrote(operation);
    }

    /// Remembers that lists of this resource may have other rows by now.
    pub(super) fn wrote(&self, operation: &Operation) {
        let effect = effect(operation);
        if effect.is_read() {
            return;
        }
        let mut written = self.0.written.lock().unwrap_or_else(PoisonError::into_inner);
        let written = written.entry(operation.resource).or_default();
        match effect {
            Effect::Delete => written.deletes += 1,
            _ => written.updates += 1,
        }
    }

    /// Remembers that an operation failed, if nobody can know whether it was carried out all the same. One that did the
    /// half of its work has done something.
    pub(super) fn failed(&self, operation: &Operation, fault: &Fault) {
        if matches!(fault, Fault::Partly { .. }) {
            self.carried_out(operation);
        }
        if fault.leaves_open() {
            self.voice().deeds.unsure(self.name(), operation.full_name());
        }
    }

    /// What was changed since this was asked the last time, through all connections of the run.
    #[must_use]
    pub fn take_account(&self) -> Account {
        self.voice().deeds.take()
    }

    pub(super) fn voice(&self) -> &Voice {
        &self.0.voice
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.link.name
    }

    #[must_use]
    pub fn catalog(&self) -> &'static Catalog {
        self.0.catalog
    }

    pub(super) fn guard(&self) -> Guard {
        self.0.guard.clone()
    }

    /// What is planned in this session, on all its PBXs.
    #[must_use]
    pub fn plans(&self) -> &Plans {
        &self.0.voice.plans
    }

    /// What it allows now.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.0.guard.mode()
    }

    /// The last request to this PBX as a command line, if there was one.
    #[must_use]
    pub fn curl(&self) -> Option<String> {
        self.last_request().map(|exchange| exchange.curl())
    }

    /// The version that the PBX names, if it was asked before; never asks.
    #[must_use]
    pub fn known_version(&self) -> Option<String> {
        self.lock().as_ref().map(|open| open.version.clone())
    }

    /// The release that the PBX has, if it was asked before; never asks.
    #[must_use]
    pub fn known_release(&self) -> Option<Release> {
        self.lock().as_ref().map(|open| open.release)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Open>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last request to this PBX, if there was one.
    pub(super) fn last_request(&self) -> Option<Exchange> {
        self.lock().as_ref()?.client.last_request()
    }

    /// Logs in and asks for the release, the first time.
    pub(super) fn open(&self) -> Result<Open, Fault> {
        let mut open = self.lock();
        if let Some(open) = &*open {
            return Ok(open.clone());
        }
        let fault = |error| Fault::Client { operation: "login".to_owned(), error, unsure: None };
        let client = (self.0.link.connect)()?;
        let version = client.version().map_err(fault)?;
        let release = self.0.catalog.release_of(self.name(), &version);
        self.compare(&version);
        let fresh = Open { client, release, version };
        *open = Some(fresh.clone());
        Ok(fresh)
    }

    /// Tells, once in a run, that what the PBX said about itself is of another release.
    fn compare(&self, version: &str) {
        let Some(described) = self.0.catalog.described(self.name()) else { return };
        let label = &described.label;
        let same = numbers(version) == [0; 3] || numbers(version) == numbers(&label.version);
        // The sandbox has any release that it is asked for.
        if same || label.origin == Origin::Sandbox {
            return;
        }
        let mut told = self.0.voice.outdated.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(self.name().to_owned()) {
            (self.0.voice.notify)(self.name(), Note::Outdated { described: label, version });
        }
    }

    /// What the PBX calls itself, and its own description of its API.
    pub fn description(&self) -> Result<(String, String), Fault> {
        let open = self.open()?;
        let fault = |error| Fault::Client { operation: "description".to_owned(), error, unsure: None };
        let text = open.client.description().map_err(fault)?;
        Ok((open.version, text))
    }

    /// The types to check against: those of the PBX's release as soon as it is known.
    pub(super) fn schema(&self) -> Schema {
        Schema { catalog: self.0.catalog, release: self.known_release(), home: Some(self.0.id) }
    }

    /// How many pages of a list may be under way at once.
    #[must_use]
    pub fn ahead(&self) -> usize {
        self.0.ahead.load(Ordering::Relaxed)
    }

    pub fn set_ahead(&self, pages: usize) {
        self.0.ahead.store(pages, Ordering::Relaxed);
    }

    /// Passes a note on, once for each operation.
    pub(super) fn note(&self, operation: &Operation, note: Note) {
        let mut noted = self.0.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = match note {
            Note::Simulated(_) => 0,
            Note::Unchanged => 1,
            Note::Found => 2,
            Note::Outdated { .. } => 3,
            Note::Unsifted => 4,
        };
        if noted.insert((operation.full_name(), kind)) {
            (self.0.voice.notify)(&operation.full_name(), note);
        }
    }
}

/// What a release serves of the operations that answer to one name.
pub(super) fn serving(
    operations: &[&'static Operation],
    release: Release,
) -> Option<(&'static Operation, &'static Variant)> {
    operations.iter().find_map(|operation| Some((*operation, operation.variant(release)?)))
}
