//! Which names are those of secrets.

/// How the names of secrets end, in lower case and without signs between their words.
const ENDINGS: [&str; 20] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secretkey",
    "privatekey",
    "accesskey",
    "apikey",
    "licensekey",
    "rpskey",
    "keygrok",
    "credentials",
    "token",
    "verifier",
    "authorization",
    "cookie",
    "pin",
    "pinnumber",
    "provlink",
    "provisionlink",
];

/// Names that are those of secrets by what 3CX keeps there, and not by how they end.
const SECRET: [&str; 14] = [
    // Certificates are uploaded with their key, and 3CX itself conceals them; `GbJson` is the key file of a service account.
    "cacertificate",
    "certificate",
    "clientcertificate",
    "gbjson",
    "sbccertificate",
    // A shell script with the secret of the server inside.
    "installscript",
    // Whoever opens one of these is let in.
    "openlink",
    "provisioninglinkext",
    "provisioninglinklocal",
    "sessionid",
    "ticket",
    "webhook",
    // How people call a variable with a password in it.
    "pw",
    "pwd",
];

/// Names that only end like those of secrets.
const HARMLESS: [&str; 2] = ["nextpagetoken", "pagetoken"];

/// Does a property, parameter or header of this name hold something to hide?
#[must_use]
pub fn is_secret(name: &str) -> bool {
    // Asked of every property that a script reads: nothing is copied here.
    ENDINGS.iter().any(|ending| ends_with(name, ending).is_some()) && !HARMLESS.iter().any(|other| is(name, other))
        || SECRET.iter().any(|secret| is(name, secret))
}

fn is(name: &str, plain: &str) -> bool {
    ends_with(name, plain).is_some_and(|rest| !rest.bytes().any(|byte| byte.is_ascii_alphanumeric()))
}

/// What stands before the ending, which counts letters and digits alone and knows no capitals.
fn ends_with<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let mut wanted = ending.bytes().rev();
    let mut next = wanted.next()?;
    for (at, byte) in name.bytes().enumerate().rev().filter(|(_, byte)| byte.is_ascii_alphanumeric()) {
        if byte.to_ascii_lowercase() != next {
            return None;
        }
        match wanted.next() {
            Some(byte) => next = byte,
            // The byte before is the end of a character, since this one is a letter.
            None => return name.get(..at),
        }
    }
    None
}

/// Parts of names that scripts give their secrets.
const TELLING: [&str; 8] = ["secret", "passw", "passphrase", "pwd", "token", "credential", "apikey", "privatekey"];

/// What follows such a part in the name of something that is none: a `token_endpoint` is an address.
const BESIDE: [&str; 25] = [
    "address", "budget", "count", "enabled", "endpoint", "env", "field", "file", "folder", "id", "length", "lifetime",
    "limit", "method", "mode", "name", "needed", "path", "policy", "required", "set", "stdin", "timeout", "type",
    "url",
];

/// Does a variable, a key of a map or a function of a script sound like one? Of misspelt names, too: the message about `AuthPasword` shows
/// the line in which it stands.
#[must_use]
pub fn sounds_secret(name: &str) -> bool {
    if is_secret(name) {
        return true;
    }
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let plain = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    if HARMLESS.contains(&plain) || BESIDE.iter().any(|end| plain.ends_with(end)) {
        return false;
    }
    TELLING.iter().any(|part| plain.contains(part))
        || plain.strip_suffix('s').is_some_and(is_secret)
        || name.to_ascii_lowercase().split('_').any(|word| word == "pin")
        || is_misspelt(plain)
}

/// Short words are near to too many others: `passed`.
fn is_misspelt(plain: &str) -> bool {
    let long = ENDINGS.iter().filter(|ending| ending.len() >= 8).chain(&["clientsecret"]);
    long.into_iter().any(|ending| {
        (ending.len() - 1..=ending.len() + 1)
            .filter_map(|length| plain.get(plain.len().checked_sub(length)?..))
            .any(|end| strsim::osa_distance(end, ending) == 1)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{is_secret, sounds_secret};
    use crate::catalog::{Body, Catalog, Property, Shape, Ty};

    #[test]
    fn names() {
        for name in [
            "AuthPassword",
            "VMPIN",
            "client_secret",
            "access_token",
            "VoicemailPIN",
            "APIKey",
            "Authorization",
            "X-Api-Key",
            "ProvLink",
            "Ticket",
            "GbJson",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "Number",
            "TokenEndpoint",
            "NextPageToken",
            "Mapping",
            "PinProtected",
            "expires_in",
            "",
            "Ünïcödé",
            "AuthID",
            "CreateTicketStatus",
            "CertificateName",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn names_that_scripts_make_up_and_misspell() {
        for name in
            ["password2", "new_password", "passwords", "pin_code", "AuthPasword", "AuthPassowrd", "client_secrt", "pwd"]
        {
            assert!(sounds_secret(name), "{name}");
        }
        for name in [
            "pinned",
            "mapping",
            "PinProtectTimeout",
            "TokenEndpoint",
            "secret_file",
            "passed",
            "opinion",
            "word",
            "broken",
        ] {
            assert!(!sounds_secret(name), "{name}");
        }
    }

    /// The names in the catalog that can hold a text, with whatever holds them.
    fn names_with_texts() -> BTreeSet<&'static str> {
        fn text(ty: Ty) -> bool {
            match ty {
                Ty::String | Ty::Any => true,
                Ty::List(element) => text(*element),
                // What 3CX conceals by itself.
                Ty::Named(name) => name.starts_with("Concealed"),
                _ => false,
            }
        }
        let catalog = Catalog::builtin();
        let mut names = BTreeSet::new();
        let mut take = |name, ty| {
            if text(ty) {
                names.insert(name);
            }
        };
        let properties = catalog.types.iter().filter_map(|ty| match &ty.shape {
            Shape::Object { properties } => Some(properties),
            Shape::Enum { .. } => None,
        });
        properties.flatten().for_each(|property: &Property| take(property.name, property.ty));
        for variant in catalog.operations().flat_map(|operation| &operation.variants) {
            variant.parameters.iter().for_each(|parameter| take(parameter.name, parameter.ty));
            if let Body::Fields(fields) = &variant.body {
                fields.iter().for_each(|field| take(field.name, field.ty));
            }
        }
        names
    }

    /// Every name is a secret's or stands in the list of those that somebody has looked at. Whoever brings a new one looks at it.
    #[test]
    fn every_text_of_the_catalog_is_judged() {
        let names = names_with_texts();
        let judged: BTreeSet<&str> = include_str!("harmless.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(str::split_whitespace)
            .collect();
        let open: Vec<&&str> = names.iter().filter(|name| !is_secret(name) && !judged.contains(*name)).collect();
        assert!(open.is_empty(), "secret, or harmless? {}", serde_json::to_string(&open).unwrap());
        let both: Vec<&&str> = judged.iter().filter(|name| is_secret(name) || !names.contains(*name)).collect();
        assert!(both.is_empty(), "judged harmless, and either secret or gone: {both:?}");
    }

    #[test]
    fn what_3cx_conceals_is_secret() {
        let mut open = Vec::new();
        for ty in &Catalog::builtin().types {
            let Shape::Object { properties } = &ty.shape else { continue };
            let concealed = |ty: Ty| matches!(ty, Ty::Named(name) if name.starts_with("Concealed"));
            open.extend(properties.iter().filter(|it| concealed(it.ty) && !is_secret(it.name)).map(|it| it.name));
        }
        assert!(open.is_empty(), "{open:?}");
    }
}
