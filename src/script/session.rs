//! A session runs sources: a file once, or the entries of a prompt one after the other.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use rhai::{AST, Engine, Module, ParseErrorType, Scope, Shared};

use crate::script::engine::{Arguments, Steps, build};
use crate::script::failure::Explainer;
use crate::script::modules::{Modules, Problem};
use crate::script::native::{Array, Dynamic};
use crate::script::source::{Source, Sources};
use crate::script::{Ending, Failure, Function, Host, Kind, Library, Survey, entries, own, panics};

/// What a session is given.
#[derive(Clone)]
pub struct Setup {
    pub hosts: Vec<Arc<dyn Host>>,
    pub library: Library,
    /// Where `print` goes, a line at a time.
    pub print: Arc<dyn Fn(&str) + Send + Sync>,
    /// Asked at every step: must the script end?
    pub stop: Arc<dyn Fn() -> Option<Ending> + Send + Sync>,
    /// The most steps of the engine that a run may take.
    pub operations: Option<u64>,
}

/// The variables of a prompt as they were.
pub struct Variables(Scope<'static>);

pub struct Session {
    pub(super) engine: Engine,
    setup: Setup,
    scope: Scope<'static>,
    arguments: Arguments,
    steps: Steps,
    pub(super) sources: Sources,
    pub(super) modules: Modules,
    /// Names that compile without being declared, as if they stood in the scope.
    pub(super) predeclared: Scope<'static>,
    /// The entry that is run again and again, as it was read.
    fleeting: Option<(Source, AST)>,
}

impl Session {
    #[must_use]
    pub fn new(setup: &Setup) -> Session {
        let arguments = Arguments::new(Dynamic::from_array(Array::new()).into());
        let steps = Steps::default();
        let mut engine = build(setup, &arguments, &steps);
        let mut predeclared = Scope::new();
        let variables = setup.hosts.iter().flat_map(|host| host.variables());
        for name in variables.copied().chain(["args"]) {
            predeclared.push_constant(name, ());
        }
        let sources = Sources::default();
        let modules = Modules::new(setup.library.clone(), sources.clone(), predeclared.clone());
        engine.set_module_resolver(modules.clone());
        Session {
            engine,
            setup: setup.clone(),
            scope: Scope::new(),
            arguments,
            sources,
            modules,
            steps,
            predeclared,
            fleeting: None,
        }
    }

    /// What the script sees as `args`.
    pub fn set_arguments(&mut self, arguments: impl IntoIterator<Item = String>) {
        let list: Array = arguments.into_iter().map(Dynamic::from).collect();
        *self.arguments.write().unwrap_or_else(PoisonError::into_inner) = list.into();
    }

    /// Runs a source of its own; the value of its last expression.
    pub fn run(&mut self, source: &Source) -> Result<Dynamic, Failure> {
        let tree = self.prepare(source, true)?;
        let mut scope = Scope::new();
        self.evaluate(source, &tree, &mut scope)
    }

    /// The functions that a source defines, methods of types aside, in its order; nothing of it runs.
    pub fn functions(&mut self, source: &Source) -> Result<Vec<Function>, Failure> {
        self.prepare(source, false)?;
        let functions = self.read(source)?.functions.into_iter();
        Ok(functions.filter(|function| function.this_type.is_none()).collect())
    }

    /// Runs a source and then functions of it that take nothing, one after the other. `last` runs whether the ones before
    /// it failed or not, unless the run was ended from outside; of two failures the first one is told. Says whether it came
    /// to the functions: a source may `return` before.
    pub fn call(&mut self, source: &Source, first: &[&str], last: Option<&str>) -> Result<bool, Failure> {
        let tree = self.prepare(source, true)?;
        // One evaluation for all of them: what stands at the top is run once, and its imports are there for each.
        let reached = entries::register_calls(&mut self.engine, first, last);
        let driver = self.engine.compile(entries::CALLS).map_err(|error| self.explainer().syntax("", &error))?;
        let mut tree = tree.merge(&driver);
        tree.set_source(source.name.as_str());
        let result = self.evaluate(source, &tree, &mut Scope::new());
        result.map(|_| reached.load(Ordering::Relaxed)).map_err(|mut failure| {
            // Nobody wrote the call of the function itself.
            let called = |name: &str| first.contains(&name) || last == Some(name);
            failure.frames.pop_if(|outermost| called(&outermost.function));
            // The engine knows no more of what no script catches than where the outermost call stands: not in this source.
            if matches!(failure.kind, Kind::Ended(_)) {
                failure.place = None;
            }
            failure
        })
    }

    /// Runs an entry of a prompt: variables, functions and imports stay for the next one.
    pub fn enter(&mut self, source: &Source) -> Result<Dynamic, Failure> {
        // What it defines may be what the other one calls.
        self.fleeting = None;
        let (tree, survey) = self.read_entry(source)?;
        let result = self.evaluate_entry(source, &tree);
        self.keep_imports(source, survey);
        result
    }

    /// Runs an entry again and again: of what it declares nothing stays, what it changes does. It is read once, because whatever
    /// has functions makes the engine larger, for ever.
    pub fn enter_fleeting(&mut self, source: &Source) -> Result<Dynamic, Failure> {
        let (tree, new) = match self.fleeting.take().filter(|(known, _)| known == source) {
            Some((_, tree)) => (tree, None),
            None => {
                let (tree, survey) = self.read_entry(source)?;
                (tree, Some(survey))
            }
        };
        let depth = self.scope.len();
        let result = self.evaluate_entry(source, &tree);
        if let Some(survey) = new {
            self.keep_imports(source, survey);
        }
        self.scope.rewind(depth.min(self.scope.len()));
        self.fleeting = Some((source.clone(), tree));
        result
    }

    fn read_entry(&mut self, source: &Source) -> Result<(AST, Survey), Failure> {
        // A later entry may define a function anew, for those before it, too.
        let tree = self.prepare(source, false)?;
        let survey = Survey::of(&tree);
        if tree.has_functions() {
            // As a module of their own, functions keep the text that their errors point into.
            let functions = tree.clone_functions_only();
            if let Ok(module) = Module::eval_ast_as_new(Scope::new(), &functions, &self.engine) {
                self.engine.register_global_module(Shared::new(module));
            }
        }
        Ok((tree, survey))
    }

    fn evaluate_entry(&mut self, source: &Source, tree: &AST) -> Result<Dynamic, Failure> {
        let mut scope = std::mem::take(&mut self.scope);
        let result = self.evaluate(source, tree, &mut scope);
        self.scope = scope;
        result
    }

    fn keep_imports(&mut self, source: &Source, survey: Survey) {
        for (path, alias) in survey.imports {
            let Some(alias) = alias else { continue };
            let resolver = self.engine.module_resolver();
            if let Ok(module) = resolver.resolve(&self.engine, Some(&source.name), &path, rhai::Position::NONE) {
                self.engine.register_static_module(alias, module);
            }
        }
    }

    /// The variables of the prompt as they are now, to come back to.
    #[must_use]
    pub fn remember(&self) -> Variables {
        Variables(self.scope.clone())
    }

    pub fn restore(&mut self, variables: Variables) {
        self.scope = variables.0;
    }

    /// Forgets everything that entries have made: variables, functions and imports.
    pub fn reset(&mut self) {
        let arguments = self.arguments.read().unwrap_or_else(PoisonError::into_inner).clone();
        *self = Session::new(&self.setup.clone());
        *self.arguments.write().unwrap_or_else(PoisonError::into_inner) = arguments;
    }

    /// Can the text be read as a script, with the variables that there are?
    #[must_use]
    pub fn reads(&self, text: &str) -> bool {
        self.engine.compile_with_scope(&self.visible(), text).is_ok()
    }

    /// A variable of the prompt.
    pub fn set_variable(&mut self, name: &str, value: Dynamic) {
        self.scope.set_or_push(name, value);
    }

    /// The variables of the prompt with their values, the last one of each name.
    pub fn variables(&self) -> impl Iterator<Item = (&str, Dynamic)> {
        let names: Vec<&str> = self.scope.iter_raw().map(|(name, ..)| name).collect();
        self.scope
            .iter_raw()
            .enumerate()
            .filter(move |(at, (name, ..))| !names[at + 1..].contains(name))
            .map(|(_, (name, _, value))| (name, value.clone()))
    }

    /// Looks at the variables of the prompt without copying them, the oldest first; a name may come again.
    pub fn inspect(&self, mut look: impl FnMut(&str, &Dynamic)) {
        self.scope.iter_raw().for_each(|(name, _, value)| look(name, value));
    }

    /// Does the text need more lines to be a script?
    #[must_use]
    pub fn is_unfinished(&self, text: &str) -> bool {
        let Err(error) = self.engine.compile_with_scope(&self.visible(), text) else { return false };
        match error.err_type() {
            ParseErrorType::UnexpectedEOF => true,
            ParseErrorType::BadInput(problem) => {
                matches!(problem, rhai::LexError::UnterminatedString | rhai::LexError::MalformedChar(_))
                    && !error.position().is_none()
            }
            ParseErrorType::MissingToken(_, _) => at_end(text, error.position()),
            _ => false,
        }
    }

    fn visible(&self) -> Scope<'static> {
        let mut scope = self.scope.clone();
        for (name, ..) in self.predeclared.iter_raw() {
            if !scope.contains(name) {
                scope.push_constant(name, ());
            }
        }
        scope
    }

    /// Compiles a source and all that it imports by name, and shows the host what they define and call. `whole` says that all
    /// of its functions stand in it.
    fn prepare(&mut self, source: &Source, whole: bool) -> Result<AST, Failure> {
        self.sources.add(source);
        let (scope, text) = (self.visible(), &*source.text);
        let tree = if whole {
            own::compile(&self.engine, &scope, text, 0)
        } else {
            self.engine.compile_with_scope(&scope, text)
        };
        let mut tree = tree.map_err(|error| self.explainer().syntax(&source.name, &error))?;
        tree.set_source(source.name.as_str());
        let mut survey = Survey::of(&tree);
        let mut waiting: Vec<(String, String)> =
            survey.imports.iter().map(|(path, _)| (source.name.clone(), path.clone())).collect();
        let mut seen = Vec::new();
        while let Some((importer, path)) = waiting.pop() {
            match self.modules.load(&self.engine, &importer, &path) {
                Ok((name, tree)) if !seen.contains(&name) => {
                    let found = Survey::of(&tree);
                    waiting.extend(found.imports.iter().map(|(path, _)| (name.clone(), path.clone())));
                    seen.push(name);
                    survey.extend(found);
                }
                Ok(_) => {}
                Err(Problem::Syntax { source, error }) => return Err(self.explainer().syntax(&source, &error)),
                // The import statement says so itself, if it is ever reached, and knows its own place.
                Err(Problem::Import(_)) => {}
            }
        }
        for host in &self.setup.hosts {
            host.adapt(&mut self.engine, &survey);
        }
        Ok(tree)
    }

    fn evaluate(&self, source: &Source, tree: &AST, scope: &mut Scope<'static>) -> Result<Dynamic, Failure> {
        let depth = scope.len();
        self.steps.store(0, Ordering::Relaxed);
        let outcome = match panics::guard(|| self.engine.eval_ast_with_scope::<Dynamic>(scope, tree)) {
            Ok(outcome) => outcome,
            Err(message) => {
                scope.rewind(depth.min(scope.len()));
                let kind = Kind::Panic { message };
                return Err(Failure { kind, place: None, frames: Vec::new() });
            }
        };
        let swallowed = self.setup.hosts.iter().find_map(|host| host.swallowed());
        match (outcome, swallowed) {
            (Ok(value), None) => Ok(value),
            (Err(error), _) | (Ok(_), Some(error)) => {
                Err(self.explainer().runtime(&source.name, error).because((self.setup.stop)()))
            }
        }
    }

    pub(super) fn explainer(&self) -> Explainer<'_> {
        Explainer { engine: &self.engine, sources: &self.sources }
    }
}

/// Is the place behind the last word of the text?
fn at_end(text: &str, position: rhai::Position) -> bool {
    let lines = text.trim_end().lines().count();
    let last = text.trim_end().lines().last().unwrap_or_default().chars().count();
    match (position.line(), position.position()) {
        (Some(line), Some(column)) => line > lines || (line == lines && column > last),
        _ => true,
    }
}
