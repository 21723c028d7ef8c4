//! The catalog's own format: one fact a line, two spaces an indent, `@` the releases where they are fewer than those of
//! the line above.
//!
//! ```text
//! resource users Users
//!   op get_by_number
//!     get /Users(Number={Number}) by_number @20.0.8-
//!       key Number string max=12
//!       options select expand
//!       returns User
//! ```
//!
//! What the descriptions lack stands in a file of its own in the same form; see `catalog/undescribed.txt`.
//!
//! Reading copies no text and looks at every byte once or twice, because it happens at every start.

use crate::catalog::tree::every;
use crate::catalog::{
    Answer, Body, Catalog, EnumValue, FileBody, FileFormat, Kind, Method, Operation, Parameter, Place, Property,
    QueryOption, Release, ReleaseSet, Resource, Shape, Ty, Type, Variant,
};

/// What PBXs have and their descriptions do not tell of.
const UNDESCRIBED: &str = include_str!("../../catalog/undescribed.txt");

/// As many as a set can hold.
pub(super) const MOST_RELEASES: usize = 31;

/// Facts that cannot be read: the line and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct FactsError {
    pub line: usize,
    pub problem: &'static str,
}

/// Reads the two texts of a catalog, and adds what no description tells of.
pub fn parse(operations: &'static str, types: &'static str) -> Result<Catalog, FactsError> {
    let mut reader = Reader { releases: Vec::with_capacity(8), names: Names::new() };
    let mut resources = Vec::with_capacity(140);
    reader.operations(operations, &mut resources)?;
    reader.undescribed(UNDESCRIBED, &mut resources)?;
    let types = reader.types(types)?;
    let newest = Release(reader.releases.len().saturating_sub(1) as u8);
    let releases = reader.releases;
    Ok(Catalog { releases, resources, types, described: Vec::new(), shipped: newest, usual: newest })
}

struct Reader {
    releases: Vec<&'static str>,
    names: Names,
}

/// Collections name their element by reference; the scalar ones are shared.
struct Names {
    lists: Vec<(&'static str, &'static Ty)>,
}

impl Names {
    fn new() -> Names {
        Names { lists: Vec::with_capacity(96) }
    }

    fn ty(&mut self, text: &'static str) -> Ty {
        if let Some(element) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if let Some((_, known)) = self.lists.iter().find(|(name, _)| *name == element) {
                return Ty::List(known);
            }
            let boxed: &'static Ty = Box::leak(Box::new(self.ty(element)));
            self.lists.push((element, boxed));
            return Ty::List(boxed);
        }
        match text {
            "string" => Ty::String,
            "bool" => Ty::Bool,
            "int32" => Ty::Int32,
            "int64" => Ty::Int64,
            "uint8" => Ty::UInt8,
            "decimal" => Ty::Decimal,
            "double" => Ty::Double,
            "datetime" => Ty::DateTime,
            "date" => Ty::Date,
            "time" => Ty::Time,
            "duration" => Ty::Duration,
            "guid" => Ty::Guid,
            "any" => Ty::Any,
            name => Ty::Named(name),
        }
    }
}

/// A line without its indent and its releases.
pub(super) struct Line<'a> {
    number: usize,
    pub(super) depth: usize,
    pub(super) text: &'a str,
    pub(super) word: &'a str,
    pub(super) rest: &'a str,
    releases: Option<&'a str>,
}

/// Splits a text into lines, each in one pass over its bytes: this is where the time of a start goes.
pub(super) fn lines(whole: &str) -> impl Iterator<Item = Line<'_>> {
    let bytes = whole.as_bytes();
    let (mut at, mut number) = (0, 0);
    std::iter::from_fn(move || {
        while at < bytes.len() {
            number += 1;
            let line_start = at;
            while bytes.get(at) == Some(&b' ') {
                at += 1;
            }
            let start = at;
            let (mut space, mut mark) = (None, None);
            while let Some(&byte) = bytes.get(at).filter(|byte| **byte != b'\n') {
                if byte == b' ' {
                    space = space.or(Some(at));
                    mark = mark.or((bytes.get(at + 1) == Some(&b'@')).then_some(at));
                }
                at += 1;
            }
            let (line_end, depth) = (at, (start - line_start) / 2);
            at += 1;
            if start == line_end || bytes[start] == b'#' {
                continue;
            }
            let end = mark.unwrap_or(line_end);
            let text = &whole[start..end];
            let (word, rest) = match space.filter(|space| *space < end) {
                Some(space) => text.split_at(space - start),
                None => (text, ""),
            };
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            let releases = mark.map(|mark| &whole[mark + 2..line_end]);
            return Some(Line { number, depth, text, word, rest, releases });
        }
        None
    })
}

