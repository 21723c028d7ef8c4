//! Lists of a PBX, a page at a time.
//!
//! A list is a question, not its answer: the first page is asked for at the call, so that an error stands there; every loop
//! asks for the pages after it anew and keeps one page at a time.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::bindings::connection::{Note, Written};
use crate::bindings::dispatch::Query;
use crate::bindings::fault::Fault;
use crate::bindings::save::Format;
use crate::bindings::schema::Schema;
use crate::bindings::value;
use crate::catalog::{Kind, QueryOption, Ty};
use crate::client::ClientError;
use crate::client::pages::{Page, Pages};
use crate::guard::Access;
use crate::kit::{Meter, Unit};
use crate::script::Loop;
use crate::script::native::{Dynamic, EvalAltResult};

/// How many pages are under way at once unless somebody says otherwise, and the most that a PBX is bothered with.
pub const AHEAD: usize = 4;
pub const MOST_AHEAD: usize = 16;

/// What `pbx.users.list()` gives.
#[derive(Clone)]
pub struct List {
    inner: Arc<Inner>,
    ahead: usize,
}

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
            query.connection.note(query.operation, Note::Simulated(note));
        }
        let (finished, rest) = (pages.is_finished(), Mutex::new(Some(pages)));
        let written = query.connection.written(query.operation.resource);
        let counted = Mutex::default();
        let ahead = query.ahead.unwrap_or(query.connection.ahead());
        let inner = Inner { query, element, first, total, rest, finished, written, counted };
        Ok(List { inner: Arc::new(inner), ahead })
    }

    /// A list of which all rows are here.
    pub(super) fn whole(query: Query, element: Ty, rows: Vec<Value>, total: u64) -> List {
        let written = query.connection.written(query.operation.resource);
        let (ahead, rest, counted) = (query.connection.ahead(), Mutex::default(), Mutex::default());
        let (first, total) = (rows, Some(total));
        let inner = Inner { query, element, first, total, rest, finished: true, written, counted };
        List { inner: Arc::new(inner), ahead }
    }

    /// The name of the rows' type.
    #[must_use]
    pub fn element(&self) -> String {
        self.inner.element.to_string()
    }

    /// The same list with as many pages under way at once.
    pub(super) fn ahead(&self, pages: usize) -> List {
        List { ahead: pages, ..self.clone() }
    }

    fn schema(&self) -> Schema {
        self.inner.query.schema()
    }

    pub(super) fn typed(&self, row: Value) -> Dynamic {
        value::typed(self.schema(), self.inner.element, row)
    }

    /// The rows as JSON, one after the other.
    #[must_use]
    pub fn rows(&self) -> Rows {
        self.rows_up_to(u64::MAX)
    }

    /// [`List::rows`], with a person told how far they are. What they are for gives the line its name; without one, their type.
    #[must_use]
    pub fn shown(&self, path: &str) -> Shown {
        let element = self.element();
        let label = if path.is_empty() { &element } else { path };
        let meter = self.inner.query.connection.voice().display.meter(label, Unit::Rows, self.known_len());
        Shown { rows: self.rows(), meter, done: 0, counted: self.known_len().is_some() }
    }

    /// How many rows there are, where a PBX can be asked for it by a small question.
    fn asked_len(&self) -> Option<u64> {
        let known = || self.said().ok().flatten().map(|total| self.of_total(total));
        // Reports can take minutes to count.
        if self.inner.query.variant.kind == Kind::List { known() } else { None }
    }

    /// The first rows: of the pages only those are asked for that hold them.
    pub(super) fn rows_up_to(&self, most: u64) -> Rows {
        Rows { list: self.clone(), left: most, place: 0, page: None, rest: None, done: self.inner.finished }
    }

    /// Did somebody say which properties they want?
    #[must_use]
    pub fn is_selected(&self) -> bool {
        !self.inner.query.arguments.options.select.is_empty()
    }

    /// The columns of a table or a file: the selected ones, else all that the type has.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let select = &self.inner.query.arguments.options.select;
        if !select.is_empty() {
            return select.clone();
        }
        let Ty::Named(name) = self.inner.element else { return vec!["value".to_owned()] };
        let expand = &self.inner.query.arguments.options.expand;
        let expanded = |name: &str| expand.iter().any(|part| part.split(['(', '/']).next() == Some(name));
        let release = self.inner.query.open.release;
        let there =
            self.schema().catalog.properties(name).iter().filter(|property| property.releases.contains(release));
        there
            .filter(|property| !property.navigation || expanded(property.name))
            .map(|property| property.name.to_owned())
            .collect()
    }

    /// The same with the columns of nested objects in the place of these: `Hours.Type`.
    #[must_use]
    pub fn flat_columns(&self) -> Vec<String> {
        let mut flat = Vec::new();
        for column in self.columns() {
            let column = column.replace('/', ".");
            let ty = column.split('.').try_fold(self.inner.element, |ty, name| match ty {
                Ty::Named(owner) => Some(self.schema().property(owner, name)?.ty),
                _ => None,
            });
            self.schema().flatten(column, ty, &mut Vec::new(), &mut flat);
        }
        flat
    }

    /// What `save` is called where its options are told, by the path that it is given.
    pub(crate) fn saves_as(path: &str) -> Option<&'static str> {
        Format::of(Path::new(path)).map(Format::function)
    }

    pub(super) fn access(&self) -> &Access {
        &self.inner.query.connection.voice().access
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
        let counted = || *self.inner.counted.lock().unwrap_or_else(PoisonError::into_inner);
        match self.inner.finished {
            true => Some(self.inner.first.len() as u64),
            false => self.inner.total.or_else(counted).map(|total| self.of_total(total)),
        }
    }

    /// What `top` and `skip` leave of all rows.
    fn of_total(&self, total: u64) -> u64 {
        let options = &self.inner.query.arguments.options;
        let behind = total.saturating_sub(options.skip.unwrap_or(0));
        options.top.map_or(behind, |top| behind.min(top))
    }

    /// How many rows fit the filter, whatever `top` and `skip` say.
    pub(super) fn total(&self) -> Result<u64, Fault> {
        if let Some(total) = self.inner.total {
            return Ok(total);
        }
        let mut counted = self.inner.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(total) = *counted {
            return Ok(total);
        }
        let total = self.count()?;
        *counted = Some(total);
        Ok(total)
    }

    /// What the PBX says how many rows there are, if it does.
    fn said(&self) -> Result<Option<u64>, Fault> {
        let Inner { query, .. } = &*self.inner;
        if !query.variant.has_option(QueryOption::Count, query.open.release) {
            return Ok(None);
        }
        let mut arguments = query.arguments.clone();
        arguments.options.count = Some(true);
        arguments.options.skip = None;
        arguments.options.top = Some(1);
        let page = query.pages(arguments)?.next_page().map_err(|error| query.fault(error))?;
        Ok(page.and_then(|page| page.total))
    }

    fn count(&self) -> Result<u64, Fault> {
        if let Some(total) = self.said()? {
            return Ok(total);
        }
        let Inner { query, .. } = &*self.inner;
        let mut arguments = query.arguments.clone();
        // Some builds ignore `$count` on report functions: then somebody has to count.
        (arguments.options.count, arguments.options.skip, arguments.options.top) = (None, None, None);
        let mut pages = query.pages(arguments)?.ahead(self.ahead);
        let mut total = 0;
        while let Some(page) = pages.next_page().map_err(|error| query.fault(error))? {
            total += page.rows.len() as u64;
        }
        Ok(total)
    }

    /// Did the loop itself change which rows stand where? The PBX counts rows anew for every page, so some would be skipped.
    fn shifted(&self) -> bool {
        let Query { connection, operation, arguments, .. } = &self.inner.query;
        let now = connection.written(operation.resource);
        let options = &arguments.options;
        let depends = options.filter.is_some() || options.search.is_some() || !options.orderby.is_empty();
        now.deletes != self.inner.written.deletes || (depends && now.updates != self.inner.written.updates)
    }

    /// Can rows be asked for by their place?
    fn pages_by_itself(&self) -> bool {
        let Query { variant, open, .. } = &self.inner.query;
        [QueryOption::Top, QueryOption::Skip].into_iter().all(|option| variant.has_option(option, open.release))
    }

    /// The pages behind the first one, as far as a loop wants them.
    fn rest(&self, most: u64) -> Result<Pages, Fault> {
        if most == u64::MAX
            && let Some(rest) = self.inner.rest.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            return Ok(rest.ahead(self.ahead));
        }
        let Inner { query, first, .. } = &*self.inner;
        if !self.pages_by_itself() {
            // Only the links of the PBX lead on, and they begin behind the first page.
            let mut pages = query.pages(query.arguments.clone())?.ahead(self.ahead);
            pages.next_page().map_err(|error| query.fault(error))?;
            return Ok(pages);
        }
        self.behind(first.len() as u64, most)
    }

    /// The pages from a place on, with as many rows as are wanted.
    fn behind(&self, place: u64, most: u64) -> Result<Pages, Fault> {
        let Inner { query, .. } = &*self.inner;
        let mut arguments = query.arguments.clone();
        let options = &mut arguments.options;
        let left = options.top.map_or(u64::MAX, |top| top.saturating_sub(place)).min(most);
        options.skip = Some(options.skip.unwrap_or(0).saturating_add(place));
        options.top = (left < u64::MAX).then_some(left);
        // A number that nobody reads is not worth a request of its own.
        options.count = options.count.filter(|_| left > 0);
        Ok(query.pages(arguments)?.ahead(self.ahead))
    }

    /// Rows from a place on; a place behind the first page is asked for by itself.
    pub(super) fn slice(&self, start: u64, count: Option<u64>) -> Result<Vec<Dynamic>, Fault> {
        let end = count.map_or(u64::MAX, |count| start.saturating_add(count));
        if start < self.inner.first.len() as u64 || self.inner.finished || !self.pages_by_itself() {
            let skipped = usize::try_from(start).unwrap_or(usize::MAX);
            return self.rows_up_to(end).skip(skipped).map(|row| row.map(|row| self.typed(row))).collect();
        }
        let (mut pages, mut rows) = (self.behind(start, count.unwrap_or(u64::MAX))?, Vec::new());
        while let Some(page) = pages.next_page().map_err(|error| self.inner.query.fault(error))? {
            rows.extend(page.rows.into_iter().map(|row| self.typed(row)));
        }
        Ok(rows)
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
        match self.slice(place, Some(1))?.pop() {
            Some(row) => Ok(row),
            None => Err(missing(length()?)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.inner.first.is_empty()
    }

    pub(super) fn to_array(&self) -> Result<Vec<Dynamic>, Fault> {
        self.rows().map(|row| row.map(|row| self.typed(row))).collect()
    }
}

/// The rows of a list, fetched as they are wanted. Ends after an error.
pub struct Rows {
    list: List,
    /// How many more are wanted.
    left: u64,
    place: usize,
    /// The page after the first one that is being read.
    page: Option<std::vec::IntoIter<Value>>,
    rest: Option<Pages>,
    done: bool,
}

impl Rows {
    fn turn(&mut self) -> Result<Option<Page>, Fault> {
        let query = &self.list.inner.query;
        if (query.connection.voice().stop)().is_some() {
            return Err(query.fault(ClientError::Interrupted));
        }
        if self.list.shifted() {
            return Err(Fault::Shifted { operation: self.list.inner.query.operation.full_name() });
        }
        if self.rest.is_none() {
            self.rest = Some(self.list.rest(self.left.saturating_add(1))?);
        }
        let page = self.rest.as_mut().map(Pages::next_page).unwrap_or(Ok(None));
        page.map_err(|error| self.list.inner.query.fault(error))
    }
}

impl Iterator for Rows {
    type Item = Result<Value, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let unbounded = self.left == u64::MAX;
        self.left = self.left.checked_sub(u64::from(!unbounded))?;
        if let Some(row) = self.list.inner.first.get(self.place) {
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

/// Rows that are counted while they come.
pub struct Shown {
    rows: Rows,
    meter: Meter,
    done: u64,
    /// Is it known how many they are, or will nobody know?
    counted: bool,
}

impl Iterator for Shown {
    type Item = Result<Value, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next();
        self.done += 1;
        self.meter.at(self.done);
        // What is over soon is not worth the question.
        if !self.counted && self.meter.is_shown() {
            self.counted = true;
            if let Some(total) = self.rows.list.asked_len() {
                self.meter.total(total);
            }
        }
        row
    }
}

impl IntoIterator for List {
    type Item = Result<Dynamic, Box<EvalAltResult>>;
    type IntoIter = Loop<Box<dyn Iterator<Item = Result<Dynamic, Fault>> + Send>, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        let voice = self.inner.query.connection.voice().clone();
        let rows = self.rows().map(move |row| row.map(|row| self.typed(row)));
        Loop::new(Box::new(rows), voice.words, voice.swallowed)
    }
}
