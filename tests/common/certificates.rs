//! Certificates of servers on loopback, good ones and bad ones.

use std::sync::Arc;

use pbxsh::client::Fingerprint;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;

/// A certificate with its key.
pub struct Certificate {
    certificate: rcgen::Certificate,
    params: CertificateParams,
    key: KeyPair,
}

fn params(subject: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name.push(DnType::CommonName, subject);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2099, 12, 31);
    params
}

impl Certificate {
    fn own(params: CertificateParams) -> Certificate {
        let key = KeyPair::generate().expect("a key");
        Certificate { certificate: params.self_signed(&key).expect("a certificate"), params, key }
    }

    /// An authority that issues others.
    pub fn authority() -> Certificate {
        let mut params = params("The authority", &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Certificate::own(params)
    }

    /// One that vouches for itself, for this machine.
    pub fn of_its_own() -> Certificate {
        Certificate::own(params("My PBX", &["127.0.0.1", "localhost"]))
    }

    /// What `openssl req -x509` makes: its own authority.
    pub fn of_openssl() -> Certificate {
        let mut params = params("My PBX", &["127.0.0.1"]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Certificate::own(params)
    }

    fn issue(&self, params: CertificateParams) -> Certificate {
        let key = KeyPair::generate().expect("a key");
        let issuer = Issuer::from_params(&self.params, &self.key);
        Certificate { certificate: params.signed_by(&key, &issuer).expect("a certificate"), params, key }
    }

    /// One of this authority for these hosts.
    pub fn for_hosts(&self, names: &[&str]) -> Certificate {
        self.issue(params("My PBX", names))
    }

    /// One for this machine that ended long ago.
    pub fn expired(&self) -> Certificate {
        let mut params = params("My PBX", &["127.0.0.1"]);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.issue(params)
    }

    /// One for this machine that begins in a while.
    pub fn not_yet_valid(&self) -> Certificate {
        let mut params = params("My PBX", &["127.0.0.1"]);
        params.not_before = date_time_ymd(2098, 1, 1);
        self.issue(params)
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    pub fn fingerprint(&self) -> String {
        Fingerprint::of(self.certificate.der()).to_string()
    }

    pub fn server(&self) -> Arc<ServerConfig> {
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().expect("versions of TLS").with_no_client_auth();
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("a key");
        let chain = vec![self.certificate.der().clone()];
        Arc::new(builder.with_single_cert(chain, key).expect("a certificate"))
    }
}
