//! Why a run ended, as facts: the kind, the place and the way there. Words are made elsewhere.

use std::ops::Range;

use rhai::{Engine, EvalAltResult, ParseError, Position};

use crate::script::modules::Problem;
use crate::script::native::Dynamic;
use crate::script::source::{Source, Sources};
use crate::script::spans::span;
use crate::script::{Ending, Raised, Skip, nearest, own};

/// A run that did not reach its end.
#[derive(Debug, Clone)]
pub struct Failure {
    pub kind: Kind,
    pub place: Option<Place>,
    /// The calls that led there, the innermost first.
    pub frames: Vec<Frame>,
}

#[derive(Debug, Clone)]
pub enum Kind {
    /// The text is no script.
    Syntax { message: String },
    /// A value was thrown, by the script or by a host function.
    Thrown(Dynamic),
    /// A function that does not exist: its name, the types that it was called with, and the nearest one that does.
    NoFunction { name: String, types: String, nearest: Option<String> },
    /// The engine found a fault of its own kind.
    Rhai { kind: String, message: String },
    /// A module could not be imported.
    Import { path: String, problem: String },
    /// Ended from outside, or by `exit`.
    Ended(Ending),
    /// Ended by `skip`.
    Skipped(String),
    /// The engine or a host function panicked, at this place.
    Panic { message: String },
}

impl Failure {
    /// What waits for an answer only knows that it was told to stop; the run knows why.
    #[must_use]
    pub fn because(mut self, ending: Option<Ending>) -> Failure {
        if let (Kind::Ended(Ending::Interrupted), Some(ending)) = (&self.kind, ending) {
            self.kind = Kind::Ended(ending);
        }
        self
    }
}

impl Kind {
    /// The kind of an error that has no place any more.
    pub(crate) fn of(error: EvalAltResult) -> Kind {
        match error {
            EvalAltResult::ErrorParsing(problem, _) => Kind::Syntax { message: problem.to_string() },
            EvalAltResult::ErrorRuntime(thrown, _) => Problem::of(&thrown).unwrap_or(Kind::Thrown(thrown)),
            EvalAltResult::ErrorTerminated(token, _) => match token.try_cast_result::<Skip>() {
                Ok(Skip(reason)) => Kind::Skipped(reason),
                Err(token) => Kind::Ended(token.try_cast::<Ending>().unwrap_or(Ending::Interrupted)),
            },
            EvalAltResult::ErrorModuleNotFound(path, _) => {
                Kind::Import { path, problem: "there is no such module".into() }
            }
            EvalAltResult::ErrorFunctionNotFound(signature, _) => {
                let (name, types) = signature.split_once(" (").unwrap_or((&signature, ""));
                let types = types.strip_suffix(')').unwrap_or(types).to_owned();
                Kind::NoFunction { name: own::given(name).to_owned(), types, nearest: None }
            }
            other => {
                let kind = format!("{other:?}");
                let kind = kind.split(['(', ' ']).next().unwrap_or_default().to_owned();
                Kind::Rhai { kind, message: other.to_string() }
            }
        }
    }
}

/// A stretch of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub source: Source,
    pub span: Range<usize>,
    pub line: usize,
    pub column: usize,
}

impl Place {
    #[must_use]
    pub fn new(source: Source, span: Range<usize>) -> Place {
        let before = &source.text[..span.start];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Place { source, span, line, column }
    }
}

/// A call on the way to the failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub function: String,
    pub place: Option<Place>,
}

/// The name under which host code runs that only passes a call on; its frames are nobody's business.
pub(super) const GLUE: &str = "<glue>";

/// Turns the engine's errors into failures.
pub(super) struct Explainer<'a> {
    pub(super) engine: &'a Engine,
    pub(super) sources: &'a Sources,
}

impl Explainer<'_> {
    pub(super) fn syntax(&self, source: &str, error: &ParseError) -> Failure {
        Failure {
            kind: Kind::Syntax { message: error.err_type().to_string() },
            place: self.place(source, error.position(), None),
            frames: Vec::new(),
        }
    }

    pub(super) fn runtime(&self, main: &str, error: Box<EvalAltResult>) -> Failure {
        let mut frames = Vec::new();
        let mut source = main.to_owned();
        let mut current = error;
        let mut glued = None;
        loop {
            match *current {
                EvalAltResult::ErrorInFunctionCall(name, callee, inner, position) => {
                    if callee == GLUE {
                        glued = self.place(&source, position, None);
                    } else {
                        let function = if name.starts_with("anon$") {
                            "a closure".to_owned()
                        } else {
                            own::given(&name).to_owned()
                        };
                        frames.push(Frame { function, place: self.place(&source, position, None) });
                        if !callee.is_empty() {
                            source = callee;
                        }
                    }
                    current = inner;
                }
                EvalAltResult::ErrorInModule(name, inner, position) => {
                    let function = format!("import of {name}");
                    frames.push(Frame { function, place: self.place(&source, position, None) });
                    source = name;
                    current = inner;
                }
                innermost => {
                    frames.reverse();
                    return self.innermost(&source, innermost, glued, frames);
                }
            }
        }
    }

    /// `glued` is the place where glue was called, if the error came through it: its own places mean nothing.
    fn innermost(&self, source: &str, mut error: EvalAltResult, glued: Option<Place>, frames: Vec<Frame>) -> Failure {
        let position = error.take_position();
        let mut place = glued.clone().or_else(|| self.place(source, position, None));
        if let EvalAltResult::ErrorRuntime(thrown, _) = &error
            && let Some(raised) = thrown.read_lock::<Raised>().filter(|_| glued.is_none())
        {
            let from = raised.origin.source.as_deref().unwrap_or(source);
            place = self.place(from, raised.origin.position, raised.fact.focus().as_deref()).or(place);
        }
        let mut kind = Kind::of(error);
        if let Kind::NoFunction { name, nearest, .. } = &mut kind {
            *nearest = self.alike(name, place.as_ref());
        }
        Failure { kind, place, frames }
    }

    /// The function that was meant, if its name is near: one of the engine, of a host or of the script itself.
    fn alike(&self, name: &str, place: Option<&Place>) -> Option<String> {
        let bare = |function: rhai::FuncInfo| {
            let name = function.metadata.name.to_string();
            (function.metadata.namespace == rhai::FnNamespace::Global || function.namespace.is_empty()).then_some(name)
        };
        let mut known = self.engine.collect_fn_metadata(None, bare, true);
        let own = place.into_iter().flat_map(|place| place.source.text.split("fn ").skip(1));
        known.extend(own.map(|rest| {
            let signature = rest.split('(').next().unwrap_or_default();
            signature.rsplit('.').next().unwrap_or_default().to_owned()
        }));
        // A host may have taken the name itself, to say more about it.
        known.retain(|known| known.starts_with(char::is_alphabetic) && !known.contains('$') && known != name);
        known.sort_unstable();
        nearest(name, known.iter().map(String::as_str)).map(str::to_owned)
    }

    fn place(&self, source: &str, position: Position, focus: Option<&str>) -> Option<Place> {
        let source = self.sources.find(source)?;
        let span = span(self.engine, &source.text, position, focus)?;
        Some(Place::new(source, span))
    }
}
