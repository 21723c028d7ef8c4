//! Lists of a PBX, a page at a time.
//!
//! A list is a question, not its answer: the first page is asked for at the call, so that an error stands there; every loop
//! asks for the pages after it anew and keeps one page at a time.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::bindings::connection::Written;
use crate::bindings::dispatch::Query;
use crate::bindings::fault::{Fault, Words};
use crate::bindings::schema::Schema;
use crate::bindings::value;
use crate::catalog::{QueryOption, Ty};
use crate::client::ClientError;
use crate::client::pages::{Page, Pages};
use crate::script::Raised;
use crate::script::native::{Dynamic, EvalAltResult};

/// What `pbx.users.list()` gives.
#[derive(Clone)]
pub struct List(Arc<Inner>);

struct Inner {
    query: Query,
    element: Ty,
    first: Vec<Value>,
    total: Option<u64>,
    /// The pages behind the first one, for the first loop that gets there; `None` in it once that loop took them.
    rest: Mutex<Option<Pages>>,
    finished: bool,
    /// What had been written when the first page came.
    written: Written,
    counted: Mutex<Option<u64>>,
}

impl List {
    pub(super) fn ask(query: Query, element: Ty) -> Result<List, Fault> {
        let mut pages = query.pages(query.arguments.clone())?;
        let page = pages.next_page().map_err(|error| query.fault(error))?;
        let Page { rows: first, total } = page.unwrap_or_default();
        if let Some(note) = pages.note() {
            query.connection.note(query.operation, note);
        }
        let (finished, rest) = (pages.is_finished(), Mutex::new(Some(pages)));
        let written = query.connection.written(query.operation.resource);
        let counted = Mutex::default();
        Ok(List(Arc::new(Inner { query, element, first, total, rest, finished, written, counted })))
    }

    /// The name of the rows' type.
    #[must_use]
    pub fn element(&self) -> String {
        self.0.element.to_string()
    }

    fn schema(&self) -> Schema {
        self.0.query.schema()
    }

    pub(super) fn typed(&self, row: Value) -> Dynamic {
        value::typed(self.schema(), self.0.element, row)
    }

    /// The rows as JSON, one after the other.
    #[must_use]
    pub fn rows(&self) -> Rows {
        Rows { list: self.clone(), place: 0, page: None, rest: None, done: self.0.finished }
    }

