//! How operands and operators of a filter belong together: by precedence, with a stack of its own, so that no depth of
//! parentheses can use up the thread's.

use crate::sandbox::filter::lexer::Token;
use crate::sandbox::filter::parser::{Kind, Parser, Typed};
use crate::sandbox::filter::value::Val;
use crate::sandbox::filter::{Comparison, Expr};
use crate::sandbox::problem::Problem;

/// Waits for its right side. Later ones bind tighter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Operator {
    /// An open parenthesis, and whether a comparison stood before it.
    Open(bool),
    Or,
    And,
    Compare(Comparison),
    Not,
}

#[derive(Default)]
struct Pending {
    operands: Vec<Typed>,
    operators: Vec<Operator>,
    open: usize,
    /// Comparisons do not chain: `a eq b eq c` is refused.
    compared: bool,
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
        self.reduce(&mut pending, Operator::Or)?;
        pending.operands.pop().ok_or_else(|| self.wrong())
    }

    /// `(` and `not` before an operand.
    fn openings(&mut self, pending: &mut Pending) -> Result<(), Problem> {
        loop {
            let operator = if self.mark('(') {
                pending.open += 1;
                Operator::Open(std::mem::take(&mut pending.compared))
            } else if self.keyword("not") {
                Operator::Not
            } else {
                return Ok(());
            };
            self.deeper(1)?;
            pending.operators.push(operator);
        }
    }

    /// What follows an operand; true where another operand must come.
    fn after_operand(&mut self, pending: &mut Pending) -> Result<bool, Problem> {
        loop {
            if pending.open > 0 && self.mark(')') {
                self.close(pending)?;
                continue;
            }
            let Some(Token::Word(word)) = self.peek() else { return Ok(false) };
            let operator = match word.as_str() {
                "or" => Operator::Or,
                "and" => Operator::And,
                "eq" => Operator::Compare(Comparison::Eq),
                "ne" => Operator::Compare(Comparison::Ne),
                "gt" => Operator::Compare(Comparison::Gt),
                "ge" => Operator::Compare(Comparison::Ge),
                "lt" => Operator::Compare(Comparison::Lt),
                "le" => Operator::Compare(Comparison::Le),
                "in" | "has" => {
                    let has = word == "has";
                    self.membership(pending, has)?;
                    continue;
                }
                _ => return Ok(false),
            };
            if matches!(operator, Operator::Compare(_)) {
                self.compare_once(pending)?;
            } else {
                pending.compared = false;
            }
            self.next += 1;
            self.reduce(pending, operator)?;
            pending.operators.push(operator);
            return Ok(true);
        }
    }

    fn compare_once(&self, pending: &mut Pending) -> Result<(), Problem> {
        let first = !std::mem::replace(&mut pending.compared, true);
        first.then_some(()).ok_or_else(|| self.wrong())
    }

    fn close(&mut self, pending: &mut Pending) -> Result<(), Problem> {
        self.reduce(pending, Operator::Or)?;
        if let Some(Operator::Open(compared)) = pending.operators.pop() {
            pending.compared = compared;
        }
        pending.open -= 1;
        self.depth -= 1;
        Ok(())
    }

    /// `in (…)` and `has`, which complete the operand before them.
    fn membership(&mut self, pending: &mut Pending, has: bool) -> Result<(), Problem> {
        self.compare_once(pending)?;
        self.next += 1;
        self.reduce(pending, Operator::Compare(Comparison::Eq))?;
        let item = pending.operands.pop().ok_or_else(|| self.wrong())?;
        let expr = if has { self.has(item)? } else { self.within(item)? };
        pending.operands.push(Typed { expr, kind: Kind::Bool });
        Ok(())
    }

    fn within(&mut self, mut item: Typed) -> Result<Expr, Problem> {
        self.expect('(')?;
        let mut list = Vec::new();
        while !self.mark(')') {
            if !list.is_empty() {
                self.expect(',')?;
            }
            let mut other = self.operand()?;
            self.agree(&mut item, &mut other)?;
            list.push(other.expr);
        }
        Ok(Expr::In(Box::new(item.expr), list))
    }

    fn has(&mut self, mut item: Typed) -> Result<Expr, Problem> {
        let mut flag = self.operand()?;
        self.agree(&mut item, &mut flag)?;
        match (flag.expr, item.kind) {
            (Expr::Const(Val::Text(flags)), Kind::Enum(_)) => {
                let flags = flags.split(',').map(|flag| flag.trim().to_owned()).collect();
                Ok(Expr::Has(Box::new(item.expr), flags))
            }
            _ => Err(self.wrong()),
        }
    }

    /// Applies what binds as tight as `operator` or tighter.
    fn reduce(&mut self, pending: &mut Pending, operator: Operator) -> Result<(), Problem> {
        let binds = |last: Operator| match (last, operator) {
            (Operator::Compare(_), Operator::Compare(_)) => true,
            (last, operator) => last >= operator,
        };
        while let Some(last) = pending.operators.last().copied().filter(|last| binds(*last)) {
            pending.operators.pop();
            let right = pending.operands.pop().ok_or_else(|| self.wrong())?;
            let expr = if last == Operator::Not {
                self.depth -= 1;
                Expr::Not(Box::new(self.truth(right)?))
            } else {
                let left = pending.operands.pop().ok_or_else(|| self.wrong())?;
                self.join(last, left, right)?
            };
            pending.operands.push(Typed { expr, kind: Kind::Bool });
        }
        Ok(())
    }

    fn join(&self, operator: Operator, mut left: Typed, mut right: Typed) -> Result<Expr, Problem> {
        match operator {
            Operator::Compare(comparison) => {
                self.agree(&mut left, &mut right)?;
                Ok(Expr::Compare(comparison, Box::new(left.expr), Box::new(right.expr)))
            }
            _ => {
                let (left, right) = (self.truth(left)?, self.truth(right)?);
                // Long chains stay flat.
                Ok(match (operator, left) {
                    (Operator::And, Expr::And(mut parts)) => {
                        parts.push(right);
                        Expr::And(parts)
                    }
                    (Operator::And, left) => Expr::And(vec![left, right]),
                    (_, Expr::Or(mut parts)) => {
                        parts.push(right);
                        Expr::Or(parts)
                    }
                    (_, left) => Expr::Or(vec![left, right]),
                })
            }
        }
    }
}
