//! `pbxsh profile add`

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::bindings::client_code;
use crate::catalog::Catalog;
use crate::cli::bounds::seconds;
use crate::cli::profile::asking::{Asking, Secret};
use crate::cli::profile::{Trouble, test};
use crate::cli::world::World;
use crate::client::{Certificate, Client, ClientError, Distrust, Fingerprint, is_open};
use crate::config::{Kept, Profile, Store, Trust, check_name};
use crate::diag::{self, Exit};
use crate::doctor::{Finding, rights};
use crate::script::Wording;
use crate::show::text;

/// Add a profile
///
/// What is missing is asked for at the terminal, the secret without an echo. Then the client logs in; nothing is kept if it cannot. A
/// certificate that is not believed is shown and can be pinned.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// What it is called on command lines and in scripts
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// The address of the PBX, like https://pbx.example.com:5001
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The id of the client, as the admin console shows it under Integrations > API
    #[arg(long, value_name = "ID", value_parser = client_id)]
    client_id: Option<String>,
    #[command(flatten)]
    secret: Secret,
    /// A word by which it is found together with others; may be given again
    #[arg(long = "tag", value_name = "TAG", value_parser = tag)]
    tags: Vec<String>,
    /// Believe what the certificates in this PEM file vouch for, too
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pin", "insecure"])]
    ca_cert: Option<PathBuf>,
    /// Believe this certificate alone, by its SHA-256 fingerprint
    #[arg(long, value_name = "SHA256", conflicts_with = "insecure", value_parser = pin)]
    pin: Option<Fingerprint>,
    /// Believe any certificate: whoever stands on the line can read along
    #[arg(long)]
    insecure: bool,
    /// Refuse every operation that could change something on this PBX
    #[arg(long)]
    read_only: bool,
    /// How long a connection may take
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    connect_timeout: Option<Duration>,
    /// How long the PBX may be silent before and in an answer
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    request_timeout: Option<Duration>,
    /// Make it the one that is meant where none is named
    #[arg(long)]
    default: bool,
    /// Keep it without a try
    #[arg(long)]
    no_test: bool,
}

fn tag(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("a tag is a word".to_owned()) } else { Ok(text.to_owned()) }
}

fn client_id(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("a client has an id".to_owned()) } else { Ok(text.to_owned()) }
}

fn pin(text: &str) -> Result<Fingerprint, String> {
    text.parse().map_err(|_| diag::config::PIN.to_owned())
}

pub(super) fn add(given: &Add, world: &World) -> Result<Exit, Trouble> {
    let (store, asking) = (world.store()?, Asking::new(world));
    let name = asking.or_ask(given.name.as_ref(), "name", "NAME")?;
    let place = given.secret.place(world)?;
    check_name(&name)?;
    store.check_new(&name)?;
    let mut profile = Profile {
        url: asking.or_ask(given.url.as_ref(), "address, like https://pbx.example.com:5001", "`--url`")?,
        client_id: String::new(),
        tags: given.tags.clone(),
        trust: trust(given, world)?,
        connect_timeout: given.connect_timeout,
        request_timeout: given.request_timeout,
        read_only: given.read_only,
        secret: Kept::default(),
        name,
    };
    // In the one spelling of the client.
    profile.url = client(&store, &profile, SecretString::default(), &asking)?.url().to_owned();
    if is_open(&profile.url) {
        let wording = diag::doctor::finding(&Finding::Plain { loopback: false }).1;
        world.tell(&format!("warning: {}: {}", profile.url, wording.message));
    }
    if !given.no_test {
        meet(&store, &mut profile, &asking, world)?;
    }
    profile.client_id = asking.or_ask(given.client_id.as_ref(), "client id", "`--client-id`")?;
    let secret = given.secret.get(&asking, world)?;
    if !given.no_test {
        let client = client(&store, &profile, secret.clone(), &asking)?;
        let rights = rights(&client, Catalog::known()).map_err(kept_nothing)?;
        world.tell(&test::line(&profile.name, &rights));
    }
    let stored = store.add(&profile, &secret, place, given.default)?;
    if let Some(place) = diag::config::stored(&profile.name, &stored) {
        world.tell(&place);
    }
    let file = store.file();
    world.tell(&format!("`{}` is kept in `{}`; `--profile {0}` chooses it", profile.name, file.display()));
    Ok(Exit::Success)
}

