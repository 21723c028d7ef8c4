//! The catalog as one release has it.

use crate::catalog::{Catalog, Property, Release, Shape, Ty};

/// Facts of one release.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schema {
    pub(super) catalog: &'static Catalog,
    pub(super) release: Release,
}

impl Schema {
    /// The properties that the release knows.
    pub(super) fn properties(self, ty: &str) -> impl Iterator<Item = &'static Property> + use<> {
        let release = self.release;
        self.catalog.properties(ty).iter().filter(move |property| property.releases.contains(release))
    }

    /// None also where only another release has it.
    pub(super) fn property(self, ty: &str, name: &str) -> Option<&'static Property> {
        self.catalog.property(ty, name, self.release).filter(|property| property.releases.contains(self.release))
    }

    pub(super) fn shape(self, ty: &str) -> Option<&'static Shape> {
        self.catalog.ty(ty).map(|ty| &ty.shape)
    }

    pub(super) fn is_enum(self, ty: &str) -> bool {
        matches!(self.shape(ty), Some(Shape::Enum { .. }))
    }

    /// One value, or several separated by commas where the enum is made for that.
    pub(super) fn is_enum_value(self, ty: &str, text: &str) -> bool {
        let Some(Shape::Enum { flags, values }) = self.shape(ty) else { return false };
        let known = |word: &str| values.iter().any(|v| v.value == word && v.releases.contains(self.release));
        if *flags { text.split(',').all(|word| known(word.trim())) } else { known(text) }
    }

    /// The first value of an enum.
    pub(super) fn first_value(self, ty: &str) -> Option<&'static str> {
        let Some(Shape::Enum { values, .. }) = self.shape(ty) else { return None };
        values.iter().find(|value| value.releases.contains(self.release)).map(|value| value.value)
    }
}

/// The name of the type, or of the elements of a collection.
pub(super) fn named(ty: Ty) -> Option<&'static str> {
    match ty {
        Ty::Named(name) => Some(name),
        Ty::List(element) => named(*element),
        _ => None,
    }
}

/// A type as OData writes it in messages.
pub(super) fn edm(ty: Ty) -> String {
    match ty {
        Ty::String => "Edm.String".to_owned(),
        Ty::Bool => "Edm.Boolean".to_owned(),
        Ty::Int32 => "Edm.Int32".to_owned(),
        Ty::Int64 => "Edm.Int64".to_owned(),
        Ty::UInt8 => "Edm.Byte".to_owned(),
        Ty::Decimal => "Edm.Decimal".to_owned(),
        Ty::Double => "Edm.Double".to_owned(),
        Ty::DateTime => "Edm.DateTimeOffset".to_owned(),
        Ty::Date => "Edm.Date".to_owned(),
        Ty::Time => "Edm.TimeOfDay".to_owned(),
        Ty::Duration => "Edm.Duration".to_owned(),
        Ty::Guid => "Edm.Guid".to_owned(),
        Ty::Any => "Edm.Untyped".to_owned(),
        Ty::Named(name) => format!("Pbx.{name}"),
        Ty::List(element) => format!("Collection({})", edm(*element)),
    }
}
