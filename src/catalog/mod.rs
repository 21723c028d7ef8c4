//! What a PBX can do: resources, operations, types, and the releases that have them.
//!
//! The facts stand as text in the `catalog/` folder of the project and are read once at start, without
//! copying a single name. A catalog lives as long as the process, so everything hands out `&'static`.

pub mod diff;
pub mod effects;
mod import;
pub mod kept;
mod merge;
#[cfg(test)]
mod merge_tests;
mod names;
pub mod overlay;
mod text;
mod tree;

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

pub use effects::Effect;
pub use import::{ImportError, Source, Texts, import, import_beside};
pub use merge::{Described, Loss, MOST_TYPES, Shared, merge};

pub use names::OF_CONNECTIONS;
pub use text::{FactsError, parse};

static KNOWN: OnceLock<Catalog> = OnceLock::new();

/// All facts about every known release.
#[derive(Debug)]
pub struct Catalog {
    /// Oldest first; a [`Release`] is a place in this list.
    pub releases: Vec<&'static str>,
    /// Sorted by name.
    pub resources: Vec<Resource>,
    /// Sorted by name.
    pub types: Vec<Type>,
    /// The PBXs that described themselves.
    pub described: Vec<Described>,
    /// The newest release that came with the program; one that a PBX described can be newer.
    pub shipped: Release,
    /// The release to go by where none is known.
    pub usual: Release,
}

/// One release of the API: its place in [`Catalog::releases`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release(pub u8);

/// The releases that have something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReleaseSet(pub u32);

impl ReleaseSet {
    #[must_use]
    pub fn contains(self, release: Release) -> bool {
        self.0 & (1 << release.0) != 0
    }

    #[must_use]
    pub fn first(self) -> Option<Release> {
        (self.0 != 0).then(|| Release(self.0.trailing_zeros() as u8))
    }

    #[must_use]
    pub fn last(self) -> Option<Release> {
        (self.0 != 0).then(|| Release(31 - self.0.leading_zeros() as u8))
    }

    #[must_use]
    pub fn union(self, other: ReleaseSet) -> ReleaseSet {
        ReleaseSet(self.0 | other.0)
    }
}

/// A resource is a tag of the API: `users`, `chat_history_view`.
#[derive(Debug)]
pub struct Resource {
    pub name: &'static str,
    /// The API's own word for it.
    pub tag: &'static str,
    /// Sorted by name.
    pub operations: Vec<Operation>,
}

/// Something a script can call: `users.get`.
#[derive(Debug)]
pub struct Operation {
    pub resource: &'static str,
    pub name: &'static str,
    /// One for each URL that this operation had over the releases, oldest first.
    pub variants: Vec<Variant>,
}

/// One URL of an operation and the releases that serve it.
#[derive(Debug)]
pub struct Variant {
    pub releases: ReleaseSet,
    pub method: Method,
    /// With placeholders, below the service root: `/Users({Id})/Pbx.Regenerate`.
    pub path: &'static str,
    pub kind: Kind,
    /// In the order of the path: keys, then the parameters of a function.
    pub parameters: Vec<Parameter>,
    pub options: Vec<(QueryOption, ReleaseSet)>,
    /// Takes `If-Match`.
    pub if_match: bool,
    pub body: Body,
    pub results: Vec<(Answer, ReleaseSet)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

impl Method {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// What a variant is in OData's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The entities of a set.
    List,
    /// One entity by key, or a singleton.
    Get,
    /// One entity by its alternate key, the number.
    ByNumber,
    Create,
    Update,
    Delete,
    /// The entities behind a navigation property.
    Navigation,
    Function,
    Action,
}

#[derive(Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub place: Place,
    pub ty: Ty,
    pub nullable: bool,
    pub max_length: Option<u32>,
    pub releases: ReleaseSet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Key,
    Function,
}

/// OData's query options, in the order in which help and completion name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueryOption {
    Top,
    Skip,
    Search,
    Filter,
    Count,
    Select,
    Orderby,
    Expand,
}

