//! What reads see of the plan.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::bindings::connection::Note;
use crate::bindings::dispatch::{Query, is_list};
use crate::bindings::fault::Fault;
use crate::bindings::list::List;
use crate::bindings::planning::{OnPlan, set_of};
use crate::catalog::{Answer, Kind, QueryOption, Ty};
use crate::odata::Options;
use crate::plan::{Place, Planned, Row, Sieve, first_unknown, is_unknown};
use crate::script::native::Dynamic;

type Touched = Vec<(Place, Planned)>;

impl Query {
    /// What the PBX has, with the planned changes in it.
    pub(super) fn seen(self) -> Result<Dynamic, Fault> {
        let (set, plans) = (set_of(self.variant), self.connection.plans());
        match self.variant.kind {
            Kind::List if is_list(self.operation, self.variant, self.open.release) => {
                let touched = plans.of_set(self.url(), set);
                if !touched.is_empty() {
                    return self.list_seen(&touched);
                }
            }
            Kind::Get => {
                if let Some(planned) = plans.find(self.url(), &Place::new(set, self.key())) {
                    return self.one_seen(planned);
                }
            }
            Kind::ByNumber => return self.numbered_seen(set),
            _ => {}
        }
        // What is not there yet is nothing that a PBX could be asked about.
        match self.arguments.parameters.iter().flatten().find_map(first_unknown) {
            Some(unknown) => Err(self.unplanned(Some(unknown), OnPlan::New)),
            None => self.sent(),
        }
    }

    fn one_seen(self, planned: Planned) -> Result<Dynamic, Fault> {
        let options = &self.arguments.options;
        match planned {
            Planned::New(row) => self.answered(Value::Object(chosen(self.shown(row), options))),
            Planned::Gone(_) => Err(self.unplanned(self.key(), OnPlan::Gone)),
            Planned::Altered { fields, .. } => {
                let Value::Object(mut row) = self.answer()? else { return Ok(Dynamic::UNIT) };
                row.extend(chosen(self.shown(fields), options));
                self.answered(Value::Object(row))
            }
        }
    }

    fn numbered_seen(mut self, set: &str) -> Result<Dynamic, Fault> {
        let number = self.arguments.parameters.iter().flatten().next().cloned().unwrap_or_default();
        let search = |fits: &dyn Fn(&Planned) -> bool| self.connection.plans().search(self.url(), set, fits);
        if let Some(planned) = search(&|planned| planned.get("Number") == Some(&number)) {
            // The PBX has it under the number from before.
            if let (Some(before), Some(place)) = (planned.before("Number"), self.arguments.parameters.first_mut()) {
                *place = Some(before.clone());
            }
            return self.one_seen(planned);
        }
        if first_unknown(&number).is_some() {
            return Err(self.unplanned(Some(&number), OnPlan::New));
        }
        // It had the number, and is to have another one, or to be gone.
        match search(&|planned| planned.before("Number") == Some(&number)) {
            Some(_) => Err(self.unplanned(Some(&number), OnPlan::Gone)),
            None => self.sent(),
        }
    }

    /// The whole list with the planned changes: which rows a page would have cannot be known otherwise.
    fn list_seen(self, touched: &Touched) -> Result<Dynamic, Fault> {
        let (release, set) = (self.open.release, set_of(self.variant));
        let (Answer::List(Ty::Named(element)), Some((key, _))) = (self.variant.answer(release), self.key_of(set))
        else {
            return self.sent();
        };
        let (sieve, listed) = (self.sieve(element, key), self.all_rows()?);
        if sieve.is_none() {
            self.connection.note(self.operation, Note::Unsifted);
        }
        let planned: HashMap<&Place, &Planned> = touched.iter().map(|(place, planned)| (place, planned)).collect();
        // Where nobody here understands the filter, the PBX alone decides which rows there are.
        let wants = |row: &Row| sieve.as_ref().is_some_and(|sieve| sieve.wants(row));
        let (mut rows, mut met) = (Vec::new(), HashSet::new());
        for mut row in listed {
            let place = Place::new(set, row.get(key));
            match planned.get(&place) {
                Some(Planned::Gone(_)) => {}
                Some(planned @ Planned::Altered { fields, .. }) => {
                    if sieve.is_none() || planned.whole().is_some_and(|whole| wants(&whole)) {
                        row.extend(self.shown(fields.clone()));
                        rows.push(row);
                    }
                    met.insert(place);
                }
                Some(Planned::New(_)) | None => rows.push(row),
            }
        }
        let by_key = rows.is_sorted_by_key(|row| number(row, key));
        for (place, planned) in touched.iter().filter(|(place, _)| !met.contains(place)) {
            let Some(whole) = planned.whole().map(|row| last(row, key)).filter(&wants) else { continue };
            rows.push(self.joining(place, planned, whole, key)?);
        }
        if by_key {
            rows.sort_by_key(|row| number(row, key));
        }
        let rows = match &sieve {
            Some(sieve) => sieve.sorted(rows),
            None => rows,
        };
        let options = self.arguments.options.clone();
        let total = rows.len() as u64;
        let skip = usize::try_from(options.skip.unwrap_or(0)).unwrap_or(usize::MAX);
        let top = options.top.map_or(usize::MAX, |top| usize::try_from(top).unwrap_or(usize::MAX));
        let page = rows.into_iter().skip(skip).take(top).map(|row| Value::Object(chosen(last(row, key), &options)));
        let page = page.collect();
        Ok(Dynamic::from(List::whole(self, Ty::Named(element), page, total)))
    }

