//! The sandbox's reading of query options, for rows that are not in a simulated PBX.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::catalog::{Catalog, QueryOption, Release};
use crate::sandbox::options::Options;
use crate::sandbox::query::Query;
use crate::sandbox::schema::Schema;

/// Which rows of a type a PBX would list, and in which order.
#[derive(Debug)]
pub struct Sieve(Query);

impl Sieve {
    /// Reads these options; nothing where the sandbox does not understand them.
    #[must_use]
    pub fn new(
        catalog: &'static Catalog,
        release: Release,
        ty: &'static str,
        key: &'static str,
        given: &[(QueryOption, String)],
        now: Timestamp,
    ) -> Option<Sieve> {
        let mut options = Options::read(Vec::new(), now).ok()?;
        for (option, text) in given {
            options.add(*option, text.clone()).ok()?;
        }
        Query::new(Schema { catalog, release }, ty, Some(key), &options, usize::MAX).ok().map(Sieve)
    }

    /// Do filter and search let this row through?
    #[must_use]
    pub fn wants(&self, row: &Map<String, Value>) -> bool {
        self.0.total(&[row]) == 1
    }

    /// The rows in the order that was asked for; as they are, where none was.
    #[must_use]
    pub fn sorted(&self, rows: Vec<Map<String, Value>>) -> Vec<Map<String, Value>> {
        self.0.in_order(rows)
    }
}
