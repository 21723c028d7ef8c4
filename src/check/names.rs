//! The functions that exist: those of the engine and its hosts, and those of the scripts.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};

use crate::bindings::{Resource, nearest};
use crate::kit;
use crate::script::native::Dynamic;
use crate::script::tree::{Expr, Tree};
use crate::script::{Native, Session};

/// What the engine and its hosts bring.
#[derive(Default)]
pub(super) struct Natives {
    /// By namespace and name: `csv::read`; what needs no namespace stands in the one without a name.
    spaces: HashMap<String, HashMap<String, Vec<Native>>>,
    pub(super) predeclared: Vec<String>,
}

/// What is known in a file: besides what the engine brings, what scripts define that import one another. A module sees the
/// functions of its importer, too.
pub(super) struct Names<'a> {
    pub(super) natives: &'a Natives,
    functions: HashMap<String, Vec<usize>>,
    /// Methods of scripts for values of one type.
    methods: HashMap<String, Vec<usize>>,
    /// The method calls of the scripts, with the numbers of their arguments.
    called: HashSet<(String, usize)>,
    /// Keys and properties: a closure may stand behind any of them.
    keys: HashSet<String>,
    /// Operations that a script asks for with `supports`.
    supported: HashSet<String>,
    /// Texts that may name variables.
    pub(super) texts: HashSet<String>,
    pub(super) evaluates: bool,
}

/// What the language itself treats in its own way.
const KEYWORDS: [&str; 8] = ["Fn", "call", "curry", "eval", "is_def_fn", "is_def_var", "is_shared", "type_of"];

/// Whether something can be called.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Callable {
    Yes,
    /// With these numbers of arguments only.
    Otherwise(Vec<usize>),
    No(Option<String>),
}

impl Natives {
    pub(super) fn of(session: &Session) -> Natives {
        let mut natives = Natives { predeclared: session.predeclared(), ..Natives::default() };
        for native in session.natives(true) {
            let space = natives.spaces.entry(native.namespace.clone()).or_default();
            space.entry(native.name.clone()).or_default().push(native);
        }
        natives
    }

    /// The functions of this name that need no namespace.
    fn called(&self, name: &str) -> impl Iterator<Item = &Native> + Clone {
        self.spaces.get("").and_then(|all| all.get(name)).into_iter().flatten()
    }

    fn all(&self) -> impl Iterator<Item = (&str, &[Native])> {
        self.spaces.get("").into_iter().flatten().map(|(name, all)| (name.as_str(), all.as_slice()))
    }
}

