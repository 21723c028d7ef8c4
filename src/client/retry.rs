//! What may be asked a second time.
//!
//! A question is decided by what the operation does, not by its verb, and by what is known of the first attempt:
//!
//! | | reads | set values or delete, by key | everything else |
//! |---|---|---|---|
//! | there was no connection | again | again | again |
//! | 429: too fast, not carried out | again | again | again |
//! | 503: not taken on | again | again | no |
//! | 502, 504, a connection that broke | again | no | no |
//! | silence, 500, any other answer | no | no | no |
//!
//! A 503 can be the answer to a command that restarts the PBX, so only what names its result is repeated after it. After a
//! break nobody knows whether a change was carried out: what came of it is looked up, or told as it is. A 401 is another
//! matter: it comes before anything is done (see `login`).

use std::time::Duration;

use tokio::time::sleep;

use crate::catalog::{Effect, Method};
use crate::client::error::ClientError;
use crate::client::settings::{Retries, Settings};
use crate::client::trace::{Event, Hear};

/// How much a second time can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Nothing.
    Harmless,
    /// The same as the first time: it says what is to be, not what is to change.
    Settles,
    /// Everything twice.
    Once,
}

impl Repeat {
    pub(crate) fn of(effect: Effect, method: Method) -> Repeat {
        match (effect, method) {
            (Effect::Read | Effect::Secret, _) => Repeat::Harmless,
            // An action that updates may count up, make a new key, or send a letter.
            (Effect::Update, Method::Patch) | (Effect::Delete, Method::Delete) => Repeat::Settles,
            _ => Repeat::Once,
        }
    }

    fn allows(self, error: &ClientError) -> bool {
        if error.is_no_connection() || error.status() == Some(429) {
            return true;
        }
        let broke = matches!(error, ClientError::Cut { .. }) || matches!(error.status(), Some(502 | 504));
        match self {
            Repeat::Harmless => broke || error.status() == Some(503),
            Repeat::Settles => error.status() == Some(503),
            Repeat::Once => false,
        }
    }
}

/// Where an attempt failed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Before it: the login has been tried again already.
    Login(ClientError),
    Line(ClientError),
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Trouble {
        Trouble::Line(error)
    }
}

/// The attempts of one call.
pub(crate) struct Attempts {
    retries: Retries,
    hear: Hear,
    /// How many failed.
    failed: u32,
}

impl Attempts {
    pub(crate) fn new(settings: &Settings) -> Attempts {
        Attempts { retries: settings.retries.clone(), hear: settings.hear.clone(), failed: 0 }
    }

    /// It went on: what failed before does not count any more.
    pub(crate) fn succeeded(&mut self) {
        self.failed = 0;
    }

    /// Waits until it may be tried again, or gives the error back.
    pub(crate) async fn again(&mut self, repeat: Repeat, trouble: impl Into<Trouble>) -> Result<(), ClientError> {
        let error = match trouble.into() {
            Trouble::Login(error) => return Err(error),
            Trouble::Line(error) => error,
        };
        if self.failed >= self.retries.most || !repeat.allows(&error) {
            return Err(error);
        }
        let asked = Duration::from_secs(error.retry_after().unwrap_or(0));
        if asked > self.retries.patience || !self.retries.budget.take() {
            return Err(error);
        }
        let pause = self.pause(share()).max(asked);
        self.failed += 1;
        self.hear.tell(|| Event::Again { attempt: self.failed, most: self.retries.most, pause, error: error.clone() });
        sleep(pause).await;
        Ok(())
    }

    /// Half of it is chance, so that many clients do not come back at the same moment.
    fn pause(&self, share: f64) -> Duration {
        let grown = self.retries.pause.saturating_mul(1 << self.failed.min(16)).min(self.retries.longest);
        grown.mul_f64(0.5 + share / 2.0)
    }
}

/// From 0 to 1.
fn share() -> f64 {
    fastrand::f64()
}

#[cfg(test)]
mod tests {
    use super::{Attempts, Repeat};
    use crate::catalog::effects::effect;
    use crate::catalog::{Catalog, Effect, Method};
    use crate::client::error::{ClientError, Distrust};
    use crate::client::settings::{Budget, Retries};
    use crate::client::trace::Hear;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pause = |failed, share| {
            let attempts = Attempts { retries: Retries::default(), hear: Hear::default(), failed };
            attempts.pause(share).as_secs_f64()
        };
        let pauses: Vec<f64> = (0..8).map(|failed| pause(failed, 1.0)).collect();
        assert_eq!(pauses, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        assert!((pause(0, 0.0) - 0.25).abs() < 1e-9);
        assert!(pause(u32::MAX, 1.0) <= 30.0);
    }

    fn page(status: u16) -> ClientError {
        let (url, content_type, excerpt) = (String::new(), String::new(), String::new());
        ClientError::NotAPbx { url, status, content_type, excerpt, retry_after: None }
    }

    #[test]
    fn the_table_at_the_top() {
        let text = String::new;
        let errors = [
            ("no connection", ClientError::Unreachable { url: text(), reason: text() }),
            ("429", page(429)),
            ("503", page(503)),
            ("502", page(502)),
            ("504", page(504)),
            ("cut", ClientError::Cut { url: text(), reason: text() }),
            ("500", page(500)),
            ("silence", ClientError::Timeout { url: text(), seconds: 1 }),
            ("no trust", ClientError::Tls { url: text(), reason: text(), why: Distrust::Other }),
            ("nonsense", ClientError::Malformed { url: text(), reason: text() }),
            ("interrupt", ClientError::Interrupted),
        ];
        let again = |repeat: Repeat| {
            let all = errors.iter().filter(|(_, error)| repeat.allows(error));
            all.map(|(what, _)| *what).collect::<Vec<_>>()
        };
        assert_eq!(again(Repeat::Harmless), ["no connection", "429", "503", "502", "504", "cut"]);
        assert_eq!(again(Repeat::Settles), ["no connection", "429", "503"]);
        assert_eq!(again(Repeat::Once), ["no connection", "429"]);
    }

    #[test]
    fn the_effect_decides_and_not_the_verb() {
        let of = |resource: &str, name: &str| {
            let operation = Catalog::builtin().operation(resource, name).unwrap();
            Repeat::of(effect(operation), operation.newest().method)
        };
        assert_eq!(of("users", "list"), Repeat::Harmless);
        // A POST that reads, and a GET that makes a new key.
        assert_eq!(of("directories", "get_directory_info"), Repeat::Harmless);
        assert_eq!(of("conference_settings", "generate_api_key"), Repeat::Once);
        assert_eq!(of("users", "update"), Repeat::Settles);
        assert_eq!(of("users", "delete"), Repeat::Settles);
        assert_eq!(of("users", "batch_delete"), Repeat::Once);
        assert_eq!(of("users", "create"), Repeat::Once);
        assert_eq!(Repeat::of(Effect::Command, Method::Get), Repeat::Once);
    }

    #[test]
    fn a_budget_ends() {
        let budget = Budget::new(1);
        assert!(budget.clone().take());
        assert!(!budget.take());
    }
}