impl QueryOption {
    pub const ALL: [QueryOption; 8] = [
        QueryOption::Top,
        QueryOption::Skip,
        QueryOption::Search,
        QueryOption::Filter,
        QueryOption::Count,
        QueryOption::Select,
        QueryOption::Orderby,
        QueryOption::Expand,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            QueryOption::Top => "top",
            QueryOption::Skip => "skip",
            QueryOption::Search => "search",
            QueryOption::Filter => "filter",
            QueryOption::Count => "count",
            QueryOption::Select => "select",
            QueryOption::Orderby => "orderby",
            QueryOption::Expand => "expand",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<QueryOption> {
        QueryOption::ALL.into_iter().find(|option| option.name() == name)
    }
}

#[derive(Debug)]
pub enum Body {
    None,
    /// An entity, by the name of its type; the type can differ between releases.
    Entity(Vec<(Ty, ReleaseSet)>),
    /// The parameters of an action.
    Fields(Vec<Property>),
    /// A file from this machine.
    File(FileBody),
}

/// A file that goes out in a multipart form.
#[derive(Debug)]
pub struct FileBody {
    /// The name of its field in the form.
    pub field: &'static str,
    pub format: FileFormat,
    /// The properties of listed rows that hold its name.
    pub named: Vec<&'static str>,
}

impl FileBody {
    /// What a call may say about it besides its path.
    pub const OPTIONS: [(&'static str, &'static str); 2] = [("name", "string"), ("replace", "bool")];
}

/// What a file must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Audio without compression.
    Wav { rate: u32, bits: u16, channels: u16 },
}

impl FileFormat {
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            FileFormat::Wav { .. } => "audio/wav",
        }
    }

    /// The ending of its name.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            FileFormat::Wav { .. } => ".wav",
        }
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileFormat::Wav { rate, bits, channels } => {
                let channels = match channels {
                    1 => "mono".to_owned(),
                    2 => "stereo".to_owned(),
                    more => format!("{more} channels"),
                };
                write!(f, "WAV, PCM, {rate} Hz, {bits} bit, {channels}")
            }
        }
    }
}

/// What comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// 204, no body.
    Nothing,
    /// The value itself: an entity or a complex object.
    Object(Ty),
    /// `{"value": [...]}`.
    List(Ty),
    /// `{"value": x}`.
    Value(Ty),
}

/// The type of a parameter, a property or a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ty {
    String,
    Bool,
    Int32,
    Int64,
    UInt8,
    Decimal,
    Double,
    DateTime,
    Date,
    Time,
    Duration,
    Guid,
    /// Any JSON value: the description says nothing more.
    Any,
    /// An object or enum of this catalog.
    Named(&'static str),
    /// A collection; the element stands in a place of its own so that `Ty` stays `Copy`.
    List(&'static Ty),
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ty::String => "string",
            Ty::Bool => "bool",
            Ty::Int32 => "int32",
            Ty::Int64 => "int64",
            Ty::UInt8 => "uint8",
            Ty::Decimal => "decimal",
            Ty::Double => "double",
            Ty::DateTime => "datetime",
            Ty::Date => "date",
            Ty::Time => "time",
            Ty::Duration => "duration",
            Ty::Guid => "guid",
            Ty::Any => "any",
            Ty::Named(name) => name,
            Ty::List(element) => return write!(f, "[{element}]"),
        })
    }
}

/// An object type or an enum.
#[derive(Debug)]
pub struct Type {
    pub name: &'static str,
    pub releases: ReleaseSet,
    pub shape: Shape,
}

#[derive(Debug)]
pub enum Shape {
    Object {
        /// Sorted by name; a property that changed its type stands once for each type, the older first.
        properties: Vec<Property>,
    },
    Enum {
        /// Several values may stand together, separated by commas.
        flags: bool,
        values: Vec<EnumValue>,
    },
}

