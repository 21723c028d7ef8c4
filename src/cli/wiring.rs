//! Live PBX or sandbox, guard, bindings and engine, put together.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;

use crate::bindings::value;
use crate::bindings::{Bindings, Connect, Connection, Fault, Link, List, Note, Plans, Target, Voice, nearest};
use crate::catalog::{Catalog, Release};
use crate::cli::bounds::{Bounds, Stop};
use crate::cli::choice::Choice;
use crate::cli::network::Wires;
use crate::cli::person::AtTerminal;
use crate::cli::world::World;
use crate::cli::{Pbx, bundled, run};
use crate::client::{self, Client, Interrupt, Settings, secrets};
use crate::config::{self, Profile};
use crate::diag;
use crate::guard::{Access, Answer, Confirm, Guard, Mode, Question, Switch};
use crate::kit::{self, Display, Hands, Kit, Level, Listed, Person, Sequence};
use crate::sandbox::{self, Server, Setup as SandboxSetup};
use crate::script::native::Dynamic;
use crate::script::{Ending, Host, Library, Raised, Session, Setup, Source};
use crate::show::{self, text};

/// The company of the sandbox is made from this number: everybody rehearses with the same people.
pub(super) const SEED: u64 = 3;

/// A session and what it is wired to.
pub(super) struct Wired {
    pub(super) session: Session,
    pub(super) bindings: Arc<Bindings>,
    pub(super) stop: Stop,
    pub(super) maker: Maker,
}

/// Everything that connections are made of.
#[derive(Clone)]
pub(super) struct Maker {
    catalog: &'static Catalog,
    world: World,
    guard: Guard,
    /// Read-only from now on, or no more.
    pub(super) read_only: Switch,
    /// Changes are noted and not sent.
    pub(super) planning: Switch,
    /// Asked before what cannot be taken back on a live PBX.
    pub(super) confirm: Option<Confirm>,
    voice: Voice,
    access: Arc<Access>,
    interrupt: Interrupt,
    /// How many pages of a list may be under way at once.
    ahead: usize,
    pub(super) wires: Wires,
    /// The simulated PBXs that run; they end with the program.
    servers: Arc<Mutex<Vec<Server>>>,
    /// The clients of profiles, by name: a second one of the same PBX would end the login of the first.
    clients: Arc<Mutex<HashMap<String, Client>>>,
    /// The profiles of which was told that anybody's certificate will do, and the addresses that are without TLS.
    warned: Arc<Mutex<HashSet<String>>>,
    /// Only simulated PBXs can be reached.
    rehearsal: bool,
}

/// Puts a session together; nothing is connected yet.
///
/// What it runs decides what it may reach; nothing stands for the entries of a prompt.
pub(super) fn wire(pbx: &Pbx, bounds: &Bounds, source: Option<&Source>, world: &World) -> Result<Wired, String> {
    wire_with(pbx, bounds, source, None, world)
}

/// A session for what reads scripts and runs none: any PBX will do, because it is not asked.
pub(super) fn wire_to_read(bounds: &Bounds, world: &World) -> Result<Wired, String> {
    wire(&Pbx { sandbox: true, ..Pbx::default() }, bounds, None, world)
}

