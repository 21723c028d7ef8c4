//! Imports: modules that came with the program, files beside the importing one, and files below library folders.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{AST, Engine, EvalAltResult, Module, ModuleResolver, ParseError, Position, Scope, Shared};

use crate::script::native::{Dynamic, Map};
use crate::script::source::{Source, Sources};
use crate::script::{Kind, own};

/// Where modules come from.
#[derive(Clone)]
pub struct Library {
    /// The text of a module that came with the program: `std/members`.
    pub embedded: fn(&str) -> Option<&'static str>,
    /// The names of those modules, for an error that names the nearest.
    pub embedded_names: fn() -> Vec<String>,
    /// Searched after the folder of the importing file.
    pub folders: Vec<PathBuf>,
}

/// Why a path is no module.
pub(super) enum Problem {
    /// What is wrong with the path or the file.
    Import(String),
    Syntax {
        source: String,
        error: ParseError,
    },
}

impl Problem {
    /// An import that fails, as the map that the engine's own errors are to a script. The engine has an error for modules
    /// that do not exist, but takes what is wrong out of it.
    fn thrown(path: &str, problem: &str, position: Position) -> Box<EvalAltResult> {
        let mut map = Map::new();
        map.insert("error".into(), IMPORT.into());
        map.insert("path".into(), path.into());
        map.insert("message".into(), problem.into());
        EvalAltResult::ErrorRuntime(map.into(), position).into()
    }

    /// The failure that [`Problem::thrown`] made.
    pub(super) fn of(thrown: &Dynamic) -> Option<Kind> {
        let map = thrown.as_map_ref().ok()?;
        let text = |name: &str| map.get(name).map(ToString::to_string).unwrap_or_default();
        (text("error") == IMPORT).then(|| Kind::Import { path: text("path"), problem: text("message") })
    }
}

const IMPORT: &str = "ErrorImport";

/// The resolver of one session. Clones share their modules.
#[derive(Clone)]
pub(super) struct Modules {
    library: Library,
    sources: Sources,
    /// Variables that modules see without declaring them.
    predeclared: Arc<Scope<'static>>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    trees: HashMap<String, AST>,
    modules: HashMap<String, Shared<Module>>,
    /// How many were read, those included that are none.
    read: usize,
    /// The modules being evaluated, the outermost first.
    open: Vec<String>,
}

impl Modules {
    pub(super) fn new(library: Library, sources: Sources, predeclared: Scope<'static>) -> Modules {
        Modules { library, sources, predeclared: Arc::new(predeclared), state: Arc::default() }
    }

    /// Finds and compiles what `importer` calls `path`; the name and the tree.
    pub(super) fn load(&self, engine: &Engine, importer: &str, path: &str) -> Result<(String, AST), Problem> {
        let source = self.locate(importer, path).map_err(Problem::Import)?;
        if let Some(tree) = self.lock().trees.get(&source.name) {
            return Ok((source.name, tree.clone()));
        }
        self.sources.add(&source);
        let number = {
            let mut state = self.lock();
            // The script itself is 0.
            state.read += 1;
            state.read
        };
        let mut tree = own::compile(engine, &self.predeclared, &source.text, number)
            .map_err(|error| Problem::Syntax { source: source.name.clone(), error })?;
        tree.set_source(source.name.as_str());
        self.lock().trees.insert(source.name.clone(), tree.clone());
        Ok((source.name, tree))
    }

    pub(super) fn locate(&self, importer: &str, path: &str) -> Result<Source, String> {
        let name = path.strip_suffix(".rhai").unwrap_or(path);
        if name.starts_with("std/") {
            let text = (self.library.embedded)(name);
            return text.map(|text| Source::new(name, text)).ok_or_else(|| {
                format!("the modules that come with pbxsh are {}", (self.library.embedded_names)().join(", "))
            });
        }
        let relative = Path::new(name);
        if relative.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err("a module's path goes down from the importing file, without `..` and without a root".to_owned());
        }
        let beside = Path::new(importer).parent().map(Path::to_path_buf).unwrap_or_default();
        let folders = std::iter::once(&beside).chain(&self.library.folders);
        let mut tried = Vec::new();
        for folder in folders {
            let file = folder.join(format!("{name}.rhai"));
            match std::fs::read_to_string(&file) {
                Ok(text) if inside(folder, &file) => return Ok(Source::new(file.display().to_string(), text)),
                Ok(_) => return Err(format!("{} is a link that leads out of its folder", file.display())),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => tried.push(file.display().to_string()),
                Err(error) => return Err(format!("{}: {error}", file.display())),
            }
        }
        Err(format!("there is no {}", tried.join(" and no ")))
    }

    fn evaluate(
        &self,
        engine: &Engine,
        name: &str,
        tree: &AST,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        {
            let mut state = self.lock();
            if let Some(module) = state.modules.get(name) {
                return Ok(module.clone());
            }
            if state.open.iter().any(|open| open == name) {
                let path = state.open.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(" → ");
                return Err(Problem::thrown(name, &format!("it imports itself: {path}"), position));
            }
            state.open.push(name.to_owned());
        }
        let module = Module::eval_ast_as_new(Scope::new(), tree, engine);
        let mut state = self.lock();
        state.open.pop();
        let mut module = module.map_err(|error| EvalAltResult::ErrorInModule(name.to_owned(), error, position))?;
        module.set_id(name);
        let module = Shared::new(module);
        state.modules.insert(name.to_owned(), module.clone());
        Ok(module)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn inside(folder: &Path, file: &Path) -> bool {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match (folder.canonicalize(), file.canonicalize()) {
        (Ok(folder), Ok(file)) => file.starts_with(folder),
        _ => false,
    }
}

impl ModuleResolver for Modules {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let (name, tree) = self.load(engine, source.unwrap_or_default(), path).map_err(|problem| match problem {
            Problem::Import(problem) => Problem::thrown(path, &problem, position),
            Problem::Syntax { source, error } => {
                let parsing = EvalAltResult::ErrorParsing(error.err_type().clone(), error.position());
                EvalAltResult::ErrorInModule(source, parsing.into(), position).into()
            }
        })?;
        self.evaluate(engine, &name, &tree, position)
    }
}