#[derive(Debug)]
pub struct Property {
    pub name: &'static str,
    pub ty: Ty,
    pub nullable: bool,
    /// Absent from answers unless expanded.
    pub navigation: bool,
    pub max_length: Option<u32>,
    pub releases: ReleaseSet,
}

#[derive(Debug)]
pub struct EnumValue {
    pub value: &'static str,
    /// The readable name of a value that is a code (`WARNINGS.XAPI.REQUIRED` → `XapiRequired`).
    pub alias: Option<&'static str>,
    pub releases: ReleaseSet,
}

impl EnumValue {
    /// The constant of a script: `PeerType::Extension`. No name may begin with a digit: `ContactSource::Is3CX`.
    #[must_use]
    pub fn constant(&self) -> Cow<'static, str> {
        let name = self.alias.unwrap_or(self.value);
        if name.starts_with(|c: char| c.is_ascii_digit()) { format!("Is{name}").into() } else { name.into() }
    }
}

impl Catalog {
    /// The facts that came with this program.
    #[must_use]
    pub fn builtin() -> &'static Catalog {
        static BUILTIN: OnceLock<Catalog> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            parse(include_str!("../../catalog/operations.txt"), include_str!("../../catalog/types.txt"))
                .unwrap_or_else(|error| unreachable!("the built-in facts were read when they were written: {error}"))
        })
    }

    /// The text of these facts.
    #[must_use]
    pub fn built_in_texts() -> Texts {
        let (operations, types) =
            (include_str!("../../catalog/operations.txt"), include_str!("../../catalog/types.txt"));
        Texts { operations: operations.to_owned(), types: types.to_owned(), left_out: Vec::new() }
    }

    /// The facts that this process goes by: those that came with it, and what PBXs said about themselves.
    #[must_use]
    pub fn known() -> &'static Catalog {
        KNOWN.get().unwrap_or_else(|| Catalog::builtin())
    }

    /// Chooses what the process goes by, once, before anything asks.
    pub fn install(catalog: Catalog) {
        let _ = KNOWN.set(catalog);
    }

    #[must_use]
    pub fn resource(&self, name: &str) -> Option<&Resource> {
        let place = self.resources.binary_search_by_key(&name, |resource| resource.name).ok()?;
        Some(&self.resources[place])
    }

    /// `("users", "get")`.
    #[must_use]
    pub fn operation(&self, resource: &str, name: &str) -> Option<&Operation> {
        self.resource(resource)?.operation(name)
    }

    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.resources.iter().flat_map(|resource| &resource.operations)
    }

    /// The type of this name, without `Pbx.`.
    #[must_use]
    pub fn ty(&self, name: &str) -> Option<&Type> {
        let place = self.types.binary_search_by_key(&name, |ty| ty.name).ok()?;
        Some(&self.types[place])
    }

    /// The properties of an object type; none for an enum and for an unknown name.
    #[must_use]
    pub fn properties(&self, name: &str) -> &[Property] {
        match self.ty(name).map(|ty| &ty.shape) {
            Some(Shape::Object { properties }) => properties,
            _ => &[],
        }
    }

    /// A property as `release` has it, else as another release has it.
    #[must_use]
    pub fn property(&self, ty: &str, name: &str, release: Release) -> Option<&Property> {
        named(self.properties(ty), name, release)
    }

    /// The last of the releases.
    #[must_use]
    pub fn newest(&self) -> Release {
        Release(self.releases.len().saturating_sub(1) as u8)
    }

    /// The release of exactly this name.
    #[must_use]
    pub fn release(&self, name: &str) -> Option<Release> {
        let place = self.releases.iter().position(|release| *release == name)?;
        Some(Release(place as u8))
    }

    #[must_use]
    pub fn release_name(&self, release: Release) -> &'static str {
        self.releases[usize::from(release.0)]
    }

    /// The release whose facts fit a PBX that calls itself `version` (`20.0.8.1121`): the same, else the nearest older
    /// one, else the oldest known. What one PBX alone has fits no other.
    #[must_use]
    pub fn release_for(&self, version: &str) -> Release {
        let wanted = numbers(version);
        let known = self.releases.iter().rposition(|release| !release.contains('+') && numbers(release) <= wanted);
        Release(known.unwrap_or(0) as u8)
    }

    /// What the PBX of this name said about itself.
    #[must_use]
    pub fn described(&self, name: &str) -> Option<&Described> {
        self.described.iter().find(|described| described.label.name == name)
    }

    /// The release whose facts fit the PBX of this name, which calls itself `version`: what it said about itself, unless
    /// it is another release by now of which more is known. Without a version it is the usual one.
    #[must_use]
    pub fn release_of(&self, name: &str, version: &str) -> Release {
        let Some(described) = self.described(name) else {
            return if version.is_empty() { self.shipped } else { self.release_for(version) };
        };
        let (then, now) = (numbers(&described.label.version), numbers(version));
        let other = self.release_for(version);
        let still = now == [0; 3] || then == now || (then < now && numbers(self.release_name(other)) <= then);
        if still { described.release } else { other }
    }
}

