//! A simulated PBX: requests in, answers out, as a real one of the chosen release would give them.
//!
//! Everything general follows from the catalog; behaviour that scripts lean on is written by hand in `behaviour`. This
//! folder shares no code with the client's side: it has its own reading of keys, literals and filters, so that the two
//! check each other. Clock and seed are handed in: the same requests then get the same bytes.

mod address;
mod asked;
mod behaviour;
mod check;
mod company;
mod defaults;
mod dn;
mod downloads;
mod entities;
mod faults;
mod filter;
mod form;
mod generic;
mod holidays;
mod login;
mod logs;
mod members;
mod metadata;
mod openapi;
mod options;
mod problem;
mod query;
mod record;
mod reply;
mod roles;
mod router;
mod rows;
mod rules;
mod scalar;
mod schema;
mod search;
mod selection;
mod server;
mod sieve;
mod state;
mod store;
mod wav;
mod xml;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::catalog::{Catalog, Release};
use crate::sandbox::asked::Asked;
pub use crate::sandbox::behaviour::is_modelled;
pub use crate::sandbox::company::Size;
use crate::sandbox::faults::Faults;
pub use crate::sandbox::faults::{BadFault, Fault};
use crate::sandbox::login::{Clients, Tokens};
use crate::sandbox::logs::random::Random;
use crate::sandbox::logs::{Cast, Logs, journal};
use crate::sandbox::problem::Problem;
use crate::sandbox::reply::Reply;
pub use crate::sandbox::roles::Role;
use crate::sandbox::router::Router;
use crate::sandbox::schema::Schema;
pub use crate::sandbox::server::{Patience, Server};
pub use crate::sandbox::sieve::Sieve;
pub use crate::sandbox::state::BadState;
use crate::sandbox::store::Store;

/// The API client that the sandbox knows from the start.
pub const CLIENT_ID: &str = "sandbox";
pub const CLIENT_SECRET: &str = "sandbox-secret";

/// The client that is in the department "System Wide", where one is asked for.
const WIDE_ID: &str = "sandbox-wide";
const WIDE_SECRET: &str = "sandbox-wide-secret";

/// Asked for "now"; fixed in tests.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

pub struct Setup {
    pub release: Release,
    pub seed: u64,
    pub clock: Clock,
}

/// The address of whoever asks, as an extension of a request.
#[derive(Debug, Clone, Copy)]
struct Caller(IpAddr);

/// Requests with more body than this are refused.
const MAX_BODY: usize = 16 * 1024 * 1024;
const VERSION_HEADER: HeaderName = HeaderName::from_static("x-3cx-version");

/// The whole state of a simulated PBX.
pub struct Pbx {
    schema: Schema,
    router: Router,
    clock: Clock,
    /// The moment from which the times of the company count.
    born: Timestamp,
    random: Random,
    store: Store,
    clients: Clients,
    tokens: Tokens,
    cast: Cast,
    logs: OnceLock<Logs>,
    faults: Faults,
}

impl Pbx {
    /// The built-in company, believable and always the same for a seed and a clock.
    #[must_use]
    pub fn company(catalog: &'static Catalog, setup: Setup) -> Pbx {
        Pbx::company_of(catalog, setup, Size::Small)
    }

    /// The built-in company, with as many people and as much of a past as its size says.
    #[must_use]
    pub fn company_of(catalog: &'static Catalog, setup: Setup, size: Size) -> Pbx {
        let seed = setup.seed;
        let mut pbx = Pbx::empty(catalog, setup);
        company::fill(&mut pbx, size);
        pbx.cast = Cast { volume: size.volume(), ..Cast::of(&pbx.store, seed, pbx.born) };
        pbx
    }

    /// The PBX that a state file describes. The file names its release; `release` is one to rehearse an upgrade to.
    ///
    /// # Errors
    /// Where the text is no state, or one that no PBX of the release could have.
    pub fn load(
        catalog: &'static Catalog,
        text: &str,
        release: Option<Release>,
        clock: Clock,
    ) -> Result<Pbx, BadState> {
        state::load(catalog, text, release, clock)
    }

    /// What the PBX is now, as a state file.
    #[must_use]
    pub fn state(&self) -> String {
        state::save(self)
    }

    /// From now on, some requests meet these faults; chance is drawn from the seed.
    pub fn strike_with(&mut self, faults: Vec<Fault>, seed: u64) {
        self.faults = Faults::new(faults, seed, self.now());
    }

    /// From now on, tokens hold this many seconds.
    pub fn set_token_lifetime(&mut self, seconds: u32) {
        self.tokens.lifetime = seconds;
    }

    /// The name of its release.
    #[must_use]
    pub fn release(&self) -> String {
        self.schema.catalog.release_name(self.schema.release).to_owned()
    }

    /// Id and secret of a client that may do everything: the built-in one if it can.
    #[must_use]
    pub fn owner(&self) -> Option<(&str, &str)> {
        self.client(Role::SystemOwner)
    }

    /// Id and secret of a client of this role: the built-in one if it has it.
    #[must_use]
    pub fn client(&self, role: Role) -> Option<(&str, &str)> {
        let built_in = self.clients.get_key_value(CLIENT_ID);
        let mut clients = built_in.into_iter().chain(&self.clients);
        let found = clients.find(|(client, _)| roles::role(&self.store, client) == Some(role));
        found.map(|(client, secret)| (client.as_str(), secret.as_str()))
    }

