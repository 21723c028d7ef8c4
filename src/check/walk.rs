//! Goes through a file: its statements, and what their variables are.

use std::collections::HashMap;

use crate::bindings::{Fault, Rules, nearest};
use crate::check::finding::{Fact, Finding};
use crate::check::kind::{Kind, Link};
use crate::check::loops::Loop;
use crate::check::names::Names;
use crate::check::scope::{Key, Scope, Variable};
use crate::check::sources::{Sources, Unit};
use crate::script::Place;
use crate::script::native::Position;
use crate::script::tree::{ASTFlags, Expr, Function, Ident, Mark, Stmt, Tree, closure_name, lost};

pub(super) struct Walk<'a> {
    pub(super) rules: Rules,
    pub(super) names: &'a Names<'a>,
    pub(super) sources: &'a Sources,
    pub(super) unit: &'a Unit,
    pub(super) tree: &'a Tree,
    pub(super) scope: Scope,
    pub(super) this: Kind,
    pub(super) loops: Vec<Loop>,
    /// What is assigned to variables, wherever that stands: a loop or a closure may carry it back to any place.
    assigned: HashMap<Key, Kind>,
    /// Only types are wanted.
    pub(super) muted: bool,
    /// The aliases of imports that something was taken out of.
    pub(super) used: Vec<String>,
    pub(super) undeclared: Vec<String>,
    /// The call that was seen last of a function that gives back nothing.
    pub(super) silent: Option<(String, Position)>,
    findings: Vec<Finding>,
}

/// The method that a chain ends with: its name, and where it is called.
pub(super) fn last_call(expression: &Expr) -> Option<(&str, Position)> {
    match expression {
        Expr::Dot(parts, ..) => last_call(&parts.rhs),
        Expr::MethodCall(call, position) => Some((&call.name, *position)),
        // `${…}` is a block.
        Expr::Stmt(block) => match block.statements().last()? {
            Stmt::Expr(last) => last_call(last),
            _ => None,
        },
        _ => None,
    }
}

/// More rounds do not come in scripts that people write.
const ROUNDS: usize = 12;

/// What a block gives, and whether the statements behind it are reached.
type Given = (Kind, bool);

impl<'a> Walk<'a> {
    pub(super) fn findings(
        rules: Rules,
        names: &'a Names<'a>,
        sources: &'a Sources,
        unit: &'a Unit,
        tree: &'a Tree,
    ) -> Vec<Finding> {
        let mut walk = Walk {
            rules,
            names,
            sources,
            unit,
            tree,
            scope: Scope::default(),
            this: Kind::Any,
            loops: Vec::new(),
            assigned: HashMap::new(),
            muted: true,
            used: Vec::new(),
            undeclared: Vec::new(),
            silent: None,
            findings: Vec::new(),
        };
        // The kind of one variable can depend on that of another, which is assigned to further down.
        for round in 0.. {
            let before = walk.assigned.clone();
            walk.file();
            if walk.assigned == before {
                break;
            }
            if round == ROUNDS {
                walk.assigned.values_mut().for_each(|kind| *kind = Kind::Any);
                break;
            }
        }
        walk.muted = false;
        walk.file();
        walk.declarations();
        walk.findings
    }

    fn file(&mut self) {
        self.block(self.tree.statements());
        for function in &self.tree.functions {
            self.function(function);
        }
    }

    fn function(&mut self, function: &'a Function) {
        let (floor, depth) = (self.scope.enter_function(), self.scope.depth());
        let this = function.this_type.as_deref().and_then(|ty| self.rules.shape(ty));
        let this = this.map_or(Kind::Any, |(ty, _)| self.kind_of_type(ty));
        let around = std::mem::replace(&mut self.this, this);
        for (at, name) in function.parameters.iter().enumerate() {
            let key = (function.start, at + 1);
            let kind = if name == "pbx" { self.connection(Some(key)) } else { Kind::Any };
            self.declare(name, key, kind, true);
        }
        self.block(&function.body);
        self.this = around;
        self.leave(depth);
        self.scope.leave_function(floor);
    }

    /// A closure, its own parameters being of these kinds.
    pub(super) fn closure(&mut self, closure: &'a Function, captured: usize, kinds: &[Kind], this: Kind) {
        let depth = self.scope.depth();
        let around = std::mem::replace(&mut self.this, this);
        for (at, name) in closure.parameters.iter().enumerate().skip(captured) {
            let key = (closure.start, at + 1);
            let given = kinds.get(at - captured).cloned().unwrap_or(Kind::Any);
            let kind = if name == "pbx" && given == Kind::Any { self.connection(Some(key)) } else { given };
            self.declare(name, key, kind, true);
        }
        // A `return` leaves the closure alone, and no loop around it.
        let inner = self.loops.iter().map(Loop::inner).collect();
        let loops = std::mem::replace(&mut self.loops, inner);
        self.block(&closure.body);
        self.this = around;
        let inner = std::mem::replace(&mut self.loops, loops);
        self.loops.iter_mut().zip(inner).for_each(|(outer, inner)| outer.writes.extend(inner.writes));
        self.leave(depth);
    }

