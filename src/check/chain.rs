//! `pbx.users.list().first().Name`: what each step of a chain leads to.

use std::any::TypeId;

use crate::bindings::{Connection, Fault, List, Rules};
use crate::catalog::{Answer, Method, Shape, Ty};
use crate::check::IN_PLACE;
use crate::check::finding::Fact;
use crate::check::kind::{Kind, Link, Listed, Paging};
use crate::check::literal::Node;
use crate::check::loops::Loop;
use crate::check::names::Callable;
use crate::check::walk::{Walk, last_call};
use crate::script::native::{Dynamic, Position};
use crate::script::tree::{ASTFlags, Expr, FnCallExpr, Mark, Stmt};

impl<'a> Walk<'a> {
    /// A chain of properties, elements and calls; `written` is assigned to its last step.
    pub(super) fn chain(&mut self, expression: &'a Expr, written: Option<&'a Expr>) -> Kind {
        match expression {
            Expr::Dot(parts, _, _) => {
                let owner = self.expression(&parts.lhs);
                let root = variable(&parts.lhs);
                // What comes behind a name that means nothing needs no words of its own.
                let nothing = root.is_some_and(|root| self.undeclared.iter().any(|name| name == root));
                let muted = self.muted;
                self.muted |= nothing;
                let kind = self.dot(owner, root, &parts.rhs, written);
                self.muted = muted;
                kind
            }
            Expr::Index(parts, flags, _) => {
                let owner = self.expression(&parts.lhs);
                self.index(owner, &parts.rhs, *flags, written)
            }
            other => self.expression(other),
        }
    }

    /// What stands behind a dot. `root` is the name of the variable, if the owner is one.
    fn dot(&mut self, owner: Kind, root: Option<&'a str>, rest: &'a Expr, written: Option<&'a Expr>) -> Kind {
        match rest {
            Expr::Dot(parts, _, _) => {
                let next = self.dot(owner, root, &parts.lhs, None);
                self.dot(next, None, &parts.rhs, written)
            }
            Expr::Index(parts, flags, _) => {
                let next = self.dot(owner, root, &parts.lhs, None);
                self.index(next, &parts.rhs, *flags, written)
            }
            Expr::Property(property, position) => self.property(owner, &property.2, *position, written),
            Expr::MethodCall(call, position) => self.method(owner, root, call, *position),
            other => self.expression(other),
        }
    }

    /// What stands in brackets, and what comes behind them.
    fn index(&mut self, owner: Kind, rest: &'a Expr, flags: ASTFlags, written: Option<&'a Expr>) -> Kind {
        match rest {
            Expr::Dot(parts, _, _) if !flags.contains(ASTFlags::BREAK) => {
                let element = self.element(owner, &parts.lhs, None);
                self.dot(element, None, &parts.rhs, written)
            }
            Expr::Index(parts, next, _) if !flags.contains(ASTFlags::BREAK) => {
                let element = self.element(owner, &parts.lhs, None);
                self.index(element, &parts.rhs, *next, written)
            }
            place => self.element(owner, place, written),
        }
    }

    fn element(&mut self, owner: Kind, place: &'a Expr, written: Option<&'a Expr>) -> Kind {
        self.expression(place);
        match (&owner, place) {
            (Kind::Object(_) | Kind::Connection(_), Expr::StringConstant(name, position)) => {
                self.property(owner, name, *position, written)
            }
            (Kind::List(_) | Kind::Array(_), _) => owner.element(),
            _ => Kind::Any,
        }
    }

    fn property(&mut self, owner: Kind, name: &str, position: Position, written: Option<&'a Expr>) -> Kind {
        let mark = Mark::Word(position);
        match owner {
            Kind::Connection(link) => match self.rules.resource(name) {
                Ok(Some(resource)) => return Kind::Resource(link, resource.name),
                Ok(None) => {}
                Err(fault) => self.fault(fault, mark),
            },
            Kind::Resource(_, resource) => {
                if let Some(resource) = self.rules.catalog().resource(resource) {
                    self.fault(Rules::not_called(resource, name), mark);
                }
            }
            Kind::Object(ty) => match self.rules.property(ty, name) {
                Ok(property) => {
                    if let Some(value) = written {
                        self.assigned(ty, name, value);
                    }
                    return Kind::of(self.rules.catalog(), property.ty);
                }
                Err(fault) => self.fault(fault, mark),
            },
            Kind::List(_) if !self.names.has_getter(name, TypeId::of::<List>()) => {
                let (ty, name) = ("a List".to_owned(), name.to_owned());
                self.fault(Fault::UnknownProperty { ty, name, nearest: None, known: Vec::new() }, mark);
            }
            Kind::List(_) | Kind::Array(_) | Kind::Any | Kind::Nothing => {}
        }
        Kind::Any
    }