impl Line<'_> {
    pub(super) fn wrong(&self, problem: &'static str) -> FactsError {
        FactsError { line: self.number, problem }
    }

    /// `20.0.5-20.0.7,20.0.10-`; without a set, what the line above has.
    pub(super) fn set(&self, known: &[&str], above: u32) -> Result<u32, FactsError> {
        let Some(text) = self.releases else { return Ok(above) };
        let place = |name: &str| {
            let found = known.iter().position(|release| *release == name);
            found.ok_or_else(|| self.wrong("names a release that the first line does not list"))
        };
        let mut set = 0;
        for part in text.split(',') {
            let (first, last) = match part.split_once('-') {
                None => (place(part)?, place(part)?),
                Some((first, "")) => (place(first)?, known.len() - 1),
                Some((first, last)) => (place(first)?, place(last)?),
            };
            for release in first..=last {
                set |= 1 << release;
            }
        }
        Ok(set)
    }
}

impl Reader {
    fn all(&self) -> ReleaseSet {
        ReleaseSet(every(self.releases.len()))
    }

    fn set(&self, line: &Line, above: ReleaseSet) -> Result<ReleaseSet, FactsError> {
        line.set(&self.releases, above.0).map(ReleaseSet)
    }

    fn first_line(&mut self, line: &Line<'static>) -> Result<bool, FactsError> {
        if line.word != "releases" {
            return Ok(false);
        }
        let named: Vec<&'static str> = line.rest.split(' ').collect();
        if named.len() > MOST_RELEASES {
            return Err(line.wrong("lists more releases than a set can hold"));
        }
        if !self.releases.is_empty() && self.releases != named {
            return Err(line.wrong("lists other releases than the operations do"));
        }
        self.releases = named;
        Ok(true)
    }

    fn operations(&mut self, text: &'static str, resources: &mut Vec<Resource>) -> Result<(), FactsError> {
        for line in lines(text) {
            if self.first_line(&line)? {
                continue;
            }
            match line.depth {
                0 => {
                    let (name, tag) =
                        line.rest.split_once(' ').ok_or_else(|| line.wrong("a resource needs a name and a tag"))?;
                    resources.push(Resource { name, tag, operations: Vec::with_capacity(8) });
                }
                1 => {
                    let resource = resources.last_mut().ok_or_else(|| line.wrong("an operation without a resource"))?;
                    let operation =
                        Operation { resource: resource.name, name: line.rest, variants: Vec::with_capacity(1) };
                    resource.operations.push(operation);
                }
                2 => {
                    let variant = self.variant(&line)?;
                    let operation = resources.last_mut().and_then(|resource| resource.operations.last_mut());
                    operation.ok_or_else(|| line.wrong("a variant without an operation"))?.variants.push(variant);
                }
                _ => {
                    let operation = resources.last_mut().and_then(|resource| resource.operations.last_mut());
                    let variant = operation.and_then(|operation| operation.variants.last_mut());
                    self.part(&line, variant.ok_or_else(|| line.wrong("a fact without a variant"))?)?;
                }
            }
        }
        Ok(())
    }

    /// Adds operations to the resources that are there, unless these have them already.
    fn undescribed(&mut self, text: &'static str, resources: &mut [Resource]) -> Result<(), FactsError> {
        let mut more = Vec::new();
        self.operations(text, &mut more)?;
        for Resource { name, operations, .. } in more {
            let Some(known) = resources.iter_mut().find(|known| known.name == name) else { continue };
            for operation in operations {
                if let Err(place) = known.operations.binary_search_by_key(&operation.name, |known| known.name) {
                    known.operations.insert(place, operation);
                }
            }
        }
        Ok(())
    }

