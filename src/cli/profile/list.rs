//! `pbxsh profile list` and `show`

use serde_json::{Value, json};

use crate::cli::profile::Trouble;
use crate::cli::run;
use crate::cli::world::World;
use crate::client;
use crate::config::{Fault, Kept, Profile, Profiles, Store, Trust};
use crate::diag::{self, Exit};
use crate::script::native::{Array, Dynamic, Map};
use crate::show::{self, text};

#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Only those with this tag
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// How they are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(super) struct Show {
    #[arg(value_name = "NAME")]
    name: String,
    /// How it is printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Json,
}

pub(super) fn list(given: &List, world: &World) -> Result<Exit, Trouble> {
    let profiles = world.store()?.profiles()?;
    let wanted: Vec<&Profile> = match &given.tag {
        Some(tag) => profiles.tagged(tag)?,
        None => profiles.all.iter().collect(),
    };
    if given.format == Format::Json {
        let all: Vec<Value> = wanted.iter().map(|profile| facts(profile, &profiles)).collect();
        world.print(&format!("{:#}", Value::Array(all)));
    } else if wanted.is_empty() {
        world.tell("there are no profiles yet; `pbxsh profile add NAME` makes one");
    } else {
        let rows: Array = wanted.iter().map(|profile| row(profile, &profiles)).collect();
        let columns = ["Name", "Address", "Client", "Tags", "Notes"].map(str::to_owned);
        let table = show::table(&rows.into(), &columns, &run::how(world)).unwrap_or_default();
        world.print(table.trim_end());
    }
    Ok(Exit::Success)
}

fn row(profile: &Profile, profiles: &Profiles) -> Dynamic {
    let default = profiles.is_default(&profile.name).then_some("default");
    let notes =
        [default, profile.read_only.then_some("read-only"), trust_note(&profile.trust), secret_note(profile.secret)];
    let notes: Vec<&str> = notes.into_iter().flatten().collect();
    let fields = [
        ("Name", profile.name.clone()),
        ("Address", profile.url.clone()),
        ("Client", profile.client_id.clone()),
        ("Tags", profile.tags.join(", ")),
        ("Notes", notes.join(", ")),
    ];
    Dynamic::from_map(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect::<Map>())
}

fn secret_note(kept: Kept) -> Option<&'static str> {
    (kept == Kept::Keyring).then_some("secret in the keyring")
}

fn trust_note(trust: &Trust) -> Option<&'static str> {
    match trust {
        Trust::System => None,
        Trust::CaCert(_) => Some("own authority"),
        Trust::Pin(_) => Some("pinned"),
        Trust::Insecure => Some("insecure"),
    }
}

/// Everything but the secret, named as in the file.
fn facts(profile: &Profile, profiles: &Profiles) -> Value {
    let (ca_cert, pin) = match &profile.trust {
        Trust::CaCert(file) => (Some(file.display().to_string()), None),
        Trust::Pin(pin) => (None, Some(pin.to_string())),
        Trust::System | Trust::Insecure => (None, None),
    };
    json!({
        "name": profile.name, "url": profile.url, "client_id": profile.client_id, "tags": profile.tags,
        "default": profiles.is_default(&profile.name), "read_only": profile.read_only,
        "ca_cert": ca_cert, "pin": pin, "insecure": profile.trust == Trust::Insecure,
        "connect_timeout": profile.connect_timeout.map(|time| time.as_secs_f64()),
        "request_timeout": profile.request_timeout.map(|time| time.as_secs_f64()),
        "secret": profile.secret.name(),
    })
}

pub(super) fn show(given: &Show, world: &World) -> Result<Exit, Trouble> {
    let store = world.store()?;
    let profiles = store.profiles()?;
    let profile = profiles.find(&given.name)?;
    if given.format == Format::Json {
        world.print(&format!("{:#}", facts(profile, &profiles)));
        return Ok(Exit::Success);
    }
    let yes = |yes| if yes { "yes" } else { "no" }.to_owned();
    let usual = client::Settings::new("", "", "".into());
    let connect = profile.connect_timeout.unwrap_or(usual.timeouts.connect).as_secs_f64();
    let request = profile.request_timeout.unwrap_or(usual.timeouts.answer).as_secs_f64();
    let tags = if profile.tags.is_empty() { "none".to_owned() } else { profile.tags.join(", ") };
    let rows = [
        ("name", profile.name.clone()),
        ("url", profile.url.clone()),
        ("client id", profile.client_id.clone()),
        ("secret", secret(&store, profile)),
        ("tags", tags),
        ("trust", trust(&profile.trust)),
        ("read-only", yes(profile.read_only)),
        ("default", yes(profiles.is_default(&profile.name))),
        ("timeouts", format!("{connect} s for a connection, {request} s for an answer")),
        ("file", store.file().display().to_string()),
    ];
    for (name, value) in rows {
        world.print(&run::how(world).pair(name, 9, &text::line(&value)));
    }
    Ok(Exit::Success)
}

fn secret(store: &Store, profile: &Profile) -> String {
    let name = &profile.name;
    match store.secret(profile) {
        Ok(_) if profile.secret == Kept::Keyring => "kept in the keyring".to_owned(),
        Ok(_) => format!("kept in {}", store.secret_file(name).display()),
        Err(Fault::NoSecret { .. } | Fault::NotInKeyring { .. }) => {
            format!("missing; `pbxsh profile secret {name}` asks for it")
        }
        Err(fault) => {
            let wording = diag::config::fault(&fault);
            wording.hint.map_or(wording.message.clone(), |hint| format!("{}; {hint}", wording.message))
        }
    }
}

fn trust(trust: &Trust) -> String {
    match trust {
        Trust::System => "the certificates that this machine believes".to_owned(),
        Trust::CaCert(file) => format!("those too that {} vouches for", file.display()),
        Trust::Pin(pin) => format!("the certificate {pin} alone"),
        Trust::Insecure => "any certificate: insecure".to_owned(),
    }
}