    /// A connection of which nobody knows more than that it is one: it is taken for one of the release asked for.
    pub(super) fn connection(&self, root: Option<Key>) -> Kind {
        Kind::Connection(Link { root, release: self.rules.release() })
    }

    pub(super) fn block(&mut self, statements: &'a [Stmt]) -> Given {
        let depth = self.scope.depth();
        let (mut kind, mut reached) = (Kind::Nothing, true);
        for statement in statements {
            if !reached && !matches!(statement, Stmt::Noop(_) | Stmt::Share(_)) {
                self.found(Fact::Unreachable, Mark::Word(statement.position()));
                reached = true;
            }
            kind = self.statement(statement);
            if matches!(statement, Stmt::Return(..) | Stmt::BreakLoop(..)) {
                reached = false;
            }
        }
        self.leave(depth);
        (kind, reached)
    }

    fn leave(&mut self, depth: usize) {
        for variable in self.scope.leave(depth) {
            let wanted = !variable.used && !variable.quiet && !variable.name.starts_with('_');
            if wanted && !self.names.evaluates && !self.names.texts.contains(&variable.name) {
                self.found(Fact::UnusedVariable { name: variable.name }, Mark::Word(variable.key.0));
            }
        }
    }

    pub(super) fn declare(&mut self, name: &str, key: Key, kind: Kind, quiet: bool) {
        let kind = match self.assigned.get(&key) {
            Some(assigned) => kind.or(assigned.clone()),
            None => kind,
        };
        let kind = match kind {
            Kind::Connection(link) => Kind::Connection(Link { root: Some(key), ..link }),
            other => other,
        };
        self.scope.declare(Variable { name: name.to_owned(), key, kind, used: false, quiet });
    }

    fn declare_at(&mut self, name: &Ident, kind: Kind, quiet: bool) {
        self.declare(&name.name, (name.pos, 0), kind, quiet);
    }

    /// A variable is as what is assigned to it, if all of that is the same.
    pub(super) fn assign(&mut self, name: &str, kind: Kind) {
        let Some(variable) = self.scope.find(name) else { return };
        let known = self.assigned.entry(variable.key).or_insert(Kind::Nothing);
        *known = std::mem::replace(known, Kind::Any).or(kind);
    }

    fn statement(&mut self, statement: &'a Stmt) -> Kind {
        match statement {
            Stmt::If(flow, _) => {
                self.expression(&flow.expr);
                let body = self.block(flow.body.statements()).0;
                let branch = self.block(flow.branch.statements()).0;
                return body.or(branch);
            }
            Stmt::Switch(switch, _) => {
                self.expression(&switch.0);
                let arms = switch.1.expressions.iter();
                return arms.fold(Kind::Nothing, |kind, arm| {
                    self.expression(&arm.lhs);
                    kind.or(self.expression(&arm.rhs))
                });
            }
            Stmt::While(flow, _) => {
                self.expression(&flow.expr);
                self.through(Loop::default(), |walk| walk.block(flow.body.statements()));
            }
            Stmt::Do(flow, _, _) => {
                self.through(Loop::default(), |walk| walk.block(flow.body.statements()));
                self.expression(&flow.expr);
            }
            Stmt::For(parts, position) => {
                let (name, counter, flow) = &**parts;
                let kind = self.expression(&flow.expr);
                let idle = flow.body.iter().all(|statement| matches!(statement, Stmt::Noop(_)));
                if let Some(at) = lost(flow.body.statements(), &name.name) {
                    self.found(Fact::Lost { name: name.name.to_string() }, Mark::Word(at));
                }
                if idle && matches!(kind, Kind::List(_)) {
                    self.found(Fact::EmptyLoop, Mark::Word(*position));
                }
                let depth = self.scope.depth();
                self.declare_at(name, kind.element(), true);
                if let Some(counter) = counter {
                    self.declare_at(counter, Kind::Any, true);
                }
                self.through(Loop::over(&kind), |walk| walk.block(flow.body.statements()));
                self.leave(depth);
            }
            Stmt::Var(parts, flags, _) => {
                let (name, value, _) = &**parts;
                let kind = self.value(value);
                let quiet = flags.intersects(ASTFlags::EXPORTED | ASTFlags::CONSTANT);
                self.declare_at(name, kind, quiet);
            }
            Stmt::Assignment(parts) => self.assignment(parts.0.is_op_assignment(), &parts.1.lhs, &parts.1.rhs),
            Stmt::FnCall(call, position) => return self.call(call, *position),
            Stmt::Block(block) => return self.block(block.statements()).0,
            Stmt::TryCatch(flow, _) => {
                self.block(flow.body.statements());
                let depth = self.scope.depth();
                if let Expr::Variable(name, _, position) = &flow.expr {
                    self.declare(&name.1, (*position, 0), Kind::Any, true);
                }
                self.block(flow.branch.statements());
                self.leave(depth);
            }
            Stmt::Expr(expression) => return self.expression(expression),
            Stmt::BreakLoop(value, flags, _) => {
                if let Some(value) = value {
                    self.expression(value);
                }
                if let Some(innermost) = self.loops.last_mut().filter(|_| flags.contains(ASTFlags::BREAK)) {
                    innermost.left = true;
                }
            }
            Stmt::Return(value, _, _) => {
                if let Some(value) = value {
                    self.value(value);
                }
                self.loops.iter_mut().for_each(|open| open.left = true);
            }
            Stmt::Import(parts, _) => {
                self.expression(&parts.0);
            }
            Stmt::Export(parts, _) => {
                self.variable(&parts.0.name, parts.0.pos);
            }
            _ => {}
        }
        Kind::Nothing
    }