fn trust(given: &Add, world: &World) -> Result<Trust, Trouble> {
    Ok(match (&given.ca_cert, given.pin) {
        // The file of profiles is elsewhere.
        (Some(file), _) => Trust::CaCert(world.folder().join(file)),
        (None, Some(pin)) => Trust::Pin(pin),
        (None, None) if given.insecure => Trust::Insecure,
        (None, None) => Trust::System,
    })
}

fn client(store: &Store, profile: &Profile, secret: SecretString, asking: &Asking) -> Result<Client, Trouble> {
    Ok(Client::new(store.settings_with(profile, secret, &asking.interrupt)?)?)
}

/// Sees whether something is there, and whether its certificate is believed, before anybody is asked for a secret.
fn meet(store: &Store, profile: &mut Profile, asking: &Asking, world: &World) -> Result<(), Trouble> {
    let client = client(store, profile, SecretString::default(), asking)?;
    let error = match client.knock() {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    let can_be_pinned = matches!(
        &error,
        ClientError::Tls {
            why: Distrust::UnknownIssuer | Distrust::OwnAuthority | Distrust::Expired | Distrust::WrongName { .. },
            ..
        }
    );
    let shown = if can_be_pinned && profile.trust == Trust::System { certificate(&client) } else { None };
    let Some(shown) = shown else { return Err(kept_nothing(error)) };
    let wording = diag::client_fault("login", &error);
    if !asking.is_possible() {
        // Without colons it is short enough to stay on one line, from which it can be copied.
        let digits = shown.fingerprint.to_string().replace(':', "");
        let hint = format!("if it is that of your PBX: `--pin {digits}`");
        let message = format!("{}; it is {}", wording.message, diag::doctor::certificate(&shown));
        return Err(Trouble::said(client_code(&error), text::line(&message), hint));
    }
    world.tell(&text::line(&wording.message));
    facts(&shown).iter().for_each(|line| world.tell(line));
    world.tell("compare the fingerprint with the one that the PBX itself shows, or ask who runs it");
    if !asking.confirm("believe this certificate from now on, and no other?")? {
        let said = Wording { message: "nothing was kept".to_owned(), hint: wording.hint };
        return Err(Trouble::Said(client_code(&error), said));
    }
    profile.trust = Trust::Pin(shown.fingerprint);
    Ok(())
}

/// The certificate that is shown, if that can be seen without the help of a proxy.
fn certificate(client: &Client) -> Option<Certificate> {
    let address = client.reach(&client.addresses().ok()?).ok()?;
    client.certificate(address).ok()?
}

fn facts(shown: &Certificate) -> Vec<String> {
    let (from, until) = (diag::doctor::day(shown.from), diag::doctor::day(shown.until));
    let names = if shown.names.is_empty() { "none".to_owned() } else { shown.names.join(", ") };
    let issuer = if shown.is_own() { "itself".to_owned() } else { shown.issuer.clone() };
    let rows = [
        ("subject", shown.subject.clone()),
        ("names", names),
        ("issued by", issuer),
        ("valid", format!("{from} to {until}")),
        ("SHA-256", shown.fingerprint.to_string()),
    ];
    rows.into_iter().map(|(name, value)| format!("  {name:9}  {}", text::line(&value))).collect()
}

fn kept_nothing(error: ClientError) -> Trouble {
    if matches!(error, ClientError::Interrupted) {
        return Trouble::Interrupted;
    }
    let wording = diag::client_fault("login", &error);
    let hint = wording.hint.map(|hint| format!("{hint}; ")).unwrap_or_default();
    let code = client_code(&error);
    Trouble::said(code, wording.message, format!("{hint}nothing was kept, and `--no-test` keeps it without a try"))
}
