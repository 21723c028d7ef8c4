//! Calls of functions, and the literals in their arguments.

use std::any::TypeId;

use crate::bindings::{Fault, Rules, Unknown, nearest};
use crate::catalog::Release;
use crate::check::finding::Fact;
use crate::check::kind::{Kind, Link};
use crate::check::literal::{Blamed, Judge, Node};
use crate::check::names::{Callable, callable};
use crate::check::walk::Walk;
use crate::kit;
use crate::script::Place;
use crate::script::native::{Array, Dynamic, FnPtr, INT, ImmutableString, Map, Position};
use crate::script::tree::{Expr, FnCallExpr, Mark, Namespace};

impl<'a> Walk<'a> {
    /// Looks at the arguments of a call; the closures among them are given values of these kinds, and `this`.
    pub(super) fn arguments(&mut self, call: &'a FnCallExpr, kinds: &[Kind], this: &Kind) {
        for argument in &call.args {
            match self.closure_in(argument) {
                Some((closure, captured)) => self.closure(closure, captured, kinds, this.clone()),
                None => drop(self.value(argument)),
            }
        }
    }

    /// `name(…)` and `space::name(…)`
    pub(super) fn call(&mut self, call: &'a FnCallExpr, position: Position) -> Kind {
        self.arguments(call, &[], &Kind::Any);
        let (name, count) = (call.name.as_str(), call.args.len());
        if !call.namespace.is_empty() {
            self.qualified(call, position);
            return Kind::Any;
        }
        if call.is_operator_call() || !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return Kind::Any;
        }
        if let ("Fn", [Expr::StringConstant(named, at)]) = (name, &*call.args) {
            if let (false, Callable::No(nearest)) = (self.names.exists(named), self.names.function(named, usize::MAX)) {
                self.found(
                    Fact::UnknownFunction { name: named.to_string(), nearest, variable: false },
                    Mark::Word(*at),
                );
            }
            return Kind::Any;
        }
        let callable = self.names.function(name, count);
        let fine = callable == Callable::Yes;
        self.callable(callable, name, count, position);
        if !fine || self.names.is_scripted(name, count) {
            return Kind::Any;
        }
        self.written_out("", name, call, position);
        match (name, &*call.args) {
            ("connect", [target]) => {
                self.literal(target, position, &|settings| {
                    settings.as_map_ref().map_or(Ok(()), |map| Rules::connects(&map))
                });
                Kind::Connection(Link { root: None, release: self.release_in(target) })
            }
            ("filter", [Expr::StringConstant(text, at), values @ ..]) => {
                if let Err(fault) = Rules::bound(text, values.len()) {
                    self.fault(fault, Mark::Word(*at));
                }
                Kind::Any
            }
            (name, arguments) => {
                let Some(ty) = self.object_type(name) else { return Kind::Any };
                if let [fields] = arguments {
                    self.made(ty, fields, position);
                }
                self.kind_of_type(ty)
            }
        }
    }

    /// `Group(#{ … })`
    fn made(&mut self, ty: &'static str, fields: &'a Expr, position: Position) {
        let rules = self.rules;
        self.literal(fields, position, &|fields| rules.made(ty, fields));
    }

    /// An argument that must be right by itself, as far as it is written down.
    fn literal(&mut self, argument: &'a Expr, call: Position, judge: Judge) {
        if !self.muted {
            for blamed in self.node(argument).faults(judge) {
                self.blame(blamed, Mark::Call(call));
            }
        }
    }

    /// The arguments of a function that pbxsh has: their types as far as they are known, and options.
    fn written_out(&mut self, space: &str, name: &str, call: &'a FnCallExpr, position: Position) {
        let full_name = if space.is_empty() { name.to_owned() } else { format!("{space}::{name}") };
        let types: Vec<_> = call.args.iter().map(|argument| self.type_of(argument)).collect();
        let ids: Vec<Option<TypeId>> = types.iter().map(|ty| ty.map(|(id, _)| id)).collect();
        if self.names.fits(space, name, &ids) {
            return self.options(&full_name, call, position);
        }
        let types: Vec<&str> = types.iter().map(|ty| ty.map_or("…", |(_, name)| name)).collect();
        self.found(Fact::WrongTypes { name: full_name, types: types.join(", ") }, Mark::Call(position));
    }

    /// The type of what is written down literally.
    fn type_of(&self, expression: &'a Expr) -> Option<(TypeId, &'static str)> {
        Some(match expression {
            Expr::BoolConstant(..) => (TypeId::of::<bool>(), "bool"),
            Expr::IntegerConstant(..) => (TypeId::of::<INT>(), "int"),
            Expr::FloatConstant(..) => (TypeId::of::<f64>(), "float"),
            Expr::CharConstant(..) => (TypeId::of::<char>(), "char"),
            Expr::StringConstant(..) | Expr::InterpolatedString(..) => (TypeId::of::<ImmutableString>(), "string"),
            Expr::Unit(..) => (TypeId::of::<()>(), "()"),
            Expr::Array(..) => (TypeId::of::<Array>(), "array"),
            Expr::Map(..) => (TypeId::of::<Map>(), "map"),
            closure if self.closure_in(closure).is_some() => (TypeId::of::<FnPtr>(), "Fn"),
            _ => return None,
        })
    }

    /// The options of a function that has some besides those of operations.
    pub(super) fn options(&mut self, function: &str, call: &'a FnCallExpr, position: Position) {
        let Some((place, read)) = kit::options(function) else { return };
        let Some(options @ Expr::Map(..)) = call.args.get(place) else { return };
        self.literal(options, position, &|options| {
            let Some(mut options) = options.read_lock::<Map>().map(|options| options.clone()) else { return Ok(()) };
            // Where nobody knows what it is, nothing is as good as anything.
            options.values_mut().filter(|value| is_open(value)).for_each(|value| *value = Dynamic::UNIT);
            read(&options).map_err(Fault::from)
        });
    }

    /// `connect("sandbox@20.0.8")` says which release answers, and a PBX that described itself has said so; of others nobody knows.
    fn release_in(&self, target: &Expr) -> Option<Release> {
        let Expr::StringConstant(name, _) = target else { return None };
        let catalog = self.rules.catalog();
        match name.as_str().split_once('@') {
            Some(("sandbox", release)) => catalog.release(release),
            _ if name == "sandbox" => Some(catalog.shipped),
            _ => catalog.described(name).map(|described| described.release),
        }
    }

    fn qualified(&mut self, call: &'a FnCallExpr, position: Position) {
        let (name, count) = (call.name.as_str(), call.args.len());
        let Some((space, module)) = self.space(&call.namespace) else { return };
        let known = match module {
            Some(place) => {
                let Some(Ok(tree)) = self.sources.units.get(place).map(|unit| &unit.tree) else { return };
                let functions = tree.functions.iter().filter(|known| !known.is_private && known.this_type.is_none());
                let takes = functions.clone().filter(|known| known.name == name).map(|known| known.parameters.len());
                callable(name, count, takes, functions.map(|known| known.name.as_str()))
            }
            None => self.names.in_space(space, name, count).unwrap_or(Callable::Yes),
        };
        match known {
            Callable::Yes if module.is_none() => self.written_out(space, name, call, position),
            Callable::Yes => {}
            Callable::Otherwise(takes) => {
                let name = format!("{space}::{name}");
                self.found(Fact::WrongCount { name, given: count, takes }, Mark::Call(position));
            }
            Callable::No(nearest) => {
                let nearest = nearest.map(|nearest| format!("{space}::{nearest}"));
                let name = format!("{space}::{name}");
                self.found(Fact::UnknownFunction { name, nearest, variable: false }, Mark::Word(position));
            }
        }
    }

    /// The first name of a namespace, with the module that was imported under it; nothing where the way leads on.
    fn space<'b>(&mut self, namespace: &'b Namespace) -> Option<(&'b str, Option<usize>)> {
        let (root, at) = (namespace.path.first()?.name.as_str(), namespace.path.first()?.pos);
        let unit = self.unit;
        let mut imports = unit.imports.iter().filter(|import| import.is_as(root));
        let first = imports.next();
        if self.named_without_path(root) || first.is_some() {
            self.used.push(root.to_owned());
        } else if self.tree.undeclared.is_some() && !self.muted && self.is_undefined(root) {
            let types = self.rules.catalog().types.iter().map(|ty| ty.name);
            let aliases = self.unit.imports.iter().filter_map(|import| Some(import.alias.as_ref()?.0.as_str()));
            let nearest = nearest(root, self.names.spaces().chain(aliases).chain(types)).map(str::to_owned);
            self.found(Fact::UndefinedModule { name: root.to_owned(), nearest }, Mark::Word(at));
        }
        if namespace.path.len() > 1 {
            return None;
        }
        match first {
            // One alias for several modules, in places of their own: nobody knows which.
            Some(import) if imports.all(|other| other.module == import.module) => {
                import.module.as_ref().ok().map(|place| (root, Some(*place)))
            }
            Some(_) => None,
            None if self.named_without_path(root) => None,
            None => Some((root, None)),
        }
    }

    /// Is this the alias of an import whose path is made when it runs?
    fn named_without_path(&self, alias: &str) -> bool {
        self.unit.open.iter().any(|open| open == alias)
    }

    fn is_undefined(&self, root: &str) -> bool {
        root != "global" && !self.sources.is_namespace(root)
    }

    /// `PeerType::Extension`, or something that a module exports.
    pub(super) fn constant(&mut self, namespace: &'a Namespace, name: &str, position: Position) {
        let Some((space, None)) = self.space(namespace) else { return };
        if let Some(Err(fault)) = self.rules.constant(space, name) {
            self.fault(fault, Mark::Word(position));
        }
    }

    /// An expression as far as it says literally what it is.
    pub(super) fn node(&mut self, expression: &'a Expr) -> Node {
        let at = expression.start_position();
        match expression {
            Expr::BoolConstant(value, _) => Node::value(at, (*value).into()),
            Expr::IntegerConstant(value, _) => Node::value(at, (*value).into()),
            Expr::FloatConstant(value, _) => Node::value(at, Dynamic::from(**value)),
            Expr::CharConstant(value, _) => Node::value(at, (*value).into()),
            Expr::StringConstant(value, _) => Node::value(at, value.clone().into()),
            Expr::Unit(_) => Node::value(at, Dynamic::UNIT),
            Expr::Array(items, _) => Node::array(at, items.iter().map(|item| self.node(item)).collect()),
            Expr::Map(entries, _) => {
                let entries: Vec<_> =
                    entries.0.iter().map(|(name, value)| (name.name.to_string(), name.pos, self.node(value))).collect();
                Node::map(at, entries)
            }
            Expr::Variable(name, _, _) if name.2.path.len() == 1 => match self.enum_value(name.2.root(), &name.1) {
                Some(value) => Node::value(at, value.into()),
                None => Node::unknown(at, None),
            },
            Expr::FnCall(call, _) if call.name == "filter" && call.namespace.is_empty() => match &*call.args {
                [Expr::StringConstant(text, at), values @ ..] => match Rules::bound(text, values.len()) {
                    Ok(text) => Node::value(*at, text.into()),
                    Err(_) => Node::unknown(*at, None),
                },
                _ => Node::unknown(at, None),
            },
            Expr::Variable(..) | Expr::Dot(..) | Expr::Index(..) | Expr::FnCall(..) => {
                let muted = std::mem::replace(&mut self.muted, true);
                let kind = self.expression(expression);
                self.muted = muted;
                match kind {
                    Kind::Object(ty) => Node::unknown(at, Some(ty)),
                    _ => Node::unknown(at, None),
                }
            }
            _ => Node::unknown(at, None),
        }
    }

    /// Tells a fault at the part of the call that it is about.
    pub(super) fn blame(&mut self, blamed: Blamed, whole: Mark) {
        let place = self.tree.place(blamed.at.map_or(whole, Mark::Word));
        let place = place.map(|place| self.inside(&blamed.fault, place));
        self.report(Fact::Fault(blamed.fault), place);
    }

    /// The wrong name inside of a text like `"Id,Nmber"`.
    fn inside(&self, fault: &Fault, place: Place) -> Place {
        let Fault::UnknownProperty { name, .. } = fault else { return place };
        let text = &place.source.text[place.span.clone()];
        if !text.starts_with(['"', '`']) {
            return place;
        }
        let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let whole = |(at, _): &(usize, &str)| {
            outside(text[..*at].chars().next_back()) && outside(text[at + name.len()..].chars().next())
        };
        match text.match_indices(name.as_str()).find(whole) {
            Some((at, _)) => self.tree.stretch(place.span.start + at, place.span.start + at + name.len()),
            None => place,
        }
    }
}

/// Is there something in a value of which nobody knows what it is?
fn is_open(value: &Dynamic) -> bool {
    let inside = |items: &[Dynamic]| items.iter().any(is_open);
    Unknown::of(value).is_some() || value.as_array_ref().is_ok_and(|items| inside(&items))
}
