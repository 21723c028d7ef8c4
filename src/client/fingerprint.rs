//! What one certificate is known by.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// The SHA-256 digest of a certificate, as browsers and `openssl x509 -fingerprint -sha256` show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a certificate in DER.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Fingerprint {
        Fingerprint(Sha256::digest(certificate).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if at == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is no SHA-256 fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoFingerprint;

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    /// 64 digits, with or without colons; what tools write before them (`sha256 Fingerprint=`, `SHA256:`) may stay.
    fn from_str(text: &str) -> Result<Fingerprint, NoFingerprint> {
        let text = text.trim();
        let rest = text.get(..6).filter(|begin| begin.eq_ignore_ascii_case("sha256")).map_or(text, |_| &text[6..]);
        let rest = rest.trim_start().strip_prefix("Fingerprint").unwrap_or(rest).trim_start_matches([':', '=', ' ']);
        let digits: Vec<u8> = rest.bytes().filter(|byte| !matches!(byte, b':' | b' ')).collect();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(NoFingerprint);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NoFingerprint)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NoFingerprint)?;
        }
        Ok(Fingerprint(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, NoFingerprint};

    #[test]
    fn every_spelling_of_the_tools_is_read() {
        let shown = Fingerprint::of(b"a certificate").to_string();
        assert_eq!(shown.len(), 95);
        let plain = shown.replace(':', "").to_lowercase();
        for text in [
            shown.clone(),
            plain.clone(),
            format!(" sha256:{plain}\n"),
            format!("SHA256:{shown}"),
            format!("sha256 Fingerprint={shown}"),
        ] {
            assert_eq!(text.parse::<Fingerprint>().unwrap().to_string(), shown, "{text}");
        }
        for text in ["", "sha256", "AA:BB", &plain[1..], &format!("{plain}0"), &plain.replace(&plain[..1], "é")] {
            assert_eq!(text.parse::<Fingerprint>(), Err(NoFingerprint), "{text}");
        }
    }
}
