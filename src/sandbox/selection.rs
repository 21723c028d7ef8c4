//! `$select`: which properties of a row are answered, down to parts of its objects.

use crate::catalog::Ty;
use crate::sandbox::problem::Problem;
use crate::sandbox::schema::{Schema, edm, named};

#[derive(Debug)]
pub(super) struct Selection {
    /// As they were asked for.
    pub(super) paths: Vec<String>,
    pub(super) chosen: Chosen,
}

/// Properties with what is chosen inside of each; the empty list chooses everything.
#[derive(Debug, Default)]
pub(super) struct Chosen(Vec<(&'static str, Chosen)>);

/// Without any choice.
pub(super) static EVERYTHING: Chosen = Chosen(Vec::new());

impl Selection {
    /// None for everything.
    pub(super) fn read(schema: Schema, ty: &'static str, text: &str) -> Result<Option<Selection>, Problem> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let mut selection = Selection { paths: Vec::new(), chosen: Chosen::default() };
        let mut everything = false;
        for path in text.split(',').map(str::trim) {
            if path == "*" {
                everything = true;
            } else {
                selection.chosen.add(&names(schema, ty, path)?);
                selection.paths.push(path.to_owned());
            }
        }
        Ok((!everything).then_some(selection))
    }
}

impl Chosen {
    /// What is chosen inside of a property; None where the property is not wanted at all.
    pub(super) fn within(&self, name: &str) -> Option<&Chosen> {
        if self.0.is_empty() {
            return Some(self);
        }
        self.0.iter().find(|(known, _)| *known == name).map(|(_, inner)| inner)
    }

    fn add(&mut self, path: &[&'static str]) {
        let [first, rest @ ..] = path else { return self.0.clear() };
        match self.0.iter_mut().find(|(known, _)| known == first) {
            // The whole is chosen already.
            Some((_, inner)) if inner.0.is_empty() => {}
            Some((_, inner)) => inner.add(rest),
            None => {
                let mut inner = Chosen::default();
                if !rest.is_empty() {
                    inner.add(rest);
                }
                self.0.push((first, inner));
            }
        }
    }
}

/// The names along a path, as the catalog has them.
fn names(schema: Schema, ty: &'static str, path: &str) -> Result<Vec<&'static str>, Problem> {
    let mut names = Vec::new();
    let mut ty = Ty::Named(ty);
    let mut rest = path.split('/').peekable();
    while let Some(name) = rest.next() {
        let property = named(ty).and_then(|ty| schema.property(ty, name));
        let property = property.ok_or_else(|| unknown_property(name, ty))?;
        if property.navigation && rest.peek().is_some() {
            return Err(Problem::invalid(format!(
                "The query specified in the URI is not valid. '{name}' in $select '{path}' is a navigation property: \
                 choose what is inside of it with $expand={name}($select=…)."
            )));
        }
        names.push(property.name);
        ty = property.ty;
    }
    Ok(names)
}

pub(super) fn unknown_property(name: &str, ty: Ty) -> Problem {
    let ty = edm(ty);
    Problem::invalid(format!(
        "The query specified in the URI is not valid. Could not find a property named '{name}' on type '{ty}'."
    ))
}