/// A property of a list that is sorted by name, as `release` has it, else as another release has it.
#[must_use]
pub fn named<'a>(properties: &'a [Property], name: &str, release: Release) -> Option<&'a Property> {
    let start = properties.partition_point(|property| property.name < name);
    let named = || properties[start..].iter().take_while(|property| property.name == name);
    named().find(|property| property.releases.contains(release)).or_else(|| named().next())
}

/// The first three numbers of a version: of `20.0.8.1121`, and of `20.0.8+branch-7`.
#[must_use]
pub fn numbers(version: &str) -> [u32; 3] {
    let version = version.split('+').next().unwrap_or(version);
    let mut parts = version.split('.').map(|part| part.trim().parse().unwrap_or(0));
    [(); 3].map(|()| parts.next().unwrap_or(0))
}

impl Resource {
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        let place = self.operations.binary_search_by_key(&name, |operation| operation.name).ok()?;
        Some(&self.operations[place])
    }
}

impl Operation {
    /// `users.get`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.resource, self.name)
    }

    #[must_use]
    pub fn releases(&self) -> ReleaseSet {
        self.variants.iter().fold(ReleaseSet::default(), |set, variant| set.union(variant.releases))
    }

    /// The variant that `release` serves.
    #[must_use]
    pub fn variant(&self, release: Release) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.releases.contains(release))
    }

    /// Answers with a file, whatever the description promises: 3CX declares JSON for all of them.
    #[must_use]
    pub fn is_download(&self) -> bool {
        self.name.starts_with("download_") || self.name.starts_with("export_")
    }

    /// The variant of the newest release that has this operation.
    #[must_use]
    pub fn newest(&self) -> &Variant {
        &self.variants[self.variants.len() - 1]
    }
}

impl Variant {
    pub fn keys(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.place == Place::Key)
    }

    #[must_use]
    pub fn has_option(&self, option: QueryOption, release: Release) -> bool {
        self.options.iter().any(|(known, releases)| *known == option && releases.contains(release))
    }

    #[must_use]
    pub fn answer(&self, release: Release) -> Answer {
        let fitting = self.results.iter().find(|(_, releases)| releases.contains(release));
        fitting.or(self.results.last()).map_or(Answer::Nothing, |(answer, _)| *answer)
    }

    /// The type of the body, where the body is an entity.
    #[must_use]
    pub fn entity(&self, release: Release) -> Option<Ty> {
        let Body::Entity(types) = &self.body else { return None };
        let fitting = types.iter().find(|(_, releases)| releases.contains(release));
        fitting.or(types.last()).map(|(ty, _)| *ty)
    }

    /// The file that is sent, where one is.
    #[must_use]
    pub fn file(&self) -> Option<&FileBody> {
        match &self.body {
            Body::File(file) => Some(file),
            _ => None,
        }
    }

    #[must_use]
    pub fn takes_body(&self) -> bool {
        !matches!(self.body, Body::None)
    }
}
