//! The way to a PBX, a step at a time, for those who look for what is wrong with it.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError};
use std::time::SystemTime;

use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use x509_cert::Certificate as Parsed;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::client::Client;
use crate::client::answer::header;
use crate::client::error::{ClientError, Distrust};
use crate::client::fingerprint::Fingerprint;
use crate::client::runtime::wait;
use crate::client::trust;

/// What a certificate says about itself; nobody has vouched for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub subject: String,
    pub issuer: String,
    /// The hosts that it is for.
    pub names: Vec<String>,
    pub from: SystemTime,
    pub until: SystemTime,
    pub fingerprint: Fingerprint,
}

impl Client {
    /// The addresses behind the host's name.
    pub fn addresses(&self) -> Result<Vec<SocketAddr>, ClientError> {
        let (host, port) = self.wire.base.endpoint();
        let unknown = |reason: String| ClientError::Unreachable { url: self.url().to_owned(), reason };
        wait(self.interrupt(), async {
            let found = timeout(self.wire.settings.timeouts.connect, lookup_host((host.as_str(), port))).await;
            let found = found.map_err(|_| unknown(format!("nobody says where `{host}` is")))?;
            let found: Vec<SocketAddr> = found.map_err(|error| unknown(error.to_string()))?.collect();
            if found.is_empty() { Err(unknown(format!("`{host}` has no address"))) } else { Ok(found) }
        })
    }

    /// The first of these addresses that takes a connection.
    pub fn reach(&self, addresses: &[SocketAddr]) -> Result<SocketAddr, ClientError> {
        wait(self.interrupt(), async {
            let mut reasons = Vec::new();
            for address in addresses {
                match self.connection(*address).await {
                    Ok(_) => return Ok(*address),
                    Err(reason) => reasons.push(format!("{address}: {reason}")),
                }
            }
            Err(ClientError::Unreachable { url: self.url().to_owned(), reason: reasons.join("; ") })
        })
    }

    /// The certificate that is shown at an address, believed or not; none where the address in the settings is without TLS.
    pub fn certificate(&self, address: SocketAddr) -> Result<Option<Certificate>, ClientError> {
        if !self.wire.base.is_https() {
            return Ok(None);
        }
        let failed = |reason: String, why| ClientError::Tls { url: self.url().to_owned(), reason, why };
        let (host, _) = self.wire.base.endpoint();
        let name = ServerName::try_from(host).map_err(|error| failed(error.to_string(), Distrust::Other))?;
        let seen = trust::Seen::default();
        let config = trust::looking(seen.clone()).map_err(|error| failed(error.to_string(), Distrust::Other))?;
        let shaken = wait(self.interrupt(), async {
            let unreachable = |reason| ClientError::Unreachable { url: self.url().to_owned(), reason };
            let stream = self.connection(address).await.map_err(unreachable)?;
            let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
            match timeout(self.wire.settings.timeouts.connect, handshake).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => {
                    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
                    Err(failed(error.to_string(), inner.map_or(Distrust::NoTls, trust::distrust)))
                }
                Err(_) => Err(failed("no TLS within the time for connections".to_owned(), Distrust::NoTls)),
            }
        });
        // Some servers want more than this and end the connection, with their certificate shown.
        match (seen.lock().unwrap_or_else(PoisonError::into_inner).as_deref(), shaken) {
            (Some(der), _) => {
                let read = Certificate::read(der).map_err(|reason| failed(reason, Distrust::Other))?;
                Ok(Some(read))
            }
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Err(failed("no certificate was shown".to_owned(), Distrust::Other)),
        }
    }

    async fn connection(&self, address: SocketAddr) -> Result<TcpStream, String> {
        let limit = self.wire.settings.timeouts.connect;
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(result) => result.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no connection within {} s", limit.as_secs_f32())),
        }
    }

    /// Asks for the front page, as nobody in particular: does it answer, and is its certificate believed? What time it is there,
    /// if it says so.
    pub fn knock(&self) -> Result<Option<SystemTime>, ClientError> {
        wait(self.interrupt(), async {
            let url = self.wire.base.join("/");
            let response =
                self.wire.answer(&url, self.wire.http()?.get(&url), self.wire.settings.timeouts.answer).await?;
            let date = header(&response, "date").and_then(|date| jiff::fmt::rfc2822::parse(&date).ok());
            Ok(date.map(|date| date.timestamp().into()))
        })
    }

    /// Logs in, and what the token says about the client; nothing where it cannot be read.
    pub fn claims(&self) -> Result<Option<Value>, ClientError> {
        wait(self.interrupt(), self.wire.claims())
    }
}

impl Certificate {
    fn read(der: &[u8]) -> Result<Certificate, String> {
        let parsed = Parsed::from_der(der).map_err(|error| format!("a certificate that cannot be read: {error}"))?;
        let facts = parsed.tbs_certificate();
        let alternatives = facts.get_extension::<SubjectAltName>().ok().flatten();
        let names = alternatives.into_iter().flat_map(|(_, names)| names.0).filter_map(|name| match name {
            GeneralName::DnsName(name) => Some(name.to_string()),
            GeneralName::IpAddress(bytes) => ip(bytes.as_bytes()),
            _ => None,
        });
        Ok(Certificate {
            subject: facts.subject().to_string(),
            issuer: facts.issuer().to_string(),
            names: names.collect(),
            from: facts.validity().not_before.to_system_time(),
            until: facts.validity().not_after.to_system_time(),
            fingerprint: Fingerprint::of(der),
        })
    }

    /// Does it vouch for itself?
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.subject == self.issuer
    }
}

fn ip(bytes: &[u8]) -> Option<String> {
    let address =
        <[u8; 4]>::try_from(bytes).map(IpAddr::from).or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from));
    address.ok().map(|address| address.to_string())
}
