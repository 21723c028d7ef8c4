//! `pbxsh sandbox serve`

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use crate::bindings::Fault as Failure;
use crate::catalog::{Catalog, Release};
use crate::cli::wiring::{SEED, release};
use crate::cli::world::World;
use crate::code::Code;
use crate::config;
use crate::diag::{self, Exit};
use crate::disk;
use crate::sandbox::{Fault, Patience, Pbx, Role, Server, Setup, Size};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Serve a simulated PBX over HTTP until Ctrl-C or SIGTERM; what it prints can be sourced by a shell
    Serve(Serve),
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// Where it listens; any free port without it
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// The address on which it listens; whoever can reach it can log in
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// The release, 20.0.5 to 20.0.10; the newest, or that of the state, without it
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// Start from the state in FILE
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Write the state back to FILE at the end; a FILE that does not exist begins as the built-in company
    #[arg(long, requires = "state")]
    keep: bool,
    /// The number from which the built-in company is made
    #[arg(long, value_name = "N", default_value_t = SEED)]
    seed: u64,
    /// How many people and log entries the built-in company has: 17 and 6 thousand, 200 and 50 thousand, 2,000 and a million
    #[arg(long, value_name = "SIZE", value_enum, default_value_t = SizeName::Small)]
    size: SizeName,
    /// What goes wrong on purpose: 502@10%, 429=30s/5, 503x3, 500:/Users, slow=2s@10s-20s; can be given again
    #[arg(long, value_name = "SPEC")]
    fault: Vec<String>,
    /// How many seconds a token holds; an hour without it
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    token_lifetime: Option<u32>,
    /// Whose id and secret are printed: a client of this role
    #[arg(long, value_name = "ROLE", value_enum, default_value_t = RoleName::SystemOwner)]
    role: RoleName,
    /// Answer this address only, 192.0.2.7 or 192.0.2.0/24, as Console Restrictions do; can be given again
    #[arg(long, value_name = "ADDR")]
    allow: Vec<String>,
    /// The edition of the licence; below Enterprise the API has no logs, chats and recordings
    #[arg(long, value_name = "EDITION", value_enum)]
    licence: Option<Edition>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum RoleName {
    SystemOwner,
    SystemAdmin,
    User,
    /// In the department "System Wide", which holds it at the role User
    SystemWide,
}

impl RoleName {
    fn role(self) -> Role {
        match self {
            RoleName::SystemOwner => Role::SystemOwner,
            RoleName::SystemAdmin => Role::SystemAdmin,
            RoleName::User => Role::User,
            RoleName::SystemWide => Role::SystemWide,
        }
    }