    /// A value that goes into a property.
    fn assigned(&mut self, ty: &'static str, name: &str, value: &'a Expr) {
        if self.muted {
            return;
        }
        let (rules, mut node) = (self.rules, self.node(value));
        for blamed in node.faults(&|value| rules.assigned(ty, name, value)) {
            self.blame(blamed, Mark::Word(value.start_position()));
        }
    }

    fn method(&mut self, owner: Kind, root: Option<&'a str>, call: &'a FnCallExpr, position: Position) -> Kind {
        if let Kind::Resource(link, resource) = owner {
            self.arguments(call, &[], &Kind::Any);
            return self.operation(link, resource, call, position);
        }
        let name = call.name.as_str();
        let element = owner.element();
        let own = !self.names.is_scripted(name, call.args.len());
        let kinds = match (&owner, name) {
            (Kind::Array(_), "sort" | "dedup" | "order_by") if own => vec![element.clone(), element.clone()],
            (Kind::Array(_), "reduce" | "reduce_rev") if own => vec![Kind::Any, element.clone()],
            (Kind::List(_) | Kind::Array(_), name) if own && EACH.contains(&name) => vec![element.clone()],
            _ => Vec::new(),
        };
        // The engine's own array methods hand the element over as `this`, too.
        let this = if matches!(owner, Kind::Array(_)) && !kinds.is_empty() { element.clone() } else { Kind::Any };
        let open = if kinds.is_empty() { Loop::default() } else { Loop::over(&owner) };
        self.through(open, |walk| walk.arguments(call, &kinds, &this));
        if !own {
            return Kind::Any;
        }
        // What stands for nothing is told already.
        if root.is_none_or(|root| !self.undeclared.iter().any(|known| known == root)) {
            self.known_method(&owner, call, position);
        }
        if let (Kind::List(_) | Kind::Array(_), "save") = (&owner, name) {
            self.options(saved_as(call), call, position);
        }
        if IN_PLACE.contains(&name) && matches!(owner, Kind::Any | Kind::Array(_)) {
            self.silent = Some((name.to_owned(), position));
        }
        if KEEPERS.contains(&name) {
            let closures = call.args.iter().filter_map(|argument| self.closure_in(argument));
            let last = closures.filter_map(|(closure, _)| match closure.body.last()? {
                Stmt::Expr(last) => last_call(last),
                _ => None,
            });
            let last = last.filter(|(name, _)| IN_PLACE.contains(name) && !self.names.is_scripted(name, 0));
            for (name, at) in last.collect::<Vec<_>>() {
                self.found(Fact::NoValue { name: name.to_owned() }, Mark::Word(at));
            }
        }
        if let (Kind::Array(_), Some(root)) = (&owner, root)
            && MIXERS.contains(&name)
        {
            self.mix(root, Kind::Any);
        }
        match (&owner, name) {
            (Kind::List(_), "first") | (Kind::List(_) | Kind::Array(_), "find") => element,
            (Kind::Array(_), "pop" | "shift" | "remove" | "first" | "last" | "get") => element,
            (Kind::List(_), "take" | "to_array" | "filter") => Kind::array(element),
            (Kind::Array(_), "filter" | "extract" | "drain" | "retain") => owner,
            _ => Kind::Any,
        }
    }

    fn known_method(&mut self, owner: &Kind, call: &'a FnCallExpr, position: Position) {
        let (name, count) = (call.name.as_str(), call.args.len());
        let callable = match owner {
            Kind::List(_) => self.names.method_of(name, count, TypeId::of::<List>()),
            Kind::Connection(_) => self.names.method_of(name, count, TypeId::of::<Connection>()),
            Kind::Object(_) => self.names.method(name, count, true),
            _ => self.names.method(name, count, false),
        };
        self.callable(callable, name, count, position);
    }

