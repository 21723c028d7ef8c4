//! Syntax trees, for those who read scripts without running them.

use std::collections::HashMap;

pub use rhai::{ASTFlags, Expr, FnCallExpr, Ident, Namespace, Stmt};

use rhai::{AST, ASTNode, FnAccess, Module, Position, ScriptFuncDef, Shared};

use crate::script::native::{Dynamic, FnPtr};
use crate::script::source::Source;
use crate::script::spans::Tokens;
use crate::script::{Failure, Place};

/// A source, its tree and its tokens.
pub struct Tree {
    pub source: Source,
    /// The first name that is used without being declared, if there is one: the engine would not run this source.
    pub undeclared: Option<Failure>,
    /// In the order in which they stand there.
    pub functions: Vec<Function>,
    /// By the names that the engine gives them.
    pub closures: HashMap<String, Function>,
    ast: AST,
    tokens: Tokens,
}

/// A function or a closure of a script.
pub struct Function {
    pub name: String,
    /// `User` of `fn User.full_name()`.
    pub this_type: Option<String>,
    /// Those of a closure begin with the variables that it captures.
    pub parameters: Vec<String>,
    /// Not seen by those who import its source.
    pub is_private: bool,
    /// Its doc comment, without the slashes.
    pub docs: String,
    pub body: Vec<Stmt>,
    /// Where its body begins.
    pub start: Position,
    /// Where its name stands; a closure has none.
    pub place: Option<Place>,
}

/// What of the text at a position is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The name, literal or operator.
    Word(Position),
    /// The call with its arguments.
    Call(Position),
}

impl Tree {
    pub(super) fn new(source: Source, ast: AST, tokens: Tokens, undeclared: Option<Failure>) -> Tree {
        let defined = ast.shared_lib().iter_script_fn_info().map(|(_, _, _, _, function)| Function::of(function));
        let (closures, mut functions): (Vec<_>, Vec<_>) = defined.partition(|function| is_closure(&function.name));
        functions.sort_by_key(|function| function.start);
        for function in &mut functions {
            let name = tokens.offset(&source.text, function.start).and_then(|body| tokens.function_name(body));
            function.place = name.map(|start| Place::new(source.clone(), start..start + function.name.len()));
        }
        let closures = closures.into_iter().map(|closure| (closure.name.clone(), closure)).collect();
        Tree { source, undeclared, functions, closures, ast, tokens }
    }

    #[must_use]
    pub fn statements(&self) -> &[Stmt] {
        self.ast.statements()
    }

    /// Shows every expression of the source, those of functions and closures, too.
    pub fn each(&self, mut look: impl FnMut(&Expr)) {
        self.ast.walk(&mut |path| {
            if let Some(ASTNode::Expr(expression)) = path.last() {
                look(expression);
            }
            true
        });
    }

    /// Shows every statement of the source, those of functions and closures, too.
    pub fn each_statement(&self, mut look: impl FnMut(&Stmt)) {
        self.ast.walk(&mut |path| {
            if let Some(ASTNode::Stmt(statement)) = path.last() {
                look(statement);
            }
            true
        });
    }

    /// Shows every call of a function by its name.
    pub fn each_call(&self, mut look: impl FnMut(&FnCallExpr)) {
        self.ast.walk(&mut |path| {
            if let Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) = path.last() {
                look(call);
            }
            true
        });
    }

    /// The first names of all that stands in front of `::`.
    #[must_use]
    pub fn namespaces(&self) -> Vec<String> {
        let mut found = Vec::new();
        let first = |namespace: &Namespace| namespace.path.first().map(|name| name.name.to_string());
        self.each(|expression| {
            if let Expr::Variable(name, _, _) = expression {
                found.extend(first(&name.2));
            }
        });
        self.each_call(|call| found.extend(first(&call.namespace)));
        found
    }

    /// Where a text stands.
    #[must_use]
    pub fn place(&self, mark: Mark) -> Option<Place> {
        let text = &*self.source.text;
        let span = match mark {
            Mark::Word(position) => self.tokens.word(text, position)?,
            Mark::Call(position) => self.tokens.span(text, position, None)?,
        };
        Some(self.stretch(span.start, span.end))
    }

    /// The place of the bytes from `start` to `end`.
    #[must_use]
    pub fn stretch(&self, start: usize, end: usize) -> Place {
        let (line, column) = self.line_and_column(start);
        Place { source: self.source.clone(), span: start..end, line, column }
    }

    /// Line and column of a byte, both from one.
    #[must_use]
    pub fn line_and_column(&self, at: usize) -> (usize, usize) {
        self.tokens.line_and_column(&self.source.text, at)
    }

    /// Is this byte part of the script, and not of a comment?
    #[must_use]
    pub fn is_code(&self, at: usize) -> bool {
        self.tokens.is_code(&self.source.text, at)
    }
}