    fn shown(self) -> &'static str {
        match self {
            RoleName::SystemOwner => "System Owner",
            RoleName::SystemAdmin => "System Admin",
            RoleName::User => "User",
            RoleName::SystemWide => "User, in the department System Wide",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Edition {
    Enterprise,
    Professional,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum SizeName {
    Small,
    Medium,
    Large,
}

/// Why nothing is served, or what went wrong at the end.
struct Trouble {
    code: Code,
    message: String,
    hint: Option<&'static str>,
}

impl Trouble {
    fn new(code: Code, message: String) -> Trouble {
        Trouble { code, message, hint: None }
    }

    fn file(path: &Path, reason: impl std::fmt::Display) -> Trouble {
        Trouble::new(Code::File, format!("`{}`: {reason}", path.display()))
    }

    /// What stands in the file is wrong.
    fn state(path: &Path, reason: impl std::fmt::Display) -> Trouble {
        Trouble { code: Code::BadState, ..Trouble::file(path, reason) }
    }
}

pub(super) fn command(arguments: &Arguments, world: &World) -> Exit {
    let Command::Serve(serve) = &arguments.command;
    match run(serve, world) {
        Ok(()) => Exit::Success,
        Err(trouble) => world.complain(trouble.code, &trouble.message, trouble.hint),
    }
}

fn run(serve: &Serve, world: &World) -> Result<(), Trouble> {
    let mut pbx = pbx(serve, world)?;
    let _held = held(serve)?;
    let faults: Result<Vec<Fault>, _> = serve.fault.iter().map(|text| text.parse()).collect();
    let faults = faults.map_err(|bad| Trouble::new(Code::Usage, format!("`--fault`: {bad}")))?;
    pbx.strike_with(faults, serve.seed);
    set_up(&mut pbx, serve)?;
    if let Some(seconds) = serve.token_lifetime {
        pbx.set_token_lifetime(seconds);
    }
    let release = pbx.release();
    let client = client(&pbx, serve.role)?;
    let cannot = |reason: String| {
        let wording = diag::fault(&Failure::Sandbox { reason });
        Trouble::new(Code::Sandbox, wording.message)
    };
    // Before anybody can know that it is there, so that whoever stops it at once stops it well.
    let end = world.asked_to_end().map_err(|error| cannot(error.to_string()))?;
    let address = SocketAddr::from((serve.listen, serve.port));
    let server = Server::bind(pbx, address, Patience::default()).map_err(|error| {
        let trouble = cannot(format!("{address}: {error}"));
        let hint = match error.kind() {
            ErrorKind::AddrInUse => Some("without `--port` it takes any free port"),
            ErrorKind::AddrNotAvailable => Some("`--listen` takes an address of this machine"),
            ErrorKind::PermissionDenied => Some("ports below 1024 are for administrators: `--port 8080`"),
            _ => None,
        };
        Trouble { hint, ..trouble }
    })?;
    if !serve.listen.is_loopback() {
        world.tell("note: the sandbox can be reached from other machines, and its secrets stand in its documentation");
    }
    world.print(&ready(&release, server.url(), &client, serve.role));
    // An error means that nobody can ask any more.
    let _ = end.recv();
    // Whoever asks again while a large state is written does not want to wait for it.
    drop(end);
    match &serve.state {
        Some(file) if serve.keep => disk::write(file, &server.into_state()).map_err(|error| Trouble::file(file, error)),
        _ => Ok(()),
    }
}

/// What the command line changes on the PBX.
fn set_up(pbx: &mut Pbx, serve: &Serve) -> Result<(), Trouble> {
    if matches!(serve.role, RoleName::SystemWide) {
        pbx.add_system_wide();
    }
    if let Some(edition) = serve.licence {
        pbx.license(edition == Edition::Enterprise);
    }
    if !serve.allow.is_empty() {
        if let Some(wrong) = serve.allow.iter().find(|address| !Pbx::is_address(address)) {
            return Err(Trouble {
                hint: Some("192.0.2.7 or 192.0.2.0/24"),
                ..Trouble::new(Code::Usage, format!("`--allow`: `{wrong}` is no address and no network"))
            });
        }
        pbx.restrict_to(&serve.allow);
    }
    Ok(())
}

/// Id and secret of the client that is asked for. Without a System Owner nobody could do anything.
fn client(pbx: &Pbx, role: RoleName) -> Result<(String, String), Trouble> {
    let owned = |(client, secret): (&str, &str)| (client.to_owned(), secret.to_owned());
    let owner = pbx.owner().map(owned).ok_or_else(|| Trouble {
        hint: Some("`clients` needs one whose entity in `ServicePrincipals` has the role `system_owners`"),
        ..Trouble::new(Code::BadState, "the state has no client that is a System Owner".to_owned())
    })?;
    match role {
        RoleName::SystemOwner => Ok(owner),
        other => pbx.client(other.role()).map(owned).ok_or_else(|| {
            Trouble::new(Code::BadState, format!("the state has no client with the role {}", other.shown()))
        }),
    }
}

/// Holds the file that is kept: of two sandboxes the last one to end would write over what the other kept.
fn held(serve: &Serve) -> Result<Option<File>, Trouble> {
    let Some(path) = serve.state.as_deref().filter(|_| serve.keep) else { return Ok(None) };
    let file = File::open(path).map_err(|error| Trouble::file(path, error))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Trouble::file(path, "another sandbox keeps its state there")),
        // Where files cannot be locked, nobody is worse off than before.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}

/// The PBX of the state file, or the built-in one.
fn pbx(serve: &Serve, world: &World) -> Result<Pbx, Trouble> {
    let catalog = Catalog::builtin();
    let wanted = serve.release.as_deref().map(|name| release(catalog, name)).transpose();
    let wanted = wanted.map_err(|reason| Trouble::new(Code::UnknownRelease, reason))?;
    if let Some(file) = &serve.state {
        match std::fs::read_to_string(file) {
            Ok(text) => {
                if let (true, Some(wanted)) = (serve.keep, wanted) {
                    keeps_everything(catalog, file, &text, wanted, world)?;
                }
                return Pbx::load(catalog, &text, wanted, world.clock()).map_err(|bad| Trouble::state(file, bad));
            }
            Err(error) if error.kind() == ErrorKind::NotFound && serve.keep => {}
            Err(error) => {
                let hint = (error.kind() == ErrorKind::NotFound).then_some("with `--keep` it is made");
                return Err(Trouble { hint, ..Trouble::file(file, error) });
            }
        }
    }
    let size = match serve.size {
        SizeName::Small => Size::Small,
        SizeName::Medium => Size::Medium,
        SizeName::Large => Size::Large,
    };
    let setup = Setup { release: wanted.unwrap_or(catalog.newest()), seed: serve.seed, clock: world.clock() };
    let pbx = Pbx::company_of(catalog, setup, size);
    if let Some(file) = &serve.state {
        // What cannot be written is better known now than at the end, and the file shows what it began with.
        disk::write(file, &pbx.state()).map_err(|error| Trouble::file(file, error))?;
    }
    Ok(pbx)
}

/// An older release knows less: what it does not know would be gone from the file.
fn keeps_everything(
    catalog: &'static Catalog,
    file: &Path,
    text: &str,
    wanted: Release,
    world: &World,
) -> Result<(), Trouble> {
    let now = Pbx::load(catalog, text, None, world.clock()).map_err(|bad| Trouble::state(file, bad))?.release();
    if catalog.release(&now).is_none_or(|now| now <= wanted) {
        return Ok(());
    }
    let reason = format!("it is of {now}, and as {} it would lose what only {now} has", catalog.release_name(wanted));
    Err(Trouble { hint: Some("without `--keep` the file stays as it is"), ..Trouble::state(file, reason) })
}

/// What a shell can source and a program can read; the last line says that it is all there.
fn ready(release: &str, url: &str, (client, secret): &(String, String), role: RoleName) -> String {
    let comment = format!(
        "# a simulated PBX of release {release} listens on {url}\n# client id `{}`, secret `{}`, role {}",
        client.escape_debug(),
        secret.escape_debug(),
        role.shown()
    );
    let values = [(config::URL, url), (config::CLIENT_ID, client), (config::CLIENT_SECRET, secret)];
    let exports = values.map(|(name, value)| format!("\nexport {name}={}", for_shell(value)));
    comment + &exports.concat()
}

/// A client id comes from a file, and whoever sources the output did not write it.
fn for_shell(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.:/[]".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', "'\\''")) }
}
