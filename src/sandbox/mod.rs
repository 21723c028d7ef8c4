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
mod filter;
mod form;
mod generic;
mod holidays;
mod login;
mod logs;
mod members;
mod options;
mod problem;
mod query;
mod record;
mod reply;
mod router;
mod rows;
mod rules;
mod scalar;
mod schema;
mod server;
mod store;

#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response};
use jiff::Timestamp;

use crate::catalog::{Catalog, Release};
use crate::sandbox::asked::Asked;
pub use crate::sandbox::behaviour::is_modelled;
use crate::sandbox::login::{Clients, Tokens};
use crate::sandbox::logs::random::Random;
use crate::sandbox::logs::{Cast, Logs, journal};
use crate::sandbox::problem::Problem;
use crate::sandbox::reply::Reply;
use crate::sandbox::router::Router;
use crate::sandbox::schema::Schema;
pub use crate::sandbox::server::Server;
use crate::sandbox::store::Store;

/// The API client that the sandbox knows from the start.
pub const CLIENT_ID: &str = "sandbox";
pub const CLIENT_SECRET: &str = "sandbox-secret";

/// Asked for "now"; fixed in tests.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

pub struct Setup {
    pub release: Release,
    pub seed: u64,
    pub clock: Clock,
}

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
}

impl Pbx {
    /// The built-in company, believable and always the same for a seed and a clock.
    #[must_use]
    pub fn company(catalog: &'static Catalog, setup: Setup) -> Pbx {
        let schema = Schema { catalog, release: setup.release };
        let born = (setup.clock)();
        let mut pbx = Pbx {
            schema,
            router: Router::new(schema),
            clock: setup.clock,
            born,
            random: Random::new(setup.seed),
            store: Store::default(),
            clients: Clients::from([(CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned())]),
            tokens: Tokens::default(),
            cast: Cast::default(),
            logs: OnceLock::new(),
        };
        company::fill(&mut pbx);
        pbx.cast = Cast::of(&pbx.store, setup.seed, born);
        pbx
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

/// Answers one request.
pub fn handle(pbx: &mut Pbx, request: Request<Bytes>) -> Response<Bytes> {
    let path = request.uri().path().to_owned();
    if path == "/connect/token" {
        let (now, in_minutes) = (pbx.now(), pbx.is_before("20.0.9"));
        return login::token(&request, &pbx.clients, &mut pbx.tokens, in_minutes, now, &mut pbx.random).into();
    }
    let Some(below) = path.strip_prefix("/xapi/v1/") else {
        return Reply::from(Problem::unknown_path()).into();
    };
    let mut response: Response<Bytes> = respond(pbx, &request, below).unwrap_or_else(Reply::from).into();
    if let Ok(version) = HeaderValue::try_from(pbx.version()) {
        response.headers_mut().insert(VERSION_HEADER, version);
    }
    response
}

fn respond(pbx: &mut Pbx, request: &Request<Bytes>, path: &str) -> Result<Reply, Problem> {
    let client = pbx.tokens.client(request.headers(), pbx.now())?.to_owned();
    if request.body().len() > MAX_BODY {
        return Err(Problem::too_large());
    }
    if path == "customPrompts" && request.method() == Method::POST {
        let declared = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        return behaviour::upload_prompt(pbx, declared, request.body());
    }
    let now = pbx.now();
    if let Some(logs) = pbx.logs.get_mut() {
        logs.advance(now);
    }
    let asked = Asked::read(pbx.schema, &pbx.router, request, path)?;
    behaviour::respond(pbx, &asked, &client)
}