    /// The columns of a table or a file: the selected ones, else all that the type has.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let select = &self.0.query.arguments.options.select;
        if !select.is_empty() {
            return select.clone();
        }
        let Ty::Named(name) = self.0.element else { return vec!["value".to_owned()] };
        let expand = &self.0.query.arguments.options.expand;
        let expanded = |name: &str| expand.iter().any(|part| part.split(['(', '/']).next() == Some(name));
        let release = self.0.query.open.release;
        let there =
            self.schema().catalog.properties(name).iter().filter(|property| property.releases.contains(release));
        there
            .filter(|property| !property.navigation || expanded(property.name))
            .map(|property| property.name.to_owned())
            .collect()
    }

    /// How many rows a loop would see.
    pub(super) fn len(&self) -> Result<u64, Fault> {
        match self.known_len() {
            Some(length) => Ok(length),
            None => Ok(self.of_total(self.total()?)),
        }
    }

    /// The same, if the PBX need not be asked.
    #[must_use]
    pub fn known_len(&self) -> Option<u64> {
        let counted = || *self.0.counted.lock().unwrap_or_else(PoisonError::into_inner);
        match self.0.finished {
            true => Some(self.0.first.len() as u64),
            false => self.0.total.or_else(counted).map(|total| self.of_total(total)),
        }
    }

    /// What `top` and `skip` leave of all rows.
    fn of_total(&self, total: u64) -> u64 {
        let options = &self.0.query.arguments.options;
        let behind = total.saturating_sub(options.skip.unwrap_or(0));
        options.top.map_or(behind, |top| behind.min(top))
    }

    /// How many rows fit the filter, whatever `top` and `skip` say.
    pub(super) fn total(&self) -> Result<u64, Fault> {
        if let Some(total) = self.0.total {
            return Ok(total);
        }
        let mut counted = self.0.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(total) = *counted {
            return Ok(total);
        }
        let total = self.count()?;
        *counted = Some(total);
        Ok(total)
    }

    fn count(&self) -> Result<u64, Fault> {
        let Inner { query, .. } = &*self.0;
        let release = query.open.release;
        let mut arguments = query.arguments.clone();
        if query.variant.has_option(QueryOption::Count, release) {
            arguments.options.count = Some(true);
            arguments.options.skip = None;
            arguments.options.top = Some(1);
            let mut pages = query.pages(arguments.clone())?;
            if let Some(total) = pages.next_page().map_err(|error| query.fault(error))?.and_then(|page| page.total) {
                return Ok(total);
            }
        }
        // Some builds ignore `$count` on report functions: then somebody has to count.
        (arguments.options.count, arguments.options.skip, arguments.options.top) = (None, None, None);
        let mut pages = query.pages(arguments)?;
        let mut total = 0;
        while let Some(page) = pages.next_page().map_err(|error| query.fault(error))? {
            total += page.rows.len() as u64;
        }
        Ok(total)
    }

    /// Did the loop itself change which rows stand where? The PBX counts rows anew for every page, so some would be skipped.
    fn shifted(&self) -> bool {
        let Query { connection, operation, arguments, .. } = &self.0.query;
        let now = connection.written(operation.resource);
        let options = &arguments.options;
        let depends = options.filter.is_some() || options.search.is_some() || !options.orderby.is_empty();
        now.deletes != self.0.written.deletes || (depends && now.updates != self.0.written.updates)
    }

    /// The pages behind the first one.
    fn rest(&self) -> Result<Pages, Fault> {
        if let Some(rest) = self.0.rest.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(rest);
        }
        let mut arguments = self.0.query.arguments.clone();
        let seen = self.0.first.len() as u64;
        arguments.options.skip = Some(arguments.options.skip.unwrap_or(0) + seen);
        arguments.options.top = arguments.options.top.map(|top| top.saturating_sub(seen));
        self.0.query.pages(arguments)
    }

    /// The row at a place; negative places count from the end.
    pub(super) fn at(&self, index: i64) -> Result<Dynamic, Fault> {
        let length = || self.len();
        let place = match u64::try_from(index) {
            Ok(place) => Some(place),
            Err(_) => length()?.checked_sub(index.unsigned_abs()),
        };
        let missing = |length| Fault::Index { index, length };
        let Some(place) = place else { return Err(missing(length()?)) };
        if let Some(row) = self.0.first.get(place as usize) {
            return Ok(self.typed(row.clone()));
        }
        match self.rows().nth(place as usize) {
            Some(row) => row.map(|row| self.typed(row)),
            None => Err(missing(length()?)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.first.is_empty()
    }

    pub(super) fn to_array(&self) -> Result<Vec<Dynamic>, Fault> {
        self.rows().map(|row| row.map(|row| self.typed(row))).collect()
    }
}

/// The rows of a list, fetched as they are wanted. Ends after an error.
pub struct Rows {
    list: List,
    place: usize,
    /// The page after the first one that is being read.
    page: Option<std::vec::IntoIter<Value>>,
    rest: Option<Pages>,
    done: bool,
}

impl Rows {
    fn turn(&mut self) -> Result<Option<Page>, Fault> {
        let query = &self.list.0.query;
        if (query.connection.voice().stop)().is_some() {
            return Err(query.fault(ClientError::Interrupted));
        }
        if self.list.shifted() {
            return Err(Fault::Shifted { operation: self.list.0.query.operation.full_name() });
        }
        if self.rest.is_none() {
            self.rest = Some(self.list.rest()?);
        }
        let page = self.rest.as_mut().map(Pages::next_page).unwrap_or(Ok(None));
        page.map_err(|error| self.list.0.query.fault(error))
    }
}

impl Iterator for Rows {
    type Item = Result<Value, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(row) = self.list.0.first.get(self.place) {
            self.place += 1;
            return Some(Ok(row.clone()));
        }
        while !self.done {
            if let Some(row) = self.page.as_mut().and_then(Iterator::next) {
                return Some(Ok(row));
            }
            match self.turn() {
                Ok(Some(page)) => self.page = Some(page.rows.into_iter()),
                Ok(None) => self.done = true,
                Err(fault) => {
                    self.done = true;
                    return Some(Err(fault));
                }
            }
        }
        None
    }
}

/// Where an error goes that a loop without a body swallows.
pub(super) type Swallowed = Arc<Mutex<Option<Box<EvalAltResult>>>>;

/// A list in a `for`.
pub struct Loop {
    rows: Rows,
    words: Words,
    swallowed: Swallowed,
    /// The fault that was handed to the loop, while it is not known whether anybody looked at it.
    handed: Option<Arc<Fault>>,
}

impl IntoIterator for List {
    type Item = Result<Dynamic, Box<EvalAltResult>>;
    type IntoIter = Loop;

    fn into_iter(self) -> Loop {
        let voice = self.0.query.connection.voice();
        Loop { rows: self.rows(), words: voice.words, swallowed: voice.swallowed.clone(), handed: None }
    }
}

impl Loop {
    fn raised(&self, fault: Arc<Fault>) -> Box<EvalAltResult> {
        let wording = (self.words)(&fault);
        Raised::from_loop(fault, wording)
    }
}

impl Iterator for Loop {
    type Item = Result<Dynamic, Box<EvalAltResult>>;

    fn next(&mut self) -> Option<Self::Item> {
        // A loop with a body ends at an error. One that comes back for more has no body and did not look.
        if let Some(fault) = self.handed.take() {
            let error = self.raised(fault);
            *self.swallowed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            return None;
        }
        match self.rows.next()? {
            Ok(row) => Some(Ok(self.rows.list.typed(row))),
            Err(fault) => {
                let fault = Arc::new(fault);
                self.handed = Some(fault.clone());
                Some(Err(self.raised(fault)))
            }
        }
    }
}
