//! What expressions give, as far as comparing and calculating with them goes.

use crate::catalog::Ty;
use crate::sandbox::schema::{Schema, edm};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    /// Numbers of all types go together; the type is for messages.
    Number(Ty),
    Text,
    Instant,
    Date,
    Time,
    Span,
    Guid,
    Enum(&'static str),
    /// An object or a collection.
    Whole(Ty),
    /// Known only at run time.
    Any,
}

impl Kind {
    pub(super) fn of(schema: Schema, ty: Ty) -> Kind {
        match ty {
            Ty::String => Kind::Text,
            Ty::Bool => Kind::Bool,
            Ty::Int32 | Ty::Int64 | Ty::UInt8 | Ty::Decimal | Ty::Double => Kind::Number(ty),
            Ty::DateTime => Kind::Instant,
            Ty::Date => Kind::Date,
            Ty::Time => Kind::Time,
            Ty::Duration => Kind::Span,
            Ty::Guid => Kind::Guid,
            Ty::Any => Kind::Any,
            Ty::Named(name) if schema.is_enum(name) => Kind::Enum(name),
            Ty::Named(_) | Ty::List(_) => Kind::Whole(ty),
        }
    }

    pub(super) fn name(self) -> String {
        match self {
            Kind::Null => "null".to_owned(),
            Kind::Bool => edm(Ty::Bool),
            Kind::Number(ty) | Kind::Whole(ty) => edm(ty),
            Kind::Text => edm(Ty::String),
            Kind::Instant => edm(Ty::DateTime),
            Kind::Date => edm(Ty::Date),
            Kind::Time => edm(Ty::Time),
            Kind::Span => edm(Ty::Duration),
            Kind::Guid => edm(Ty::Guid),
            Kind::Enum(name) => edm(Ty::Named(name)),
            Kind::Any => edm(Ty::Any),
        }
    }

    /// Says nothing about the type.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Kind::Null | Kind::Any)
    }

    pub(super) fn may_be_bool(self) -> bool {
        self == Kind::Bool || self.is_open()
    }

    /// May this be compared with `other`, and ordered beside it?
    pub(super) fn compares(self, other: Kind, ordered: bool) -> bool {
        match (self, other) {
            (Kind::Whole(Ty::List(_)), _) | (_, Kind::Whole(Ty::List(_))) => false,
            // Objects can only be told from null, and nothing says how enum values follow each other.
            (Kind::Whole(_), Kind::Whole(_)) => false,
            (Kind::Whole(_) | Kind::Enum(_), _) | (_, Kind::Whole(_) | Kind::Enum(_)) if ordered => false,
            (a, b) if a.is_open() || b.is_open() => true,
            (Kind::Number(_), Kind::Number(_)) => true,
            (Kind::Instant, Kind::Date) | (Kind::Date, Kind::Instant) => true,
            (a, b) => a == b,
        }
    }

    /// Can it stand where a function wants `wanted`?
    pub(super) fn serves_as(self, wanted: Kind) -> bool {
        match (self, wanted) {
            (Kind::Number(_), Kind::Number(_)) => true,
            (kind, wanted) => kind == wanted || kind.is_open(),
        }
    }
}

/// The type of what two numbers give together.
pub(super) fn promoted(left: Ty, right: Ty) -> Ty {
    let wider = [Ty::Double, Ty::Decimal, Ty::Int64].into_iter().find(|wide| [left, right].contains(wide));
    wider.unwrap_or(Ty::Int32)
}
