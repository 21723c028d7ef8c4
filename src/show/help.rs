//! Help pages: the catalog as text for a person.

use crate::bindings::signature;
use crate::catalog::effects::effect;
use crate::catalog::overlay::{also_called, doc, instead};
use crate::catalog::{
    Answer, Body, Catalog, Operation, Parameter, Place, Property, QueryOption, Release, ReleaseSet, Resource, Shape,
    Type, Variant,
};
use crate::script::{Doc, with_article};
use crate::show::search::usual;
use crate::show::{How, example, page, reference, text};

/// What help is asked about. `release` is the one of the connected PBX, once it is known.
#[derive(Clone, Copy)]
pub struct Help<'a> {
    pub catalog: &'a Catalog,
    pub release: Option<Release>,
    pub how: How,
}

/// More would be the page of the resource.
const MOST_RELATED: usize = 6;

impl Help<'_> {
    /// Everything about one function.
    #[must_use]
    pub fn function(&self, doc: &Doc) -> String {
        let call = |call: &&str| text::bold(&page::code(call, self.how.width, 4), self.how.colour);
        let mut page: Vec<String> = doc.calls.iter().map(call).collect();
        page.push(text::wrap(doc.text, self.how.prose(), 0));
        page.push(String::new());
        page.extend(doc.example.trim().lines().map(|line| page::code(&format!("  {line}"), self.how.width, 6)));
        page.join("\n")
    }

    /// The functions of a module or of a type.
    pub(super) fn group(&self, docs: &[&Doc]) -> String {
        let own = docs.iter().filter(|doc| reference::group(doc.name) != Some(doc.name));
        let mut page: Vec<String> = own
            .clone()
            .flat_map(|doc| doc.calls)
            .map(|call| page::code(&format!("  {call}"), self.how.width, 6))
            .collect();
        if let Some(doc) = own.clone().next() {
            page.push(String::new());
            page.push(text::dim(&format!(":help {} tells more", doc.name), self.how.colour));
        }
        page.join("\n")
    }

    /// All resources of the PBX, a line each.
    #[must_use]
    pub fn resources(&self) -> String {
        let there = |it: &&Operation| self.release.is_none_or(|release| it.variant(release).is_some());
        let all = self.catalog.resources.iter().filter(|it| it.operations.iter().any(|operation| there(&operation)));
        let lines = all.map(|it| (it.name, doc(it.name).unwrap_or_default().to_owned()));
        page::entries(lines, &self.how).join("\n")
    }

    /// The resource in one line, and its operations.
    #[must_use]
    pub fn resource(&self, resource: &Resource) -> String {
        let mut page = vec![self.head(&format!("pbx.{}", resource.name), doc(resource.name))];
        page.push(String::new());
        let lines: Vec<[String; 3]> = resource.operations.iter().map(|operation| self.summary(operation)).collect();
        page.extend(self.aligned(&lines));
        page.push(String::new());
        let example = resource.operations.first().map_or(String::new(), |operation| operation.full_name());
        let more = format!(":help {example} tells the parameters");
        page.push(text::dim(&page::code(&more, self.how.width, 0), self.how.colour));
        page.join("\n")
    }

    /// Signature, effect, and releases where not every one has it.
    fn summary(&self, operation: &Operation) -> [String; 3] {
        let signature = signature(operation, self.variant(operation));
        let short = signature.split_once('.').map_or(signature.clone(), |(_, rest)| rest.to_owned());
        [short, effect(operation).name().to_owned(), self.releases(operation.releases()).unwrap_or_default()]
    }

    /// Three columns; a first one that is too long has the others below it.
    fn aligned(&self, lines: &[[String; 3]]) -> Vec<String> {
        let width = self.how.width;
        let room = width.saturating_sub(30).clamp(20, 60);
        let fits = |width: &usize| *width <= room;
        let wide = lines.iter().map(|[first, ..]| text::width(first)).filter(fits).max().unwrap_or(0);
        lines
            .iter()
            .map(|[first, second, third]| {
                if self.how.plain {
                    let rest: Vec<&str> =
                        [second.as_str(), third.as_str()].into_iter().filter(|it| !it.is_empty()).collect();
                    return self.how.pair(first, 0, &rest.join(", "));
                }
                let rest = format!("{second:8}{third}");
                let rest = rest.trim_end();
                match text::width(first) > wide || wide + 4 + text::width(rest) > width {
                    false => format!("  {}  {rest}", text::pad(first, wide)),
                    true => {
                        let first = page::code(&format!("  {first}"), width, 4);
                        let place = (wide + 4).min(width.saturating_sub(text::width(rest))).max(4);
                        format!("{first}\n{}{}", " ".repeat(place), text::wrap(rest, width, place))
                    }
                }
            })
            .collect()
    }

    pub(super) fn head(&self, name: &str, about: Option<&str>) -> String {
        let wrapped = about.map(|about| format!("\n{}", text::wrap(about, self.how.prose(), 0)));
        let name = page::code(name, self.how.width, 4);
        format!("{}{}", text::bold(&name, self.how.colour), wrapped.unwrap_or_default())
    }

    /// The variant of the connected release or of the usual one, else the newest.
    pub(super) fn variant<'b>(&self, operation: &'b Operation) -> &'b Variant {
        let connected = self.release.and_then(|release| operation.variant(release));
        connected.or_else(|| operation.variant(self.catalog.usual)).unwrap_or_else(|| operation.newest())
    }

    pub(super) fn release_of(&self, variant: &Variant) -> Release {
        let known = [self.release, Some(self.catalog.usual)].into_iter().flatten();
        let mut serving = known.filter(|release| variant.releases.contains(*release));
        serving.next().or(variant.releases.last()).unwrap_or(self.catalog.usual)
    }

    /// Everything about one operation.
    #[must_use]
    pub fn operation(&self, operation: &Operation) -> String {
        let variant = self.variant(operation);
        let release = self.release_of(variant);
        let full_name = operation.full_name();
        let mut page = vec![
            self.head(&format!("pbx.{}", signature(operation, variant)), doc(&full_name).or_else(|| plain(operation))),
        ];
        page.push(String::new());
        let mut fact = |name: &str, value: &str| {
            page.push(match self.how.plain {
                true => self.how.pair(name, 8, value),
                false => page::code(&format!("{}  {value}", text::pad(name, 8)), self.how.width, 10),
            });
        };
        fact("effect", effect(operation).name());
        fact("releases", &self.releases(operation.releases()).unwrap_or_else(|| "all".to_owned()));
        if let Some(instead) = instead(&full_name) {
            fact("instead", &format!("where it is missing: {instead}"));
        }
        if let Some(other) = also_called(operation.resource, operation.name).first() {
            fact("also", &format!("`{other}` is the same"));
        }
        fact("gives", &self.gives(operation, variant, release));
        fact("request", &format!("{} {}", variant.method.as_str(), variant.path));
        self.parameters(&mut page, variant);
        self.body(&mut page, variant, release);
        self.options(&mut page, variant, release);
        page.push(String::new());
        page.push(text::bold("Example", self.how.colour));
        page.push(page::code(&format!("  {}", self.example(operation)), self.how.width, 6));
        if operation.variants.len() > 1 {
            page.push(String::new());
            page.push("Its form differs between releases:".to_owned());
            for variant in &operation.variants {
                let releases = self.releases(variant.releases).unwrap_or_else(|| "all".to_owned());
                page.push(self.how.entry(&releases, 18, &signature(operation, variant)));
            }
        }
        let related = self.related(operation);
        if !related.is_empty() {
            page.push(String::new());
            page.push(text::wrap(&format!("See also {}", related.join(", ")), self.how.prose(), 0));
        }
        page.join("\n")
    }

    /// A call of the operation that runs on the sandbox.
    #[must_use]
    pub fn example(&self, operation: &Operation) -> String {
        let variant = self.variant(operation);
        example::call(self.catalog, operation, variant, self.release_of(variant))
    }

    /// What else is done with the same objects, the usual things first.
    fn related(&self, operation: &Operation) -> Vec<String> {
        let Some(resource) = self.catalog.resource(operation.resource) else { return Vec::new() };
        let there = |it: &&Operation| self.release.is_none_or(|release| it.variant(release).is_some());
        let others = resource.operations.iter().filter(|it| it.name != operation.name).filter(there);
        let mut others: Vec<&Operation> = others.collect();
        others.sort_by_key(|it| usual(it));
        others.into_iter().take(MOST_RELATED).map(Operation::full_name).collect()
    }

    pub(super) fn gives(&self, operation: &Operation, variant: &Variant, release: Release) -> String {
        if operation.is_download() {
            return "a download: `.save(path)`, `.text()`, `.rows()`".to_owned();
        }
        match variant.answer(release) {
            Answer::Nothing => "nothing".to_owned(),
            Answer::Object(ty) | Answer::Value(ty) => ty.to_string(),
            Answer::List(ty) => format!("a list of {ty}"),
        }
    }

    fn parameters(&self, page: &mut Vec<String>, variant: &Variant) {
        if variant.parameters.is_empty() {
            return;
        }
        page.push(String::new());
        page.push(text::bold("Parameters", self.how.colour));
        let all = variant.parameters.iter().map(|it| (it.name, self.parameter(it)));
        page.extend(page::entries(all, &self.how));
    }

    fn parameter(&self, parameter: &Parameter) -> String {
        let mut about = parameter.ty.to_string();
        if parameter.place == Place::Key {
            about.push_str(", the key; an object that has it may stand here");
        } else if parameter.nullable {
            about.push_str(", may be left out");
        }
        if let Some(most) = parameter.max_length {
            about.push_str(&format!(", at most {most} characters"));
        }
        about
    }

    fn body(&self, page: &mut Vec<String>, variant: &Variant, release: Release) {
        let (title, properties): (String, Vec<&Property>) = match &variant.body {
            Body::None => return,
            Body::File(file) => {
                page.push(String::new());
                page.push(text::bold("File, by its path", self.how.colour));
                page.push(format!("  {}", text::wrap(&file.format.to_string(), self.how.prose(), 2)));
                page.push(String::new());
                page.push(text::bold("Options, a map at the end", self.how.colour));
                let options = [
                    ("name", "string, under which the PBX is to know it; that of the file without it"),
                    ("replace", "bool, true: it may take the place of one of the same name"),
                ];
                page.extend(page::entries(
                    options.into_iter().map(|(name, about)| (name, about.to_owned())),
                    &self.how,
                ));
                return;
            }
            Body::Fields(fields) => ("Body, a map".to_owned(), fields.iter().collect()),
            Body::Entity(_) => {
                let Some(ty) = variant.entity(release) else { return };
                let name = ty.to_string();
                let all = self.catalog.properties(&name).iter();
                (
                    format!("Body, {} or a map", with_article(&name)),
                    all.filter(|it| it.releases.contains(release)).collect(),
                )
            }
        };
        page.push(String::new());
        page.push(text::bold(&page::code(&title, self.how.width, 4), self.how.colour));
        page.extend(self.properties(&properties));
    }

    fn options(&self, page: &mut Vec<String>, variant: &Variant, release: Release) {
        let known = QueryOption::ALL.into_iter().filter(|option| variant.has_option(*option, release));
        let mut names: Vec<&str> = known.map(QueryOption::name).collect();
        if variant.if_match {
            names.push("if_match");
        }
        if names.is_empty() {
            return;
        }
        page.push(String::new());
        page.push(text::bold("Options, a map at the end", self.how.colour));
        page.push(format!("  {}", text::wrap(&names.join(", "), self.how.prose(), 2)));
    }

    pub(super) fn properties(&self, properties: &[&Property]) -> Vec<String> {
        let line = |property: &&Property| {
            let mut about = property.ty.to_string();
            if property.nullable {
                about.push('?');
            }
            if let Some(most) = property.max_length {
                about.push_str(&format!(", at most {most} characters"));
            }
            if property.navigation {
                about.push_str(", only when expanded");
            }
            if let Some(releases) = self.releases(property.releases) {
                about.push_str(&format!(", {releases}"));
            }
            (property.name, about)
        };
        page::entries(properties.iter().map(line), &self.how)
    }

    /// The properties of an object type or the values of an enum.
    #[must_use]
    pub fn ty(&self, ty: &Type) -> String {
        let about = self.releases(ty.releases);
        match &ty.shape {
            Shape::Object { properties } => {
                let all: Vec<&Property> = properties.iter().collect();
                let mut page = vec![self.head(&format!("{}(#{{…}})", ty.name), about.as_deref())];
                page.push(String::new());
                page.extend(self.properties(&all));
                if all.is_empty() {
                    page.push(text::wrap("It has whatever properties the PBX sends.", self.how.prose(), 0));
                }
                let users = self.users(ty.name);
                if !users.is_empty() {
                    page.push(String::new());
                    page.push(text::wrap(&format!("Used by {}", users.join(", ")), self.how.prose(), 0));
                }
                page.join("\n")
            }
            Shape::Enum { flags, values } => {
                let mut page = vec![self.head(ty.name, about.as_deref())];
                if *flags {
                    page.push(text::wrap("Several may stand together, with commas between them.", self.how.prose(), 0));
                }
                page.push(String::new());
                let names: Vec<String> = values
                    .iter()
                    .map(|value| value.constant())
                    .map(|name| if is_name(&name) { format!("{}::{name}", ty.name) } else { format!("{name:?}") })
                    .collect();
                let about = values.iter().zip(&names).map(|(value, name)| {
                    let sent = format!("{:?}", value.value);
                    let sent = (*name != sent).then_some(sent);
                    sent.into_iter().chain(self.releases(value.releases)).collect::<Vec<_>>().join(", ")
                });
                page.extend(page::entries(names.iter().map(String::as_str).zip(about), &self.how));
                page.join("\n")
            }
        }
    }

    /// Some operations that take or give this type.
    fn users(&self, ty: &str) -> Vec<String> {
        let speaks = |operation: &&Operation| {
            let variant = operation.newest();
            let release = self.release_of(variant);
            let body = variant.entity(release).is_some_and(|body| body.to_string() == ty);
            let gives = match variant.answer(release) {
                Answer::Nothing => false,
                Answer::Object(given) | Answer::Value(given) | Answer::List(given) => given.to_string() == ty,
            };
            body || gives
        };
        self.catalog.operations().filter(speaks).take(8).map(Operation::full_name).collect()
    }

    /// In words, which releases have something; nothing if all have it.
    pub(super) fn releases(&self, set: ReleaseSet) -> Option<String> {
        let name = |release| self.catalog.release_name(release);
        let newest = self.catalog.newest();
        let (first, last) = (set.first()?, set.last()?);
        let there = (first.0..=last.0).map(Release).filter(|release| set.contains(*release));
        if there.clone().count() < usize::from(last.0 - first.0) + 1 {
            return Some(there.map(name).collect::<Vec<_>>().join(", "));
        }
        match (first.0 == 0, last == newest) {
            (true, true) => None,
            (false, true) => Some(format!("since {}", name(first))),
            (true, false) if first != last => Some(format!("until {}", name(last))),
            _ if first == last => Some(format!("only {}", name(first))),
            _ => Some(format!("{} to {}", name(first), name(last))),
        }
    }
}

/// The line of an operation whose name says it all.
#[must_use]
pub fn plain(operation: &Operation) -> Option<&'static str> {
    use crate::catalog::Kind;
    match operation.newest().kind {
        Kind::List => Some("all of them, a page at a time"),
        Kind::Get => Some("one of them, or the only one there is"),
        Kind::ByNumber => Some("the one with this number"),
        Kind::Create => Some("makes a new one and gives it back"),
        Kind::Update => Some("changes what is given and leaves the rest"),
        Kind::Delete => Some("deletes it"),
        _ => None,
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
