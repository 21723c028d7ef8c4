//! Changes to the text of the file: comments and order are its user's and stay.

use std::time::Duration;

use toml_edit::{Array, DocumentMut, Item, RawString, Table, TableLike, Value, value};

use crate::config::{Kept, Profile, Trust};

/// Why a text cannot be changed: it is not what its reader took it for.
pub(super) type Odd = String;

pub(super) fn add(text: &str, profile: &Profile, default: bool) -> Result<String, Odd> {
    let mut document = parse(text)?;
    profiles(&mut document)?.insert(&profile.name, Item::Table(table(profile)));
    if default {
        set_default_in(&mut document, &profile.name);
    }
    Ok(document.to_string())
}

pub(super) fn remove(text: &str, name: &str) -> Result<String, Odd> {
    let mut document = parse(text)?;
    let removed = profiles(&mut document)?.remove(name);
    keep_comments(&mut document, removed.as_ref());
    if document.get("default").and_then(Item::as_str) == Some(name) {
        document.remove("default");
    }
    Ok(document.to_string())
}

pub(super) fn rename(text: &str, old: &str, new: &str) -> Result<String, Odd> {
    let mut document = parse(text)?;
    let profiles = profiles(&mut document)?;
    // Its place in the file goes with it.
    let item = profiles.remove(old).ok_or_else(|| format!("`{old}` is gone"))?;
    profiles.insert(new, item);
    if document.get("default").and_then(Item::as_str) == Some(old) {
        set_default_in(&mut document, new);
    }
    Ok(document.to_string())
}

/// Says where the secret of a profile is.
pub(super) fn set_kept(text: &str, name: &str, kept: Kept) -> Result<String, Odd> {
    let mut document = parse(text)?;
    let profile = profiles(&mut document)?.get_mut(name).and_then(Item::as_table_like_mut);
    let profile = profile.ok_or_else(|| format!("`{name}` is gone"))?;
    match (profile.get_mut("secret").and_then(Item::as_value_mut), kept) {
        (Some(there), _) => {
            let decor = there.decor().clone();
            *there = Value::from(kept.name());
            *there.decor_mut() = decor;
        }
        // Where nothing is said it is a file.
        (None, Kept::File) => {}
        (None, Kept::Keyring) => {
            profile.insert("secret", value(kept.name()));
        }
    }
    Ok(document.to_string())
}

pub(super) fn set_default(text: &str, name: &str) -> Result<String, Odd> {
    let mut document = parse(text)?;
    set_default_in(&mut document, name);
    Ok(document.to_string())
}

fn parse(text: &str) -> Result<DocumentMut, Odd> {
    text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())
}

fn profiles(document: &mut DocumentMut) -> Result<&mut dyn TableLike, Odd> {
    let item = document.entry("profiles").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    item.as_table_like_mut().ok_or_else(|| "`profiles` is no table".to_owned())
}

fn set_default_in(document: &mut DocumentMut, name: &str) {
    match document.get_mut("default").and_then(Item::as_value_mut) {
        Some(there) => {
            let decor = there.decor().clone();
            *there = Value::from(name);
            *there.decor_mut() = decor;
        }
        None => {
            document.insert("default", value(name));
            part_from_above(document);
        }
    }
}

/// What was at the top of the file is so no longer: a blank line goes before it.
fn part_from_above(document: &mut DocumentMut) {
    let profiles = document.get_mut("profiles").and_then(Item::as_table_like_mut);
    let tables =
        profiles.into_iter().flat_map(|profiles| profiles.iter_mut().filter_map(|(_, item)| item.as_table_mut()));
    let Some(first) = tables.min_by_key(|table| table.position()) else { return };
    if let Some(above) = first.decor().prefix().and_then(RawString::as_str).filter(|above| !above.starts_with('\n')) {
        let parted = format!("\n{above}");
        first.decor_mut().set_prefix(parted);
    }
}

/// What stands above a removed profile is about it only up to the next blank line; the rest goes to what follows.
fn keep_comments(document: &mut DocumentMut, removed: Option<&Item>) {
    let Some(Item::Table(removed)) = removed else { return };
    let above = removed.decor().prefix().and_then(RawString::as_str).unwrap_or_default();
    let Some(end) = above.rfind("\n\n").filter(|end| above[..*end].contains('#')) else { return };
    let kept = format!("{}\n", &above[..=end]);
    let next = document.get_mut("profiles").and_then(Item::as_table_like_mut).and_then(|profiles| {
        let tables = profiles.iter_mut().filter_map(|(_, item)| item.as_table_mut());
        tables.filter(|table| table.position() > removed.position()).min_by_key(|table| table.position())
    });
    match next {
        Some(next) => {
            let own = next.decor().prefix().and_then(RawString::as_str).unwrap_or_default().trim_start_matches('\n');
            let both = format!("{kept}{own}");
            next.decor_mut().set_prefix(both);
        }
        None => {
            let own = document.trailing().as_str().unwrap_or_default().to_owned();
            document.set_trailing(format!("{kept}{own}"));
        }
    }
}

fn table(profile: &Profile) -> Table {
    let mut table = Table::new();
    table.insert("url", value(&profile.url));
    table.insert("client_id", value(&profile.client_id));
    if !profile.tags.is_empty() {
        table.insert("tags", value(profile.tags.iter().collect::<Array>()));
    }
    match &profile.trust {
        Trust::System => {}
        Trust::CaCert(file) => {
            table.insert("ca_cert", value(file.display().to_string()));
        }
        Trust::Pin(pin) => {
            table.insert("pin", value(pin.to_string()));
        }
        Trust::Insecure => {
            table.insert("insecure", value(true));
        }
    }
    let seconds = |duration: Duration| match (duration.as_secs(), duration.subsec_nanos()) {
        (whole, 0) => value(i64::try_from(whole).unwrap_or(i64::MAX)),
        _ => value(duration.as_secs_f64()),
    };
    if let Some(timeout) = profile.connect_timeout {
        table.insert("connect_timeout", seconds(timeout));
    }
    if let Some(timeout) = profile.request_timeout {
        table.insert("request_timeout", seconds(timeout));
    }
    if profile.read_only {
        table.insert("read_only", value(true));
    }
    if profile.secret == Kept::Keyring {
        table.insert("secret", value(profile.secret.name()));
    }
    table
}
