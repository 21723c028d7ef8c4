//! The map of options at the end of a call.

use crate::bindings::arguments::{Reader, wrong_type};
use crate::bindings::fault::Fault;
use crate::bindings::schema::{Frame, Schema};
use crate::bindings::value::Unknown;
use crate::bindings::{nearest, value};
use crate::catalog::{Answer, Property, QueryOption, Ty};
use crate::client::request::literal_kind;
use crate::odata::{Literal, Options};
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
        let element = element(reader);
        match option {
            QueryOption::Top => options.top = Some(number(&name, &given)?),
            QueryOption::Skip => options.skip = Some(number(&name, &given)?),
            QueryOption::Search => options.search = Some(text(&name, &given)?),
            QueryOption::Count => {
                options.count = Some(given.as_bool().map_err(|_| wrong_type("count", "true or false", &given))?);
            }
            QueryOption::Filter => options.filter = Some(filter(reader.schema, element, &given)?),
            QueryOption::Select => options.select = names(reader.schema, element, &name, &given)?,
            QueryOption::Orderby => options.orderby = names(reader.schema, element, &name, &given)?,
            QueryOption::Expand => options.expand = names(reader.schema, element, &name, &given)?,
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

/// `"Id,Number"` or `["Id", "Number"]`; the names at the top are checked.
fn names(schema: Schema, element: Option<&'static str>, option: &str, given: &Dynamic) -> Result<Vec<String>, Fault> {
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
            split(&text)
        }
    };
    if let Some(element) = element {
        for item in &list {
            let name = item.split(['(', '/', ' ']).next().unwrap_or_default();
            if name != "*" && !schema.catalog.properties(element).is_empty() {
                schema.known(element, name)?;
            }
        }
    }
    Ok(list)
}

/// Splits at the commas that stand outside of parentheses: `Groups($select=Id,Name),Phones` has two parts.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0_usize);
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
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

/// A text, or a map of properties and the values that they must have.
fn filter(schema: Schema, element: Option<&'static str>, given: &Dynamic) -> Result<String, Fault> {
    let Ok(map) = given.as_map_ref() else {
        let text = given.clone().into_string().map_err(|_| wrong_type("filter", "a string or a map", given))?;
        if let Some(element) = element {
            misspelt(schema, element, &text)?;
        }
        return Ok(text);
    };
    let mut terms = Vec::new();
    for (name, wanted) in map.iter() {
        let property = match element {
            Some(element) => Some(schema.known(element, name)?),
            None => None,
        };
        match wanted.as_array_ref() {
            Ok(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| term(schema, property, name, item)).collect();
                terms.push(format!("{name} in ({})", items?.join(",")));
            }
            Err(_) => terms.push(format!("{name} eq {}", term(schema, property, name, wanted)?)),
        }
    }
    Ok(terms.join(" and "))
}

fn term(schema: Schema, property: Option<&'static Property>, name: &str, wanted: &Dynamic) -> Result<String, Fault> {
    if wanted.is_unit() || Unknown::of(wanted).is_some() {
        return Ok("null".to_owned());
    }
    let ty = property.map(|property| property.ty);
    let accepted = match ty {
        Some(ty) => schema.accept(&Frame::named(name), ty, true, None, wanted.clone())?,
        None => wanted.clone(),
    };
    let json = value::to_json(&accepted);
    let literal = match ty.and_then(literal_kind) {
        Some(kind) => Literal::new(&json, kind),
        None => Literal::plain(&json),
    };
    literal.map(|literal| literal.to_string()).map_err(|error| Fault::Filter { reason: format!("{name}: {error}") })
}

/// Refuses a filter with a name in it that is nearly a property. The PBX would refuse it too, but cannot say which one was meant;
/// a name that is near to nothing may be something that only the PBX understands.
fn misspelt(schema: Schema, element: &str, filter: &str) -> Result<(), Fault> {
    const WORDS: [&str; 20] = [
        "eq", "ne", "gt", "ge", "lt", "le", "and", "or", "not", "in", "has", "add", "sub", "mul", "div", "mod", "null",
        "true", "false", "divby",
    ];
    // What stands in quotes is a value; a doubled quote only makes two values of one.
    for part in filter.split('\'').step_by(2) {
        let mut before = ' ';
        for word in part.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_' && c != '.') {
            let name = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
            let after = word[name.len()..].chars().next();
            // A function, a lambda's variable, or a step of a path: none of them is a property of this type.
            let other = matches!(after, Some('(' | ':')) || before == '/' || name.contains('.');
            let is_name = name.starts_with(|c: char| c.is_alphabetic()) && !WORDS.contains(&name);
            before = after.unwrap_or(' ');
            if other || !is_name {
                continue;
            }
            match schema.known(element, name) {
                Ok(_) | Err(Fault::UnknownProperty { nearest: None, .. }) => {}
                Err(fault) => return Err(fault),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Schema, misspelt};
    use crate::catalog::Catalog;

    #[test]
    fn filters_are_read_just_enough() {
        let schema = Schema { catalog: Catalog::builtin(), release: None, home: None };
        for fine in [
            "Number eq '100'",
            "Number eq 'Nmber eq 1'",
            "Name eq 'it''s Nmber'",
            "contains(tolower(FirstName),'x') and not (Enabled eq false)",
            "Groups/any(g:g/GroupId eq 5 and g/Nme eq 'x')",
            "QueueStatus eq Pbx.QueueStatusType'LoggedIn' or Hours/Typ eq 'x'",
            "Id in (1,2,3) and SomethingOfTheNextRelease eq 1",
        ] {
            assert!(misspelt(schema, "User", fine).is_ok(), "{fine}");
        }
        for wrong in ["Nmber eq '100'", "Enabled eq true and (FirstNam eq 'x')", "contains(LstName,'x')", "not Enbled"]
        {
            assert!(misspelt(schema, "User", wrong).is_err(), "{wrong}");
        }
    }
}