    fn variant(&self, line: &Line<'static>) -> Result<Variant, FactsError> {
        let method = match line.word {
            "get" => Method::Get,
            "post" => Method::Post,
            "patch" => Method::Patch,
            "delete" => Method::Delete,
            _ => return Err(line.wrong("an unknown method")),
        };
        let (path, kind) = line.rest.split_once(' ').ok_or_else(|| line.wrong("a variant needs a path and a kind"))?;
        let kind = match kind {
            "list" => Kind::List,
            "get" => Kind::Get,
            "by_number" => Kind::ByNumber,
            "create" => Kind::Create,
            "update" => Kind::Update,
            "delete" => Kind::Delete,
            "navigation" => Kind::Navigation,
            "function" => Kind::Function,
            "action" => Kind::Action,
            _ => return Err(line.wrong("an unknown kind")),
        };
        Ok(Variant {
            releases: self.set(line, self.all())?,
            method,
            path,
            kind,
            parameters: Vec::new(),
            options: Vec::new(),
            if_match: false,
            body: Body::None,
            results: Vec::new(),
        })
    }

    fn part(&mut self, line: &Line<'static>, variant: &mut Variant) -> Result<(), FactsError> {
        let releases = self.set(line, variant.releases)?;
        match line.word {
            "key" | "param" => {
                let place = if line.word == "key" { Place::Key } else { Place::Function };
                let Property { name, ty, nullable, max_length, .. } = self.named(line, releases)?;
                variant.parameters.push(Parameter { name, place, ty, nullable, max_length, releases });
            }
            "options" => {
                for name in line.rest.split(' ') {
                    let option = QueryOption::from_name(name).ok_or_else(|| line.wrong("an unknown option"))?;
                    variant.options.push((option, releases));
                }
            }
            "if-match" => variant.if_match = true,
            "body" => {
                let ty = self.names.ty(line.rest);
                match &mut variant.body {
                    Body::Entity(types) => types.push((ty, releases)),
                    _ => variant.body = Body::Entity(vec![(ty, releases)]),
                }
            }
            "field" => {
                let field = self.named(line, releases)?;
                match &mut variant.body {
                    Body::Fields(fields) => fields.push(field),
                    _ => variant.body = Body::Fields(vec![field]),
                }
            }
            "file" => variant.body = Body::File(file(line)?),
            "returns" => {
                let answer = match line.rest.split_once(' ') {
                    Some(("object", ty)) => Answer::Object(self.names.ty(ty)),
                    Some(("list", ty)) => Answer::List(self.names.ty(ty)),
                    Some(("value", ty)) => Answer::Value(self.names.ty(ty)),
                    None if line.rest == "nothing" => Answer::Nothing,
                    _ => return Err(line.wrong("an unknown result")),
                };
                variant.results.push((answer, releases));
            }
            _ => return Err(line.wrong("an unknown fact about a variant")),
        }
        Ok(())
    }

    /// A property behind a keyword: `field ids [int32]`.
    fn named(&mut self, line: &Line<'static>, releases: ReleaseSet) -> Result<Property, FactsError> {
        let (name, ty) = line.rest.split_once(' ').ok_or_else(|| line.wrong("a name without a type"))?;
        self.property(line, name, ty, releases)
    }

    /// `Groups` `[UserGroup] nav`, `Number` `string? max=12`.
    fn property(
        &mut self,
        line: &Line<'static>,
        name: &'static str,
        ty: &'static str,
        releases: ReleaseSet,
    ) -> Result<Property, FactsError> {
        let (ty, words) = ty.split_once(' ').unwrap_or((ty, ""));
        let (ty, nullable) = ty.strip_suffix('?').map_or((ty, false), |ty| (ty, true));
        let mut property =
            Property { name, ty: self.names.ty(ty), nullable, navigation: false, max_length: None, releases };
        for word in words.split(' ').filter(|word| !word.is_empty()) {
            match word.strip_prefix("max=") {
                Some(max) => property.max_length = max.parse().ok(),
                None if word == "nav" => property.navigation = true,
                None => return Err(line.wrong("an unknown word about a property")),
            }
        }
        Ok(property)
    }

