//! Whose certificate is believed, beyond what the HTTP library knows by itself, and why one is not.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};

use crate::client::error::Distrust;
use crate::client::fingerprint::Fingerprint;

/// The one certificate of a server, whoever issued it, for whatever name and time. The server must still prove that it has
/// the key to it.
#[derive(Debug)]
struct Pinned {
    /// Without it any certificate will do.
    wanted: Option<Fingerprint>,
    seen: Seen,
    provider: Arc<CryptoProvider>,
}

/// The server's end certificate, in DER.
pub(crate) type Seen = Arc<Mutex<Option<Vec<u8>>>>;

/// The certificate is another one.
#[derive(Debug)]
struct Another(Fingerprint);

impl fmt::Display for Another {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "another certificate: {}", self.0)
    }
}

impl Error for Another {}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(end.to_vec());
        let found = Fingerprint::of(end);
        match self.wanted {
            Some(wanted) if wanted != found => {
                let other = CertificateError::Other(OtherError(Arc::new(Another(found))));
                Err(rustls::Error::InvalidCertificate(other))
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Settings of TLS that believe the certificate with this fingerprint, and no other.
pub(crate) fn pinned(wanted: Fingerprint) -> Result<ClientConfig, rustls::Error> {
    let mut config = config(Some(wanted), Seen::default())?;
    // The HTTP library asks for them only where it makes these settings itself.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Settings of TLS that look at a certificate and believe any: good for nothing but looking.
pub(crate) fn looking(seen: Seen) -> Result<ClientConfig, rustls::Error> {
    config(None, seen)
}

fn config(wanted: Option<Fingerprint>, seen: Seen) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let verifier = Arc::new(Pinned { wanted, seen, provider });
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Why there is no trust.
pub(crate) fn distrust(error: &rustls::Error) -> Distrust {
    match error {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Distrust::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Distrust::NotYetValid,
            CertificateError::UnknownIssuer => Distrust::UnknownIssuer,
            CertificateError::NotValidForName => Distrust::WrongName { names: Vec::new() },
            CertificateError::NotValidForNameContext { presented, .. } => {
                Distrust::WrongName { names: presented.iter().map(|name| plain(name)).collect() }
            }
            CertificateError::Other(OtherError(other)) => match other.downcast_ref::<Another>() {
                Some(Another(found)) => Distrust::OtherPin { found: *found },
                // What `openssl req -x509` makes: a certificate that vouches for itself and serves too.
                None if format!("{other:?}").contains("CaUsedAsEndEntity") => Distrust::OwnAuthority,
                None => Distrust::Other,
            },
            _ => Distrust::Other,
        },
        rustls::Error::InvalidMessage(_) => Distrust::NoTls,
        _ => Distrust::Other,
    }
}

/// `DnsName("pbx.example.com")` → `pbx.example.com`: the library has the names only in this form.
fn plain(name: &str) -> String {
    name.split('"').nth(1).map_or_else(|| name.to_owned(), str::to_owned)
}
