//! The query options at work: which rows, in which order, with which properties.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use crate::catalog::{Property, QueryOption, Ty};
use crate::sandbox::filter::{self, Expr, Record, Val};
use crate::sandbox::options::Options;
use crate::sandbox::problem::Problem;
use crate::sandbox::schema::{Schema, named};

pub(super) const MAX_TOP: usize = 100;
const MAX_EXPAND_DEPTH: usize = 8;

/// Query options that were read for the rows of one type.
#[derive(Debug)]
pub(super) struct Query {
    schema: Schema,
    pub(super) ty: &'static str,
    filter: Option<Expr>,
    search: Vec<String>,
    order: Vec<(Expr, bool)>,
    /// The key of the set, to settle what the order leaves open.
    key: Option<&'static str>,
    top: Option<usize>,
    skip: usize,
    count: bool,
    select: Option<Vec<&'static str>>,
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
        let filter = options.text(QueryOption::Filter).map(|text| filter::parse(schema, ty, text)).transpose()?;
        let order = options.text(QueryOption::Orderby).map(|text| filter::order_keys(schema, ty, text)).transpose()?;
        let select = options.text(QueryOption::Select).map(|text| selected(schema, ty, text)).transpose()?;
        let expand = match options.text(QueryOption::Expand) {
            Some(text) => expanded(schema, ty, text, depth)?,
            None => Vec::new(),
        };
        Ok(Query {
            schema,
            ty,
            filter,
            search: options.text(QueryOption::Search).map(words).transpose()?.unwrap_or_default(),
            order: order.unwrap_or_default(),
            key,
            top,
            skip: options.number(QueryOption::Skip)?.unwrap_or(0),
            count: options.count()?,
            select: select.flatten(),
            expand,
        })
    }

    /// The names chosen by `$select`.
    pub(super) fn selection(&self) -> Option<&[&'static str]> {
        self.select.as_deref()
    }

    /// How many rows there are, whatever the page.
    pub(super) fn total<R: Record>(&self, rows: &[R]) -> usize {
        rows.iter().filter(|row| self.wants(*row)).count()
    }

    fn wants(&self, row: &dyn Record) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.matches(row)) && self.search_finds(row)
    }

    /// The rows of the page, and the number of all that fit if that was asked for.
    pub(super) fn page<R: Record>(&self, rows: Vec<R>) -> (Vec<R>, Option<usize>) {
        let mut rows: Vec<R> = rows.into_iter().filter(|row| self.wants(row)).collect();
        let count = self.count.then_some(rows.len());
        if !self.order.is_empty() {
            rows = self.sorted(rows);
        }
        let page = rows.into_iter().skip(self.skip).take(self.top.unwrap_or(usize::MAX)).collect();
        (page, count)
    }

    fn sorted<R: Record>(&self, rows: Vec<R>) -> Vec<R> {
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

    fn search_finds(&self, row: &dyn Record) -> bool {
        if self.search.is_empty() {
            return true;
        }
        let texts = self.schema.properties(self.ty).filter(|property| property.ty == Ty::String);
        let texts: Vec<String> =
            texts.filter_map(|property| row.get(property.name)?.as_str().map(str::to_lowercase)).collect();
        self.search.iter().all(|word| texts.iter().any(|text| text.contains(word)))
    }

    /// The row as it is answered: the chosen properties, and the expanded ones.
    pub(super) fn project(&self, row: &dyn Record) -> Map<String, Value> {
        let mut map = Map::new();
        for property in self.schema.properties(self.ty) {
            let chosen = match &self.select {
                Some(names) => names.contains(&property.name),
                // A script can be long: it comes only when it is asked for.
                None => !(self.ty == "CallFlowApp" && property.name == "ScriptCode"),
            };
            if !property.navigation
                && chosen
                && let Some(value) = row.get(property.name)
            {
                map.insert(property.name.to_owned(), plain(self.schema, property.ty, &value));
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
    match (ty, value) {
        (Ty::List(element), Value::Array(items)) => items.iter().map(|item| plain(schema, *element, item)).collect(),
        (Ty::Named("ConcealedPassword"), Value::Object(map)) => {
            let known = map.get("Value").is_some_and(|value| !value.is_null());
            let concealed = known || map.get("Concealed") == Some(&Value::Bool(true));
            json!({"Concealed": concealed, "Value": null})
        }
        (Ty::Named(name), Value::Object(map)) => {
            let properties = schema.properties(name).filter(|property| !property.navigation);
            let shown = properties.filter_map(|property| {
                let value = plain(schema, property.ty, map.get(property.name)?);
                Some((property.name.to_owned(), value))
            });
            Value::Object(shown.collect())
        }
        _ => value.clone(),
    }
}

fn unknown_property(name: &str, ty: &str) -> Problem {
    Problem::invalid(format!(
        "The query specified in the URI is not valid. Could not find a property named '{name}' on type 'Pbx.{ty}'."
    ))
}

/// None for everything.
fn selected(schema: Schema, ty: &'static str, text: &str) -> Result<Option<Vec<&'static str>>, Problem> {
    let mut names = Vec::new();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        if item == "*" {
            return Ok(None);
        }
        // Of a path, the whole first property comes.
        let name = item.split('/').next().unwrap_or(item);
        names.push(schema.property(ty, name).ok_or_else(|| unknown_property(name, ty))?.name);
    }
    Ok(Some(names))
}

fn expanded(schema: Schema, ty: &'static str, text: &str, depth: usize) -> Result<Vec<Expand>, Problem> {
    if depth == MAX_EXPAND_DEPTH {
        return Err(Problem::invalid(format!(
            "The request includes a $expand path which is too deep. The maximum depth allowed is {MAX_EXPAND_DEPTH}."
        )));
    }
    let mut found: Vec<Expand> = Vec::new();
    for item in split_outside(text, ',')? {
        let (name, options) = match item.split_once('(') {
            Some((name, rest)) => (name.trim(), nested_options(rest.trim_end().strip_suffix(')').unwrap_or(rest))?),
            None => (item.trim(), Options::default()),
        };
        if name == "*" {
            let all = schema.properties(ty).filter(|property| property.navigation);
            for property in all {
                found.push(expand(schema, property, &Options::default(), depth)?);
            }
            continue;
        }
        let property = schema.property(ty, name).ok_or_else(|| unknown_property(name, ty))?;
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
    let ty = named(property.ty).ok_or_else(|| unknown_property(property.name, "object"))?;
    let query = Query::nested(schema, ty, None, options, MAX_TOP, depth + 1)?;
    Ok(Expand { property, query })
}

/// `$expand=Rights;$select=Name`.
fn nested_options(text: &str) -> Result<Options, Problem> {
    let mut pairs = Vec::new();
    for part in split_outside(text, ';')?.into_iter().filter(|part| !part.trim().is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        pairs.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Options::read(pairs)
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
    balanced.then_some(parts).ok_or_else(|| {
        Problem::invalid(format!("The query specified in the URI is not valid. Unbalanced expression '{text}'."))
    })
}

/// The words and quoted phrases of `$search`, in lower case.
fn words(text: &str) -> Result<Vec<String>, Problem> {
    let mut words = Vec::new();
    let mut parts = text.split('"');
    while let Some(bare) = parts.next() {
        words.extend(bare.split_whitespace().filter(|word| *word != "AND").map(str::to_lowercase));
        match (parts.next(), parts.clone().next()) {
            (Some(phrase), Some(_)) => words.push(phrase.to_lowercase()),
            (Some(_), None) => return Err(Problem::invalid("The $search expression holds an unclosed quote.")),
            (None, _) => {}
        }
    }
    Ok(words)
}
