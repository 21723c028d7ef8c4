//! Inside of `#{ … }` that is given to a call: the names that it can have.

use crate::catalog::{Body, FileBody, Property, QueryOption, Ty, Variant};
use crate::repl::complete::{Candidate, Completion, pair};
use crate::repl::context::Argument;
use crate::script::Doc;
use crate::show::reference;

/// What a term of a filter can ask for besides equality.
pub(super) const TERMS: [&str; 9] = ["eq", "ne", "gt", "ge", "lt", "le", "contains", "startswith", "endswith"];

impl<'a> Completion<'a> {
    pub(super) fn keys(&self, argument: &Argument) -> Vec<Candidate> {
        let mut all = match argument.path.as_slice() {
            [] => self.top_keys(argument),
            path => self.nested_keys(argument, path),
        };
        all.retain(|it| !argument.taken.contains(&it.text.trim_end_matches(": ")));
        all
    }

    fn top_keys(&self, argument: &Argument) -> Vec<Candidate> {
        if let Some((_, variant)) = self.operation(&argument.call) {
            return self.keys_of_call(variant, argument.index);
        }
        match argument.call.as_slice() {
            [only] if *only == "connect" => {
                ["url", "client_id", "client_secret"].iter().map(|it| key(it, "string")).collect()
            }
            [only] if self.object(only).is_some() => self.properties(only).map(property_key).collect(),
            [.., name] => options_of(name),
            [] => Vec::new(),
        }
    }

    fn keys_of_call(&self, variant: &'a Variant, index: usize) -> Vec<Candidate> {
        let release = self.release();
        let keys = variant.keys().count();
        let parameters = variant.parameters.len();
        let entity = variant.entity(release).map(|ty| ty.to_string());
        // An update takes an object or a map that names its own key.
        let own = index == 0 && keys > 0 && keys == parameters;
        match (&variant.body, &entity) {
            (Body::Entity(_), Some(ty)) if index == parameters || own => {
                return self.properties(ty).map(property_key).collect();
            }
            (Body::Fields(fields), _) if index == parameters => return fields.iter().map(property_key).collect(),
            _ => {}
        }
        let options = QueryOption::ALL.into_iter().filter(|option| variant.has_option(*option, release));
        let options = options.map(|option| key(option.name(), option_about(option)));
        let named = variant.parameters.iter().skip(index).map(|it| key(it.name, &it.ty.to_string()));
        let matching = variant.if_match.then(|| key("if_match", "string"));
        let of_file = variant.file().map(|_| FileBody::OPTIONS.map(|(name, ty)| key(name, ty)));
        named.chain(options).chain(matching).chain(of_file.into_iter().flatten()).collect()
    }

    fn nested_keys(&self, argument: &Argument, path: &[&str]) -> Vec<Candidate> {
        if let Some(ty) = self.filtered(argument) {
            let inner = path.get(1..).unwrap_or_default();
            return match self.typed(ty, inner) {
                None if inner.is_empty() => self.properties(ty).map(property_key).collect(),
                Some(Ty::Named(name) | Ty::List(&Ty::Named(name))) if self.object(name).is_some() => {
                    self.properties(name).map(property_key).collect()
                }
                Some(_) => TERMS.iter().map(|term| key(term, "")).collect(),
                None => Vec::new(),
            };
        }
        let start = match self.operation(&argument.call) {
            Some((_, variant)) => match (&variant.body, variant.entity(self.release())) {
                (Body::Fields(fields), _) => {
                    let field = fields.iter().find(|field| Some(&field.name) == path.first());
                    let ty = field.and_then(|field| match field.ty {
                        Ty::Named(name) | Ty::List(&Ty::Named(name)) => self.object(name),
                        _ => None,
                    });
                    return self.walk(ty, path.get(1..).unwrap_or_default());
                }
                (_, Some(Ty::Named(name))) => self.object(name),
                _ => None,
            },
            None => argument.call.first().and_then(|name| self.object(name)),
        };
        self.walk(start, path)
    }

    fn walk(&self, start: Option<&'a str>, path: &[&str]) -> Vec<Candidate> {
        let end = path.iter().fold(start, |ty, name| self.field(ty?, name));
        end.map_or_else(Vec::new, |ty| self.properties(ty).map(property_key).collect())
    }
}

fn key(name: &str, about: &str) -> Candidate {
    pair(format!("{name}: "), format!("{name}  {about}").trim_end().to_owned())
}

/// The options that a function says it takes: `separator` and others of `csv::read`.
fn options_of(name: &str) -> Vec<Candidate> {
    let of_name = |doc: &&Doc| {
        doc.name == name || reference::group(doc.name).is_some() && doc.name.ends_with(&format!(".{name}"))
    };
    let calls = reference::docs().filter(of_name).flat_map(|doc| doc.calls);
    let maps = calls.filter_map(|call| call.split_once("#{")?.1.split_once('}')).map(|(map, _)| map);
    let fields = maps.flat_map(|map| map.split(", ")).filter_map(|field| field.split_once(':'));
    fields.map(|(name, value)| key(name.trim(), value.trim())).collect()
}

fn property_key(property: &Property) -> Candidate {
    key(property.name, &property.ty.to_string())
}

fn option_about(option: QueryOption) -> &'static str {
    match option {
        QueryOption::Top => "at most so many rows",
        QueryOption::Skip => "leave out so many rows",
        QueryOption::Search => "a text to look for",
        QueryOption::Filter => "which rows: a text or a map",
        QueryOption::Count => "true: let the PBX count",
        QueryOption::Select => "which properties",
        QueryOption::Orderby => "in which order",
        QueryOption::Expand => "with which related objects",
    }
}
