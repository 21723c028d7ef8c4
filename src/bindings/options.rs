//! The map of options at the end of a call.

use crate::bindings::arguments::{Reader, wrong_type};
use crate::bindings::fault::Fault;
use crate::bindings::schema::Schema;
use crate::bindings::value::Unknown;
use crate::bindings::{filters, nearest};
use crate::catalog::{Answer, QueryOption, Ty};
use crate::odata::Options;
use crate::script::native::{Dynamic, Map};

/// Reads what is left of the map after the parameters were taken out of it.
pub(super) fn read(reader: &Reader, given: Map) -> Result<Options, Fault> {
    let mut options = Options::default();
    for (name, given) in given {
        let option = QueryOption::from_name(&name).filter(|option| reader.has_option(*option));
        let Some(option) = option else {
            reader.is_here(&name)?;
            let known = reader.option_names();
            return Err(Fault::UnknownOption {
                operation: reader.operation.full_name(),
                nearest: nearest(&name, known.iter().copied()),
                name: name.to_string(),
                known,
            });
        };
        if given.is_unit() || Unknown::of(&given).is_some() {
            continue;
        }
        let (schema, element) = (reader.schema, element(reader));
        match option {
            QueryOption::Top => options.top = Some(number(&name, &given)?),
            QueryOption::Skip => options.skip = Some(number(&name, &given)?),
            QueryOption::Search => options.search = Some(text(&name, &given)?),
            QueryOption::Count => {
                options.count = Some(given.as_bool().map_err(|_| wrong_type("count", "true or false", &given))?);
            }
            QueryOption::Filter => options.filter = Some(filters::read(schema, element, &given)?),
            QueryOption::Select => options.select = names(&name, &given, |item| select(schema, element, item))?,
            QueryOption::Orderby => options.orderby = names(&name, &given, |item| orderby(schema, element, item))?,
            QueryOption::Expand => options.expand = names(&name, &given, |item| expand(schema, element, item))?,
        }
    }
    Ok(options)
}

/// The type of the rows that come back, if they are objects.
fn element(reader: &Reader) -> Option<&'static str> {
    match reader.variant.answer(reader.schema.assumed()) {
        Answer::List(Ty::Named(name)) | Answer::Object(Ty::Named(name)) => Some(name),
        _ => None,
    }
}

fn number(name: &str, given: &Dynamic) -> Result<u64, Fault> {
    let whole = given.as_int().map_err(|_| wrong_type(name, "a whole number", given))?;
    u64::try_from(whole).map_err(|_| Fault::OutOfRange {
        what: name.to_owned(),
        least: 0,
        most: i64::MAX,
        given: whole,
    })
}

fn text(name: &str, given: &Dynamic) -> Result<String, Fault> {
    given.clone().into_string().map_err(|_| wrong_type(name, "a string", given))
}

/// `"Id,Number"` or `["Id", "Number"]`, each looked at by `check`.
fn names(option: &str, given: &Dynamic, check: impl Fn(&str) -> Result<(), Fault>) -> Result<Vec<String>, Fault> {
    let list = match given.as_array_ref() {
        Ok(items) => items
            .iter()
            .filter(|item| Unknown::of(item).is_none())
            .map(|item| item.clone().into_string().map_err(|_| wrong_type(option, "strings in the array", item)))
            .collect::<Result<_, _>>()?,
        Err(_) => {
            let text = given
                .clone()
                .into_string()
                .map_err(|_| wrong_type(option, "a string or an array of strings", given))?;
            split(&text, ',')
        }
    };
    list.iter().try_for_each(|item| check(item.trim()))?;
    Ok(list)
}

/// The form that an item of an option must have.
fn malformed(option: &str, expected: &str, item: &str) -> Fault {
    wrong_type(option, expected, &item.into())
}

/// A property, or one inside of others: `Hours/Type`. Gives the type of what is there, where that is known.
fn path(schema: Schema, element: Option<&'static str>, option: &str, item: &str) -> Result<Option<Ty>, Fault> {
    let mut ty = element.map(Ty::Named);
    for name in item.split('/') {
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name {
            return Err(malformed(option, "names of properties", item));
        }
        // What the catalog knows nothing about, the PBX may judge.
        let owner = ty.and_then(object).filter(|owner| !schema.catalog.properties(owner).is_empty());
        ty = match owner {
            Some(owner) => Some(schema.known(owner, name)?.ty),
            None => None,
        };
    }
    Ok(ty)
}

/// The type of an object, or of those in a collection.
fn object(ty: Ty) -> Option<&'static str> {
    match ty {
        Ty::Named(name) => Some(name),
        Ty::List(element) => object(*element),
        _ => None,
    }
}

fn select(schema: Schema, element: Option<&'static str>, item: &str) -> Result<(), Fault> {
    if item == "*" { Ok(()) } else { path(schema, element, "select", item).map(|_| ()) }
}

fn orderby(schema: Schema, element: Option<&'static str>, item: &str) -> Result<(), Fault> {
    let (name, direction) = item.split_once(char::is_whitespace).unwrap_or((item, ""));
    match direction.trim() {
        "" | "asc" | "desc" => path(schema, element, "orderby", name).map(|_| ()),
        _ => Err(malformed("orderby", "names of properties, each with `asc` or `desc` behind it or neither", item)),
    }
}

/// `Members($select=Number;$expand=Rights)`: names and options are looked at, at every depth.
fn expand(schema: Schema, element: Option<&'static str>, item: &str) -> Result<(), Fault> {
    const FORM: &str = "a property, or one with options like `Members($select=Number;$expand=Rights)`";
    let (name, inner) = match item.split_once('(') {
        Some((name, inner)) => (name, Some(inner.strip_suffix(')').ok_or_else(|| malformed("expand", FORM, item))?)),
        None => (item, None),
    };
    let element = path(schema, element, "expand", name.trim())?.and_then(object);
    for part in split(inner.unwrap_or_default(), ';') {
        let (option, value) = part.split_once('=').ok_or_else(|| malformed("expand", FORM, item))?;
        let known = QueryOption::ALL.map(QueryOption::name);
        let shown = option.trim().trim_start_matches('$');
        let items = || split(value, ',');
        match QueryOption::from_name(shown) {
            Some(QueryOption::Select) => items().iter().try_for_each(|item| select(schema, element, item))?,
            Some(QueryOption::Orderby) => items().iter().try_for_each(|item| orderby(schema, element, item))?,
            Some(QueryOption::Expand) => items().iter().try_for_each(|item| expand(schema, element, item))?,
            Some(QueryOption::Filter) => filters::misspelt(schema, element, value)?,
            Some(_) => {}
            None => {
                return Err(Fault::UnknownOption {
                    operation: "expand".to_owned(),
                    nearest: nearest(shown, known),
                    name: shown.to_owned(),
                    known: known.to_vec(),
                });
            }
        }
    }
    Ok(())
}

/// Splits at what stands outside of parentheses and quotes: `Groups($select=Id,Name),Phones` has two parts.
fn split(text: &str, at: char) -> Vec<String> {
    let (mut parts, mut depth, mut quoted) = (vec![String::new()], 0_usize, false);
    for c in text.chars() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ if c == at && depth == 0 && !quoted => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}
