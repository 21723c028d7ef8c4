//! How operands and operators of a filter belong together: by precedence, with a stack of its own, so that no depth of
//! parentheses can use up the thread's.

use crate::catalog::Ty;
use crate::sandbox::filter::arithmetic::Arithmetic;
use crate::sandbox::filter::kind::Kind;
use crate::sandbox::filter::lexer::Token;
use crate::sandbox::filter::parser::{Parser, Typed};
use crate::sandbox::filter::value::Val;
use crate::sandbox::filter::{Comparison, Expr};
use crate::sandbox::problem::Problem;

/// Waits for its right side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Open,
    Or,
    And,
    Compare(Comparison),
    Calculate(Arithmetic),
    Not,
    Negate,
}

#[derive(Default)]
struct Pending {
    operands: Vec<Typed>,
    /// With the places where they stand.
    operators: Vec<(Operator, usize)>,
    open: usize,
}

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Result<Typed, Problem> {
        let mut pending = Pending::default();
        loop {
            self.openings(&mut pending)?;
            let operand = self.operand()?;
            pending.operands.push(operand);
            if !self.after_operand(&mut pending)? {
                break;
            }
        }
        if pending.open > 0 {
            return Err(self.wrong());
        }
        self.reduce(&mut pending, Operator::Or.strength())?;
        pending.operands.pop().ok_or_else(|| self.wrong())
    }

    /// `(`, `not` and `-` before an operand.
    fn openings(&mut self, pending: &mut Pending) -> Result<(), Problem> {
        loop {
            let place = self.place();
            let operator = if self.mark('(') {
                pending.open += 1;
                Operator::Open
            } else if self.keyword("not") {
                Operator::Not
            } else if self.mark('-') {
                Operator::Negate
            } else {
                return Ok(());
            };
            self.deeper(1)?;
            pending.operators.push((operator, place));
        }
    }

    /// What follows an operand; true where another operand must come.
    fn after_operand(&mut self, pending: &mut Pending) -> Result<bool, Problem> {
        loop {
            if pending.open > 0 && self.mark(')') {
                self.close(pending)?;
                continue;
            }
            let place = self.place();
            let Some(Token::Word(word)) = self.peek() else { return Ok(false) };
            if matches!(word.as_str(), "in" | "has") {
                let has = word == "has";
                self.membership(pending, has)?;
                continue;
            }
            let Some(operator) = Operator::binary(word) else { return Ok(false) };
            self.next += 1;
            self.reduce(pending, operator.strength())?;
            pending.operators.push((operator, place));
            return Ok(true);
        }
    }

    fn close(&mut self, pending: &mut Pending) -> Result<(), Problem> {
        self.reduce(pending, Operator::Or.strength())?;
        pending.operators.pop();
        pending.open -= 1;
        self.depth -= 1;
        Ok(())
    }

    /// `in …` and `has …` complete the operand before them: they bind tighter than all other operators.
    fn membership(&mut self, pending: &mut Pending, has: bool) -> Result<(), Problem> {
        let place = self.place();
        self.next += 1;
        let item = pending.operands.pop().ok_or_else(|| self.wrong())?;
        let start = item.place;
        let (expr, below) = if has { self.has(item, place)? } else { self.within(item, place)? };
        pending.operands.push(self.node(expr, Kind::Bool, start, below)?);
        Ok(())
    }

    /// With the height of what stands below.
    fn within(&mut self, mut item: Typed, place: usize) -> Result<(Expr, usize), Problem> {
        if self.peek() != Some(&Token::Mark('(')) {
            return self.within_collection(item, place);
        }
        self.next += 1;
        let (mut list, mut below) = (Vec::new(), item.height);
        while list.is_empty() || !self.mark(')') {
            if !list.is_empty() {
                self.expect(',')?;
            }
            let mut other = self.operand()?;
            self.comparable("In", &mut item, &mut other, false, place)?;
            below = below.max(other.height);
            list.push(other.expr);
        }
        Ok((Expr::In(Box::new(item.expr), list), below))
    }

    fn within_collection(&mut self, item: Typed, place: usize) -> Result<(Expr, usize), Problem> {
        let other = self.operand()?;
        // It becomes a comparison inside of `any`.
        let below = item.height + 1;
        match (other.expr, other.kind) {
            (Expr::Path(path), Kind::Whole(Ty::List(element))) if item.kind.compares(self.kind(*element), false) => {
                Ok((self.held_by(item, path, *element), below))
            }
            (_, kind) => Err(self.incompatible("In", item.kind, kind, place)),
        }
    }

    fn has(&mut self, mut item: Typed, place: usize) -> Result<(Expr, usize), Problem> {
        let below = item.height;
        let mut flag = self.operand()?;
        self.settle_enums(&mut item, &mut flag)?;
        match (flag.expr, item.kind, flag.kind) {
            (Expr::Const(Val::Text(flags)), Kind::Enum(left), Kind::Enum(right)) if left == right => {
                let flags = flags.split(',').map(str::to_owned).collect();
                Ok((Expr::Has(Box::new(item.expr), flags), below))
            }
            (_, left, right) => Err(self.incompatible("Has", left, right, place)),
        }
    }

    /// Applies what binds as tight as `strength` or tighter.
    fn reduce(&mut self, pending: &mut Pending, strength: u8) -> Result<(), Problem> {
        while let Some((operator, place)) = pending.operators.last().copied() {
            if operator.strength() < strength {
                break;
            }
            pending.operators.pop();
            let right = pending.operands.pop().ok_or_else(|| self.wrong())?;
            let joined = if matches!(operator, Operator::Not | Operator::Negate) {
                self.depth -= 1;
                self.unary(operator, right, place)?
            } else {
                let left = pending.operands.pop().ok_or_else(|| self.wrong())?;
                self.join(operator, left, right, place)?
            };
            pending.operands.push(joined);
        }
        Ok(())
    }

    fn unary(&self, operator: Operator, inner: Typed, place: usize) -> Result<Typed, Problem> {
        let (fits, kind) = match operator {
            Operator::Not => (inner.kind.may_be_bool(), Kind::Bool),
            _ => (inner.kind.is_open() || matches!(inner.kind, Kind::Number(_) | Kind::Span), inner.kind),
        };
        if !fits {
            let what = format!(
                "A unary operator with an incompatible type was detected. Found operand type '{}' for operator kind \
                 '{}'.",
                inner.kind.name(),
                operator.name()
            );
            return Err(self.refuse(place, &what));
        }
        let below = inner.height;
        let inner = Box::new(inner.expr);
        let expr = if operator == Operator::Not { Expr::Not(inner) } else { Expr::Negate(inner) };
        self.node(expr, kind, place, below)
    }

    fn join(&self, operator: Operator, mut left: Typed, mut right: Typed, place: usize) -> Result<Typed, Problem> {
        let (start, below) = (left.place, left.height.max(right.height));
        match operator {
            Operator::Compare(comparison) => {
                self.comparable(operator.name(), &mut left, &mut right, comparison.orders(), place)?;
                let expr = Expr::Compare(comparison, Box::new(left.expr), Box::new(right.expr));
                self.node(expr, Kind::Bool, start, below)
            }
            Operator::Calculate(arithmetic) => {
                let kind = arithmetic.kind(left.kind, right.kind);
                let kind = kind.ok_or_else(|| self.incompatible(operator.name(), left.kind, right.kind, place))?;
                let expr = Expr::Calculate(arithmetic, Box::new(left.expr), Box::new(right.expr));
                self.node(expr, kind, start, below)
            }
            _ if !(left.kind.may_be_bool() && right.kind.may_be_bool()) => {
                Err(self.incompatible(operator.name(), left.kind, right.kind, place))
            }
            _ => {
                // Long chains stay flat.
                let (expr, below) = match (operator, left.expr) {
                    (Operator::And, Expr::And(parts)) => {
                        (Expr::And(with(parts, right.expr)), flat(left.height, right.height))
                    }
                    (Operator::Or, Expr::Or(parts)) => {
                        (Expr::Or(with(parts, right.expr)), flat(left.height, right.height))
                    }
                    (Operator::And, expr) => (Expr::And(vec![expr, right.expr]), below),
                    (_, expr) => (Expr::Or(vec![expr, right.expr]), below),
                };
                self.node(expr, Kind::Bool, start, below)
            }
        }
    }

    /// Refuses to compare what cannot be compared.
    fn comparable(
        &self,
        operator: &str,
        left: &mut Typed,
        right: &mut Typed,
        ordered: bool,
        place: usize,
    ) -> Result<(), Problem> {
        self.settle_enums(left, right)?;
        let fits = left.kind.compares(right.kind, ordered);
        if fits { Ok(()) } else { Err(self.incompatible(operator, left.kind, right.kind, place)) }
    }

    fn incompatible(&self, operator: &str, left: Kind, right: Kind, place: usize) -> Problem {
        let what = format!(
            "A binary operator with incompatible types was detected. Found operand types '{}' and '{}' for operator \
             kind '{operator}'.",
            left.name(),
            right.name()
        );
        self.refuse(place, &what)
    }
}

