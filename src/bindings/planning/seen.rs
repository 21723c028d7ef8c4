//! What reads see of the plan.

use serde_json::Value;

use crate::bindings::dispatch::{Query, is_list};
use crate::bindings::fault::Fault;
use crate::bindings::list::List;
use crate::bindings::planning::{OnPlan, set_of};
use crate::catalog::{Answer, Kind, QueryOption, Ty};
use crate::odata::Options;
use crate::plan::{Place, Planned, Row, Sieve, first_unknown};
use crate::script::native::Dynamic;

type Touched = Vec<(Place, Planned)>;

impl Query {
    /// What the PBX has, with the planned changes in it.
    pub(super) fn seen(self) -> Result<Dynamic, Fault> {
        let set = set_of(self.variant);
        let touched = self.connection.plans().of_set(self.url(), set);
        match self.variant.kind {
            Kind::List if !touched.is_empty() && is_list(self.operation, self.variant, self.open.release) => {
                return self.list_seen(&touched);
            }
            Kind::Get => {
                let place = Place::new(set, self.key());
                if let Some((_, planned)) = touched.into_iter().find(|(there, _)| *there == place) {
                    return self.one_seen(planned);
                }
            }
            Kind::ByNumber => return self.numbered_seen(touched),
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
            Planned::New(row) => self.answered(Value::Object(chosen(row, options))),
            Planned::Gone => Err(self.unplanned(self.key(), OnPlan::Gone)),
            Planned::Altered { fields, .. } => {
                let Value::Object(mut row) = self.answer()? else { return Ok(Dynamic::UNIT) };
                row.extend(chosen(self.shown(fields), options));
                self.answered(Value::Object(row))
            }
        }
    }

    fn numbered_seen(self, touched: Touched) -> Result<Dynamic, Fault> {
        let number = self.arguments.parameters.iter().flatten().next().cloned().unwrap_or_default();
        let has = |planned: &Planned| planned.whole().is_some_and(|row| row.get("Number") == Some(&number));
        if let Some(row) = touched.iter().find(|(_, planned)| has(planned)).and_then(|(_, planned)| planned.whole()) {
            let row = chosen(row, &self.arguments.options);
            return self.answered(Value::Object(row));
        }
        if first_unknown(&number).is_some() {
            return Err(self.unplanned(Some(&number), OnPlan::New));
        }
        let was = |planned: &Planned| match planned {
            Planned::Altered { before, .. } => before.get("Number") == Some(&number),
            _ => false,
        };
        // It had the number, and is to have another one.
        if touched.iter().any(|(_, planned)| was(planned)) {
            return Err(self.unplanned(Some(&number), OnPlan::Gone));
        }
        let key = self.key_of(set_of(self.variant)).map(|(key, _)| key);
        let answer = self.answer()?;
        let place = key.map(|key| Place::new(set_of(self.variant), answer.get(key)));
        let gone = touched.iter().any(|(there, planned)| *planned == Planned::Gone && Some(there) == place.as_ref());
        if gone { Err(self.unplanned(Some(&number), OnPlan::Gone)) } else { self.answered(answer) }
    }

    /// The whole list with the planned changes: which rows a page would have cannot be known otherwise.
    fn list_seen(self, touched: &Touched) -> Result<Dynamic, Fault> {
        let (release, set) = (self.open.release, set_of(self.variant));
        let (Answer::List(Ty::Named(element)), Some((key, _))) = (self.variant.answer(release), self.key_of(set))
        else {
            return self.sent();
        };
        let options = self.arguments.options.clone();
        let given = [
            (QueryOption::Filter, options.filter.clone()),
            (QueryOption::Search, options.search.clone()),
            (QueryOption::Orderby, Some(options.orderby.join(",")).filter(|order| !order.trim().is_empty())),
        ];
        let given: Vec<(QueryOption, String)> =
            given.into_iter().filter_map(|(option, text)| Some((option, text?))).collect();
        let now = self.connection.plans().now();
        let sieve = Sieve::new(self.connection.catalog(), release, element, Some(key), &given, now);
        // Where nobody here understands the filter, the PBX alone decides which rows there are.
        let wants = |row: &Row| sieve.as_ref().is_some_and(|sieve| sieve.wants(row));
        let (mut rows, mut met) = (Vec::new(), Vec::new());
        for mut row in self.all_rows()? {
            let place = Place::new(set, row.get(key));
            match touched.iter().find(|(there, _)| *there == place).map(|(_, planned)| planned) {
                Some(Planned::Gone) => {}
                Some(planned @ Planned::Altered { fields, .. }) => {
                    met.push(place);
                    if sieve.is_none() || planned.whole().is_some_and(|whole| wants(&whole)) {
                        row.extend(self.shown(fields.clone()));
                        rows.push(row);
                    }
                }
                Some(Planned::New(_)) | None => rows.push(row),
            }
        }
        for (place, planned) in touched.iter().filter(|(place, _)| !met.contains(place)) {
            let Some(whole) = planned.whole().filter(&wants) else { continue };
            let expanded: Row = options.expand.iter().map(|name| (expanded(name).to_owned(), Value::Null)).collect();
            let row = match planned {
                // Other properties than those of the row come with it.
                Planned::Altered { fields, .. } if !expanded.is_empty() => {
                    let key = whole.get(key).cloned().or(place.key.clone().map(Value::from));
                    let mut row = self.look_up(set, key.as_ref(), &expanded)?.unwrap_or_default();
                    row.extend(self.shown(fields.clone()));
                    row
                }
                _ => self.shown(whole),
            };
            rows.push(row);
        }
        let rows = match &sieve {
            Some(sieve) => sieve.sorted(rows),
            None => rows,
        };
        let total = rows.len() as u64;
        let skip = usize::try_from(options.skip.unwrap_or(0)).unwrap_or(usize::MAX);
        let top = options.top.map_or(usize::MAX, |top| usize::try_from(top).unwrap_or(usize::MAX));
        let rows = rows.into_iter().skip(skip).take(top).map(|row| Value::Object(chosen(row, &options))).collect();
        Ok(Dynamic::from(List::whole(self, Ty::Named(element), rows, total)))
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
