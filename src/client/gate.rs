//! Politeness: how much one host is asked at once, and how fast. A list that reads ahead, `parallel` and further
//! connections go through the same gate.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use crate::client::error::ClientError;

/// More at once is more than programs that live with a PBX ask of it.
pub const AT_ONCE: usize = 6;

/// The gates of all hosts; clones share them.
#[derive(Debug, Clone)]
pub struct Gates {
    known: Arc<Mutex<HashMap<String, Arc<Gate>>>>,
    at_once: usize,
    /// Between the beginnings of two requests.
    pace: Option<Duration>,
}

impl Default for Gates {
    fn default() -> Gates {
        Gates::new(AT_ONCE, None)
    }
}

impl Gates {
    /// At most so many requests at once, and so many in a second, of each host.
    #[must_use]
    pub fn new(at_once: usize, rate: Option<f64>) -> Gates {
        let pace = rate.and_then(|rate| Duration::try_from_secs_f64(1.0 / rate).ok());
        Gates { known: Arc::default(), at_once: at_once.max(1), pace }
    }

    /// The gate of a host.
    pub(crate) fn of(&self, host: &str) -> Arc<Gate> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = known.entry(host.to_owned()).or_insert_with(|| {
            let places = Arc::new(Semaphore::new(self.at_once));
            Arc::new(Gate { places, pace: self.pace, next: Mutex::new(None) })
        });
        Arc::clone(gate)
    }
}

#[derive(Debug)]
pub(crate) struct Gate {
    places: Arc<Semaphore>,
    pace: Option<Duration>,
    /// When the next request may begin.
    next: Mutex<Option<Instant>>,
}

/// Held while a request is under way.
#[derive(Debug)]
pub(crate) struct Passed(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Gate {
    pub(crate) async fn pass(&self) -> Result<Passed, ClientError> {
        // The gate is never closed.
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| ClientError::Interrupted)?;
        if let Some(pace) = self.pace {
            let mine = {
                let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
                let mine = next.unwrap_or_else(Instant::now).max(Instant::now());
                *next = Some(mine + pace);
                mine
            };
            sleep_until(mine).await;
        }
        Ok(Passed(place))
    }
}
