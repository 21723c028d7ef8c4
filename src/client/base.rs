//! The address of a PBX: checked and brought into one spelling.

use std::net::IpAddr;

use reqwest::Url;

use crate::client::error::ClientError;

/// `https://host[:port][/prefix]`, without a slash at the end.
#[derive(Debug)]
pub(crate) struct Base {
    text: String,
    url: Url,
}

impl Base {
    pub(crate) fn parse(given: &str) -> Result<Base, ClientError> {
        let bad = |reason: &str| ClientError::BadUrl { url: without_password(given), reason: reason.to_owned() };
        let given = given.trim();
        let scheme = given.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        // Asked before parsing, because `pbx.example.com:5001` parses as a scheme and a path.
        if !matches!(scheme.as_deref(), Some("http" | "https")) {
            return Err(bad("does not begin with https:// or http://"));
        }
        let url = Url::parse(given).map_err(|error| bad(&error.to_string()))?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(bad("no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("a user or password does not belong into the address"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad("ends in a query or a fragment"));
        }
        // The name with the dot of the root is the same host: one token, and no certificate has the dot.
        let mut url = url;
        if let Some(host) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) {
            url.set_host(Some(&host)).map_err(|error| bad(&error.to_string()))?;
        }
        let text = url.as_str().trim_end_matches('/');
        let text = text.strip_suffix("/xapi/v1").or(text.strip_suffix("/xapi")).unwrap_or(text);
        let text = text.trim_end_matches('/').to_owned();
        let url = Url::parse(&text).map_err(|error| bad(&error.to_string()))?;
        Ok(Base { text, url })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// `host:port`, as the guard knows a PBX.
    pub(crate) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port_or_known_default().map(|port| format!(":{port}"));
        format!("{host}{}", port.unwrap_or_default())
    }

    /// Where connections go to, without the brackets of an address.
    pub(crate) fn endpoint(&self) -> (String, u16) {
        let host = self.url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        (host.to_owned(), self.url.port_or_known_default().unwrap_or_default())
    }

