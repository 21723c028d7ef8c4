//! The text of the file → profiles.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml_edit::{Document, Item, TableLike};

use crate::client;
use crate::config::{Fault, Kept, Profile, Profiles, Trust, Wrong};

const TOP: &[&str] = &["default", "profiles"];
const OF_A_PROFILE: &[&str] = &[
    "url",
    "client_id",
    "tags",
    "ca_cert",
    "pin",
    "insecure",
    "read_only",
    "connect_timeout",
    "request_timeout",
    "secret",
];

/// Where something is wrong, and what.
struct Bad {
    at: Option<Range<usize>>,
    profile: Option<String>,
    wrong: Wrong,
}

/// Reads the text of the file at `path`.
pub(super) fn read(text: &str, path: &Path) -> Result<Profiles, Fault> {
    let line = |at: usize| 1 + text.get(..at.min(text.len())).unwrap_or_default().matches('\n').count();
    let document = Document::parse(text).map_err(|error| Fault::Syntax {
        path: path.to_owned(),
        line: line(error.span().map_or(0, |span| span.start)),
        reason: error.message().to_owned(),
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    profiles(document.as_table(), folder).map_err(|bad| Fault::Entry {
        path: path.to_owned(),
        line: line(bad.at.map_or(0, |span| span.start)),
        profile: bad.profile,
        wrong: bad.wrong,
    })
}

fn profiles(top: &dyn TableLike, folder: &Path) -> Result<Profiles, Bad> {
    let bad = |at, wrong| Bad { at, profile: None, wrong };
    check_keys(top, TOP).map_err(|(at, wrong)| bad(at, wrong))?;
    let mut profiles = Profiles::default();
    if let Some(item) = top.get("profiles") {
        let table = item.as_table_like().ok_or_else(|| bad(key(top, "profiles"), ty("profiles", "a table", item)))?;
        for (name, item) in table.iter() {
            let at = key(table, name);
            match profiles.check_new(name) {
                Ok(()) => {}
                Err(Fault::Reserved { name }) => return Err(bad(at, Wrong::Reserved { name })),
                Err(Fault::Duplicate { .. }) => return Err(bad(at, Wrong::Twice { name: name.to_owned() })),
                Err(_) => return Err(bad(at, Wrong::Name { name: name.to_owned() })),
            }
            let settings = item.as_table_like().ok_or_else(|| bad(at.clone(), ty(name, "a table", item)))?;
            let read = profile(name, settings, folder);
            profiles.all.push(read.map_err(|(place, wrong)| Bad {
                at: place.or(at).or(item.span()),
                profile: Some(name.to_owned()),
                wrong,
            })?);
        }
    }
    if let Some(item) = top.get("default") {
        let at = item.span();
        let name = item.as_str().ok_or_else(|| bad(at.clone(), ty("default", "a text", item)))?;
        if profiles.find(name).is_err() {
            return Err(bad(at, Wrong::Default { name: name.to_owned(), known: profiles.names() }));
        }
        profiles.default = Some(name.to_owned());
    }
    Ok(profiles)
}

type Misfit = (Option<Range<usize>>, Wrong);

fn profile(name: &str, table: &dyn TableLike, folder: &Path) -> Result<Profile, Misfit> {
    check_keys(table, OF_A_PROFILE)?;
    let url = text(table, "url")?.ok_or((None, Wrong::Missing { key: "url" }))?;
    if client::host(&url).is_none() {
        return Err((table.get("url").and_then(Item::span), Wrong::Url { url: client::without_password(&url) }));
    }
    Ok(Profile {
        name: name.to_owned(),
        url,
        client_id: text(table, "client_id")?.ok_or((None, Wrong::Missing { key: "client_id" }))?,
        tags: tags(table)?,
        trust: trust(table, folder)?,
        connect_timeout: seconds(table, "connect_timeout")?,
        request_timeout: seconds(table, "request_timeout")?,
        read_only: flag(table, "read_only")?,
        secret: kept(table)?,
    })
}

/// Where the secret is; whoever wrote the secret itself there must not see it again in an error.
fn kept(table: &dyn TableLike) -> Result<Kept, Misfit> {
    match table.get("secret").map(Item::as_str) {
        None | Some(Some("file")) => Ok(Kept::File),
        Some(Some("keyring")) => Ok(Kept::Keyring),
        Some(_) => Err((key(table, "secret"), Wrong::Secret { key: "secret".to_owned() })),
    }
}

fn check_keys(table: &dyn TableLike, known: &'static [&'static str]) -> Result<(), Misfit> {
    match table.iter().map(|(name, _)| name).find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(name) => {
            let small = name.to_lowercase();
            let key_ = name.to_owned();
            let secret = known == OF_A_PROFILE && (small.contains("secret") || small.contains("password"));
            let wrong = if secret { Wrong::Secret { key: key_ } } else { Wrong::Unknown { key: key_, known } };
            Err((key(table, name), wrong))
        }
    }
}