/// The same as `wire`, with one more host for the engine.
pub(super) fn wire_with(
    pbx: &Pbx,
    bounds: &Bounds,
    source: Option<&Source>,
    more: Option<Arc<dyn Host>>,
    world: &World,
) -> Result<Wired, String> {
    let catalog = Catalog::known();
    let release = pbx.release.as_deref().map(|name| release(Catalog::builtin(), name)).transpose()?;
    let read_only = Switch::default();
    let mode = match pbx.read_only {
        // Whoever sits there can say otherwise later.
        _ if pbx.prompt => Mode::Everything,
        true => Mode::ReadOnly,
        false => Mode::Everything,
    };
    read_only.set(pbx.prompt && pbx.read_only);
    let planning = Switch::default();
    planning.set(pbx.plan);
    let stop = Stop::new(bounds, world);
    let told = world.clone();
    let notify = Arc::new(move |operation: &str, note: Note| told.tell(&diag::note(operation, note)));
    let access = Arc::new(bounds.permissions.access(source, &world.folder())?);
    let ending = stop.clone();
    let voice = Voice::new(diag::fault, notify, access.clone()).until(Arc::new(move || ending.ending()));
    let shows = world.is_watched() && bounds.network.trace.is_none();
    let watcher = shows.then(|| Arc::new(AtTerminal::new(world, &stop)) as Arc<dyn Person>);
    let voice = voice.watched(Display::new(watcher)).planning(Plans::new(world.clock()));
    let maker = Maker {
        catalog,
        world: world.clone(),
        guard: Guard::new(mode).switched(read_only.clone()).planning(planning.clone()),
        read_only,
        planning,
        confirm: pbx.asks.then(|| confirm(world, &stop)),
        voice,
        access: access.clone(),
        ahead: bounds.ahead.into(),
        wires: Wires::new(&bounds.network, world),
        interrupt: stop.interrupt.clone(),
        servers: Arc::default(),
        clients: Arc::default(),
        warned: Arc::default(),
        rehearsal: pbx.rehearsal,
    };
    let chosen = match &pbx.choice {
        _ if pbx.sandbox => maker.sandbox(release, pbx.state.clone()),
        Choice::Profile(profile) => maker.profile(profile),
        Choice::Environment(settings) => maker.environment(settings.clone()),
    };
    let others = maker.clone();
    let connect: Connect = Arc::new(move |target| others.target(target));
    let lister = maker.clone();
    let bindings =
        Arc::new(Bindings::new(catalog, chosen, connect).with_profiles(Arc::new(move |tag| lister.profiles(tag))));
    let printer = world.clone();
    let kit = Kit::new(hands(access, &stop, bounds.log_level, world));
    let ending = stop.clone();
    let session = Session::new(&Setup {
        hosts: [bindings.clone() as Arc<dyn Host>, Arc::new(kit)].into_iter().chain(more).collect(),
        library: Library { folders: bounds.lib.clone(), ..bundled::library() },
        print: Arc::new(move |line| printer.print(line)),
        stop: Arc::new(move || ending.ending()),
        operations: bounds.max_operations,
    });
    Ok(Wired { session, bindings, stop, maker })
}

/// A line whose beginning stands further in, broken between words.
fn wrapped(line: &str, width: usize) -> String {
    let words = line.trim_start();
    let inwards = &line[..line.len() - words.len()];
    format!("{inwards}{}", text::wrap(words, width.max(20), inwards.len()))
}

/// Asks the person at the terminal. Where there is none, nobody says yes.
fn confirm(world: &World, stop: &Stop) -> Confirm {
    let (world, stop) = (world.clone(), stop.clone());
    let person = world.has_person().then(|| AtTerminal::new(&world, &stop));
    Confirm::new(Arc::new(move |question: &Question| {
        let Some(person) = &person else { return Answer::No };
        diag::question(question).iter().for_each(|line| world.tell(&wrapped(line, world.width())));
        match person.ask(&diag::asked(question), false) {
            Ok(Some(text)) => diag::answer(question, &text),
            Ok(None) => Answer::No,
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                // Others may be about to ask.
                stop.end(Ending::Interrupted);
                Answer::End
            }
            Err(_) => Answer::No,
        }
    }))
}

/// What the kit reaches of the world.
fn hands(access: Arc<Access>, stop: &Stop, log: Level, world: &World) -> Hands {
    let (ending, ender, memory, clock) = (stop.clone(), stop.clone(), stop.clone(), world.clock());
    let person = || Arc::new(AtTerminal::new(world, stop)) as Arc<dyn Person>;
    let zones = world.clone();
    let (variables, printer, teller, drawer) = (world.clone(), world.clone(), world.clone(), world.clone());
    Hands {
        words: diag::kit_fault,
        access,
        stop: Arc::new(move || ending.ending()),
        end: Arc::new(move |ending| ender.end(ending)),
        room: Arc::new(move |bytes| memory.has_room(bytes)),
        now: Arc::new(move || clock()),
        zone: Arc::new(move || zones.zone()),
        variable: Arc::new(move |name| variables.variable(name)),
        print: Arc::new(move |line| printer.print(line)),
        tell: Arc::new(move |line| teller.tell(line)),
        log,
        person: world.has_person().then(person),
        table: Arc::new(move |rows, columns| {
            let table = show::table(rows, columns, &run::how(&drawer));
            table.map_err(|fault| {
                let wording = diag::fault(&fault);
                Raised::from_loop(Arc::new(fault), wording)
            })
        }),
        list: |value| {
            let list = value.read_lock::<List>()?;
            Some(Sequence { total: list.known_len(), items: Box::new(list.clone().into_iter()) })
        },
        to_json: value::to_json,
        hidden: secrets::hidden,
        from_json: value::plain,
        listed,
    }
}