    /// Adds the client `sandbox-wide` in the department "System Wide", if there is none there yet.
    pub fn add_system_wide(&mut self) {
        let set = self.router.sets.get("ServicePrincipals").copied();
        let (Some(set), None) = (set, self.client(Role::SystemWide)) else { return };
        let known = self.store.find(set.name, "Number", &Value::from(WIDE_ID)).is_some();
        if !known {
            let row = json!({"Number": WIDE_ID, "XAPIEnabled": true, "CallControlEnabled": false, "IsSystem": false});
            entities::insert(self, set, row.as_object().cloned().unwrap_or_default(), None);
        }
        members::leave_all(&mut self.store, WIDE_ID);
        self.clients.insert(WIDE_ID.to_owned(), WIDE_SECRET.to_owned());
    }

    /// `192.0.2.7`, `192.0.2.0/24`?
    #[must_use]
    pub fn is_address(text: &str) -> bool {
        roles::network(text).is_some()
    }

    /// From now on, only these addresses are answered, by the Console Restrictions.
    pub fn restrict_to(&mut self, addresses: &[String]) {
        let restrictions = self.store.single_mut("ConsoleRestrictions");
        restrictions.insert("AccessRestricted".to_owned(), Value::from(true));
        restrictions.insert("IpWhitelist".to_owned(), json!(addresses));
    }

    /// From now on, the licence is one below Enterprise, or Enterprise.
    pub fn license(&mut self, enterprise: bool) {
        let product = if enterprise { "3CXPSENT" } else { "3CXPSPROF" };
        self.store.single_mut("LicenseStatus").insert("ProductCode".to_owned(), Value::from(product));
    }

    fn empty(catalog: &'static Catalog, setup: Setup) -> Pbx {
        let schema = Schema { catalog, release: setup.release };
        let born = (setup.clock)();
        Pbx {
            schema,
            router: Router::new(schema),
            clock: setup.clock,
            born,
            random: Random::new(setup.seed),
            store: Store::default(),
            clients: Clients::new(),
            tokens: Tokens::default(),
            cast: Cast::default(),
            logs: OnceLock::new(),
            faults: Faults::default(),
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn logs(&self) -> &Logs {
        self.logs.get_or_init(|| journal::logs(&self.cast, &self.store, self.now()))
    }

    fn logs_mut(&mut self) -> Option<&mut Logs> {
        self.logs();
        self.logs.get_mut()
    }

    /// `20.0.10.812`: the release with a build number.
    fn version(&self) -> String {
        let release = self.schema.release;
        let build = 412 + 80 * u32::from(release.0);
        format!("{}.{build}", self.schema.catalog.release_name(release))
    }

    /// Is the release older than this one? A name that the catalog does not know is older than all.
    fn is_before(&self, release: &str) -> bool {
        self.schema.catalog.release(release).is_some_and(|other| self.schema.release < other)
    }
}

/// Answers one request. Faults that need a connection travel as an extension of the answer.
pub fn handle(pbx: &mut Pbx, request: Request<Bytes>) -> Response<Bytes> {
    let asked_for = request.headers().get(faults::HEADER).map(|header| header.to_str().unwrap_or_default());
    let own = match asked_for.map(faults::of_header).transpose() {
        Ok(own) => own.unwrap_or_default(),
        Err(bad) => return Reply::from(Problem::invalid(bad.to_string())).into(),
    };
    let now = pbx.now();
    let struck = pbx.faults.strike(request.uri().path(), now, &own);
    let response = struck.reaches_the_pbx().then(|| answer(pbx, &request));
    let mut response = struck.answer().or(response).unwrap_or_default();
    response.extensions_mut().insert(struck.delivery);
    response
}

fn answer(pbx: &mut Pbx, request: &Request<Bytes>) -> Response<Bytes> {
    let path = request.uri().path();
    if path == "/connect/token" {
        return login::token(pbx, request).into();
    }
    let Some(below) = path.strip_prefix("/xapi/v1/").or((path == "/xapi/v1").then_some("")) else {
        return Reply::from(Problem::unknown_path()).into();
    };
    let mut response: Response<Bytes> = respond(pbx, request, below).unwrap_or_else(Reply::from).into();
    if let Ok(version) = HeaderValue::try_from(pbx.version()) {
        response.headers_mut().insert(VERSION_HEADER, version);
    }
    response
}

fn respond(pbx: &mut Pbx, request: &Request<Bytes>, path: &str) -> Result<Reply, Problem> {
    let client = pbx.tokens.client(request.headers(), pbx.now())?.to_owned();
    // A client that was deleted has lost its token too.
    roles::principal(&pbx.store, &client).ok_or_else(Problem::unauthorized)?;
    // Requests that no connection brought come from this machine.
    let address = request.extensions().get::<Caller>().map_or(Ipv4Addr::LOCALHOST.into(), |caller| caller.0);
    roles::check_address(&pbx.store, address)?;
    if request.body().len() > MAX_BODY {
        return Err(Problem::too_large());
    }
    if let Some(document) = metadata::respond(pbx.schema, &pbx.router, request, path) {
        return document;
    }
    let now = pbx.now();
    let asked = Asked::read(pbx.schema, &pbx.router, request, path, now)?;
    roles::check(&pbx.store, &pbx.router, &client, asked.route, asked.head())?;
    if let Some(logs) = pbx.logs.get_mut() {
        logs.advance(now);
    }
    behaviour::respond(pbx, &asked, &client)
}
