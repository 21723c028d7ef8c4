//! The PBX that variables of the environment lead to.

use secrecy::SecretString;

/// The settings of one PBX.
#[derive(Debug, Clone)]
pub struct Settings {
    pub url: String,
    pub client_id: String,
    pub client_secret: SecretString,
}

/// The names that 3CX's own samples use.
pub const URL: &str = "XAPI_URL";
pub const CLIENT_ID: &str = "XAPI_CLIENT_ID";
pub const CLIENT_SECRET: &str = "XAPI_CLIENT_SECRET";

/// The settings that the environment holds, or the names of those that are missing.
pub fn from_environment(lookup: impl Fn(&str) -> Option<String>) -> Result<Settings, Vec<&'static str>> {
    let find = |name: &'static str| lookup(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match (find(URL), find(CLIENT_ID), find(CLIENT_SECRET)) {
        (Some(url), Some(client_id), Some(client_secret)) => {
            Ok(Settings { url, client_id, client_secret: client_secret.into() })
        }
        _ => Err([URL, CLIENT_ID, CLIENT_SECRET].into_iter().filter(|name| find(name).is_none()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::{CLIENT_SECRET, URL, from_environment};

    #[test]
    fn names_what_is_missing() {
        let only = |name: &str| (name == "XAPI_CLIENT_ID").then(|| "shell".to_owned());
        assert_eq!(from_environment(only).err(), Some(vec![URL, CLIENT_SECRET]));
    }

    #[test]
    fn blank_is_missing_and_secrets_stay_hidden() {
        let blank = |name: &str| Some(if name == URL { " ".to_owned() } else { "hunter2".to_owned() });
        assert_eq!(from_environment(blank).err(), Some(vec![URL]));
        let all = from_environment(|name| Some(format!("value of {name}"))).ok();
        assert!(!format!("{all:?}").contains("value of XAPI_CLIENT_SECRET"), "{all:?}");
        let secret = all.map(|all| all.client_secret.expose_secret().to_owned());
        assert_eq!(secret.as_deref(), Some("value of XAPI_CLIENT_SECRET"));
    }
}
