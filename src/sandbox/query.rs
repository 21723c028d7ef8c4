//! The query options at work: which rows, in which order, with which properties.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::catalog::{Property, QueryOption, Ty};
use crate::sandbox::filter::{self, Expr, Record, Val};
use crate::sandbox::options::Options;
use crate::sandbox::problem::Problem;
use crate::sandbox::schema::{Schema, named};
use crate::sandbox::search::Search;
use crate::sandbox::selection::{Chosen, EVERYTHING, Selection, unknown_property};

pub(super) const MAX_TOP: usize = 100;
const MAX_EXPAND_DEPTH: usize = 8;

/// Query options that were read for the rows of one type.
#[derive(Debug)]
pub(super) struct Query {
    schema: Schema,
    pub(super) ty: &'static str,
    filter: Option<Expr>,
    search: Option<Search>,
    order: Vec<(Expr, bool)>,
    /// The key of the set, to settle what the order leaves open.
    key: Option<&'static str>,
    top: Option<usize>,
    skip: usize,
    count: bool,
    select: Option<Selection>,
    expand: Vec<Expand>,
}

#[derive(Debug)]
struct Expand {
    property: &'static Property,
    query: Query,
}

impl Query {
    /// `limit` is the largest `$top`.
    pub(super) fn new(
        schema: Schema,
        ty: &'static str,
        key: Option<&'static str>,
        options: &Options,
        limit: usize,
    ) -> Result<Query, Problem> {
        Query::nested(schema, ty, key, options, limit, 0)
    }

    fn nested(
        schema: Schema,
        ty: &'static str,
        key: Option<&'static str>,
        options: &Options,
        limit: usize,
        depth: usize,
    ) -> Result<Query, Problem> {
        let top = options.number(QueryOption::Top)?;
        if let Some(top) = top.filter(|top| *top > limit) {
            return Err(Problem::invalid(format!(
                "The limit of '{limit}' for Top query has been exceeded. The value from the incoming request is \
                 '{top}'."
            )));
        }
        let now = options.now;
        let filter = options.text(QueryOption::Filter).map(|text| filter::parse(schema, now, ty, text)).transpose()?;
        let order = options.text(QueryOption::Orderby);
        let order = order.map(|text| filter::order_keys(schema, now, ty, text)).transpose()?;
        let select = options.text(QueryOption::Select).map(|text| Selection::read(schema, ty, text)).transpose()?;
        let expand = match options.text(QueryOption::Expand) {
            Some(text) => expanded(schema, ty, text, now, depth)?,
            None => Vec::new(),
        };
        Ok(Query {
            schema,
            ty,
            filter,
            search: options.text(QueryOption::Search).map(Search::read).transpose()?,
            order: order.unwrap_or_default(),
            key,
            top,
            skip: options.number(QueryOption::Skip)?.unwrap_or(0),
            count: options.count()?,
            select: select.flatten(),
            expand,
        })
    }

    /// The paths chosen by `$select`.
    pub(super) fn selection(&self) -> Option<&[String]> {
        self.select.as_ref().map(|selection| selection.paths.as_slice())
    }

    /// How many rows there are, whatever the page.
    pub(super) fn total<R: Record>(&self, rows: &[R]) -> usize {
        rows.iter().filter(|row| self.wants(*row)).count()
    }

    fn wants(&self, row: &dyn Record) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.matches(row))
            && self.search.as_ref().is_none_or(|search| search.finds(self.schema, self.ty, row))
    }

    /// The rows of the page, and the number of all that fit if that was asked for.
    pub(super) fn page<R: Record>(&self, rows: Vec<R>) -> (Vec<R>, Option<usize>) {
        let mut rows: Vec<R> = rows.into_iter().filter(|row| self.wants(row)).collect();
        let count = self.count.then_some(rows.len());
        rows = self.in_order(rows);
        let page = rows.into_iter().skip(self.skip).take(self.top.unwrap_or(usize::MAX)).collect();
        (page, count)
    }

    /// The rows in the order that was asked for.
    pub(super) fn in_order<R: Record>(&self, rows: Vec<R>) -> Vec<R> {
        if self.order.is_empty() {
            return rows;
        }
        let values = |row: &R| {
            let mut values: Vec<Val> = self.order.iter().map(|(key, _)| key.value(row)).collect();
            if let Some(property) = self.key.and_then(|key| self.schema.property(self.ty, key)) {
                let value = row.get(property.name).map(|value| Val::from_json(&value, property.ty));
                values.push(value.unwrap_or(Val::Null));
            }
            values
        };
        let descending: Vec<bool> = self.order.iter().map(|(_, descending)| *descending).chain([false]).collect();
        let mut keyed: Vec<(Vec<Val>, R)> = rows.into_iter().map(|row| (values(&row), row)).collect();
        keyed.sort_by(|(left, _), (right, _)| {
            let pairs = left.iter().zip(right).zip(&descending);
            let mut orders = pairs.map(|((left, right), descending)| {
                let order = left.order(right);
                if *descending { order.reverse() } else { order }
            });
            orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
        keyed.into_iter().map(|(_, row)| row).collect()
    }

    /// The row as it is answered: the chosen properties, and the expanded ones.
    pub(super) fn project(&self, row: &dyn Record) -> Map<String, Value> {
        let mut map = Map::new();
        for property in self.schema.properties(self.ty).filter(|property| !property.navigation) {
            let chosen = match &self.select {
                Some(selection) => selection.chosen.within(property.name),
                // A script can be long: it comes only when it is asked for.
                None if self.ty == "CallFlowApp" && property.name == "ScriptCode" => None,
                None => Some(&EVERYTHING),
            };
            if let (Some(chosen), Some(value)) = (chosen, row.get(property.name)) {
                map.insert(property.name.to_owned(), shown(self.schema, property.ty, &value, chosen));
            }
        }
        for Expand { property, query } in &self.expand {
            let value = row.get(property.name);
            let value = value.as_deref().unwrap_or(&Value::Null);
            if matches!(property.ty, Ty::List(_)) {
                let rows = value.as_array().into_iter().flatten().filter_map(Value::as_object);
                let (rows, count) = query.page(rows.collect());
                if let Some(count) = count {
                    map.insert(format!("{}@odata.count", property.name), Value::from(count));
                }
                let rows = rows.into_iter().map(|row| Value::Object(query.project(row)));
                map.insert(property.name.to_owned(), rows.collect());
            } else {
                let value = value.as_object().map(|row| Value::Object(query.project(row)));
                map.insert(property.name.to_owned(), value.unwrap_or_default());
            }
        }
        map
    }
}

impl<R: Record> Record for &R {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        (**self).get(name)
    }
}

