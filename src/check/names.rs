//! The functions that exist: those of the engine and its hosts, and those of the scripts.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};

use crate::bindings::{Resource, nearest};
use crate::kit;
use crate::script::Session;
use crate::script::native::Dynamic;
use crate::script::tree::{Expr, Tree};

/// What the engine and its hosts bring.
#[derive(Default)]
pub(super) struct Natives {
    /// By name: for each the number of arguments and the type of the first one.
    functions: HashMap<String, Vec<(usize, Option<TypeId>)>>,
    /// `csv::read`: by namespace and name.
    spaces: HashMap<String, HashMap<String, Vec<usize>>>,
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
        for native in session.natives() {
            if native.namespace.is_empty() {
                natives.functions.entry(native.name).or_default().push((native.count, native.first));
            } else {
                let space = natives.spaces.entry(native.namespace).or_default();
                space.entry(native.name).or_default().push(native.count);
            }
        }
        natives
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
        let any = |first: Option<TypeId>| first.is_none_or(|first| first == TypeId::of::<Dynamic>());
        let known = self.natives.functions.get(name).into_iter().flatten();
        KEYWORDS.contains(&name) || known.clone().any(|(most, first)| *most == count + 1 && any(*first))
    }

    /// Is a function of a script called instead of one that pbxsh has: by its name, or as a method?
    pub(super) fn goes_before(&self, name: &str, count: usize) -> bool {
        let known = || self.natives.functions.get(name).into_iter().flatten();
        // Operations are guarded.
        let method = known().any(|(most, first)| *most == count + 1 && *first != Some(TypeId::of::<Resource>()));
        let method = method && self.called.contains(&(name.to_owned(), count));
        method || kit::docs().any(|doc| doc.name == name) && known().any(|(most, _)| *most == count)
    }

    /// Is there a function of this name, with whatever arguments?
    pub(super) fn exists(&self, name: &str) -> bool {
        KEYWORDS.contains(&name) || self.natives.functions.contains_key(name) || self.functions.contains_key(name)
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
        let natives = self.natives.functions.get(name).into_iter().flatten().map(|(count, _)| *count);
        let scripted = self.functions.get(name).into_iter().flatten().copied();
        let known = self.natives.functions.keys().chain(self.functions.keys());
        callable(name, count, natives.chain(scripted), known.map(String::as_str))
    }

    /// `value.name(…)`, on a value of which nobody knows what it is.
    pub(super) fn method(&self, name: &str, count: usize) -> Callable {
        if KEYWORDS.contains(&name) || self.keys.contains(name) {
            return Callable::Yes;
        }
        let natives =
            self.natives.functions.get(name).into_iter().flatten().filter_map(|(count, _)| count.checked_sub(1));
        let scripted = [&self.functions, &self.methods].into_iter().flat_map(|known| known.get(name));
        let scripted = scripted.flatten().copied();
        let known = self.natives.functions.keys().chain(self.functions.keys()).chain(self.methods.keys());
        callable(name, count, natives.chain(scripted), known.map(String::as_str))
    }

    /// The same on a value whose type the engine knows.
    pub(super) fn method_of(&self, name: &str, count: usize, ty: TypeId) -> Callable {
        let fits = |first: Option<TypeId>| first.is_none_or(|first| first == ty || first == TypeId::of::<Dynamic>());
        let natives = self.natives.functions.get(name).into_iter().flatten().filter(|(_, first)| fits(*first));
        let takes: Vec<usize> = natives.filter_map(|(count, _)| count.checked_sub(1)).collect();
        if takes.is_empty() && !KEYWORDS.contains(&name) {
            let fitting = self
                .natives
                .functions
                .iter()
                .filter(|(_, all)| all.iter().any(|(count, first)| *count > 0 && fits(*first)));
            return callable(name, count, std::iter::empty(), fitting.map(|(name, _)| name.as_str()));
        }
        if KEYWORDS.contains(&name) {
            Callable::Yes
        } else {
            callable(name, count, takes.into_iter(), std::iter::empty())
        }
    }

    /// Has a type of the engine a property of this name?
    pub(super) fn has_getter(&self, name: &str, ty: TypeId) -> bool {
        let known = self.natives.functions.get(&format!("get${name}"));
        known.is_some_and(|known| known.iter().any(|(_, first)| *first == Some(ty)))
    }

    /// `space::name(…)`; nothing if there is no such namespace.
    pub(super) fn in_space(&self, space: &str, name: &str, count: usize) -> Option<Callable> {
        let functions = self.natives.spaces.get(space)?;
        let takes = functions.get(name).into_iter().flatten().copied();
        Some(callable(name, count, takes, functions.keys().map(String::as_str)))
    }

    pub(super) fn spaces(&self) -> impl Iterator<Item = &str> {
        self.natives.spaces.keys().map(String::as_str)
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