fn listed(value: &Dynamic) -> Option<Listed> {
    let list = value.read_lock::<List>()?.clone();
    let raised = |fault| {
        let wording = diag::fault(&fault);
        Raised::from_loop(Arc::new(fault), wording)
    };
    Some(Listed { columns: list.flat_columns(), rows: Box::new(list.shown("").map(move |row| row.map_err(raised))) })
}

pub(super) fn release(catalog: &Catalog, name: &str) -> Result<Release, String> {
    let known = || format!("there is no release `{name}`: there is {}", catalog.releases.join(", "));
    catalog.release(name).ok_or_else(known)
}

impl Maker {
    /// Of a real PBX.
    fn live(
        &self,
        name: &str,
        guard: Guard,
        connect: impl Fn() -> Result<Client, Fault> + Send + Sync + 'static,
    ) -> Connection {
        let guard = match &self.confirm {
            Some(confirm) => guard.asking(confirm.clone()),
            None => guard,
        };
        self.guarded(name, guard, connect)
    }

    fn guarded(
        &self,
        name: &str,
        guard: Guard,
        connect: impl Fn() -> Result<Client, Fault> + Send + Sync + 'static,
    ) -> Connection {
        let link = Link { name: name.to_owned(), connect: Box::new(connect) };
        let connection = Connection::new(link, self.catalog, guard, self.voice.clone());
        connection.set_ahead(self.ahead);
        connection
    }

    /// A simulated PBX of its own; it starts with the first request. A state names its release itself. What it simulates came with
    /// the program, whatever real PBXs say.
    fn sandbox(&self, release: Option<Release>, state: Option<Arc<str>>) -> Connection {
        let (maker, catalog) = (self.clone(), Catalog::builtin());
        self.guarded("sandbox", self.guard.clone(), move || {
            let fault = |reason: String| Fault::Sandbox { reason };
            let pbx = match &state {
                Some(state) => sandbox::Pbx::load(catalog, state, release, maker.world.clock())
                    .map_err(|bad| fault(bad.to_string()))?,
                None => {
                    let release = release.unwrap_or(catalog.newest());
                    let setup = SandboxSetup { release, seed: SEED, clock: maker.world.clock() };
                    sandbox::Pbx::company(catalog, setup)
                }
            };
            let (client, secret) = owner(&pbx).map_err(fault)?;
            let server = Server::start(pbx, 0).map_err(|error| fault(error.to_string()))?;
            let url = server.url().to_owned();
            maker.servers.lock().unwrap_or_else(PoisonError::into_inner).push(server);
            maker.client(&url, &client, secret, true)
        })
    }

    /// The PBX that the environment names.
    fn environment(&self, settings: Result<config::Settings, Vec<&'static str>>) -> Connection {
        let maker = self.clone();
        let name = settings.as_ref().map_or("no PBX", |settings| host(&settings.url)).to_owned();
        self.live(&name, self.guard.clone(), move || match &settings {
            Ok(settings) => maker.client(&settings.url, &settings.client_id, settings.client_secret.clone(), false),
            Err(missing) => Err(Fault::NotConfigured { missing: missing.clone() }),
        })
    }

    /// The PBX of a profile. Its secret is read when it is wanted.
    fn profile(&self, profile: &Profile) -> Connection {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if profile.trust == config::Trust::Insecure && warned.insert(profile.name.clone()) {
            self.world.tell(&diag::config::insecure(&profile.name));
        }
        let guard = if profile.read_only { self.guard.clone().and_profile() } else { self.guard.clone() };
        let (maker, wanted) = (self.clone(), profile.clone());
        self.live(&profile.name, guard, move || maker.client_of(&wanted))
    }

