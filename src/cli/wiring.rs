//! Live PBX or sandbox, guard, bindings and engine, put together.

use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;

use crate::bindings::value;
use crate::bindings::{Bindings, Connect, Connection, Fault, Link, List, Note, Target, Voice};
use crate::catalog::{Catalog, Release};
use crate::cli::bounds::{Bounds, Stop};
use crate::cli::network::Wires;
use crate::cli::person::AtTerminal;
use crate::cli::world::World;
use crate::cli::{Pbx, bundled, run};
use crate::client::{self, Client, Interrupt, Settings};
use crate::config;
use crate::diag;
use crate::guard::{Access, Guard, Mode};
use crate::kit::{self, Hands, Kit, Level, Listed, Person, Sequence};
use crate::sandbox::{self, Server, Setup as SandboxSetup};
use crate::script::native::Dynamic;
use crate::script::{Library, Raised, Session, Setup, Source};
use crate::show;

/// The company of the sandbox is made from this number: everybody rehearses with the same people.
pub(super) const SEED: u64 = 3;

/// A session and what it is wired to.
pub(super) struct Wired {
    pub(super) session: Session,
    pub(super) bindings: Arc<Bindings>,
    pub(super) stop: Stop,
}

/// Everything that connections are made of.
#[derive(Clone)]
struct Maker {
    catalog: &'static Catalog,
    world: World,
    guard: Guard,
    voice: Voice,
    access: Arc<Access>,
    interrupt: Interrupt,
    /// How many pages of a list may be under way at once.
    ahead: usize,
    wires: Wires,
    /// The simulated PBXs that run; they end with the program.
    servers: Arc<Mutex<Vec<Server>>>,
    /// Only simulated PBXs can be reached.
    rehearsal: bool,
}

/// Puts a session together; nothing is connected yet.
///
/// What it runs decides what it may reach; nothing stands for the entries of a prompt.
pub(super) fn wire(pbx: &Pbx, bounds: &Bounds, source: Option<&Source>, world: &World) -> Result<Wired, String> {
    let catalog = Catalog::builtin();
    let release = pbx.release.as_deref().map(|name| release(catalog, name)).transpose()?;
    let mode = if pbx.read_only { Mode::ReadOnly } else { Mode::Everything };
    let stop = Stop::new(bounds, world);
    let told = world.clone();
    let notify = Arc::new(move |operation: &str, note: Note| told.tell(&diag::note(operation, note)));
    let access = Arc::new(bounds.permissions.access(source, &world.folder())?);
    let ending = stop.clone();
    let voice = Voice::new(diag::fault, notify, access.clone()).until(Arc::new(move || ending.ending()));
    let maker = Maker {
        catalog,
        world: world.clone(),
        guard: Guard::new(mode),
        voice,
        access: access.clone(),
        ahead: bounds.ahead.into(),
        wires: Wires::new(&bounds.network, world),
        interrupt: stop.interrupt.clone(),
        servers: Arc::default(),
        rehearsal: pbx.rehearsal,
    };
    let chosen = if pbx.sandbox { maker.sandbox(release, pbx.state.clone()) } else { maker.configured() };
    let others = maker.clone();
    let connect: Connect = Arc::new(move |target| others.target(target));
    let bindings = Arc::new(Bindings::new(catalog, chosen, connect));
    let printer = world.clone();
    let kit = Kit::new(hands(access, &stop, bounds.log_level, world));
    let ending = stop.clone();
    let session = Session::new(&Setup {
        hosts: vec![bindings.clone(), Arc::new(kit)],
        library: Library { folders: bounds.lib.clone(), ..bundled::library() },
        print: Arc::new(move |line| printer.print(line)),
        stop: Arc::new(move || ending.ending()),
        operations: bounds.max_operations,
    });
    Ok(Wired { session, bindings, stop })
}

