//! The ways to a PBX: keyrings, proxies, HTTP/2, compression, addresses, and many processes at once.

mod addresses;
mod http2;
#[cfg(all(unix, not(target_os = "macos")))]
mod keyring;
mod line;
mod proxies;
mod site;
mod tokens;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use pbxsh::catalog::Catalog;
use pbxsh::sandbox::{CLIENT_ID, CLIENT_SECRET, Pbx, Setup, handle};

use crate::common::certificates::Certificate;
use crate::common::{NOW, Pbxsh, pbxsh};

/// A simulated PBX whose clock stands still.
fn company() -> Arc<Mutex<Pbx>> {
    let now: Timestamp = NOW.parse().expect("a time");
    let setup = Setup { release: Catalog::builtin().newest(), seed: 3, clock: Arc::new(move || now) };
    Arc::new(Mutex::new(Pbx::company(Catalog::builtin(), setup)))
}

/// One whose clock goes, `ahead` of ours, with tokens of this life.
fn going(ahead: SignedDuration, life: u32) -> Arc<Mutex<Pbx>> {
    let clock = Arc::new(move || Timestamp::now() + ahead);
    let mut pbx = Pbx::company(Catalog::builtin(), Setup { release: Catalog::builtin().newest(), seed: 3, clock });
    pbx.set_token_lifetime(life);
    Arc::new(Mutex::new(pbx))
}

fn ask(pbx: &Mutex<Pbx>, request: Request<Bytes>) -> Response<Bytes> {
    handle(&mut pbx.lock().expect("the PBX"), request)
}

/// `pbxsh ARGUMENTS` against the simulated PBX at this address.
fn against<'a>(url: &str, arguments: impl IntoIterator<Item = &'a str>) -> Pbxsh {
    let run = pbxsh(arguments).variable("XAPI_URL", url).variable("XAPI_CLIENT_ID", CLIENT_ID);
    run.variable("XAPI_CLIENT_SECRET", CLIENT_SECRET).variable("COLUMNS", "400")
}

/// The same on a machine that believes this authority.
fn believing(authority: &Certificate, run: Pbxsh) -> Pbxsh {
    let run = run.bytes("system.pem", authority.pem().as_bytes());
    let file = run.path("system.pem").display().to_string();
    run.variable("SSL_CERT_FILE", &file)
}

/// Are the long tests wanted in full?
fn is_long() -> bool {
    std::env::var_os("PBXSH_LONG").is_some()
}

const MOMENT: Duration = Duration::from_millis(30);