    fn assignment(&mut self, with_operator: bool, target: &'a Expr, value: &'a Expr) {
        let kind = self.value(value);
        match target {
            Expr::Variable(name, _, position) if name.2.is_empty() => {
                let kind = if with_operator { Kind::Any } else { kind };
                // To be written is not to be read.
                if with_operator || self.scope.find(&name.1).is_none() {
                    self.variable(&name.1, *position);
                }
                self.assign(&name.1, kind);
            }
            Expr::Dot(..) | Expr::Index(..) => {
                self.chain(target, (!with_operator).then_some(value));
                // What an array of objects holds afterwards depends on what goes in.
                if let (Expr::Index(parts, _, _), true) = (target, kind != Kind::Nothing)
                    && let Expr::Variable(name, _, _) = &parts.lhs
                    && !matches!(parts.rhs, Expr::Dot(..) | Expr::Index(..))
                {
                    self.mix(&name.1, kind);
                }
            }
            other => {
                self.expression(other);
            }
        }
    }

    /// Something is put into the array that a variable holds.
    pub(super) fn mix(&mut self, name: &str, element: Kind) {
        let holds = self.scope.find(name).map(|variable| variable.kind.clone());
        if let Some(Kind::Array(known)) = holds
            && *known != element
        {
            self.assign(name, Kind::Any);
        }
    }

    /// An expression whose value goes somewhere.
    pub(super) fn value(&mut self, expression: &'a Expr) -> Kind {
        self.silent = None;
        let kind = self.expression(expression);
        if let Some((name, at)) = self.silent.take()
            && last_call(expression).is_some_and(|(_, last)| last == at)
        {
            self.found(Fact::NoValue { name }, Mark::Word(at));
        }
        kind
    }

    pub(super) fn expression(&mut self, expression: &'a Expr) -> Kind {
        if let Some((closure, captured)) = self.closure_in(expression) {
            self.closure(closure, captured, &[], Kind::Any);
            return Kind::Any;
        }
        match expression {
            Expr::Unit(_) => Kind::Nothing,
            Expr::InterpolatedString(parts, _) => {
                parts.iter().for_each(|part| drop(self.value(part)));
                Kind::Any
            }
            Expr::StringConstant(text, position) => {
                self.placeholders(text, *position);
                Kind::Any
            }
            Expr::Array(items, _) => {
                let kinds: Vec<Kind> = items.iter().map(|item| self.value(item)).collect();
                let element = kinds.into_iter().reduce(Kind::or).unwrap_or(Kind::Any);
                if element == Kind::Nothing { Kind::Any } else { Kind::array(element) }
            }
            Expr::Map(entries, _) => {
                entries.0.iter().for_each(|(_, value)| drop(self.value(value)));
                Kind::Any
            }
            Expr::Variable(name, _, position) if name.2.is_empty() => self.variable(&name.1, *position),
            Expr::Variable(name, _, position) => {
                self.constant(&name.2, &name.1, *position);
                Kind::Any
            }
            Expr::ThisPtr(_) => self.this.clone(),
            Expr::Stmt(block) => self.block(block.statements()).0,
            Expr::FnCall(call, position) => self.call(call, *position),
            Expr::Dot(..) | Expr::Index(..) => self.chain(expression, None),
            Expr::And(parts, _) | Expr::Or(parts, _) => {
                parts.iter().for_each(|part| drop(self.expression(part)));
                Kind::Any
            }
            Expr::Coalesce(parts, _) => parts.iter().fold(Kind::Nothing, |kind, part| kind.or(self.expression(part))),
            Expr::Custom(parts, _) => {
                parts.inputs.iter().for_each(|part| drop(self.expression(part)));
                Kind::Any
            }
            _ => Kind::Any,
        }
    }

