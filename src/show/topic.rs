//! Which help page somebody means, or what they may have meant.

use crate::bindings::nearest;
use crate::catalog::overlay::{answering, called};
use crate::catalog::{Operation, Ty, Type};
use crate::script::Doc;
use crate::show::help::Help;
use crate::show::reference;

/// The page of a topic, or what to try instead.
pub type Page = Result<String, String>;

impl Help<'_> {
    /// `users`, `users.update`, `pbx.users.update`, `Group`, `PeerType`, `sleep`, `csv::read`, `csv`.
    ///
    /// # Errors
    /// A topic that does not exist: the sentence says which names are near.
    pub fn topic(&self, topic: &str) -> Page {
        let topic = topic.trim().trim_end_matches("()").trim_end_matches(['.', '(']);
        let name = topic.strip_prefix("pbx.").unwrap_or(topic);
        // `csv.read` is what somebody types who thinks of resources.
        let written = name.replace('.', "::");
        let exactly = |known: &str| known == name || known == written;
        let nearly = |known: &str| known.eq_ignore_ascii_case(name);
        let called = |fits: &dyn Fn(&str) -> bool| {
            reference::docs().find(|doc| doc.name == name || fits(doc.name.split('(').next().unwrap_or(doc.name)))
        };
        // `DateTime` is not `datetime`, but `list.take` is `List.take`.
        let function = || called(&exactly).or_else(|| called(&nearly));
        if let Some((resource, operation)) = name.split_once('.') {
            let Some(resource) = self.catalog.resource(resource) else {
                let types = || self.catalog.types.iter().find(|ty| ty.name.eq_ignore_ascii_case(resource));
                if function().is_none()
                    && let Some(ty) = types()
                {
                    return self.property(ty, operation);
                }
                return function().map_or_else(|| Err(self.unknown(name)), |doc| Ok(self.function(doc)));
            };
            return match answering(resource, operation).first() {
                Some(operation) => Ok(self.operation(operation)),
                None => {
                    let known = resource.operations.iter().map(|operation| operation.name);
                    let near = nearest(operation, known).map(|near| format!("`{}.{near}`", resource.name));
                    Err(no_such(name, near.into_iter().collect()))
                }
            };
        }
        if let Some(resource) = self.catalog.resource(name) {
            return Ok(self.resource(resource));
        }
        if let Some(ty) = self.catalog.ty(name) {
            return Ok(self.ty(ty));
        }
        let wanted = name.trim_end_matches(':');
        let more = |doc: &&Doc| reference::group(doc.name) != Some(doc.name);
        let group =
            reference::grouped().into_iter().find(|(group, docs)| *group == Some(wanted) && docs.iter().any(more));
        let option = reference::docs().find(|doc| doc.name.strip_prefix("options.") == Some(name));
        match (function(), group) {
            (Some(doc), None) if option.is_some_and(|option| option.name != doc.name) => {
                let option = option.map(|option| self.function(option)).unwrap_or_default();
                Ok(format!("{option}\n\n{}", self.function(doc)))
            }
            (None, None) if option.is_some() => Ok(option.map(|option| self.function(option)).unwrap_or_default()),
            (None, None) => Err(self.unknown(name)),
            (Some(doc), None) if doc.name == "pbx" => Ok(format!("{}\n\n{}", self.function(doc), self.resources())),
            (Some(doc), None) => Ok(self.function(doc)),
            (None, Some((_, docs))) => Ok(format!("{}\n\n{}", self.head(wanted, None), self.group(&docs))),
            (Some(doc), Some((_, docs))) => Ok(format!("{}\n\n{}", self.function(doc), self.group(&docs))),
        }
    }

    /// `User.TranscriptionMode`.
    fn property(&self, ty: &Type, name: &str) -> Page {
        let all = self.catalog.properties(ty.name);
        let Some(property) = all.iter().find(|property| property.name.eq_ignore_ascii_case(name)) else {
            let near = nearest(name, all.iter().map(|property| property.name));
            let near = near.map(|near| format!("`{}.{near}`", ty.name));
            return Err(no_such(&format!("{}.{name}", ty.name), near.into_iter().collect()));
        };
        let mut page = vec![self.head(&format!("{}.{}", ty.name, property.name), None), String::new()];
        page.extend(self.properties(&[property]));
        let element = match property.ty {
            Ty::List(element) => *element,
            single => single,
        };
        if let Ty::Named(inner) = element
            && let Some(inner) = self.catalog.ty(inner)
        {
            page.push(String::new());
            page.push(self.ty(inner));
        }
        Ok(page.join("\n"))
    }

    fn unknown(&self, name: &str) -> String {
        let resources = self.catalog.resources.iter().map(|resource| resource.name);
        let types = self.catalog.types.iter().map(|ty| ty.name);
        let functions = reference::docs().map(|doc| doc.name);
        let near = [nearest(name, resources), nearest(name, types), nearest(name, functions)];
        let mut called = called(name).peekable();
        let named = called.peek().is_some();
        let near = called.chain(near.into_iter().flatten());
        let mut near: Vec<String> = near.map(|near| format!("`{near}`")).collect();
        let word = name.to_lowercase();
        let part = |known: &&Operation| word.len() > 3 && !named && known.name.contains(&word);
        near.extend(self.catalog.operations().filter(part).take(3).map(|found| format!("`{}`", found.full_name())));
        no_such(name, near)
    }
}

fn no_such(name: &str, near: Vec<String>) -> String {
    match near.len() {
        0 => format!("nothing is called `{name}`; `:ops {name}` searches the descriptions"),
        _ => format!("nothing is called `{name}`; near it: {}", near.join(", ")),
    }
}
