//! The proxy on the way to a PBX, as the variables of the environment name one. They are handed in: the HTTP library would read them by
//! itself, and nobody could say afterwards which one it took.

use std::fmt;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use secrecy::{ExposeSecret, SecretString};

use crate::client::base::Base;
use crate::client::error::ClientError;

/// The variables that name proxies; the first that is set counts.
const FOR_HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const FOR_HTTP: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const FOR_NONE: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A variable, and what it says: there can be a password in it.
type Named = (&'static str, SecretString);

/// What the environment says about proxies.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    https: Option<Named>,
    http: Option<Named>,
    /// Hosts that need none.
    none: String,
}

impl Proxies {
    #[must_use]
    pub fn from_environment(lookup: impl Fn(&str) -> Option<String>) -> Proxies {
        // What serves the web by CGI has a variable for each header of its visitors: `Proxy` would be this one.
        let foreign = |name: &str| name == "HTTP_PROXY" && lookup("REQUEST_METHOD").is_some();
        let set = |name: &&'static str| {
            let value = lookup(name).map(|value| value.trim().to_owned());
            value.filter(|value| !value.is_empty() && !foreign(name)).map(|value| (*name, value))
        };
        let secret = |(name, value): (&'static str, String)| (name, SecretString::from(value));
        Proxies {
            https: FOR_HTTPS.iter().find_map(set).map(secret),
            http: FOR_HTTP.iter().find_map(set).map(secret),
            none: FOR_NONE.iter().find_map(set).map(|(_, value)| value.to_lowercase()).unwrap_or_default(),
        }
    }

    /// Does the environment say nothing, so that the settings of the system count?
    pub(crate) fn is_silent(&self) -> bool {
        self.https.is_none() && self.http.is_none()
    }

    /// The proxy for a PBX. None could reach this machine.
    pub(crate) fn on_the_way(&self, base: &Base) -> Result<Option<Proxy>, ClientError> {
        let named = if base.is_https() { &self.https } else { &self.http };
        let (Some((variable, value)), false) = (named, base.is_loopback()) else { return Ok(None) };
        let bad = |reason: &str| ClientError::BadProxy { variable, reason: reason.to_owned() };
        let to: Uri = base.as_str().parse().map_err(|_| bad("the address of the PBX fits no proxy"))?;
        let asked = |none: &str| Matcher::builder().all(value.expose_secret()).no(none).build().intercept(&to);
        let address = asked("").ok_or_else(|| bad("what stands there is no address of a proxy"))?;
        if asked(&self.none).is_none() {
            return Ok(None);
        }
        let settings = reqwest::Proxy::all(value.expose_secret())
            .map_err(|_| bad("what stands there is no address of a proxy"))?;
        let (scheme, at) = (address.uri().scheme_str(), address.uri().authority());
        let at = at.map(ToString::to_string).unwrap_or_default();
        let shown = if scheme == Some("http") { at } else { format!("{}://{at}", scheme.unwrap_or_default()) };
        Ok(Some(Proxy { variable, shown, settings }))
    }
}

/// One that is used.
pub(crate) struct Proxy {
    /// The variable that names it.
    pub(crate) variable: &'static str,
    /// Where it is, without user and password.
    pub(crate) shown: String,
    /// The same for the HTTP library.
    pub(crate) settings: reqwest::Proxy,
}

/// The library's own would show the password.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("variable", &self.variable).field("shown", &self.shown).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Proxies;
    use crate::client::base::Base;
    use crate::client::error::ClientError;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        let lookup =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Proxies::from_environment(lookup)
    }

    #[track_caller]
    fn way(variables: &[(&str, &str)], url: &str) -> Option<(&'static str, String)> {
        let found = proxies(variables).on_the_way(&Base::parse(url).unwrap()).unwrap();
        found.map(|proxy| (proxy.variable, proxy.shown))
    }

    #[test]
    fn which_variable_counts() {
        let (secure, plain) = ("https://pbx.example.com:5001", "http://pbx.example.com");
        let all = [
            ("HTTPS_PROXY", "http://a:1"),
            ("https_proxy", "b:2"),
            ("HTTP_PROXY", "c:3"),
            ("http_proxy", "http://me:hush@d:4/"),
            ("ALL_PROXY", "socks5://e:5"),
            ("all_proxy", "f:6"),
        ];
        let of = |from: usize, url| way(&all[from..], url);
        let found = |variable, shown: &str| Some((variable, shown.to_owned()));
        assert_eq!(of(0, secure), found("HTTPS_PROXY", "a:1"));
        assert_eq!(of(1, secure), found("https_proxy", "b:2"));
        assert_eq!(of(2, secure), found("ALL_PROXY", "socks5://e:5"));
        assert_eq!(of(5, secure), found("all_proxy", "f:6"));
        assert_eq!(of(0, plain), found("HTTP_PROXY", "c:3"));
        assert_eq!(of(3, plain), found("http_proxy", "d:4"));
        assert_eq!(of(4, plain), found("ALL_PROXY", "socks5://e:5"));
        assert_eq!(way(&[], secure), None);
        assert_eq!(way(&[("HTTPS_PROXY", " ")], secure), None);
        // A web server's visitor must not name one.
        assert_eq!(way(&[("HTTP_PROXY", "c:3"), ("REQUEST_METHOD", "GET")], plain), None);
        assert_eq!(way(&[("http_proxy", "c:3"), ("REQUEST_METHOD", "GET")], plain), found("http_proxy", "c:3"));
    }

    #[test]
    fn who_needs_none() {
        let through = |none: &str, url: &str| way(&[("ALL_PROXY", "p:1"), ("NO_PROXY", none)], url).is_some();
        for (none, url, expected) in [
            ("", "https://pbx.example.com", true),
            ("pbx.example.com", "https://pbx.example.com:5001", false),
            ("EXAMPLE.com", "https://pbx.example.com", false),
            (".example.com, other", "https://pbx.example.com", false),
            ("ample.com", "https://pbx.example.com", true),
            ("10.0.0.0/8", "https://10.1.2.3:5001", false),
            ("10.0.0.0/8", "https://11.1.2.3:5001", true),
            ("fd00::/8", "https://[fd00::1]:5001", false),
            ("*", "https://pbx.example.com", false),
            ("", "http://127.0.0.1:80", false),
            ("", "http://localhost:80", false),
            ("", "http://[::1]:80", false),
        ] {
            assert_eq!(through(none, url), expected, "{none:?} {url}");
        }
        let small = [("ALL_PROXY", "p:1"), ("no_proxy", "pbx.example.com")];
        assert_eq!(way(&small, "https://pbx.example.com"), None);
    }

    #[test]
    fn what_is_no_proxy_is_an_error_and_no_password_is_shown() {
        let base = Base::parse("https://pbx.example.com").unwrap();
        for value in ["http://me:hush@a b", "ftp://me:hush@a:1", "://", "http://me:hush@"] {
            let error = proxies(&[("HTTPS_PROXY", value)]).on_the_way(&base).unwrap_err();
            assert!(matches!(error, ClientError::BadProxy { variable: "HTTPS_PROXY", .. }), "{value}: {error:?}");
            assert!(!format!("{error:?} {error}").contains("hush"), "{error:?}");
        }
        let set = proxies(&[("HTTPS_PROXY", "http://me:hush@a:1")]);
        assert!(!format!("{set:?} {:?}", set.on_the_way(&base)).contains("hush"), "{set:?}");
    }
}