/// What the kit reaches of the world.
fn hands(access: Arc<Access>, stop: &Stop, log: Level, world: &World) -> Hands {
    let (ending, ender, memory, clock) = (stop.clone(), stop.clone(), stop.clone(), world.clock());
    let person = || Arc::new(AtTerminal::new(world, stop)) as Arc<dyn Person>;
    let (variables, printer, teller, drawer) = (world.clone(), world.clone(), world.clone(), world.clone());
    Hands {
        words: diag::kit_fault,
        access,
        stop: Arc::new(move || ending.ending()),
        end: Arc::new(move |ending| ender.end(ending)),
        room: Arc::new(move |bytes| memory.has_room(bytes)),
        now: Arc::new(move || clock()),
        zone: world.zone(),
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
    Some(Listed { columns: list.flat_columns(), rows: Box::new(list.rows().map(move |row| row.map_err(raised))) })
}

pub(super) fn release(catalog: &Catalog, name: &str) -> Result<Release, String> {
    let known = || format!("`{name}` is no known release: they are {}", catalog.releases.join(", "));
    catalog.release(name).ok_or_else(known)
}

impl Maker {
    fn connection(
        &self,
        name: &str,
        connect: impl Fn() -> Result<Client, Fault> + Send + Sync + 'static,
    ) -> Connection {
        let link = Link { name: name.to_owned(), connect: Box::new(connect) };
        let connection = Connection::new(link, self.catalog, self.guard, self.voice.clone());
        connection.set_ahead(self.ahead);
        connection
    }

    /// A simulated PBX of its own; it starts with the first request. A state names its release itself.
    fn sandbox(&self, release: Option<Release>, state: Option<Arc<str>>) -> Connection {
        let maker = self.clone();
        self.connection("sandbox", move || {
            let fault = |reason: String| Fault::Sandbox { reason };
            let pbx = match &state {
                Some(state) => sandbox::Pbx::load(maker.catalog, state, release, maker.world.clock())
                    .map_err(|bad| fault(bad.to_string()))?,
                None => {
                    let release = release.unwrap_or(maker.catalog.newest());
                    let setup = SandboxSetup { release, seed: SEED, clock: maker.world.clock() };
                    sandbox::Pbx::company(maker.catalog, setup)
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
    fn configured(&self) -> Connection {
        let maker = self.clone();
        let settings = config::from_environment(|name| self.world.variable(name));
        let name = settings.as_ref().map_or("no PBX", |settings| host(&settings.url)).to_owned();
        self.connection(&name, move || match &settings {
            Ok(settings) => maker.client(&settings.url, &settings.client_id, settings.client_secret.clone(), false),
            Err(missing) => Err(Fault::NotConfigured { missing: missing.clone() }),
        })
    }

    fn target(&self, target: &Target) -> Result<Connection, Fault> {
        let forbidden = |forbidden| Fault::from(kit::Fault::Forbidden(forbidden));
        match target {
            Target::Named(name) => {
                let unknown = || Fault::UnknownConnection { name: name.clone() };
                let (kind, release) =
                    name.split_once('@').unwrap_or((name, self.catalog.release_name(self.catalog.newest())));
                let release = self.catalog.release(release).filter(|_| kind == "sandbox").ok_or_else(unknown)?;
                self.access.connect(&[name], true).map_err(forbidden)?;
                Ok(self.sandbox(Some(release), None))
            }
            Target::Settings { url, .. } if self.rehearsal => Err(Fault::Rehearsal { name: host(url).to_owned() }),
            Target::Settings { url, client_id, client_secret } => {
                let maker = self.clone();
                let (url, client_id) = (url.clone(), client_id.clone());
                let (name, secret) = (host(&url).to_owned(), client_secret.clone());
                // What is no address leads nowhere, and says so when it is called.
                if let Some(host) = client::host(&url) {
                    self.access.connect(&[&host], false).map_err(forbidden)?;
                }
                Ok(self.connection(&name, move || maker.client(&url, &client_id, secret.clone(), false)))
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
        Client::new(self.wires.lay(settings, simulated)).map_err(|error| Fault::Client {
            operation: "login".to_owned(),
            error,
            unsure: None,
        })
    }
}

/// Id and secret of the client that may do everything on a simulated PBX.
pub(super) fn owner(pbx: &sandbox::Pbx) -> Result<(String, SecretString), String> {
    let owner = pbx.owner().map(|(client, secret)| (client.to_owned(), SecretString::from(secret.to_owned())));
    owner.ok_or_else(|| "the state has no client that is a System Owner".to_owned())
}

/// The part of an address that people know a PBX by.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