impl Function {
    /// The statements of a function stand behind a type that the engine does not name to others, but a walk finds them: over
    /// the tree of a module that has nothing but this function.
    fn of(function: &Shared<ScriptFuncDef>) -> Function {
        let mut module = Module::new();
        module.set_script_fn(function.clone());
        let mut body = Vec::new();
        AST::new_from_module(module).walk(&mut |path| {
            if let [ASTNode::Stmt(statement)] = path {
                body.push((*statement).clone());
            }
            true
        });
        Function {
            name: function.name.to_string(),
            this_type: function.this_type.as_ref().map(ToString::to_string),
            parameters: function.params.iter().map(ToString::to_string).collect(),
            is_private: function.access == FnAccess::Private,
            docs: function.comments.iter().map(|comment| plain(comment)).collect::<Vec<_>>().join("\n"),
            body,
            start: function.body.start_position(),
            place: None,
        }
    }
}

/// A doc comment as text.
fn plain(comment: &str) -> String {
    let block = comment.strip_prefix("/**").map(|rest| rest.trim_end_matches("*/"));
    let lines = block.unwrap_or(comment).lines().map(|line| {
        let line = line.trim_start().trim_start_matches("///");
        line.strip_prefix(' ').unwrap_or(line).trim_end()
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Where a variable is written into and never looked at afterwards, if that is so: `row.Name = "x";` at the end of a loop.
#[must_use]
pub fn lost(statements: &[Stmt], name: &str) -> Option<Position> {
    let is_it = |expression: &Expr| matches!(expression, Expr::Variable(it, ..) if it.1 == name && it.2.is_empty());
    let (mut written, mut feeding, mut seen) = (None, Vec::new(), Vec::new());
    for statement in statements {
        statement.walk(&mut Vec::new(), &mut |path: &[ASTNode]| {
            match path.last() {
                Some(ASTNode::Stmt(Stmt::Assignment(parts))) => {
                    if let Expr::Dot(target, ..) | Expr::Index(target, ..) = &parts.1.lhs
                        && is_it(&target.lhs)
                    {
                        written.get_or_insert(target.lhs.position());
                        feeding.push(target.lhs.position());
                        // What it gets from itself does not leave it.
                        parts.1.rhs.walk(&mut Vec::new(), &mut |path: &[ASTNode]| {
                            if let Some(ASTNode::Expr(expression)) = path.last()
                                && is_it(expression)
                            {
                                feeding.push(expression.position());
                            }
                            true
                        });
                    }
                }
                Some(ASTNode::Expr(expression)) if is_it(expression) => seen.push(expression.position()),
                _ => {}
            }
            true
        });
    }
    let first = written?;
    seen.iter().all(|position| *position < first || feeding.contains(position)).then_some(first)
}

/// The name of the closure in a value, if it is one.
#[must_use]
pub fn closure_name(value: &Dynamic) -> Option<String> {
    let pointer = value.read_lock::<FnPtr>()?;
    is_closure(pointer.fn_name()).then(|| pointer.fn_name().to_owned())
}

fn is_closure(name: &str) -> bool {
    name.starts_with("anon$")
}
