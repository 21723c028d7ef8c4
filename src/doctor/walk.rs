//! From the name of the host to the clock of the PBX; the first step that fails is the last.

use std::time::{Duration, SystemTime};

use crate::catalog::Catalog;
use crate::client::{Client, ClientError, Distrust, Settings, Trust};
use crate::doctor::{Expires, Finding, Step, Trusted, rights};

/// What is looked at.
pub struct Subject {
    pub settings: Settings,
}

/// Walks the way, and tells each finding.
pub fn walk(subject: &Subject, catalog: &'static Catalog, tell: &mut dyn FnMut(Finding)) {
    if let Err((step, error)) = steps(subject, catalog, tell) {
        tell(Finding::Failed { step, error });
    }
}

/// Clocks this far apart can spoil a login.
const APART: Duration = Duration::from_secs(60);

type Stopped = (Step, ClientError);

fn steps(subject: &Subject, catalog: &'static Catalog, tell: &mut dyn FnMut(Finding)) -> Result<(), Stopped> {
    let at = |step: Step| move |error: ClientError| (step, error);
    let client = Client::new(subject.settings.clone()).map_err(at(Step::Configuration))?;
    let now = (subject.settings.now)();
    match client.proxy() {
        Some((variable, address)) => tell(Finding::Proxy { variable, address: address.to_owned() }),
        None => direct(&client, now, tell)?,
    }
    let date = client.knock().map_err(|error| match error {
        ClientError::Tls { .. } => (Step::Trust, error),
        error => (Step::Connection, error),
    })?;
    if client.url().starts_with("https") {
        let how = match &subject.settings.trust {
            Trust::System => Trusted::BySystem,
            Trust::Also { .. } => Trusted::ByCaCert,
            Trust::Pinned(_) => Trusted::ByPin,
            Trust::Anyone => Trusted::Blindly,
        };
        tell(Finding::Trusted { how });
    }
    let there = (subject.settings.now)();
    let clock = date.map_or(Finding::NoClock, |date| clock(date, there));
    let rights = match rights(&client, catalog) {
        Ok(rights) => rights,
        Err(error) => {
            // Clocks that are apart can be the reason.
            if matches!(&clock, Finding::Clock { apart, .. } if *apart >= APART) {
                tell(clock);
            }
            return Err((Step::Login, error));
        }
    };
    let version = rights.version.clone();
    tell(Finding::LoggedIn(rights));
    tell(if version.is_empty() {
        Finding::NoVersion
    } else {
        Finding::Version { release: catalog.release_name(catalog.release_for(&version)), version }
    });
    tell(clock);
    Ok(())
}

/// Without a proxy every step to the certificate can be seen.
fn direct(client: &Client, now: SystemTime, tell: &mut dyn FnMut(Finding)) -> Result<(), Stopped> {
    let addresses = client.addresses().map_err(|error| (Step::Name, error))?;
    tell(Finding::Addresses(addresses.clone()));
    let address = client.reach(&addresses).map_err(|error| (Step::Connection, error))?;
    tell(Finding::Connected { address });
    match client.certificate(address) {
        Ok(Some(certificate)) => {
            let expires = expires(certificate.from, certificate.until, now);
            tell(Finding::Certificate { certificate, expires });
        }
        Ok(None) => tell(Finding::Plain { loopback: address.ip().is_loopback() }),
        // One that cannot be read can still be believed.
        Err(error) if matches!(&error, ClientError::Tls { why: Distrust::Other, .. }) => {}
        Err(error) => return Err((Step::Certificate, error)),
    }
    Ok(())
}

fn expires(from: SystemTime, until: SystemTime, now: SystemTime) -> Expires {
    const DAY: u64 = 24 * 60 * 60;
    const SOON: u64 = 30;
    if now < from {
        return Expires::NotYetValid;
    }
    match until.duration_since(now) {
        Err(_) => Expires::Past,
        Ok(left) if left.as_secs() / DAY < SOON => Expires::Soon(left.as_secs() / DAY),
        Ok(_) => Expires::Later,
    }
}

fn clock(there: SystemTime, here: SystemTime) -> Finding {
    match there.duration_since(here) {
        Ok(apart) => Finding::Clock { apart: whole(apart), pbx_is_ahead: true },
        Err(error) => Finding::Clock { apart: whole(error.duration()), pbx_is_ahead: false },
    }
}

/// The header has no fractions.
fn whole(apart: Duration) -> Duration {
    Duration::from_secs(apart.as_secs())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{Expires, clock, expires};
    use crate::doctor::Finding;

    #[test]
    fn how_long_a_certificate_is_good() {
        let day = |number: u64| UNIX_EPOCH + Duration::from_secs(number * 86_400);
        let at = |now| expires(day(100), day(200), day(now));
        assert_eq!(at(99), Expires::NotYetValid);
        assert_eq!(at(100), Expires::Later);
        assert_eq!(at(170), Expires::Later);
        assert_eq!(at(171), Expires::Soon(29));
        assert_eq!(at(200), Expires::Soon(0));
        assert_eq!(at(201), Expires::Past);
    }

    #[test]
    fn which_clock_is_ahead() {
        let at = |seconds| UNIX_EPOCH + Duration::from_millis(seconds);
        let Finding::Clock { apart, pbx_is_ahead } = clock(at(90_000), at(1_500)) else { panic!() };
        assert!(pbx_is_ahead && apart.as_secs() == 88);
        let Finding::Clock { apart, pbx_is_ahead } = clock(at(1_000), at(1_900)) else { panic!() };
        assert!(!pbx_is_ahead && apart.is_zero());
    }
}