    /// `"${name}"`, where there is a variable of that name.
    fn placeholders(&mut self, text: &str, position: Position) {
        let quoted = |place: &Place| place.source.text[place.span.clone()].starts_with('"');
        for part in text.split("${").skip(1) {
            let name = part.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            if self.scope.find(name).is_some() && self.tree.place(Mark::Word(position)).as_ref().is_some_and(quoted) {
                self.found(Fact::Placeholder { name: name.to_owned() }, Mark::Word(position));
            }
        }
    }

    /// The closure that an expression writes down, and how many variables it captures.
    pub(super) fn closure_in(&self, expression: &'a Expr) -> Option<(&'a Function, usize)> {
        let find = |expression: &Expr| match expression {
            Expr::DynamicConstant(value, _) => self.tree.closures.get(&closure_name(value)?),
            _ => None,
        };
        match expression {
            Expr::Stmt(block) => match block.statements() {
                [Stmt::Share(_), Stmt::Expr(curried)] => match &**curried {
                    Expr::FnCall(call, _) => Some((find(call.args.first()?)?, call.args.len() - 1)),
                    _ => None,
                },
                _ => None,
            },
            other => find(other).map(|closure| (closure, 0)),
        }
    }

    fn variable(&mut self, name: &str, position: Position) -> Kind {
        if let Some(variable) = self.scope.find(name) {
            variable.used = true;
            return variable.kind.clone();
        }
        if name == "pbx" {
            return self.connection(Some((Position::NONE, 0)));
        }
        if self.tree.undeclared.is_some()
            && !self.names.natives.predeclared.iter().any(|known| known == name)
            && !self.names.points_at(name)
            && !self.undeclared.iter().any(|known| known == name)
            && !self.muted
        {
            self.undeclared.push(name.to_owned());
            let known = self.scope.names().chain(self.names.natives.predeclared.iter().map(String::as_str));
            let nearest = nearest(name, known).map(str::to_owned);
            self.found(Fact::UndefinedVariable { name: name.to_owned(), nearest }, Mark::Word(position));
        }
        Kind::Any
    }

    pub(super) fn found(&mut self, fact: Fact, mark: Mark) {
        if !self.muted {
            let place = self.tree.place(mark);
            self.report(fact, place);
        }
    }

    pub(super) fn fault(&mut self, fault: Fault, mark: Mark) {
        self.found(Fact::Fault(fault), mark);
    }

    pub(super) fn report(&mut self, fact: Fact, place: Option<Place>) {
        if !self.muted {
            self.findings.push(Finding { fact, place });
        }
    }

    /// What can be said of a file only when all of it was seen.
    fn declarations(&mut self) {
        self.shadows();
        let named =
            |finding: &Finding| matches!(finding.fact, Fact::UndefinedVariable { .. } | Fact::UndefinedModule { .. });
        if let Some(failure) = self.tree.undeclared.as_ref().filter(|_| !self.findings.iter().any(named)) {
            self.report(Fact::Failure(failure.clone()), failure.place.clone());
        }
        for import in &self.unit.imports {
            let Some((alias, at)) = &import.alias else { continue };
            if !self.used.contains(alias) && !self.sources.is_passed_on(alias) && import.module.is_ok() {
                self.found(Fact::UnusedImport { alias: alias.clone() }, Mark::Word(*at));
            }
        }
    }

    /// Functions of this file that go before others.
    fn shadows(&mut self) {
        // A file of functions is a module: others call them by its name, and operations are not touched.
        let is_module =
            self.tree.statements().iter().all(|statement| matches!(statement, Stmt::Noop(_) | Stmt::Import(..)));
        for function in &self.tree.functions {
            let (name, count) = (&function.name, function.parameters.len());
            if function.this_type.is_some() {
                continue;
            }
            let mut operations = self.rules.catalog().operations();
            let operation = operations.find(|operation| operation.name == name).map(|found| found.full_name());
            let fact = match operation.filter(|_| !is_module) {
                Some(operation) => Fact::Shadowed { name: name.clone(), operation: Some(operation) },
                None if self.names.goes_before(name, count) => Fact::Shadowed { name: name.clone(), operation: None },
                None => continue,
            };
            self.report(fact, function.place.clone());
        }
    }
}
