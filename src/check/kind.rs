//! What a value is, as far as a script tells before it runs.

use crate::catalog::{Answer, Catalog, Release, Shape, Ty};
use crate::check::scope::Key;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Nobody knows.
    Any,
    /// `()`, or no value at all: what may also be a `User` is one, because nothing else can be done with it.
    Nothing,
    Connection(Link),
    /// `pbx.users`, by its name.
    Resource(Link, &'static str),
    Object(&'static str),
    List(Box<Listed>),
    Array(Box<Kind>),
}

/// Which PBX.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Link {
    /// The variable that holds the connection, if it is known.
    pub(super) root: Option<Key>,
    pub(super) release: Option<Release>,
}

/// A list of a PBX.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listed {
    pub(super) element: Kind,
    /// `users.list`.
    pub(super) operation: String,
    pub(super) resource: &'static str,
    pub(super) link: Link,
    pub(super) paging: Paging,
}

/// What changes while a loop goes through a list can do to the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paging {
    /// The list has one page, or its options are not known.
    Harmless,
    /// Rows that go move the others.
    ByDeletes,
    /// So do rows that change: a filter, a search or an order depends on them.
    ByUpdates,
}

impl Kind {
    /// What either of two values is.
    pub(super) fn or(self, other: Kind) -> Kind {
        match (self, other) {
            (Kind::Nothing, kind) | (kind, Kind::Nothing) => kind,
            (Kind::Connection(one), Kind::Connection(other)) => Kind::Connection(one.or(other)),
            (Kind::Resource(one, name), Kind::Resource(other, same)) if name == same => {
                Kind::Resource(one.or(other), name)
            }
            (one, other) if one == other => one,
            (Kind::List(one), Kind::List(other)) if one.element == other.element => {
                Kind::List(Box::new(Listed { paging: Paging::Harmless, ..*one }))
            }
            _ => Kind::Any,
        }
    }

    pub(super) fn of(catalog: &Catalog, ty: Ty) -> Kind {
        match ty {
            Ty::Named(name) => match catalog.ty(name) {
                Some(ty) if matches!(&ty.shape, Shape::Object { properties } if !properties.is_empty()) => {
                    Kind::Object(ty.name)
                }
                _ => Kind::Any,
            },
            Ty::List(element) => Kind::array(Kind::of(catalog, *element)),
            _ => Kind::Any,
        }
    }

    /// What an operation answers, unless it is a list that comes page by page.
    pub(super) fn answered(catalog: &Catalog, answer: Answer) -> Kind {
        match answer {
            Answer::Nothing => Kind::Any,
            Answer::Object(ty) | Answer::Value(ty) => Kind::of(catalog, ty),
            Answer::List(element) => Kind::array(Kind::of(catalog, element)),
        }
    }

    pub(super) fn array(element: Kind) -> Kind {
        if element == Kind::Any { Kind::Any } else { Kind::Array(Box::new(element)) }
    }

    /// What a loop over it gives.
    pub(super) fn element(&self) -> Kind {
        match self {
            Kind::List(listed) => listed.element.clone(),
            Kind::Array(element) => (**element).clone(),
            _ => Kind::Any,
        }
    }
}

impl Link {
    fn or(self, other: Link) -> Link {
        Link {
            root: self.root.filter(|_| self.root == other.root),
            release: self.release.filter(|_| self.release == other.release),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Link};
    use crate::catalog::{Catalog, Ty};

    #[test]
    fn what_differs_is_nothing_that_anybody_knows() {
        let catalog = Catalog::builtin();
        let (user, group) = (Kind::of(catalog, Ty::Named("User")), Kind::of(catalog, Ty::Named("Group")));
        assert_eq!(user, Kind::Object("User"));
        assert_eq!(user.clone().or(user.clone()), user);
        assert_eq!(user.clone().or(Kind::Nothing), user);
        assert_eq!(Kind::Nothing.or(user.clone()), user);
        assert_eq!(user.clone().or(group), Kind::Any);
        assert_eq!(user.clone().or(Kind::Any), Kind::Any);
        assert_eq!(Kind::array(user.clone()).element(), user);
        assert_eq!(Kind::of(catalog, Ty::Named("PeerType")), Kind::Any);
        let of = |release| Kind::Connection(Link { root: None, release });
        assert_eq!(of(Some(catalog.newest())).or(of(None)), of(None));
    }
}