fn with(mut parts: Vec<Expr>, more: Expr) -> Vec<Expr> {
    parts.push(more);
    parts
}

/// What lies below a chain that takes in one more.
fn flat(chain: usize, more: usize) -> usize {
    more.max(chain.saturating_sub(1))
}

impl Operator {
    fn binary(word: &str) -> Option<Operator> {
        Some(match word {
            "or" => Operator::Or,
            "and" => Operator::And,
            "eq" => Operator::Compare(Comparison::Eq),
            "ne" => Operator::Compare(Comparison::Ne),
            "gt" => Operator::Compare(Comparison::Gt),
            "ge" => Operator::Compare(Comparison::Ge),
            "lt" => Operator::Compare(Comparison::Lt),
            "le" => Operator::Compare(Comparison::Le),
            "add" => Operator::Calculate(Arithmetic::Add),
            "sub" => Operator::Calculate(Arithmetic::Sub),
            "mul" => Operator::Calculate(Arithmetic::Mul),
            "div" => Operator::Calculate(Arithmetic::Div),
            "divby" => Operator::Calculate(Arithmetic::DivBy),
            "mod" => Operator::Calculate(Arithmetic::Mod),
            _ => return None,
        })
    }

    /// The greater, the tighter it binds.
    fn strength(self) -> u8 {
        match self {
            Operator::Open => 0,
            Operator::Or => 1,
            Operator::And => 2,
            Operator::Compare(comparison) if !comparison.orders() => 3,
            Operator::Compare(_) => 4,
            Operator::Calculate(Arithmetic::Add | Arithmetic::Sub) => 5,
            Operator::Calculate(_) => 6,
            Operator::Not | Operator::Negate => 7,
        }
    }

    /// As messages call it.
    fn name(self) -> &'static str {
        match self {
            Operator::Open => "Group",
            Operator::Or => "Or",
            Operator::And => "And",
            Operator::Not => "Not",
            Operator::Negate => "Negate",
            Operator::Compare(Comparison::Eq) => "Equal",
            Operator::Compare(Comparison::Ne) => "NotEqual",
            Operator::Compare(Comparison::Gt) => "GreaterThan",
            Operator::Compare(Comparison::Ge) => "GreaterThanOrEqual",
            Operator::Compare(Comparison::Lt) => "LessThan",
            Operator::Compare(Comparison::Le) => "LessThanOrEqual",
            Operator::Calculate(Arithmetic::Add) => "Add",
            Operator::Calculate(Arithmetic::Sub) => "Subtract",
            Operator::Calculate(Arithmetic::Mul) => "Multiply",
            Operator::Calculate(Arithmetic::Div | Arithmetic::DivBy) => "Divide",
            Operator::Calculate(Arithmetic::Mod) => "Modulo",
        }
    }
}

impl Comparison {
    /// Is it about order, not only about equality?
    fn orders(self) -> bool {
        !matches!(self, Comparison::Eq | Comparison::Ne)
    }
}