    fn types(&mut self, text: &'static str) -> Result<Vec<Type>, FactsError> {
        let mut types: Vec<Type> = Vec::with_capacity(480);
        for line in lines(text) {
            if self.first_line(&line)? {
                continue;
            }
            if line.depth == 0 {
                let releases = self.set(&line, self.all())?;
                let (name, rest) = line.rest.split_once(' ').unwrap_or((line.rest, ""));
                let shape = match line.word {
                    "object" => Shape::Object { properties: Vec::with_capacity(8) },
                    "enum" => Shape::Enum { flags: rest == "flags", values: Vec::with_capacity(8) },
                    _ => return Err(line.wrong("an unknown kind of type")),
                };
                types.push(Type { name, releases, shape });
                continue;
            }
            let ty = types.last_mut().ok_or_else(|| line.wrong("a member without a type"))?;
            let releases = self.set(&line, ty.releases)?;
            match &mut ty.shape {
                Shape::Enum { values, .. } => {
                    values.push(EnumValue {
                        value: line.word,
                        alias: Some(line.rest).filter(|a| !a.is_empty()),
                        releases,
                    });
                }
                Shape::Object { properties } => {
                    properties.push(self.property(&line, line.word, line.rest, releases)?);
                }
            }
        }
        Ok(types)
    }
}

/// `file file wav rate=8000 bits=16 channels=1 named=Filename`
fn file(line: &Line<'static>) -> Result<FileBody, FactsError> {
    let mut words = line.rest.split(' ');
    let (Some(field), Some("wav")) = (words.next(), words.next()) else {
        return Err(line.wrong("a file needs a field and a known format"));
    };
    let (mut rate, mut bits, mut channels, mut named) = (0_u32, 0_u16, 0_u16, Vec::new());
    for word in words {
        let known = match word.split_once('=') {
            Some(("rate", text)) => text.parse().map(|number| rate = number).is_ok(),
            Some(("bits", text)) => text.parse().map(|number| bits = number).is_ok(),
            Some(("channels", text)) => text.parse().map(|number| channels = number).is_ok(),
            Some(("named", text)) => {
                named = text.split(',').collect();
                true
            }
            _ => false,
        };
        if !known {
            return Err(line.wrong("an unknown word about a file"));
        }
    }
    Ok(FileBody { field, format: FileFormat::Wav { rate, bits, channels }, named })
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::catalog::{Body, FileFormat};

    #[test]
    fn what_no_description_tells_of_is_added_to_what_is_there() {
        let types = "releases 20.0.11\n";
        let described =
            "releases 20.0.11\n\nresource custom_prompts CustomPrompts\n  op list\n    get /CustomPrompts list\n";
        let catalog = parse(described, types).unwrap();
        let names: Vec<&str> = catalog.operations().map(|operation| operation.name).collect();
        assert_eq!(names, ["list", "upload"]);
        let variant = catalog.operation("custom_prompts", "upload").unwrap().newest();
        let Body::File(file) = &variant.body else { panic!("no file") };
        assert_eq!((file.field, &file.named[..]), ("file", &["Filename", "DisplayName"][..]));
        assert_eq!(file.format, FileFormat::Wav { rate: 8000, bits: 16, channels: 1 });
        // A description goes before.
        let told = format!("{described}  op upload\n    post /CustomPrompts/Pbx.Upload action\n");
        assert_eq!(
            parse(told.leak(), types).unwrap().operation("custom_prompts", "upload").unwrap().newest().path,
            "/CustomPrompts/Pbx.Upload"
        );
        // And a PBX without prompts has none to upload.
        let other = "releases 20.0.11\n\nresource users Users\n  op list\n    get /Users list\n";
        assert_eq!(parse(other, types).unwrap().operations().count(), 1);
    }
}