fn key(table: &dyn TableLike, name: &str) -> Option<Range<usize>> {
    table.key(name).and_then(|key| key.span()).or_else(|| table.get(name).and_then(Item::span))
}

fn ty(key: &str, expected: &'static str, given: &Item) -> Wrong {
    Wrong::Type { key: key.to_owned(), expected, given: given.type_name() }
}

fn text(table: &dyn TableLike, name: &'static str) -> Result<Option<String>, Misfit> {
    let Some(item) = table.get(name) else { return Ok(None) };
    let text = item.as_str().ok_or_else(|| (item.span(), ty(name, "a text", item)))?;
    let text = text.trim();
    if text.is_empty() { Err((item.span(), Wrong::Missing { key: name })) } else { Ok(Some(text.to_owned())) }
}

fn flag(table: &dyn TableLike, name: &str) -> Result<bool, Misfit> {
    let Some(item) = table.get(name) else { return Ok(false) };
    item.as_bool().ok_or_else(|| (item.span(), ty(name, "true or false", item)))
}

fn tags(table: &dyn TableLike) -> Result<Vec<String>, Misfit> {
    let Some(item) = table.get("tags") else { return Ok(Vec::new()) };
    let wrong = || (item.span(), ty("tags", "a list of texts", item));
    let tags = item.as_array().ok_or_else(wrong)?;
    tags.iter().map(|tag| tag.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
}

fn seconds(table: &dyn TableLike, name: &'static str) -> Result<Option<Duration>, Misfit> {
    let Some(item) = table.get(name) else { return Ok(None) };
    let number = item.as_float().or_else(|| item.as_integer().map(|number| number as f64));
    let number = number.ok_or_else(|| (item.span(), ty(name, "a number of seconds", item)))?;
    let duration = Duration::try_from_secs_f64(number).ok().filter(|duration| !duration.is_zero());
    duration.map(Some).ok_or_else(|| (item.span(), Wrong::Seconds { key: name, given: number.to_string() }))
}

fn trust(table: &dyn TableLike, folder: &Path) -> Result<Trust, Misfit> {
    let insecure = flag(table, "insecure")?;
    let pin = text(table, "pin")?;
    let file = text(table, "ca_cert")?;
    let given = [("ca_cert", file.is_some()), ("pin", pin.is_some()), ("insecure", insecure)];
    let mut given = given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name);
    if let (Some(one), Some(other)) = (given.next(), given.next()) {
        return Err((key(table, other), Wrong::Both { one, other }));
    }
    Ok(match (file, pin) {
        // Beside the file that names it.
        (Some(file), _) => Trust::CaCert(folder.join(PathBuf::from(file))),
        (None, Some(pin)) => {
            let at = table.get("pin").and_then(Item::span);
            Trust::Pin(pin.parse().map_err(|_| (at, Wrong::Pin { given: pin }))?)
        }
        (None, None) if insecure => Trust::Insecure,
        (None, None) => Trust::System,
    })
}
