//! Reading sources without running them.

use rhai::ParseErrorType;

use crate::script::source::Source;
use crate::script::spans::Tokens;
use crate::script::tree::{Function, Tree};
use crate::script::{Failure, Session};

/// A module as those see it who import it.
pub struct Described {
    pub name: String,
    /// The remarks at its top.
    pub about: String,
    pub functions: Vec<Function>,
}

impl Session {
    /// Reads a source. One with names that nobody declared has a tree too: a reader may find all of them.
    pub fn read(&mut self, source: &Source) -> Result<Tree, Failure> {
        self.sources.add(source);
        let tokens = |session: &Session| Tokens::of(&session.engine, &source.text);
        let error = match self.engine.compile_with_scope(&self.predeclared, &*source.text) {
            Ok(ast) => return Ok(Tree::new(source.clone(), ast, tokens(self), None)),
            Err(error) => error,
        };
        let failure = self.explainer().syntax(&source.name, &error);
        let kind = error.err_type();
        if !matches!(kind, ParseErrorType::VariableUndefined(_) | ParseErrorType::ModuleUndefined(_)) {
            return Err(failure);
        }
        self.engine.set_strict_variables(false);
        let lenient = self.engine.compile_with_scope(&self.predeclared, &*source.text);
        self.engine.set_strict_variables(true);
        match lenient {
            Ok(ast) => Ok(Tree::new(source.clone(), ast, tokens(self), Some(failure))),
            Err(error) => Err(self.explainer().syntax(&source.name, &error)),
        }
    }

    /// The source of a module as `importer` would get it; else why it gets none.
    pub fn find_module(&self, importer: &str, path: &str) -> Result<Source, String> {
        self.modules.locate(importer, path)
    }

    /// What a module says of itself and of what it lends out; nothing of it runs.
    pub fn describe(&mut self, source: &Source) -> Result<Described, Failure> {
        let functions = self.functions(source)?.into_iter().filter(|function| !function.is_private).collect();
        let about = source.text.lines().map_while(|line| line.strip_prefix("//!"));
        let about = about.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n");
        Ok(Described { name: source.name.clone(), about, functions })
    }

    /// The variables that every source sees without declaring them.
    #[must_use]
    pub fn predeclared(&self) -> Vec<String> {
        self.predeclared.iter_raw().map(|(name, ..)| name.to_owned()).collect()
    }

    /// Does `name::…` mean something without an import?
    #[must_use]
    pub fn has_namespace(&self, name: &str) -> bool {
        self.engine.compile(format!("{name}::x")).is_ok()
    }
}