    /// Filter, search and order of the call, as the sandbox reads them.
    fn sieve(&self, element: &'static str, key: &'static str) -> Option<Sieve> {
        let options = &self.arguments.options;
        let orderby = Some(options.orderby.join(",")).filter(|order| !order.trim().is_empty());
        let given = [
            (QueryOption::Filter, options.filter.clone()),
            (QueryOption::Search, options.search.clone()),
            (QueryOption::Orderby, orderby),
        ];
        let given: Vec<(QueryOption, String)> =
            given.into_iter().filter_map(|(option, text)| Some((option, text?))).collect();
        let now = self.connection.plans().now();
        Sieve::new(self.connection.catalog(), self.open.release, element, key, &given, now)
    }

    /// A row that is in the list because of the plan.
    fn joining(&self, place: &Place, planned: &Planned, whole: Row, key: &str) -> Result<Row, Fault> {
        let expand = &self.arguments.options.expand;
        let expanded: Row = expand.iter().map(|name| (expanded(name).to_owned(), Value::Null)).collect();
        match planned {
            // Other properties than those of the row come with it.
            Planned::Altered { fields, .. } if !expanded.is_empty() => {
                let key = whole.get(key).cloned().or(place.key.clone().map(Value::from));
                let mut row = self.look_up(place.set, key.as_ref(), &expanded)?.unwrap_or_default();
                row.extend(self.shown(fields.clone()));
                Ok(row)
            }
            _ => Ok(self.shown(whole)),
        }
    }

    /// Every row that fits, with all its properties.
    fn all_rows(&self) -> Result<Vec<Row>, Fault> {
        let mut arguments = self.arguments.clone();
        let options = &mut arguments.options;
        (options.top, options.skip, options.count) = (None, None, None);
        options.select.clear();
        let (mut pages, mut rows) = (self.pages(arguments)?.ahead(self.connection.ahead()), Vec::new());
        while let Some(page) = pages.next_page().map_err(|error| self.fault(error))? {
            rows.extend(page.rows.into_iter().filter_map(|row| match row {
                Value::Object(row) => Some(row),
                _ => None,
            }));
        }
        Ok(rows)
    }

    /// Of the planned properties those that an answer shows: what is behind a navigation only if it was asked for.
    fn shown(&self, mut fields: Row) -> Row {
        let ty = match self.variant.answer(self.open.release) {
            Answer::Object(Ty::Named(ty)) | Answer::List(Ty::Named(ty)) => ty,
            _ => return fields,
        };
        let expand = &self.arguments.options.expand;
        let asked = |name: &str| expand.iter().any(|item| expanded(item) == name);
        let navigates = |name: &str| self.schema().property(ty, name).is_some_and(|property| property.navigation);
        fields.retain(|name, _| asked(name) || !navigates(name));
        fields
    }
}

/// What is made gets a key above all others. This puts the key that stands for it there, and such a key back.
fn last(mut row: Row, key: &str) -> Row {
    const ABOVE: i64 = 1 << 40;
    if let Some(value) = row.get_mut(key)
        && let Some(number) = value.as_i64().filter(|number| is_unknown(value) || *number > ABOVE / 2)
    {
        *value = Value::from(ABOVE - number);
    }
    row
}

fn number(row: &Row, key: &str) -> Option<i64> {
    row.get(key)?.as_i64()
}

/// `Groups` of `Groups($select=Name)`.
fn expanded(item: &str) -> &str {
    item.split(['(', '/']).next().unwrap_or(item).trim()
}

/// The properties that were asked for.
fn chosen(mut row: Row, options: &Options) -> Row {
    if !options.select.is_empty() {
        let names = options.select.iter().map(|path| path.split('/').next().unwrap_or(path).trim());
        let names: Vec<&str> = names.chain(options.expand.iter().map(|item| expanded(item))).collect();
        row.retain(|name, _| names.contains(&name.as_str()));
    }
    row
}