    /// `pbx.users.list(…)`
    fn operation(&mut self, link: Link, resource: &'static str, call: &'a FnCallExpr, position: Position) -> Kind {
        let (name, count) = (call.name.as_str(), call.args.len());
        let catalog = self.rules.catalog();
        let rules = Rules::new(catalog, link.release);
        let Some(resource) = catalog.resource(resource) else { return Kind::Any };
        let rehearsal = match rules.operation(resource, name) {
            Ok(rehearsal) => rehearsal,
            Err(fault) => {
                if !self.names.is_scripted(name, count) && !self.names.takes_anything(name, count) {
                    self.fault(fault, Mark::Word(position));
                }
                return Kind::Any;
            }
        };
        for operation in rehearsal.operations() {
            self.written(operation, link, position);
        }
        if !self.muted {
            let mut node = Node::array(position, call.args.iter().map(|argument| self.node(argument)).collect());
            let given = node.dynamic().into_array().unwrap_or_default();
            if let Err(wrong) = rehearsal.call(&given) {
                let guarded = rehearsal.operations().iter().any(|one| self.names.is_guarded(&one.full_name()));
                if matches!(wrong.fault, Fault::NotOnRelease { .. }) {
                    if !guarded {
                        self.fault(wrong.fault, Mark::Word(position));
                    }
                } else {
                    let judge = |given: &Dynamic| {
                        wrong.again(&given.as_array_ref().map(|given| given.clone()).unwrap_or_default())
                    };
                    for blamed in node.faults(&judge) {
                        self.blame(blamed, Mark::Call(position));
                    }
                }
            }
        }
        let mut answers = rehearsal.answers().map(|(operation, answer)| match answer {
            // A file, whatever the description says.
            _ if operation.is_download() => Kind::Any,
            Answer::List(element) if operation.newest().method == Method::Get => Kind::List(Box::new(Listed {
                element: Kind::of(catalog, element),
                operation: operation.full_name(),
                resource: resource.name,
                link,
                paging: paging(call),
            })),
            answer => Kind::answered(catalog, answer),
        });
        let first = answers.next().unwrap_or(Kind::Any);
        answers.fold(first, Kind::or)
    }

    /// `PeerType::Extension`: the value of an enum.
    pub(super) fn enum_value(&self, ty: &str, name: &str) -> Option<&'static str> {
        self.rules.constant(ty, name)?.ok()
    }

    /// Is there an object type of this name that a call of it makes?
    pub(super) fn object_type(&self, name: &str) -> Option<&'static str> {
        match self.rules.shape(name) {
            Some((name, Shape::Object { .. })) => Some(name),
            _ => None,
        }
    }

    pub(super) fn kind_of_type(&self, name: &'static str) -> Kind {
        Kind::of(self.rules.catalog(), Ty::Named(name))
    }

    /// What a script's own names make of a call.
    pub(super) fn callable(&mut self, callable: Callable, name: &str, count: usize, position: Position) {
        let name = name.to_owned();
        match callable {
            Callable::Yes => {}
            Callable::Otherwise(takes) => {
                self.found(Fact::WrongCount { name, given: count, takes }, Mark::Call(position));
            }
            Callable::No(nearest) => {
                let variable = self.scope.find(&name).map(|variable| variable.used = true).is_some();
                self.found(Fact::UnknownFunction { name, nearest, variable }, Mark::Word(position));
            }
        }
    }
}

/// Methods that call a closure with one element.
const EACH: [&str; 10] =
    ["map", "filter", "for_each", "some", "all", "find", "find_map", "index_of", "retain", "drain"];

/// Methods that do something with what a closure gives.
const KEEPERS: [&str; 10] =
    ["map", "filter", "some", "all", "find", "find_map", "index_of", "sort_by", "group_by", "reduce"];

/// Methods that put something into an array.
const MIXERS: [&str; 6] = ["push", "insert", "append", "pad", "splice", "set"];

/// What `save` is called where its options are told; without a literal path, by the name of which the most is right.
fn saved_as(call: &FnCallExpr) -> &'static str {
    match call.args.first() {
        Some(Expr::StringConstant(path, _)) => List::saves_as(path).unwrap_or("save"),
        _ => "save",
    }
}

fn variable(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Variable(name, _, _) if name.2.is_empty() => Some(&name.1),
        _ => None,
    }
}

/// What the options of a list, as far as they are written down, say about its pages.
fn paging(call: &FnCallExpr) -> Paging {
    const PAGE: i64 = 100;
    let Some(last) = call.args.last() else { return Paging::ByDeletes };
    let Expr::Map(entries, _) = last else { return Paging::Harmless };
    let mut paging = Paging::ByDeletes;
    for (name, value) in &entries.0 {
        match (name.name.as_str(), value) {
            ("top", Expr::IntegerConstant(top, _)) if *top > PAGE => {}
            ("top", _) => return Paging::Harmless,
            ("filter" | "search" | "orderby", _) => paging = Paging::ByUpdates,
            _ => {}
        }
    }
    paging
}
