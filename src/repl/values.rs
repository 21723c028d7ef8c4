//! What may stand in a text or for a key: values of enums, rows that were seen, files, profiles.

use crate::catalog::overlay::doc;
use crate::catalog::{Answer, Body, Operation, QueryOption, Shape, Ty, Variant};
use crate::repl::complete::{Candidate, Completion, about, pair, plain};
use crate::repl::context::{Argument, call, owner};
use crate::repl::fields::TERMS;
use crate::repl::kinds::Known;

impl<'a> Completion<'a> {
    /// The type of the rows whose filter the map is, if it is one.
    pub(super) fn filtered(&self, argument: &Argument) -> Option<&'a str> {
        if argument.path.first() != Some(&"filter") {
            return None;
        }
        let (_, variant) = self.operation(&argument.call)?;
        let is_option = variant.has_option(QueryOption::Filter, self.release());
        match variant.answer(self.release()) {
            Answer::List(Ty::Named(row)) if is_option => Some(row),
            _ => None,
        }
    }

    /// The type of what is behind these names in an object; nothing for the object itself.
    pub(super) fn typed(&self, start: &str, path: &[&str]) -> Option<Ty> {
        let mut ty = None;
        for name in path.iter().filter(|name| !TERMS.contains(name)) {
            let owner = match ty {
                None => start,
                Some(Ty::Named(inner) | Ty::List(&Ty::Named(inner))) => inner,
                Some(_) => return None,
            };
            ty = Some(self.catalog.property(owner, name, self.release())?.ty);
        }
        ty
    }

    /// The type of a field in a map that is an argument.
    pub(super) fn type_in(&self, argument: &Argument, name: &str) -> Option<Ty> {
        let mut path = argument.path.clone();
        path.push(name);
        if let Some(row) = self.filtered(argument) {
            return self.typed(row, path.get(1..)?);
        }
        let Some((_, variant)) = self.operation(&argument.call) else {
            return self.typed(self.object(argument.call.first()?)?, &path);
        };
        let parameter = || variant.parameters.iter().find(|it| path == [it.name]).map(|it| it.ty);
        let inside = match (&variant.body, variant.entity(self.release())) {
            (Body::Fields(fields), _) => {
                let field = fields.iter().find(|field| field.name == path[0]).map(|field| field.ty);
                match (field, path.get(1..)) {
                    (Some(ty), Some([])) => Some(ty),
                    (Some(Ty::Named(name) | Ty::List(&Ty::Named(name))), Some(rest)) => self.typed(name, rest),
                    _ => None,
                }
            }
            (_, Some(Ty::Named(name))) => self.typed(name, &path),
            _ => None,
        };
        inside.or_else(parameter)
    }

    pub(super) fn choices(&self, argument: &Argument, name: &str) -> Vec<Candidate> {
        if matches!(name, "Number" | "number") && !argument.path.is_empty() {
            // A member of something: any number that was seen.
            return self.seen(None, "Number");
        }
        self.type_in(argument, name).map_or_else(Vec::new, |ty| self.values_of(ty))
    }

    /// The property that a text is for.
    pub(super) fn assigned(&self, path: &[&str]) -> Vec<Candidate> {
        self.compared(path).map_or_else(Vec::new, |ty| self.values_of(ty))
    }

    /// The type of a property of a variable.
    pub(super) fn compared(&self, path: &[&str]) -> Option<Ty> {
        let (name, head) = path.split_last()?;
        let Known::Object(ty) = self.known(head) else { return None };
        self.typed(ty, &[*name])
    }

    /// What may stand where a value of a type is wanted; names of any kind too, once one is typed.
    pub(super) fn wanted(&self, ty: Option<Ty>, word: &str) -> Vec<Candidate> {
        let mut all = ty.map_or_else(Vec::new, |ty| self.literals(ty, '"'));
        if all.is_empty() || !word.is_empty() {
            all.extend(self.names(word));
        }
        all
    }

    /// The values of a type that has few of them, as they are written.
    pub(super) fn literals(&self, ty: Ty, quote: char) -> Vec<Candidate> {
        if ty == Ty::Bool {
            return ["true", "false"].map(plain).to_vec();
        }
        self.values_of(ty).into_iter().map(|it| plain(format!("{quote}{}{quote}", it.text))).collect()
    }

    /// Scripts beside this one, as they are imported.
    pub(super) fn sources(&self, word: &str) -> Vec<Candidate> {
        let name = |it: Candidate| match it.text.strip_suffix(".rhai") {
            Some(name) => Some(plain(name)),
            None => it.text.ends_with('/').then_some(it),
        };
        self.files(word).into_iter().filter_map(name).collect()
    }

    /// The values of an enum, as they stand in a text.
    pub(super) fn values_of(&self, ty: Ty) -> Vec<Candidate> {
        let (Ty::Named(name) | Ty::List(&Ty::Named(name))) = ty else { return Vec::new() };
        let Some(Shape::Enum { values, .. }) = self.catalog.ty(name).map(|ty| &ty.shape) else { return Vec::new() };
        let there = values.iter().filter(|value| self.names.release.is_none_or(|it| value.releases.contains(it)));
        there.map(|value| plain(value.value)).collect()
    }

    /// A text that is an argument itself.
    pub(super) fn texts(&self, call: &[&str], index: usize, word: &str) -> Vec<Candidate> {
        if let Some((_, variant)) = self.operation(call) {
            return match variant.parameters.get(index) {
                Some(parameter) => {
                    let mut all = self.values_of(parameter.ty);
                    all.extend(self.keys_seen(variant, parameter.name));
                    all
                }
                None if variant.file().is_some() => self.files(word),
                None => Vec::new(),
            };
        }
        let Some((name, head)) = call.split_last() else { return Vec::new() };
        match *name {
            "connect" if head.is_empty() && index == 0 => {
                self.names.profiles.iter().map(plain).chain([plain("sandbox")]).collect()
            }
            "supports" => self.catalog.operations().map(|it| about(&it.full_name(), doc(&it.full_name()))).collect(),
            "sort_by" | "group_by" | "order_by" if index == 0 => match self.of_receiver(&owner(self.before)) {
                Known::List(ty) | Known::Array(ty) => {
                    self.properties(ty).map(|it| about(it.name, Some(&it.ty.to_string()))).collect()
                }
                _ => Vec::new(),
            },
            "save" if !head.is_empty() && index == 0 => self.files(word),
            name if name.starts_with("file::") => self.files(word),
            "csv::read" | "csv::rows" | "csv::write" | "json::read" | "json::write" if index == 0 => self.files(word),
            _ => Vec::new(),
        }
    }

    pub(super) fn files(&self, word: &str) -> Vec<Candidate> {
        self.names.files.map_or_else(Vec::new, |below| below(word).iter().map(plain).collect())
    }

    /// What was seen of the rows that a key belongs to.
    fn keys_seen(&self, variant: &Variant, parameter: &str) -> Vec<Candidate> {
        let rows = |variant: &Variant| match variant.answer(self.release()) {
            Answer::Object(Ty::Named(ty)) | Answer::List(Ty::Named(ty)) => Some(ty),
            _ => None,
        };
        let named = if parameter == "number" { "Number" } else { parameter };
        // What is deleted, or rung, has the type of what is read by the same key.
        let of_resource = || {
            let same = |it: &&Operation| it.variants.iter().any(|it| std::ptr::eq(it, variant));
            let resource = self.catalog.operations().find(same)?.resource;
            let read = self.catalog.operation(resource, "get").or_else(|| self.catalog.operation(resource, "list"))?;
            rows(read.newest())
        };
        of_resource().into_iter().chain(rows(variant)).take(1).flat_map(|ty| self.seen(Some(ty), named)).collect()
    }

    pub(super) fn seen(&self, ty: Option<&str>, property: &str) -> Vec<Candidate> {
        let values = self.names.seen.values(ty, property).into_iter();
        values.map(|(value, title)| pair(value.clone(), format!("{value}  {title}").trim_end().to_owned())).collect()
    }

    /// The keys that may stand as numbers right behind a bracket: `pbx.users.get(`.
    pub(super) fn keys_here(&self, word: &str) -> Vec<Candidate> {
        let head = self.before.strip_suffix(word).unwrap_or(self.before).trim_end();
        if !head.ends_with(['(', ',']) {
            return Vec::new();
        }
        let Some((path, index)) = call(head) else { return Vec::new() };
        let Some((_, variant)) = self.operation(&path) else { return Vec::new() };
        match variant.parameters.get(index) {
            Some(it) if matches!(it.ty, Ty::Int32 | Ty::Int64) => self.keys_seen(variant, it.name),
            Some(it) => {
                let texts = self.literals(it.ty, '"').into_iter();
                let seen = self.keys_seen(variant, it.name).into_iter();
                texts.chain(seen.map(|it| pair(format!("{:?}", it.text), it.shown))).collect()
            }
            _ => Vec::new(),
        }
    }
}