    fn client_of(&self, profile: &Profile) -> Result<Client, Fault> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&profile.name) {
            return Ok(client.clone());
        }
        let settings = self.world.store().and_then(|store| store.settings(profile, &self.interrupt));
        let client = self.client_with(settings.map_err(Fault::Config)?, false)?;
        clients.insert(profile.name.clone(), client.clone());
        Ok(client)
    }

    pub(super) fn profiles(&self, tag: Option<&str>) -> Result<Vec<Profile>, Fault> {
        if self.rehearsal {
            // What somebody has configured must not decide how a test ends.
            return Ok(Vec::new());
        }
        let profiles = self.world.store().and_then(|store| store.profiles()).map_err(Fault::Config)?;
        match tag {
            None => Ok(profiles.all),
            Some(tag) => Ok(profiles.tagged(tag).map_err(Fault::Config)?.into_iter().cloned().collect()),
        }
    }

    /// What `connect("branch-7")` leads to.
    fn named(&self, name: &str) -> Result<Connection, Fault> {
        let forbidden = |forbidden| Fault::from(kit::Fault::Forbidden(forbidden));
        let simulated = Catalog::builtin();
        let newest = simulated.release_name(simulated.newest());
        let (kind, release) = name.split_once('@').unwrap_or((name, newest));
        if kind == "sandbox" {
            let unknown = || Fault::UnknownConnection { name: name.to_owned(), nearest: None };
            let release = simulated.release(release).ok_or_else(unknown)?;
            self.access.connect(&[name], true).map_err(forbidden)?;
            return Ok(self.sandbox(Some(release), None));
        }
        if self.rehearsal && nearest(kind, ["sandbox"]).is_none() {
            return Err(Fault::Rehearsal { name: name.to_owned() });
        }
        let profiles = match self.world.store() {
            Ok(store) if !self.rehearsal => store.profiles().map_err(Fault::Config)?,
            _ => config::Profiles::default(),
        };
        let Ok(profile) = profiles.find(name) else {
            let known = profiles.all.iter().map(|profile| profile.name.as_str());
            let nearest = nearest(name, known.chain(["sandbox"])).map(str::to_owned);
            return Err(Fault::UnknownConnection { name: name.to_owned(), nearest });
        };
        let host = client::host(&profile.url).unwrap_or_default();
        self.access.connect(&[name, &host], false).map_err(forbidden)?;
        Ok(self.profile(profile))
    }

    pub(super) fn target(&self, target: &Target) -> Result<Connection, Fault> {
        let forbidden = |forbidden| Fault::from(kit::Fault::Forbidden(forbidden));
        match target {
            Target::Named(name) => self.named(name),
            Target::Settings { url, .. } if self.rehearsal => Err(Fault::Rehearsal { name: host(url).to_owned() }),
            Target::Settings { url, client_id, client_secret } => {
                let maker = self.clone();
                let (url, client_id) = (url.clone(), client_id.clone());
                let (name, secret) = (host(&url).to_owned(), client_secret.clone());
                // What is no address leads nowhere, and says so when it is called.
                if let Some(host) = client::host(&url) {
                    self.access.connect(&[&host], false).map_err(forbidden)?;
                }
                Ok(self.live(&name, self.guard.clone(), move || maker.client(&url, &client_id, secret.clone(), false)))
            }
        }
    }

    fn client(
        &self,
        url: &str,
        client_id: &str,
        client_secret: SecretString,
        simulated: bool,
    ) -> Result<Client, Fault> {
        let settings = Settings { interrupt: self.interrupt.clone(), ..Settings::new(url, client_id, client_secret) };
        self.client_with(settings, simulated)
    }

    fn client_with(&self, settings: Settings, simulated: bool) -> Result<Client, Fault> {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if client::is_open(&settings.url) && warned.insert(settings.url.clone()) {
            self.world.tell(&diag::config::open(&settings.url));
        }
        drop(warned);
        let fault = |error| Fault::Client { operation: "login".to_owned(), error, unsure: None };
        Client::new(self.wires.lay(settings, simulated)).map_err(fault)
    }
}

/// Id and secret of the client that may do everything on a simulated PBX.
pub(super) fn owner(pbx: &sandbox::Pbx) -> Result<(String, SecretString), String> {
    let owner = pbx.owner().map(|(client, secret)| (client.to_owned(), SecretString::from(secret.to_owned())));
    owner.ok_or_else(|| "the state has no client that is a System Owner".to_owned())
}

/// The part of an address that people know a PBX by.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    // Somebody may have typed a password into it, even one with a slash.
    let rest = rest.rsplit('@').next().unwrap_or(rest);
    rest.split('/').next().unwrap_or(rest)
}
