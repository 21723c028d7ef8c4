//! The texts that run, kept by name so that an error can show its line.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A script, a module or an entry at the prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What errors call it: the path as given, `std/members`, `<entry 3>`.
    pub name: String,
    pub text: Arc<str>,
}

impl Source {
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>) -> Source {
        Source { name: name.into(), text: text.into() }
    }
}

/// Every source of a session by its name.
#[derive(Debug, Default, Clone)]
pub(super) struct Sources(Arc<Mutex<HashMap<String, Arc<str>>>>);

impl Sources {
    pub(super) fn add(&self, source: &Source) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(source.name.clone(), source.text.clone());
    }

    pub(super) fn find(&self, name: &str) -> Option<Source> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(name).map(|text| Source::new(name, text.clone()))
    }
}