    /// `/xapi/v1/Users` → `https://host/prefix/xapi/v1/Users`.
    pub(crate) fn join(&self, target: &str) -> String {
        format!("{}{target}", self.text)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it is on this machine: a proxy could not reach it.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Where a redirect leads, if it stays at the same scheme, host and port, and below the same path: what is beside that is another
    /// PBX, and this one's token is not for it.
    pub(crate) fn same_origin(&self, from: &str, location: &str) -> Option<String> {
        let to = Url::parse(from).ok()?.join(location).ok()?;
        let below = to.path().strip_prefix(self.prefix()).is_some_and(|rest| rest.starts_with('/'));
        (to.origin() == self.url.origin() && below).then(|| to.into())
    }

    fn prefix(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// What a link in an answer to `target` asks for below this address, if it names this host. Its scheme and port may
    /// be those behind a proxy, so only path and query count.
    pub(crate) fn below(&self, target: &str, link: &str) -> Option<String> {
        let to = Url::parse(&self.join(target)).ok()?.join(link).ok()?;
        if to.host_str() != self.url.host_str() {
            return None;
        }
        let path = to.path().strip_prefix(self.prefix()).filter(|rest| rest.starts_with('/')).unwrap_or(to.path());
        Some(match to.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        })
    }
}

/// The address goes into messages; a password typed into it must not.
pub(super) fn without_password(given: &str) -> String {
    let Some((scheme, rest)) = given.split_once("://") else { return given.to_owned() };
    // Not only before the first slash: there can be one in the password.
    match rest.rfind('@') {
        Some(at) => format!("{scheme}://…{}", &rest[at..]),
        None => given.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Base;
    use crate::client::error::ClientError;

    #[test]
    fn one_spelling() {
        let cases = [
            ("https://pbx.example.com", "https://pbx.example.com"),
            (" https://PBX.example.com:5001/ ", "https://pbx.example.com:5001"),
            ("https://pbx.example.com:443/", "https://pbx.example.com"),
            ("https://pbx.example.com/xapi/v1/", "https://pbx.example.com"),
            ("https://pbx.example.com/xapi", "https://pbx.example.com"),
            ("https://gate.example.com/branch/7/xapi/v1", "https://gate.example.com/branch/7"),
            ("https://gate.example.com/v1", "https://gate.example.com/v1"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
            ("https://[0:0:0:0:0:0:0:1]:5001", "https://[::1]:5001"),
            ("HTTPS://pbx.example.com./", "https://pbx.example.com"),
            ("http://pbx.example.com:80//", "http://pbx.example.com"),
            ("https://pbx.example.com:5001/PBX1//", "https://pbx.example.com:5001/PBX1"),
            ("https://Bücher.example:5001", "https://xn--bcher-kva.example:5001"),
            ("https://xn--bcher-kva.example:5001", "https://xn--bcher-kva.example:5001"),
            ("https://127.1", "https://127.0.0.1"),
        ];
        for (given, expected) in cases {
            assert_eq!(Base::parse(given).unwrap().as_str(), expected, "{given}");
        }
    }

    #[test]
    fn what_is_no_address() {
        for given in [
            "",
            "pbx.example.com",
            "pbx.example.com:5001",
            "ftp://pbx",
            "https://",
            "https://pbx/?a=1",
            "https://pbx/#/login",
        ] {
            assert!(matches!(Base::parse(given), Err(ClientError::BadUrl { .. })), "{given}");
        }
        for given in ["https://me:hush@pbx/", "https://me:hu/sh@pbx/", "https://me:hu?sh@pbx", "https://me:hu#sh@pbx"] {
            let Err(ClientError::BadUrl { url, .. }) = Base::parse(given) else { panic!("{given}") };
            assert!(url.starts_with("https://…@pbx"), "{url}");
        }
    }

    #[test]
    fn loopback_by_name_and_number() {
        for (given, expected) in [
            ("http://localhost:1", true),
            ("http://127.8.0.1", true),
            ("http://[::1]", true),
            ("http://10.0.0.1", false),
            ("http://localhost.example.com", false),
        ] {
            assert_eq!(Base::parse(given).unwrap().is_loopback(), expected, "{given}");
        }
    }

    #[test]
    fn links_stay_at_the_host() {
        let base = Base::parse("https://gate/branch").unwrap();
        let below = |link| base.below("/xapi/v1/Users?$top=1", link);
        assert_eq!(below("https://gate/branch/xapi/v1/Users?$skip=1").as_deref(), Some("/xapi/v1/Users?$skip=1"));
        assert_eq!(below("http://gate:8080/xapi/v1/Users?$skip=1").as_deref(), Some("/xapi/v1/Users?$skip=1"));
        assert_eq!(below("Users?$skip=1").as_deref(), Some("/xapi/v1/Users?$skip=1"));
        assert_eq!(below("https://evil/xapi/v1/Users"), None);
        assert_eq!(below("/xapi/v1/Users?$skip=1").as_deref(), Some("/xapi/v1/Users?$skip=1"));
        let to = |location| base.same_origin("https://gate/branch/xapi/v1/Users", location);
        assert_eq!(to("/branch/xapi/v1/People").as_deref(), Some("https://gate/branch/xapi/v1/People"));
        assert_eq!(to("People").as_deref(), Some("https://gate/branch/xapi/v1/People"));
        assert_eq!(to("/branch2/xapi/v1/Users"), None);
        assert_eq!(to("../../../branch2/xapi/v1/Users"), None);
        let base = Base::parse("https://gate").unwrap();
        assert_eq!(base.same_origin("https://gate/a", "/b").as_deref(), Some("https://gate/b"));
        assert_eq!(base.same_origin("https://gate/a", "http://gate/b"), None);
        assert_eq!(base.same_origin("https://gate/a", "//evil/b"), None);
    }
}