/// A value as the release shows it: without navigation, without what only other releases have, secrets hidden.
pub(super) fn plain(schema: Schema, ty: Ty, value: &Value) -> Value {
    shown(schema, ty, value, &EVERYTHING)
}

fn shown(schema: Schema, ty: Ty, value: &Value, chosen: &Chosen) -> Value {
    match (ty, value) {
        (Ty::List(element), Value::Array(items)) => {
            items.iter().map(|item| shown(schema, *element, item, chosen)).collect()
        }
        (Ty::Named("ConcealedPassword"), Value::Object(map)) => {
            let known = map.get("Value").is_some_and(|value| !value.is_null());
            let concealed = known || map.get("Concealed") == Some(&Value::Bool(true));
            let hidden = [("Concealed", Value::from(concealed)), ("Value", Value::Null)];
            let shown = hidden.into_iter().filter(|(name, _)| chosen.within(name).is_some());
            shown.map(|(name, value)| (name.to_owned(), value)).collect()
        }
        (Ty::Named(name), Value::Object(map)) => {
            let properties = schema.properties(name).filter(|property| !property.navigation);
            let shown = properties.filter_map(|property| {
                let value = shown(schema, property.ty, map.get(property.name)?, chosen.within(property.name)?);
                Some((property.name.to_owned(), value))
            });
            Value::Object(shown.collect())
        }
        _ => value.clone(),
    }
}

fn expanded(
    schema: Schema,
    ty: &'static str,
    text: &str,
    now: Timestamp,
    depth: usize,
) -> Result<Vec<Expand>, Problem> {
    if depth == MAX_EXPAND_DEPTH {
        return Err(Problem::invalid(format!(
            "The request includes a $expand path which is too deep. The maximum depth allowed is {MAX_EXPAND_DEPTH}."
        )));
    }
    let mut found: Vec<Expand> = Vec::new();
    for item in split_outside(text, ',')? {
        let (path, options) = match item.split_once('(') {
            Some((name, rest)) => (name, rest.trim_end().strip_suffix(')').ok_or_else(|| unbalanced(item))?),
            None => (item, ""),
        };
        let options = nested_options(options, now)?;
        let name = path.trim();
        if name == "*" {
            let all = schema.properties(ty).filter(|property| property.navigation);
            for property in all {
                found.push(expand(schema, property, &options, depth)?);
            }
            continue;
        }
        if let Some((name, rest)) = name.split_once('/') {
            return Err(Problem::invalid(format!(
                "The query specified in the URI is not valid. $expand of '{name}/{rest}' is not supported: write \
                 $expand={name}, with what it is to do in parentheses."
            )));
        }
        let property = schema.property(ty, name).ok_or_else(|| unknown_property(name, Ty::Named(ty)))?;
        if !property.navigation {
            return Err(Problem::invalid(format!(
                "The query specified in the URI is not valid. Property '{name}' on type 'Pbx.{ty}' is not a navigation \
                 property. Only navigation properties can be expanded."
            )));
        }
        found.push(expand(schema, property, &options, depth)?);
    }
    Ok(found)
}

fn expand(schema: Schema, property: &'static Property, options: &Options, depth: usize) -> Result<Expand, Problem> {
    let ty = named(property.ty).ok_or_else(|| unknown_property(property.name, property.ty))?;
    let query = Query::nested(schema, ty, None, options, MAX_TOP, depth + 1)?;
    Ok(Expand { property, query })
}

/// `$expand=Rights;$select=Name`.
fn nested_options(text: &str, now: Timestamp) -> Result<Options, Problem> {
    let mut pairs = Vec::new();
    for part in split_outside(text, ';')?.into_iter().filter(|part| !part.trim().is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name = name.trim();
        // Nobody else's options can stand here.
        let name = if name.starts_with('$') { name.to_owned() } else { format!("${name}") };
        pairs.push((name, value.trim().to_owned()));
    }
    Options::read(pairs, now)
}

/// Parts between separators that stand in no parentheses and no quotes.
fn split_outside(text: &str, separator: char) -> Result<Vec<&str>, Problem> {
    let (mut depth, mut quoted, mut start) = (0i32, false, 0);
    let mut parts = Vec::new();
    for (place, next) in text.char_indices() {
        match next {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ if next == separator && !quoted && depth == 0 => {
                parts.push(&text[start..place]);
                start = place + next.len_utf8();
            }
            _ => {}
        }
        if depth < 0 {
            break;
        }
    }
    parts.push(&text[start..]);
    let balanced = depth == 0 && !quoted;
    balanced.then_some(parts).ok_or_else(|| unbalanced(text))
}

fn unbalanced(text: &str) -> Problem {
    Problem::invalid(format!("The query specified in the URI is not valid. Unbalanced expression '{text}'."))
}