impl<'a> Names<'a> {
    pub(super) fn of(natives: &'a Natives, trees: impl Iterator<Item = &'a Tree>) -> Names<'a> {
        let mut names = Names {
            natives,
            functions: HashMap::new(),
            methods: HashMap::new(),
            called: HashSet::new(),
            keys: HashSet::new(),
            supported: HashSet::new(),
            texts: HashSet::new(),
            evaluates: false,
        };
        trees.for_each(|tree| names.learn(tree));
        names
    }

    fn learn(&mut self, tree: &Tree) {
        for function in &tree.functions {
            let of_type = function.this_type.is_some();
            let known = if of_type { &mut self.methods } else { &mut self.functions };
            known.entry(function.name.clone()).or_default().push(function.parameters.len());
        }
        tree.each(|expression| match expression {
            Expr::Map(entries, _) => self.keys.extend(entries.0.iter().map(|(name, _)| name.name.to_string())),
            Expr::Property(property, _) => {
                self.keys.insert(property.2.to_string());
            }
            Expr::StringConstant(text, _) => {
                self.texts.insert(text.to_string());
            }
            Expr::MethodCall(call, _) => {
                self.called.insert((call.name.to_string(), call.args.len()));
                if let ("supports", Some(Expr::StringConstant(name, _))) = (&*call.name, call.args.first()) {
                    self.supported.insert(name.to_string());
                }
            }
            _ => {}
        });
        tree.each_call(|call| self.evaluates |= call.name == "eval");
    }

    /// Does a script ask whether the PBX has this operation?
    pub(super) fn is_guarded(&self, operation: &str) -> bool {
        self.supported.contains(operation)
    }

    /// Does a script define a function that answers to this method call?
    pub(super) fn is_scripted(&self, name: &str, count: usize) -> bool {
        [&self.functions, &self.methods].iter().any(|known| known.get(name).is_some_and(|all| all.contains(&count)))
    }

    /// Can a function of the engine be called on any value at all?
    pub(super) fn takes_anything(&self, name: &str, count: usize) -> bool {
        let any = |native: &Native| native.takes.len() == count + 1 && native.is_on(TypeId::of::<Dynamic>());
        KEYWORDS.contains(&name) || self.natives.called(name).any(any)
    }

    /// Is a function of a script called instead of one that pbxsh has: by its name, or as a method?
    pub(super) fn goes_before(&self, name: &str, count: usize) -> bool {
        let mut known = self.natives.called(name);
        // Operations are guarded.
        let other = |native: &Native| native.takes.first().is_some_and(|first| *first != TypeId::of::<Resource>());
        let method = known.clone().any(|native| native.takes.len() == count + 1 && other(native));
        let method = method && self.called.contains(&(name.to_owned(), count));
        method || kit::docs().any(|doc| doc.name == name) && known.any(|native| native.takes.len() == count)
    }

    /// Is there a function of this name, with whatever arguments?
    pub(super) fn exists(&self, name: &str) -> bool {
        KEYWORDS.contains(&name) || self.natives.called(name).next().is_some() || self.functions.contains_key(name)
    }

    /// The name alone of a function of the script stands for the function; that of another one stands for nothing.
    pub(super) fn points_at(&self, name: &str) -> bool {
        self.functions.contains_key(name)
    }

    /// `name(…)`
    pub(super) fn function(&self, name: &str, count: usize) -> Callable {
        if KEYWORDS.contains(&name) {
            return Callable::Yes;
        }
        let natives = self.natives.called(name).map(|native| native.takes.len());
        let scripted = self.functions.get(name).into_iter().flatten().copied();
        let known = self.natives.all().map(|(name, _)| name).chain(self.functions.keys().map(String::as_str));
        callable(name, count, natives.chain(scripted), known)
    }

    /// `value.name(…)`, on a value of which nobody knows what it is, or only that it is an object of a PBX.
    pub(super) fn method(&self, name: &str, count: usize, is_object: bool) -> Callable {
        if KEYWORDS.contains(&name) || self.keys.contains(name) {
            return Callable::Yes;
        }
        let of_resources = |native: &&Native| native.takes.first() == Some(&TypeId::of::<Resource>());
        let natives = self.natives.called(name).filter(|native| !is_object || !of_resources(native));
        let natives = natives.filter_map(|native| native.takes.len().checked_sub(1));
        let scripted = [&self.functions, &self.methods].into_iter().flat_map(|known| known.get(name));
        let scripted = scripted.flatten().copied();
        let known = self.natives.all().map(|(name, _)| name);
        let known = known.chain(self.functions.keys().chain(self.methods.keys()).map(String::as_str));
        callable(name, count, natives.chain(scripted), known)
    }

    /// The same on a value whose type the engine knows.
    pub(super) fn method_of(&self, name: &str, count: usize, ty: TypeId) -> Callable {
        if KEYWORDS.contains(&name) {
            return Callable::Yes;
        }
        let takes = self.natives.called(name).filter(|native| native.is_on(ty));
        let takes = takes.filter_map(|native| native.takes.len().checked_sub(1));
        let fitting = self.natives.all().filter(|(_, all)| all.iter().any(|native| native.is_on(ty)));
        callable(name, count, takes, fitting.map(|(name, _)| name))
    }

    /// Has a type of the engine a property of this name?
    pub(super) fn has_getter(&self, name: &str, ty: TypeId) -> bool {
        self.natives.called(&format!("get${name}")).any(|native| native.takes.first() == Some(&ty))
    }

    /// Takes a function that pbxsh has these values, where their types are known? No namespace is an empty one.
    pub(super) fn fits(&self, space: &str, name: &str, types: &[Option<TypeId>]) -> bool {
        let fits = |(takes, given): (&TypeId, &Option<TypeId>)| {
            given.is_none_or(|given| *takes == given || *takes == TypeId::of::<Dynamic>())
        };
        let known = self.natives.spaces.get(space).and_then(|all| all.get(name)).into_iter().flatten();
        let mut known = known.filter(|native| native.takes.len() == types.len()).peekable();
        known.peek().is_none() || known.any(|native| native.takes.iter().zip(types).all(fits))
    }

    /// `space::name(…)`; nothing if there is no such namespace.
    pub(super) fn in_space(&self, space: &str, name: &str, count: usize) -> Option<Callable> {
        let functions = self.natives.spaces.get(space)?;
        let takes = functions.get(name).into_iter().flatten().map(|native| native.takes.len());
        Some(callable(name, count, takes, functions.keys().map(String::as_str)))
    }

    pub(super) fn spaces(&self) -> impl Iterator<Item = &str> {
        self.natives.spaces.keys().map(String::as_str).filter(|name| !name.is_empty())
    }
}

pub(super) fn callable<'a>(
    name: &str,
    count: usize,
    takes: impl Iterator<Item = usize>,
    known: impl Iterator<Item = &'a str>,
) -> Callable {
    let mut takes: Vec<usize> = takes.collect();
    if takes.contains(&count) {
        return Callable::Yes;
    }
    if takes.is_empty() {
        // Operators and what hosts keep for themselves are no suggestion. The order makes the answer the same every time.
        let mut words: Vec<&str> =
            known.filter(|known| known.starts_with(char::is_alphabetic) && !known.contains('$')).collect();
        words.sort_unstable();
        return Callable::No(nearest(name, words).map(str::to_owned));
    }
    takes.sort_unstable();
    takes.dedup();
    Callable::Otherwise(takes)
}
